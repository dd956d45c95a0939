import type { Call, Outcome, Timers } from "./call.ts";

/** A call that waits for a process. */
export interface Waiting {
  readonly call: Call;
  /** How many processes it has been given to, this one included. */
  readonly tries: number;
  /** Whether it begins once more, and may have been what has ended its process. */
  readonly undone: boolean;
  /** Since when it waits, in milliseconds. */
  readonly since: number;
  resolve(outcome: Outcome): void;
}

/** Calls in the order in which they came, those that somebody waits for before the others. Bounded. */
export interface Queue {
  readonly size: number;
  /** Those of them that somebody waits for. */
  readonly awaited: number;
  /** Answers `overloaded` where there is no more room, or nobody took the call for as long as its caller waits. */
  add(waiting: Waiting): void;
  /** The next call that has a place, and that; one that nobody waits for only if that is said. */
  take<P>(
    unawaited: boolean,
    placeOf: (waiting: Waiting) => P | undefined,
  ): { readonly waiting: Waiting; readonly place: P } | undefined;
  /** Answers all that wait. */
  refuse(detail: string): void;
}

const MOST_AWAITED = 1000;
const MOST_UNAWAITED = 10_000;

/** Makes a queue. `patience` are the milliseconds that an awaited call waits, at most. */
export function createQueue(timers: Timers, patience: number): Queue {
  const awaited = new Map<Waiting, unknown>();
  const unawaited = new Set<Waiting>();
  const refuseOne = ({ resolve }: Waiting, detail: string): void =>
    resolve({ ok: false, reason: "overloaded", detail });

  return {
    get size() {
      return awaited.size + unawaited.size;
    },
    get awaited() {
      return awaited.size;
    },
    add(waiting) {
      const full = waiting.call.awaited ? awaited.size >= MOST_AWAITED : unawaited.size >= MOST_UNAWAITED;
      if (full) {
        refuseOne(waiting, "too many calls wait");
        return;
      }
      if (!waiting.call.awaited) {
        unawaited.add(waiting);
        return;
      }
      const timer = timers.set(() => {
        if (awaited.delete(waiting)) refuseOne(waiting, `no process was free for ${patience} ms`);
      }, patience);
      awaited.set(waiting, timer);
    },
    take(alsoUnawaited, placeOf) {
      for (const [waiting, timer] of awaited) {
        const place = placeOf(waiting);
        if (place === undefined) continue;
        awaited.delete(waiting);
        timers.clear(timer);
        return { waiting, place };
      }
      if (!alsoUnawaited) return undefined;
      for (const waiting of unawaited) {
        const place = placeOf(waiting);
        if (place === undefined) continue;
        unawaited.delete(waiting);
        return { waiting, place };
      }
      return undefined;
    },
    refuse(detail) {
      const all = [...awaited.keys(), ...unawaited];
      for (const timer of awaited.values()) timers.clear(timer);
      awaited.clear();
      unawaited.clear();
      for (const waiting of all) refuseOne(waiting, detail);
    },
  };
}
