import type { Rate } from "./rate.ts";

/** What taking one from a bucket came to. */
export interface Taken {
  /** When the bucket will be full again, if nothing more is taken. */
  readonly fullAt: number;
  /** Milliseconds until there is one again; 0 where there was one to take. */
  readonly wait: number;
}

/**
 * Takes one from a bucket that holds as many as a rate allows at once, and gets one more each time that its part of the window
 * has passed. `fullAt` is when it will be full again, 0 at first; it stays that where there was none to take.
 */
export function takeOne({ count, milliseconds }: Rate, fullAt: number, now: number): Taken {
  const next = Math.max(fullAt - now, 0) + milliseconds / count;
  const over = next - milliseconds;
  // a window need not be a whole number of parts
  return over > 0.001 ? { fullAt, wait: over } : { fullAt: now + next, wait: 0 };
}
