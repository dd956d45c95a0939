import type { Child, ProcessorTimes } from "../runner.ts";
import type { Timers } from "./call.ts";

/**
 * Keeps code that computes without pause from slowing others. The system's priorities do so only in part: a process that never
 * waits takes whatever the others leave for a moment, and has to be driven out again each time. So where the others leave next
 * to nothing, such processes are stopped, and let on in turns.
 */
export interface Turns {
  /** Looks after a process for as long as it has something to do. */
  join(child: Child, isBusy: () => boolean): Share;
}

/** One process, as it takes its share of the processors. */
export interface Share {
  /** It has something to do from now on. */
  begin(): void;
  /** What it does has ended other processes before: it takes turns as soon as it is found computing. */
  distrust(): void;
  /** It has said something that code which never pauses cannot say, or has to say it now: it goes on without turns. */
  release(): void;
}

/** What turns need. */
export interface TurnsDeps {
  readonly timers: Timers;
  /** What the machine's processors have done so far; null where that is not known. */
  processors(): ProcessorTimes | null;
}

/** Milliseconds between two looks. */
const LOOK = 50;

/**
 * A turn lasts from one look in so many to the next one. Others notice that a turn begins more than that it lasts: shorter
 * ones in quicker succession slow them by more.
 */
const EVERY = 10;

/** The part of the time between two looks that makes a process one that computes. */
const COMPUTES = 0.2;

/** Looks in a row that find a process computing before it has to take turns: what takes less is done in one go. */
const HEAVY = 3;
const HEAVY_IF_DISTRUSTED = 1;

/** The processors are contended for if so little of their time is left, and others have so much of it. */
const LEFT = 0.1;
const OTHERS = 0.5;

/** Processors that others have to leave, as shows once computing takes turns; else it runs on, for so many milliseconds. */
const SPARE = 0.8;
const CALM = 1000;

interface Member {
  readonly child: Child;
  readonly isBusy: () => boolean;
  /** Its processor time at the last look; null if it has said something since. */
  used: number | null;
  /** Looks in a row that found it computing, and how many have to. */
  computing: number;
  heavy: number;
  held: boolean;
}

/** The machine at one look, and how long processes have computed that are ours to stop. */
interface Look extends ProcessorTimes {
  readonly at: number;
  readonly computed: number;
}

/** Makes the turns of a pool. */
export function createTurns({ timers, processors }: TurnsDeps): Turns {
  const members = new Set<Member>();
  /** The last ones; after a change of who is held, only those since. */
  let looks: Look[] = [];
  let computed = 0;
  let calmUntil = 0;
  /** Looks since the last turn began. */
  let sinceTurn = 0;
  let scheduled = false;

  function release(one: Member): void {
    one.used = null;
    one.computing = 0;
    if (!one.held) return;
    one.held = false;
    one.child.resume();
  }

  /** Finds out what a process has done since the last look. */
  function examine(one: Member, passed: number): void {
    const before = one.used;
    one.used = one.child.processorTime();
    if (before === null) return;
    const spent = one.used - before;
    const computes = spent >= passed * COMPUTES;
    one.computing = computes ? one.computing + 1 : 0;
    if (computes || one.held) computed += spent;
    // it could have run
    if (one.held && spent === 0 && sinceTurn === 0) release(one);
  }

  /** Decides who takes turns. */
  function decide(at: number): void {
    const [first] = looks;
    const last = looks.at(-1);
    if (!first || !last) return;
    const idle = last.idle - first.idle;
    const busy = last.busy - first.busy;
    const ours = last.computed - first.computed;
    const held = [...members].filter((one) => one.held);
    const passed = looks.length - 1;
    if (held.length > 0 && passed >= HEAVY && idle + ours >= (last.at - first.at) * SPARE) {
      for (const one of held) release(one);
      calmUntil = at + CALM;
    }
    if (at < calmUntil || idle >= (idle + busy) * LEFT || busy - ours < (idle + busy) * OTHERS) return;
    for (const one of members) {
      if (one.held || Math.min(one.computing, passed) < one.heavy) continue;
      one.held = true;
      // what the others leave shows from here on, before the first turn
      looks = [last];
      if (held.length === 0) sinceTurn = 0;
    }
  }

  function look(): void {
    scheduled = false;
    const at = timers.now();
    for (const one of members) {
      if (one.isBusy()) examine(one, at - (looks.at(-1)?.at ?? at));
      else {
        release(one);
        members.delete(one);
      }
    }
    const machine = processors();
    looks = machine === null || members.size === 0 ? [] : [...looks.slice(-HEAVY), { ...machine, at, computed }];
    decide(at);
    takeTurns();
    schedule();
  }

  function takeTurns(): void {
    sinceTurn = (sinceTurn + 1) % EVERY;
    for (const { child, held } of members) {
      if (held && sinceTurn === 0) child.resume();
      else if (held) child.pause();
    }
  }

  function schedule(): void {
    if (scheduled || members.size === 0) return;
    scheduled = true;
    timers.set(look, LOOK);
  }

  return {
    join(child, isBusy) {
      const one: Member = { child, isBusy, used: null, computing: 0, heavy: HEAVY, held: false };
      return {
        begin() {
          members.add(one);
          schedule();
        },
        distrust() {
          one.heavy = HEAVY_IF_DISTRUSTED;
        },
        release: () => release(one),
      };
    },
  };
}
