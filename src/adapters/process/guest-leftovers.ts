import type { GuestCall } from "../../core/functions/index.ts";

/** Whose code runs at the moment. */
type Current = () => GuestCall | undefined;

/** Milliseconds that what an ended call sets off waits, at least. */
const SLOW = 1000;

/**
 * Has the intervals that a call begins end with it. What else it has set still comes: packages keep what all calls share by
 * such timers. But what that sets off in turn comes slowly, so that no chain of it computes. What a file begins while it is
 * loaded is left alone.
 */
export function bindTimers(current: Current): void {
  const { setTimeout, setInterval, setImmediate, clearInterval } = globalThis;
  const isOver = (): boolean => current()?.ends.over ?? false;
  const bound = {
    setTimeout: (task: () => void, delay?: number, ...rest: []) =>
      setTimeout(task, isOver() ? Math.max(SLOW, Number(delay) || 0) : delay, ...rest),
    setImmediate: (task: () => void, ...rest: []) =>
      isOver() ? setImmediate(() => void setTimeout(task, SLOW, ...rest)) : setImmediate(task, ...rest),
    setInterval(...args: Parameters<typeof setInterval>) {
      const interval = setInterval(...args);
      current()?.ends.add(() => clearInterval(interval));
      return interval;
    },
  };
  const known = { setTimeout, setImmediate, setInterval };
  // `promisify` finds another way of it there
  for (const name of ["setTimeout", "setImmediate", "setInterval"] as const)
    Object.defineProperties(bound[name], Object.getOwnPropertyDescriptors(known[name]));
  Object.assign(globalThis, bound);
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
