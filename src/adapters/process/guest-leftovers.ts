import type { GuestCall } from "../../core/functions/index.ts";

/** Whose code runs at the moment. */
type Current = () => GuestCall | undefined;

/** Milliseconds that what an ended call sets off waits, at least. */
const SLOW = 1000;

/**
 * Has what timers set off that come after the end of their call come slowly, so that no chain of them computes. The timers
 * themselves come, and intervals go on: packages keep by them what all calls share. What a file begins while it is loaded is
 * left alone.
 */
export function bindTimers(current: Current): void {
  const { setTimeout, setImmediate } = globalThis;
  const isOver = (): boolean => current()?.ends.over ?? false;
  const bound = {
    setTimeout: (task: () => void, delay?: number, ...rest: []) =>
      setTimeout(task, isOver() ? Math.max(SLOW, Number(delay) || 0) : delay, ...rest),
    setImmediate: (task: () => void, ...rest: []) =>
      isOver() ? setImmediate(() => void setTimeout(task, SLOW, ...rest)) : setImmediate(task, ...rest),
  };
  const known = { setTimeout, setImmediate };
  // `promisify` finds another way of it there
  for (const name of ["setTimeout", "setImmediate"] as const)
    Object.defineProperties(bound[name], Object.getOwnPropertyDescriptors(known[name]));
  Object.assign(globalThis, bound);
}

/** The module of threads, where a file speaks of it: to load it would cost every start a little. */
const THREADS = /\bworker_threads\b/;

/** Has the threads that a call starts end with it, and calls back when one does. */
export function bindThreads(current: Current, texts: readonly string[], onEnded: (name: string) => void): void {
  const construct: ProxyHandler<typeof Worker>["construct"] = (target, args, self) => {
    const worker: Worker & Partial<NodeJS.EventEmitter> = Reflect.construct(target, args, self);
    const call = current();
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    if (call) {
      if (worker.once) worker.once("exit", end);
      else worker.addEventListener("close", end);
      call.ends.add(() => {
        if (!isOver) onEnded(call.name);
        void worker.terminate();
      });
    }
    return worker;
  };
  const bind = (holder: { Worker?: unknown }): void => {
    if (typeof holder.Worker === "function") holder.Worker = new Proxy(holder.Worker, { construct });
  };
  bind(globalThis);
  if (texts.some((text) => THREADS.test(text))) bind(process.getBuiltinModule("node:worker_threads"));
}
