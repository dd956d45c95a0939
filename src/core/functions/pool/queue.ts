import { getOrAdd } from "../../../tools/index.ts";
import type { Call, Outcome, Timers } from "./call.ts";

/** A call that waits for a process. */
export interface Waiting {
  readonly call: Call;
  /** Ascends in the order in which calls came. */
  readonly number: number;
  /** How many processes it has been given to, this one included. */
  readonly tries: number;
  /** Whether it begins once more, and may have been what has ended its process. */
  readonly undone: boolean;
  /** Since when it waits, in milliseconds: to begin, or to begin once more. */
  readonly since: number;
  resolve(outcome: Outcome): void;
}

/** Calls in the order in which they came, those that somebody waits for before the others. Bounded. */
export interface Queue {
  readonly size: number;
  /** Those of them that somebody waits for. */
  readonly awaited: number;
  /**
   * Answers `overloaded` where there is no more room, or nobody took the call for as long as its caller waits. There is room for
   * whatever a running call waits for: those are as few as the running ones let them be.
   */
  add(waiting: Waiting): void;
  /** Takes back what was taken, to its place. */
  putBack(waiting: Waiting): void;
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

  function putBack(waiting: Waiting): void {
    (waiting.call.awaited ? awaited : unawaited).add(waiting);
    if (!waiting.call.awaited) return;
    const giveUp = (): void => {
      timeouts.delete(waiting);
      awaited.remove(waiting);
      refuseOne(waiting, `no process was free for ${patience} ms`);
    };
    timeouts.set(waiting, timers.set(giveUp, waiting.since + patience - timers.now()));
  }

  return {
    get size() {
      return awaited.size + unawaited.size;
    },
    get awaited() {
      return awaited.size;
    },
    add(waiting) {
      const { call } = waiting;
      const isFull = call.awaited ? call.depth === 0 && awaited.size >= MOST_AWAITED : unawaited.size >= MOST_UNAWAITED;
      if (isFull) refuseOne(waiting, "too many calls wait");
      else putBack(waiting);
    },
    putBack,
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
  /** Each by the numbers of its calls; lines that nobody stands in are not here. */
  const lines = new Map<string, Waiting[]>();
  let size = 0;

  function remove(waiting: Waiting): void {
    const name = lineOf(waiting);
    const line = lines.get(name);
    if (!line) return;
    line.splice(placeIn(line, waiting), 1);
    size -= 1;
    if (line.length === 0) lines.delete(name);
  }

  return {
    get size() {
      return size;
    },
    add(waiting) {
      const line = getOrAdd(lines, lineOf(waiting), (): Waiting[] => []);
      line.splice(placeIn(line, waiting), 0, waiting);
      size += 1;
    },
    remove,
    take(placeOf) {
      const firsts = [...lines.values()].flatMap((line) => line.slice(0, 1));
      for (const waiting of inOrder(firsts)) {
        const place = placeOf(waiting);
        if (place === undefined) continue;
        remove(waiting);
        return { waiting, place };
      }
      return undefined;
    },
    empty() {
      const all = [...lines.values()].flat();
      lines.clear();
      size = 0;
      return inOrder(all);
    },
  };
}

function inOrder(calls: Waiting[]): readonly Waiting[] {
  return calls.sort((one, other) => one.number - other.number);
}

/** Where a call stands in a line, or would; most come last. */
function placeIn(line: readonly Waiting[], { number }: Waiting): number {
  let [from, to] = [0, line.length];
  for (let middle = to - 1; from < to; middle = (from + to) >> 1) {
    if ((line[middle]?.number ?? 0) < number) from = middle + 1;
    else to = middle;
  }
  return from;
}

const lineOf = ({ call, undone }: Waiting): string => `${call.trigger.index}/${call.depth}/${undone}`;
