/** Milliseconds: the first and the longest wait before something is tried again. */
const FIRST = 500;
const LONGEST = 15_000;

/** Milliseconds to wait after so many tries: they grow, and are not the same for all who failed at once. */
export function pauseAfter(tries: number): number {
  return Math.min(LONGEST, FIRST * 2 ** tries) * (0.5 + Math.random() / 2);
}
