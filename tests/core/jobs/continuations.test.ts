import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Database, openDatabase } from "../../../src/core/database/index.ts";
import {
  CONSUMER_TABLES,
  createEventBus,
  openEventLog,
  streamOfBus,
  undeliveredBy,
} from "../../../src/core/events/index.ts";
import { defineJob, type JobCall, type Jobs, LEASE, openJobs } from "../../../src/core/jobs/index.ts";
import { createIdGenerator, deriveId } from "../../../src/tools/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

const START = Date.parse("2026-03-01T12:00:00.000Z");
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** A queue that what began elsewhere goes on from, whose time a test owns. */
async function open(go: (call: JobCall) => Promise<number | null> = async () => null) {
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  const time = { now: START };
  const newId = createIdGenerator(
    () => time.now,
    (bytes) => crypto.getRandomValues(bytes),
  );
  await db.alter(CONSUMER_TABLES);
  const log = await openEventLog({ db, newId, timestamp: () => "" });
  const ran: string[] = [];
  const told: string[] = [];
  const ticks = new Set<() => void>();
  const loaded = { yes: true };
  const start = async (): Promise<Jobs> => {
    const events = createEventBus({ newId, timestamp: () => "", defer: queueMicrotask, onError: assert.fail });
    events.on("*", ({ type }) => void told.push(type));
    return openJobs({
      ...{
        db,
        events,
        newId,
        now: () => time.now,
        stream: streamOfBus(events, "test"),
        undelivered: undeliveredBy("app"),
      },
      definitions: () => [defineJob("job", {})],
      ready: () => loaded.yes,
      async run(call) {
        ran.push(`${call.name} ${call.attempt}`);
        return go(call);
      },
      onGivenUp: ({ name }, error) => void told.push(`given up ${name}: ${error}`),
      every: (_, task) => {
        ticks.add(task);
        return () => void ticks.delete(task);
      },
      onError: assert.fail,
    });
  };
  const pass = async (jobs: Jobs, milliseconds: number): Promise<void> => {
    time.now += milliseconds;
    for (const tick of [...ticks]) tick();
    await jobs.idle();
  };
  return { db, log, time, newId, ran, told, loaded, start, pass };
}

const steps = async (db: Database): Promise<number> =>
  (await db.read({ sql: `SELECT 1 FROM "_steps"`, params: [] })).rows.length;

describe("what began outside the queue", () => {
  test("goes on from it once, however often it is handed over, and nobody is told of a job", async () => {
    const { newId, start, ran, told, pass } = await open();
    const jobs = await start();
    const begun = { id: await deriveId(newId(), "orders"), name: "function orders", payload: 1 };
    const { step, takeOver } = jobs.continuations;
    assert.deepEqual(await step(begun.id, { do: "begin", name: "a" }), { is: "open" });
    await step(begun.id, { do: "end", name: "a", value: 1 });
    assert.deepEqual(await step(begun.id, { do: "begin", name: "a" }), { is: "done", value: 1 });
    const paused = await step(begun.id, { do: "sleep", name: "b", milliseconds: 1000 });
    assert.deepEqual(paused, { is: "until", at: START + 1000 });
    await takeOver(begun, START + 1000);
    // begun anew, as if nobody had noted that it was handed over: whatever it asks for, it ends there
    for (const ask of [{ do: "begin", name: "a" } as const, { do: "end", name: "c", value: 2 } as const])
      assert.deepEqual(await step(begun.id, ask), { is: "until", at: START + 1000 });
    await takeOver(begun, START + 1000);
    await pass(jobs, 1000);
    await takeOver(begun, START + 1000);
    await pass(jobs, 1000);
    assert.deepEqual([ran, told], [["function orders 1"], []]);
  });

  test("goes on at once if what it waits for has happened before it was in the queue", async () => {
    const { db, newId, start, ran, pass } = await open();
    const jobs = await start();
    const begun = { id: await deriveId(newId(), "orders"), name: "function orders", payload: 1 };
    const wait = { do: "wait", name: "paid", pattern: "payments.*", milliseconds: DAY } as const;
    assert.equal((await jobs.continuations.step(begun.id, wait)).is, "until");
    await db.write([{ sql: `UPDATE "_steps" SET "value" = '{}'`, params: [] }]);
    await jobs.continuations.takeOver(begun, START + DAY);
    await pass(jobs, 1);
    assert.deepEqual(ran, ["function orders 1"]);
  });

  test("waits while it cannot be gone on with, is taken from a process that is gone, and is given up in the end", async () => {
    const { db, newId, start, ran, told, loaded, pass } = await open(async () => {
      throw new Error("no server");
    });
    const jobs = await start();
    const begun = { id: await deriveId(newId(), "orders"), name: "function orders", payload: 1 };
    loaded.yes = false;
    await jobs.continuations.takeOver(begun, START);
    await pass(jobs, 1000);
    assert.deepEqual(ran, []);
    loaded.yes = true;
    // another process had it, and has not been heard of
    await db.write([
      { sql: `UPDATE "_jobs" SET "state" = 'running', "tries" = 1, "until" = ?`, params: [START + LEASE] },
    ]);
    await pass(jobs, LEASE + 1);
    assert.deepEqual(ran, ["function orders 2"]);
    for (let tries = 0; tries < 12; tries += 1) await pass(jobs, DAY / 24);
    assert.equal(ran.length, 9);
    assert.deepEqual(told, ["given up function orders: no server"]);
  });

  test("its steps are kept for as long as it may begin anew, and no longer than all else", async () => {
    const { db, log, time, newId, start, pass } = await open();
    const jobs = await start();
    const fresh = (): string => {
      time.now += 1;
      return newId();
    };
    const [dead, waiting, pending, done] = [fresh(), fresh(), fresh(), fresh()];
    const event = { type: "posts.created", timestamp: "", source: "test", payload: {} };
    for (const id of [dead, waiting, pending, done])
      await jobs.continuations.step(await deriveId(id, "a"), { do: "end", name: "x", value: 1 });
    const paused = await deriveId(waiting, "a");
    await jobs.continuations.step(paused, { do: "sleep", name: "y", milliseconds: 365 * DAY });
    await jobs.continuations.takeOver({ id: paused, name: "function a", payload: 1 }, START + 365 * DAY);
    await db.write([
      { sql: `INSERT INTO "_consumers" ("name", "position") VALUES ('app', 1)`, params: [] },
      log.insert({ id: done, ...event }, {}),
      log.insert({ id: pending, ...event }, {}),
      {
        sql: `INSERT INTO "_deliveries" ("consumer", "target", "key", "state", "tries", "nextAt", "seq", "event", "detail") VALUES ('app', 'a', '', 'dead', 1, 1, 1, ?, '{}')`,
        params: [JSON.stringify({ id: dead, ...event })],
      },
    ]);
    await pass(jobs, HOUR / 2);
    assert.equal(await steps(db), 5);
    await pass(jobs, HOUR);
    // writes come one after the other, and nobody waits for that of the tick
    await db.write([{ sql: `DELETE FROM "_steps" WHERE false`, params: [] }]);
    const { rows } = await db.read({ sql: `SELECT "job" FROM "_steps" ORDER BY "job"`, params: [] });
    const kept = [await deriveId(dead, "a"), paused, paused, await deriveId(pending, "a")];
    assert.deepEqual(
      rows.map(({ job }) => job),
      kept.sort(),
    );
  });
});
