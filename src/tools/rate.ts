import { parseDuration } from "./duration.ts";

/** So many in so long. */
export interface Rate {
  readonly count: number;
  readonly milliseconds: number;
}

/** Reads `60/1m`; `undefined` if it is no rate. */
export function parseRate(text: string): Rate | undefined {
  const [, count, window] = /^(\d{1,9})\/(\S+)$/.exec(text) ?? [];
  const milliseconds = window === undefined ? undefined : parseDuration(window);
  if (milliseconds === undefined || milliseconds === 0 || Number(count) === 0) return undefined;
  return { count: Number(count), milliseconds };
}
