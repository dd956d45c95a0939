/**
 * Functions whose processes have ended while they ran. Calls that share a process end together, so each of them is one,
 * and runs alone until it is known not to have been it.
 */
export interface Suspects {
  /** Whether a function is to run alone. */
  has(trigger: number): boolean;
  /** Whether it ended its process when it was alone, not long ago. */
  isGuilty(trigger: number): boolean;
  /** Its process has ended while it ran, alone or beside others. True if that makes it guilty, and it was not. */
  ended(trigger: number, alone: boolean): boolean;
  /** It has run alone, and its process could go on. */
  survived(trigger: number): void;
}

/** Milliseconds for which a function is guilty after it has ended its process by itself. */
const REMEMBERED = 60_000;

/** Makes an empty list. */
export function createSuspects({ now }: { now(): number }): Suspects {
  /** Until when each is guilty; 0 for those that may not have been it. */
  const until = new Map<number, number>();
  const isGuilty = (trigger: number): boolean => (until.get(trigger) ?? 0) > now();
  return {
    has: (trigger) => until.has(trigger),
    isGuilty,
    ended(trigger, alone) {
      const known = isGuilty(trigger);
      until.set(trigger, alone ? now() + REMEMBERED : (until.get(trigger) ?? 0));
      return alone && !known;
    },
    survived(trigger) {
      if (!isGuilty(trigger)) until.delete(trigger);
    },
  };
}
