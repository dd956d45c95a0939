import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Database, openDatabase } from "../../../src/core/database/index.ts";
import { LEASE } from "../../../src/core/events/consumer/index.ts";
import {
  CONSUMER_TABLES,
  type Consumer,
  createEventBus,
  type Every,
  openConsumer,
  openDeliveryOffice,
  openEventLog,
  streamOfLog,
} from "../../../src/core/events/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

const SEEDS = Number(process.env.BAKEND_SEEDS ?? 200);
/** Few events about few records, and more than a target has room for. */
const SIZES = [
  { seeds: SEEDS, events: 60, records: 4 },
  { seeds: SEEDS / 50, events: 2500, records: 1200 },
];
const TARGETS = ["steady", "slow", "flaky", "resting", "paused"];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What a consumer made of some events while everything happened to it that may; chance decides what, and when. */
async function live(seed: number, events: number, records: number) {
  const random = randomOf(seed);
  const chance = (of: number): boolean => random() < of;
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  await db.alter(CONSUMER_TABLES);
  let time = Date.parse("2026-01-01T00:00:00.000Z");
  const timestamp = (): string => new Date(time).toISOString();
  const newId = (): string => crypto.randomUUID();
  const errors: string[] = [];
  const onError = (error: unknown): void => void errors.push(String(error));
  const bus = createEventBus({ newId, timestamp, defer: queueMicrotask, onError });
  const log = await openEventLog({ db, newId, timestamp });
  const tasks = new Set<() => void>();
  const every: Every = (_, task) => {
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  const pass = (milliseconds: number): void => {
    time += milliseconds;
    for (const task of [...tasks]) task();
  };
  const turns = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  /** What was done, of each target, the first time that it was. */
  const done = new Map(
    TARGETS.map((target) => [target, new Map<number, { readonly id: string; readonly n: number }>()]),
  );
  let [calm, isPaused, isKilled, now] = [false, false, false, 0];
  /** The database of a process: it answers later or sooner, and hears no more of one that was killed. */
  const dbOf = (owner: number): Database => {
    const answer = async <R>(result: R | Promise<R>): Promise<R> => {
      if (chance(0.3)) await turns(Math.ceil(random() * 4));
      return result;
    };
    const never = new Promise<never>(() => undefined);
    return {
      ...db,
      read: (statement) => (owner === now ? answer(db.read(statement)) : never),
      write: (statements) => (owner === now ? answer(db.write(statements)) : never),
    };
  };
  const openOne = (owner: number): Promise<Consumer> =>
    openConsumer({
      ...{ name: "one", db: dbOf(owner), owner: String(owner), every, now: () => time, apart: seed % 2 === 0 },
      stream: streamOfLog(log, bus, every),
      isWanted: () => true,
      targetsOf: () => (isPaused ? TARGETS.filter((one) => one !== "paused") : TARGETS),
      isPaused: (target) => target === "paused" && isPaused,
      async deliver(target, { event }) {
        if (target === "slow" || chance(0.3)) await turns(Math.ceil(random() * (target === "slow" ? 8 : 3)));
        if (owner !== now) return new Promise(() => undefined);
        if (!calm && target === "resting" && chance(0.1)) time += 1500;
        if (!calm && target !== "steady" && chance(0.25)) throw new Error("not now");
        const { id, n } = event.payload as { readonly id: string; readonly n: number };
        const list = done.get(target) ?? assert.fail();
        if (!list.has(n)) list.set(n, { id, n });
      },
      onDead: (target, { payload }) => errors.push(`given up: ${target} ${JSON.stringify(payload)}`),
      onError,
    });
  let one = await openOne(now);

  for (let n = 0; n < events; n += 1) {
    const event = bus.prepare("posts.updated", { id: `r${Math.floor(random() * records)}`, n }, "collections");
    await log.append(event, {});
    bus.publish(event);
    if (chance(0.3)) void one.wake();
    if (chance(0.4)) await turns(Math.ceil(random() * 4));
    if (chance(0.3)) pass(Math.floor(random() * 1200));
    if (chance(0.1)) void one.wake();
    if (chance(0.05)) isPaused = !isPaused;
    if (n === events / 2 && chance(0.7)) {
      isKilled = chance(0.5);
      if (!isKilled) await one.stop();
      now += 1;
      if (isKilled) tasks.clear();
      if (isKilled) time += LEASE + 1;
      one = await openOne(now);
    }
  }
  [calm, isPaused] = [true, false];
  for (let n = 0; n < 400; n += 1) {
    await one.wake();
    await one.idle();
    pass(60_000);
    if ((await openDeliveryOffice(db).list("waiting", 1)).length === 0 && n > 2) break;
  }
  await one.idle();
  const waiting = await openDeliveryOffice(db).list("waiting", 10);
  await one.stop();
  await db.close();
  return { done, errors, waiting, isKilled };
}

/** What came after something later about the same record. */
function outOfOrder(list: readonly { readonly id: string; readonly n: number }[]): readonly string[] {
  const newest = new Map<string, number>();
  return list.flatMap(({ id, n }) => {
    const before = newest.get(id) ?? -1;
    newest.set(id, Math.max(before, n));
    return before > n ? [`${id}: ${n} after ${before}`] : [];
  });
}

describe("a consumer, whatever happens to it", () => {
  for (const { seeds, events, records } of SIZES)
    test(`brings ${events} events to every target, in the order of each record`, { timeout: 120_000 }, async () => {
      for (let seed = 1; seed <= seeds; seed += 1) {
        const { done, errors, waiting, isKilled } = await live(seed, events, records);
        assert.deepEqual([errors, waiting], [[], []], `seed ${seed}`);
        for (const [target, list] of done) {
          // what happens while a target pauses is not for it; what is read once more after a kill may be
          if (target !== "paused") assert.equal(list.size, events, `seed ${seed}: ${target}`);
          if (target !== "paused" || !isKilled)
            assert.deepEqual(outOfOrder([...list.values()]), [], `seed ${seed}: ${target}`);
        }
      }
    });
});
