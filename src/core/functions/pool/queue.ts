import { getOrAdd } from "../../../tools/index.ts";
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
  /**
   * The next call that has a place, and that; one that nobody waits for only if that is said. Where one has no place, none
   * has that came after it, is of the same function and as deep, and begins for the same reason: they are not asked about.
   */
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
  const awaited = createLines();
  const unawaited = createLines();
  const timeouts = new Map<Waiting, unknown>();
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
      const isAwaited = waiting.call.awaited;
      const lines = isAwaited ? awaited : unawaited;
      if (lines.size >= (isAwaited ? MOST_AWAITED : MOST_UNAWAITED)) {
        refuseOne(waiting, "too many calls wait");
        return;
      }
      lines.add(waiting);
      if (!isAwaited) return;
      const timeout = timers.set(() => {
        timeouts.delete(waiting);
        lines.remove(waiting);
        refuseOne(waiting, `no process was free for ${patience} ms`);
      }, patience);
      timeouts.set(waiting, timeout);
    },
    take(alsoUnawaited, placeOf) {
      const taken = awaited.take(placeOf) ?? (alsoUnawaited ? unawaited.take(placeOf) : undefined);
      if (taken) {
        timers.clear(timeouts.get(taken.waiting));
        timeouts.delete(taken.waiting);
      }
      return taken;
    },
    refuse(detail) {
      for (const timeout of timeouts.values()) timers.clear(timeout);
      timeouts.clear();
      for (const waiting of [...awaited.empty(), ...unawaited.empty()]) refuseOne(waiting, detail);
    },
  };
}

/** Calls by what decides about their place, each line in the order in which they came. */
interface Lines {
  readonly size: number;
  add(waiting: Waiting): void;
  remove(waiting: Waiting): void;
  take<P>(placeOf: (waiting: Waiting) => P | undefined): { readonly waiting: Waiting; readonly place: P } | undefined;
  empty(): readonly Waiting[];
}

function createLines(): Lines {
  /** The number of each call, in the order in which they came; lines that nobody stands in are not here. */
  const lines = new Map<string, Map<Waiting, number>>();
  let size = 0;
  let last = 0;

  function remove(waiting: Waiting): void {
    const name = lineOf(waiting);
    const line = lines.get(name);
    if (!line?.delete(waiting)) return;
    size -= 1;
    if (line.size === 0) lines.delete(name);
  }

  return {
    get size() {
      return size;
    },
    add(waiting) {
      getOrAdd(lines, lineOf(waiting), () => new Map<Waiting, number>()).set(waiting, ++last);
      size += 1;
    },
    remove,
    take(placeOf) {
      const firsts = [...lines.values()].flatMap((line) => line.entries().take(1).toArray());
      for (const [waiting] of firsts.sort(([, one], [, other]) => one - other)) {
        const place = placeOf(waiting);
        if (place === undefined) continue;
        remove(waiting);
        return { waiting, place };
      }
      return undefined;
    },
    empty() {
      const all = [...lines.values()].flatMap((line) => [...line.entries()]);
      lines.clear();
      size = 0;
      return all.sort(([, one], [, other]) => one - other).map(([waiting]) => waiting);
    },
  };
}

const lineOf = ({ call, undone }: Waiting): string => `${call.trigger.index}/${call.depth}/${undone}`;
