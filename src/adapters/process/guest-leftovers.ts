import type { GuestCall } from "../../core/functions/index.ts";

type Timer = (callback: (...args: readonly unknown[]) => void, ...rest: readonly unknown[]) => unknown;

/** Whose code runs at the moment. */
type Current = () => GuestCall | undefined;

/** Has the timers that a call makes end with it. Those that a file makes while it is loaded go on. */
export function bindTimers(current: Current): void {
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

/** The module of threads, where a file speaks of it: to load it would cost every start a little. */
const THREADS = /\bworker_threads\b/;

/** Has the threads that a call starts end with it. */
export function bindThreads(current: Current, texts: readonly string[]): void {
  const construct: ProxyHandler<typeof Worker>["construct"] = (target, args, self) => {
    const worker: Worker = Reflect.construct(target, args, self);
    current()?.ends.add(() => void worker.terminate());
    return worker;
  };
  const bind = (holder: { Worker?: unknown }): void => {
    if (typeof holder.Worker === "function") holder.Worker = new Proxy(holder.Worker, { construct });
  };
  bind(globalThis);
  if (texts.some((text) => THREADS.test(text))) bind(process.getBuiltinModule("node:worker_threads"));
}
