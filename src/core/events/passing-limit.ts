import { getOrAdd, type Rate, takeOne } from "../../tools/index.ts";

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

/** How often a task of one target begins: each may set off the next one. */
const PACE: Rate = { count: 50, milliseconds: 1000 };

/** Milliseconds between two words about what is dropped. */
const TELL_EVERY = 60_000;

/** Makes the limit of all targets. */
export function createPassingLimit({ now, onDropped }: PassingLimitDeps): PassingLimit {
  const targets = new Map<string, { running: number; fullAt: number; dropped: number; toldAt: number }>();

  return {
    async use(target, task) {
      const one = getOrAdd(targets, target, () => ({ running: 0, fullAt: 0, dropped: 0, toldAt: -Infinity }));
      const { fullAt, wait } = takeOne(PACE, one.fullAt, now());
      if (one.running >= AT_ONCE || wait > 0) {
        one.dropped += 1;
        if (now() - one.toldAt < TELL_EVERY) return;
        onDropped(target, one.dropped);
        Object.assign(one, { dropped: 0, toldAt: now() });
        return;
      }
      one.fullAt = fullAt;
      one.running += 1;
      try {
        await task();
      } finally {
        one.running -= 1;
      }
    },
  };
}
