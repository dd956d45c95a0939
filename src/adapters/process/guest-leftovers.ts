import type { GuestCall } from "../../core/functions/index.ts";

type Timer = (callback: (...args: readonly unknown[]) => void, ...rest: readonly unknown[]) => unknown;

/** Has what a call begins end with it: timers and threads. What a file begins while it is loaded goes on. */
export function bindLeftovers(current: () => GuestCall | undefined): void {
  const { clearTimeout, clearInterval, clearImmediate } = globalThis;
  Object.assign(globalThis, {
    setTimeout: bound(setTimeout as Timer, clearTimeout, true),
    setInterval: bound(setInterval as Timer, clearInterval, false),
    setImmediate: bound(setImmediate as Timer, clearImmediate, true),
  });

  /** A timer that knows its call; one that comes to its end by itself is forgotten. */
  function bound(make: Timer, clear: (handle: never) => void, once: boolean): Timer {
    const made: Timer = (callback, ...rest) => {
      const ends = current()?.ends;
      if (!ends || typeof callback !== "function") return make(callback, ...rest);
      function fire(this: unknown, ...args: readonly unknown[]): void {
        ends?.delete(end);
        callback.apply(this, [...args]);
      }
      const handle = make(once ? fire : callback, ...rest);
      const end = (): void => clear(handle as never);
      ends.add(end);
      return handle;
    };
    // `promisify` finds another way of it there
    return Object.defineProperties(made, Object.getOwnPropertyDescriptors(make));
  }
}
