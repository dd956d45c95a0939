import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Database, DatabaseError } from "../../../src/core/database/index.ts";
import { FinalError } from "../../../src/core/errors.ts";
import { LEASE, MAX_TRIES } from "../../../src/core/events/consumer/index.ts";
import {
  type Consumer,
  type Every,
  openConsumer,
  openDeliveryOffice,
  streamOfLog,
} from "../../../src/core/events/index.ts";
import { createRandom } from "../rules/random.ts";
import { openScene, turns } from "./consumer-scene.ts";

const SEEDS = Number(process.env.BAKEND_SEEDS ?? 100);
/** Few events about few records, and more than a target has room for. */
const SIZES = [
  { seeds: SEEDS, events: 80, records: 4 },
  { seeds: SEEDS / 50, events: 2500, records: 1200 },
];
const TARGETS = ["steady", "slow", "flaky", "doomed", "hanging", "paused", "removed"];
/** What happens while one pauses is not for it, and nothing is for one that is gone. */
const GETS_ALL = TARGETS.slice(0, 5);

/** A process that runs a consumer, and may sleep. */
interface Process {
  readonly one: Consumer;
  sleep(): void;
  wake(): void;
  kill(): void;
}

/** What up to two processes made of some events while everything happened that may; chance decides what, and when. */
async function live(seed: number, events: number, records: number): Promise<readonly string[]> {
  const { chance, below, pick } = createRandom(seed);
  const problems: string[] = [];
  const scene = await openScene((error) => problems.push(String(error)));
  const { db, log, bus, time } = scene;
  const office = openDeliveryOffice(db);
  /** What each target has done, and whether it has tried, and was given up; by place: its name and the number of the event. */
  const done: string[] = [];
  const failures = new Map<string, number>();
  const givenUp = new Set<string>();
  const hanging: (() => void)[] = [];
  let [calm, isFull, isPaused, isRemoved, isReadAgain] = [false, false, false, false, false];
  const numberOf = (payload: unknown): number => (payload as { readonly n: number }).n;
  const onError = (error: unknown): void => {
    if (!(error instanceof DatabaseError)) problems.push(String(error));
  };

  async function begin(owner: string): Promise<Process> {
    let awake: PromiseWithResolvers<void> | null = null;
    let isKilled = false;
    /** Goes on while the process does. */
    const goOn = async (): Promise<void> => {
      while (awake) await awake.promise;
      if (isKilled) await new Promise(() => undefined);
    };
    const ask = async <R>(question: () => R | Promise<R>): Promise<R> => {
      await goOn();
      const answer = await question();
      if (chance(0.3)) await turns(1 + below(4));
      await goOn();
      return answer;
    };
    const own: Database = {
      ...db,
      read: (statement) => ask(() => db.read(statement)),
      write: (statements) =>
        ask(() => {
          if (isFull && chance(0.5)) throw new DatabaseError({ kind: "full", message: "no room", statement: 0 });
          return db.write(statements);
        }),
    };
    const every: Every = (milliseconds, task) =>
      scene.every(milliseconds, () => {
        if (!isKilled && !awake) task();
      });
    const read: typeof log.read = (after, limit) => ask(() => log.read(after, limit));
    const one = await openConsumer({
      ...{ name: "one", db: own, owner, every, now: () => time.now, apart: seed % 2 === 0 },
      stream: streamOfLog({ ...log, read, ends: () => ask(log.ends) }, bus, every),
      isWanted: () => true,
      targetsOf: () => TARGETS.filter((name) => !(name === "paused" ? isPaused : name === "removed" && isRemoved)),
      isPaused: (target) => target === "paused" && isPaused,
      isGone: (target) => target === "removed" && isRemoved,
      async deliver(target, { event }) {
        await goOn();
        const n = numberOf(event.payload);
        const place = `${target} ${n}`;
        if (target === "removed" && isRemoved) problems.push(`brought to what is gone: ${place}`);
        const isSlow = target === "slow";
        if (isSlow || chance(0.3)) await turns(1 + below(isSlow ? 8 : 3));
        if (target === "hanging" && !calm && chance(0.05)) await new Promise<void>((resolve) => hanging.push(resolve));
        const isDoomed = target === "doomed" && n % 5 === 0;
        const fails = !calm && target !== "steady" && (isDoomed || chance(0.25));
        if (fails && chance(0.05)) time.now += 1500;
        await goOn();
        if (!fails) return void done.push(place);
        failures.set(place, (failures.get(place) ?? 0) + (isDoomed ? MAX_TRIES : 1));
        throw isDoomed ? new FinalError("never") : new Error("not now");
      },
      onDead(target, { payload }) {
        const place = `${target} ${numberOf(payload)}`;
        givenUp.add(place);
        if ((failures.get(place) ?? 0) < MAX_TRIES) problems.push(`given up too soon: ${place}`);
      },
      onError,
    });
    const wake = (): void => {
      const sleeps = awake;
      awake = null;
      sleeps?.resolve();
    };
    return {
      ...{ one, wake },
      sleep() {
        awake ??= Promise.withResolvers<void>();
        isReadAgain = true;
      },
      kill() {
        isKilled = true;
        isReadAgain = true;
        wake();
      },
    };
  }
  let processes = [await begin("0")];
  let ends: Promise<void>[] = [];

  /** One of the processes, if there is any, and not any more if it ends. */
  function choose(isLast = false): Process | undefined {
    const chosen = processes.length > 0 ? pick(processes) : undefined;
    if (isLast) processes = processes.filter((one) => one !== chosen);
    return chosen;
  }

  /** Of what was given up, one delivery is tried again; twice, perhaps. */
  async function replay(): Promise<void> {
    const dead = await office.list("dead", 50);
    if (dead.length === 0) return;
    const { id } = pick(dead);
    await office.replay(id);
    if (chance(0.3) && (await office.replay(id))) problems.push("replayed twice");
    if (chance(0.8)) void choose()?.one.wake();
  }

  // 1. while everything happens that may
  const idOf: string[] = [];
  for (let n = 0; n < events; n += 1) {
    idOf.push(`r${below(records)}`);
    await scene.emit("posts.updated", { id: idOf[n], n });
    if (chance(0.4)) await turns(1 + below(4));
    if (chance(0.3)) scene.pass(below(1200));
    if (chance(0.01)) scene.pass(600_000);
    if (chance(0.1)) isFull = !isFull;
    if (chance(0.05)) isPaused = !isPaused;
    if (chance(0.01)) isRemoved = true;
    if (chance(0.1)) await replay();
    if (chance(0.1)) for (const resolve of hanging.splice(0)) resolve();
    if (chance(0.2)) void choose()?.one.wake();
    // what is behind the place that was noted is never read again
    if (chance(0.05))
      await db.write([
        {
          sql: `DELETE FROM "_events" WHERE "seq" <= (SELECT "position" FROM "_consumers") AND "seq" < (SELECT max("seq") FROM "_events")`,
          params: [],
        },
      ]);
    if (chance(0.04)) choose()?.sleep();
    if (chance(0.1)) {
      time.now += chance(0.5) ? LEASE + 1 : 0;
      choose()?.wake();
    }
    if (chance(0.03)) choose(true)?.kill();
    if (chance(0.03)) {
      const stopped = choose(true);
      stopped?.wake();
      if (stopped) ends.push(stopped.one.stop());
    }
    if (processes.length < (chance(0.05) ? 2 : 1) && chance(0.3)) {
      const wasFull = isFull;
      isFull = false;
      processes.push(await begin(String(n + 1)));
      isFull = wasFull;
    }
  }

  // 2. until all is done
  [calm, isFull, isPaused] = [true, false, false];
  for (const { wake } of processes) wake();
  if (processes.length === 0) processes.push(await begin("last"));
  const settle = async (what: readonly Promise<unknown>[]): Promise<void> => {
    let isSettled = false;
    const all = Promise.all(what).then(() => {
      isSettled = true;
    });
    while (!isSettled) {
      for (const resolve of hanging.splice(0)) resolve();
      scene.pass(500);
      await turns(3);
    }
    await all;
  };
  await settle(ends);
  const left = async () => [...(await office.list("waiting", 50)), ...(await office.list("dead", 50))];
  for (let n = 0; n < 400 && (n < 5 || (await left()).length > 0); n += 1) {
    for (const { id } of await office.list("dead", 500)) await office.replay(id);
    await settle(processes.map(({ one }) => one.idle()));
    scene.pass(60_000);
  }
  for (const { target, logged } of await left()) problems.push(`left: ${target} ${numberOf(logged.event.payload)}`);
  ends = processes.map(({ one }) => one.stop());
  await settle(ends);
  const { rows } = await db.read({ sql: `SELECT "position" FROM "_consumers"`, params: [] });
  if (rows[0]?.position !== events) problems.push(`the place is ${rows[0]?.position}`);
  await db.close();

  // 3. whether it is what was promised
  const newest = new Map<string, number>();
  const isDone = new Set(done);
  for (const target of GETS_ALL)
    for (let n = 0; n < events; n += 1) if (!isDone.has(`${target} ${n}`)) problems.push(`lost: ${target} ${n}`);
  for (const place of isDone) {
    const [target = "", n] = place.split(" ");
    // what was given up is passed by what follows; what another process reads once more is for whoever pauses no more
    if (givenUp.has(place) || (target === "paused" && isReadAgain)) continue;
    const line = `${target} ${idOf[Number(n)]}`;
    const before = newest.get(line) ?? -1;
    if (before > Number(n)) problems.push(`out of order: ${line}: ${n} after ${before}`);
    newest.set(line, Math.max(before, Number(n)));
  }
  return problems;
}

describe("a consumer, whatever happens to it", () => {
  for (const { seeds, events, records } of SIZES)
    test(`brings ${events} events to every target, in the order of each record`, { timeout: 600_000 }, async () => {
      for (let seed = 1; seed <= seeds; seed += 1)
        assert.deepEqual((await live(seed, events, records)).slice(0, 9), [], `seed ${seed}`);
    });
});
