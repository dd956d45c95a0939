import { getOrAdd } from "../../tools/index.ts";

/** Holds deliveries of what is in no stream to as many as a target can be meant to get. */
export interface PassingLimit {
  /** Does a task for a target, or drops it. */
  use(target: string, task: () => Promise<void>): Promise<void>;
}

/** What the limit needs. */
export interface PassingLimitDeps {
  /** Milliseconds since 1970. */
  now(): number;
  /** Told of how many were dropped since it was told last: at the first, and then once a minute. */
  onDropped(target: string, count: number): void;
}

/** Tasks of one target at the same time. */
const AT_ONCE = 16;

/** Tasks of one target that begin within a second: each may set off the next one. */
const A_SECOND = 50;

/** Milliseconds between two words about what is dropped. */
const TELL_EVERY = 60_000;

/** Makes the limit of all targets. */
export function createPassingLimit({ now, onDropped }: PassingLimitDeps): PassingLimit {
  const targets = new Map<
    string,
    { running: number; second: number; begun: number; dropped: number; toldAt: number }
  >();

  return {
    async use(target, task) {
      const one = getOrAdd(targets, target, () => ({ running: 0, second: 0, begun: 0, dropped: 0, toldAt: -Infinity }));
      const second = Math.floor(now() / 1000);
      if (one.second !== second) Object.assign(one, { second, begun: 0 });
      if (one.running >= AT_ONCE || one.begun >= A_SECOND) {
        one.dropped += 1;
        if (now() - one.toldAt < TELL_EVERY) return;
        onDropped(target, one.dropped);
        Object.assign(one, { dropped: 0, toldAt: now() });
        return;
      }
      one.begun += 1;
      one.running += 1;
      try {
        await task();
      } finally {
        one.running -= 1;
      }
    },
  };
}
