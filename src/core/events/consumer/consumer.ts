import { createRounds, getOrAdd } from "../../../tools/index.ts";
import type { Database } from "../../database/index.ts";
import { FinalError } from "../../errors.ts";
import type { BakendEvent } from "../event.ts";
import type { LoggedEvent } from "../log.ts";
import type { EventStream, Every } from "../stream.ts";
import { type Delivery, deliveriesOf } from "./deliveries.ts";
import { LEASE, openLease } from "./lease.ts";

/** What a consumer is made of. */
export interface ConsumerDeps {
  readonly name: string;
  /**
   * Whether no target waits for another that takes long: each has places of its own, and one that took long to fail rests for
   * as long; what comes for it meanwhile is kept. Else all share some places.
   */
  readonly apart?: boolean;
  readonly db: Database;
  readonly stream: EventStream;
  /** Names this process among others. */
  readonly owner: string;
  every: Every;
  /** Milliseconds since 1970. */
  now(): number;
  /** Whether there is anything that some event could be for. While there is not, events pass by unread, for good. */
  isWanted(): boolean;
  /** Takes over targets that other processes have made: called when there are new events, before they are looked at. */
  refresh?(): Promise<unknown>;
  /** Everything that events of a type are to be delivered to. */
  targetsOf(type: string): readonly string[];
  /** Whether there will never be such a target any more: nothing is delivered to it, or kept for it. */
  isGone?(target: string): boolean;
  /** Delivers one event. What it rejects with is a reason to try again later, unless it is a `FinalError`. */
  deliver(target: string, logged: LoggedEvent): Promise<void>;
  /** Told when a delivery is given up. */
  onDead(target: string, event: BakendEvent, error: string): void;
  /** Told of what keeps the consumer from its work. */
  onError(error: unknown): void;
}

/**
 * Brings every event of a stream to whatever it is for, at least once: what was begun and not noted as done is delivered
 * again after a crash. Deliveries about one record are made one after the other, in the order of its events, for each target;
 * one that fails is tried again, ever more seldom, and those that follow it wait. In the end it is given up and kept for
 * somebody to look at.
 */
export interface Consumer {
  /**
   * Looks again at what is wanted, and at what is kept: a delivery that was given up may be tried again. Resolves once what
   * happens from now on is sure to be seen.
   */
  wake(): Promise<void>;
  /** Resolves once everything that could be delivered so far has been. */
  idle(): Promise<void>;
  /** Takes up nothing new, waits for what is under way, and leaves the rest to others. */
  stop(): Promise<void>;
}

/** Events that are read at once. */
const PAGE = 100;

/** How far reading may be ahead of what is done. */
const WINDOW = 1000;

/** Deliveries under way at the same time: to all targets, and to each one that has places of its own. */
const AT_ONCE = 16;
const AT_ONCE_EACH = 4;

/** Milliseconds from which on a failure took long. */
const LONG = 1000;

/** Milliseconds between two looks for what is to be tried again. */
const LOOK_EVERY = 1000;

/** How often a delivery is tried before it is given up: over about a quarter of an hour. */
export const MAX_TRIES = 10;

/** Milliseconds before a delivery is tried for the second time; each further time it is twice as long. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10 * 60_000;

/** Characters of an error that are kept. */
const ERROR_LENGTH = 2000;

/** Opens a consumer: it goes on where it was left, or with the present if there was none of its name. */
export async function openConsumer(deps: ConsumerDeps): Promise<Consumer> {
  const { stream, db, now } = deps;
  const lease = await openLease(deps, (await stream.ends()).newest);
  const kept = deliveriesOf(db, deps.name);
  /** Everything up to here is done, or kept to be tried again. */
  let position = -1;
  /** Everything up to here has been taken up. */
  let taken = -1;
  let noted = -1;
  let held = 0;
  let stopped = false;
  /** Whether somebody else may have changed what is kept. */
  let told = false;
  /** Whether events pass by unread: nothing wants any. */
  let passing = false;
  let offNews: (() => void) | null = null;
  /** Of events that are not done, how many deliveries are left. */
  const open = new Map<number, number>();
  /** The last delivery of each target and key that is under way. */
  const lines = new Map<string, Promise<void>>();
  /** How many deliveries of each target and key are kept. */
  const parked = new Map<string, number>();
  const shared = createSlots(AT_ONCE);
  const own = new Map<string, Slots>();
  const slotsOf = (target: string): Slots =>
    deps.apart ? getOrAdd(own, target, () => createSlots(AT_ONCE_EACH)) : shared;

  /** The kept deliveries that were tried since it was last looked for what waits. */
  const tried = new Set<number>();
  /** Until when targets rest. */
  const restsUntil = new Map<string, number>();
  const rests = (target: string): boolean => now() < (restsUntil.get(target) ?? 0);
  const isGone = (target: string): boolean => deps.isGone?.(target) ?? false;
  const lineOf = (target: string, key: string): string => `${target}\n${key}`;

  /** Whether this process may work now; learns what others have done meanwhile. */
  async function hold(): Promise<boolean> {
    if (now() < held - LEASE / 2) return true;
    const fresh = now() >= held;
    const place = await lease.hold();
    if (place === null) return false;
    if (fresh) {
      position = Math.max(position, place);
      taken = Math.max(taken, position);
      noted = place;
      parked.clear();
      for (const { target, key, count } of await kept.counts()) parked.set(lineOf(target, key), count);
    }
    held = now() + LEASE;
    return true;
  }

  /** Listens for news only while something is wanted: to be called for every event costs every write. */
  function attend(): void {
    const wanted = !stopped && deps.isWanted();
    if (wanted) offNews ??= stream.onNews(rounds.ask);
    else {
      offNews?.();
      offNews = null;
      passing = true;
    }
  }

  async function pump(): Promise<void> {
    attend();
    if (offNews === null) return;
    if (passing) await wakeUp();
    if (parked.size > 0 || told) await retryKept();
    told = false;
    await takeNew();
  }

  const rounds = createRounds({ round: pump, goesOn: () => !stopped, onError: deps.onError });

  /** What comes now is wanted; what has passed by meanwhile was not. */
  async function wakeUp(): Promise<void> {
    passing = false;
    if (!(await hold())) return;
    taken = Math.max(taken, (await stream.ends()).newest);
    advance();
    await note();
  }

  /** Takes up what is new in the stream. */
  async function takeNew(): Promise<void> {
    if (position < 0 && !(await hold())) return;
    while (!stopped) {
      const events = await stream.read(taken, PAGE);
      if (events === null) {
        const { oldest } = await stream.ends();
        deps.onError(new Error(`events were deleted before ${deps.name} had seen them`));
        taken = Math.max(taken, oldest - 1);
        if (open.size === 0) position = taken;
        continue;
      }
      if (events.length === 0) break;
      await deps.refresh?.();
      for (const logged of events) {
        const targets = deps.targetsOf(logged.event.type);
        if (targets.length > 0 && !(await hold())) return;
        // another process may have done it before this one came to hold the lease
        if (logged.seq <= taken) continue;
        taken = logged.seq;
        if (targets.length > 0) begin(logged, targets);
        while (taken - position > WINDOW && open.size > 0) await Promise.race(lines.values());
        advance();
      }
    }
    advance();
    if (open.size === 0 && (position - noted >= PAGE || (position > noted && held > now()))) await note();
  }

  function begin(logged: LoggedEvent, targets: readonly string[]): void {
    open.set(logged.seq, targets.length);
    const key = keyOf(logged.event);
    for (const target of targets) {
      const name = lineOf(target, key);
      queue(target, name, async () => {
        // what can be neither delivered nor kept stays open: it is not done, and whoever comes next begins there
        await attempt(target, key, logged);
        const left = (open.get(logged.seq) ?? 1) - 1;
        if (left > 0) open.set(logged.seq, left);
        else open.delete(logged.seq);
        advance();
        if (open.size === 0) rounds.ask();
      });
    }
  }

  /** Runs a task after those of the same target and key. */
  function queue(target: string, name: string, task: () => Promise<void>): void {
    const before = lines.get(name) ?? Promise.resolve();
    const line: Promise<void> = before
      .then(() => slotsOf(target).use(task))
      .catch(deps.onError)
      .finally(() => {
        if (lines.get(name) === line) lines.delete(name);
      });
    lines.set(name, line);
  }

  async function deliver(target: string, logged: LoggedEvent): Promise<void> {
    const began = now();
    try {
      await deps.deliver(target, logged);
    } catch (error) {
      const took = now() - began;
      if (deps.apart && took >= LONG) restsUntil.set(target, now() + took);
      throw error;
    }
    restsUntil.delete(target);
  }

  /** The first attempt; what fails, or must wait for what has failed before it, is kept. */
  async function attempt(target: string, key: string, logged: LoggedEvent): Promise<void> {
    if (isGone(target)) return;
    const name = lineOf(target, key);
    const delivery = { target, key, logged, state: "waiting" as const, tries: 0, nextAt: 0, error: null };
    if (parked.has(name) || rests(target)) return park(delivery);
    const failure = await outcomeOf(target, logged);
    if (failure === null) return;
    const { error, isFinal } = failure;
    if (!isFinal) return park({ ...delivery, tries: 1, nextAt: now() + FIRST_PAUSE, error });
    await db.write([kept.keep({ ...delivery, state: "dead", tries: 1, error })]);
    deps.onDead(target, logged.event, error);
  }

  /** Keeps a delivery for later. */
  async function park(delivery: Omit<Delivery, "id">): Promise<void> {
    const name = lineOf(delivery.target, delivery.key);
    parked.set(name, (parked.get(name) ?? 0) + 1);
    await db.write([kept.keep(delivery)]);
  }

  /** Tries what has failed and is due, the oldest of each line first. New events wait for none of it. */
  async function retryKept(): Promise<void> {
    if (!(await hold())) return;
    const lagging = new Set<string>();
    tried.clear();
    const resting = [...restsUntil.keys()].filter(rests);
    for (const one of await kept.waiting(WINDOW, resting)) {
      const name = lineOf(one.target, one.key);
      if (lagging.has(name)) continue;
      lagging.add(name);
      // what was found may be done by now
      const isDue = one.nextAt <= now() && !tried.has(one.id);
      if (isDue && !lines.has(name)) queue(one.target, name, () => tryAgain(name, one));
    }
  }

  async function tryAgain(name: string, { id, target, logged, ...before }: Delivery): Promise<void> {
    // it began to rest meanwhile: this was no try
    if (rests(target)) return;
    const tries = before.tries + 1;
    const isWanted = deps.targetsOf(logged.event.type).includes(target);
    const failure = isWanted ? await outcomeOf(target, logged) : NO_TARGET;
    const again = failure !== null && !failure.isFinal && tries < MAX_TRIES;
    if (again) await db.write([kept.retry(id, tries, now() + pause(tries), failure.error)]);
    else await db.write([failure === null ? kept.done(id) : kept.giveUp(id, tries, failure.error)]);
    // whoever looks from now on sees it as it is
    tried.add(id);
    if (again) return;
    if (failure !== null) deps.onDead(target, logged.event, failure.error);
    const left = (parked.get(name) ?? 1) - 1;
    if (left > 0) parked.set(name, left);
    else parked.delete(name);
    // what waited behind it may come now
    rounds.ask();
  }

  /** Null for what is done, and for what nobody wants any more. */
  async function outcomeOf(target: string, logged: LoggedEvent): Promise<Failure | null> {
    if (isGone(target)) return null;
    try {
      await deliver(target, logged);
      return null;
    } catch (error) {
      return isGone(target) ? null : { error: describe(error), isFinal: error instanceof FinalError };
    }
  }

  function advance(): void {
    position = open.size === 0 ? taken : Math.min(...open.keys()) - 1;
  }

  async function note(): Promise<void> {
    if (!(await hold())) return;
    const place = position;
    await lease.note(place);
    noted = Math.max(noted, place);
  }

  const offLook = deps.every(LOOK_EVERY, () => {
    if (parked.size > 0) rounds.ask();
    // whoever works for long keeps the lease meanwhile, and what is done is not done again
    if (open.size > 0 && !stopped) note().catch(deps.onError);
  });
  rounds.ask();

  const settled = async (): Promise<void> => {
    while (rounds.underWay || lines.size > 0) await Promise.all([rounds.underWay, ...lines.values()]);
  };
  return {
    wake() {
      told = true;
      held = 0;
      rounds.ask();
      return rounds.underWay ?? Promise.resolve();
    },
    async idle() {
      for (;;) {
        await settled();
        const { newest } = await stream.ends();
        if (stopped || taken >= newest || !deps.isWanted() || !(await hold())) return;
        rounds.ask();
      }
    },
    async stop() {
      stopped = true;
      attend();
      offLook();
      await settled();
      if (position > noted) await note();
      await lease.release();
    },
  };
}

/** What happens in order: the events of one record. Others have nobody to wait for. */
function keyOf({ payload, id }: BakendEvent): string {
  const about = typeof payload === "object" && payload !== null && "id" in payload ? payload.id : undefined;
  return typeof about === "string" ? about : id;
}

function pause(tries: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, ERROR_LENGTH);
}

/** Why a delivery was not made, and whether it must not be tried again. */
interface Failure {
  readonly error: string;
  readonly isFinal: boolean;
}

const NO_TARGET: Failure = { error: "There is nothing of this name any more.", isFinal: false };

interface Slots {
  use<T>(task: () => Promise<T>): Promise<T>;
}

/** Lets so many tasks run at once; the others wait for their turn. */
function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async use(task) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
