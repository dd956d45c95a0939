import type { Every } from "../events/index.ts";

/** How long a part of a plugin may take. */
export interface Limit {
  readonly milliseconds: number;
  readonly every: Every;
  /** Nobody waits once it is aborted. */
  readonly signal?: AbortSignal;
}

/** Calls a part of a plugin and resolves to what came of it. Rejects as that does, and where it takes too long. */
export async function endedWithin({ milliseconds, every, signal }: Limit, part: () => unknown): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const off = every(milliseconds, () => reject(new Error(`it took more than ${milliseconds / 1000} seconds`)));
  const stop = (): void => reject(new Error("the app was closed meanwhile"));
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    return await Promise.race([late, part()]);
  } finally {
    signal?.removeEventListener("abort", stop);
    off();
  }
}
