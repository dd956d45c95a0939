/** Counts requests from their arrival to the end of their answer. */
export interface InFlight {
  enter(): void;
  leave(): void;
  readonly count: number;
  /** Resolves when none is left, or after so many milliseconds, to the number that is left. */
  drained(graceMs: number): Promise<number>;
}

/** Makes a counter at zero. */
export function createInFlight(): InFlight {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    enter() {
      count += 1;
    },
    leave() {
      count -= 1;
      if (count > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    get count() {
      return count;
    },
    async drained(graceMs) {
      if (count === 0) return 0;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      const timer = setTimeout(resolve, graceMs);
      await promise;
      clearTimeout(timer);
      return count;
    },
  };
}
