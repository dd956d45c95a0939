import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Database, openDatabase } from "../../../src/core/database/index.ts";
import { createEventBus, openEventLog, streamOfBus, streamOfLog } from "../../../src/core/events/index.ts";
import { createSteps, STEP_TABLE, type Steps } from "../../../src/core/jobs/steps.ts";
import { JOB_TABLES } from "../../../src/core/jobs/tables.ts";
import { openWaits, type Waits } from "../../../src/core/jobs/waits.ts";
import { createIdGenerator } from "../../../src/tools/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const HOUR = 3_600_000;

interface Process {
  readonly waits: Waits;
  readonly steps: Steps;
  /** Something happens in this process. */
  emit(type: string): Promise<void>;
  /** The second is over. */
  tick(): Promise<void>;
}

/** Processes on one database, which keeps events or not. */
async function open({ kept = true } = {}): Promise<{ readonly db: Database; start(): Promise<Process> }> {
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  await db.alter([...JOB_TABLES, ...STEP_TABLE]);
  const newId = createIdGenerator(
    () => NOW,
    (bytes) => crypto.getRandomValues(bytes),
  );
  const timestamp = (): string => new Date(NOW).toISOString();
  return {
    db,
    async start() {
      const events = createEventBus({ newId, timestamp, defer: queueMicrotask, onError: assert.fail });
      const log = kept ? await openEventLog({ db, newId, timestamp }) : null;
      const stream = log ? streamOfLog(log, events, () => () => undefined) : streamOfBus(events, newId());
      const waits = openWaits({ db, stream, now: () => NOW, onEnd: () => undefined, onError: assert.fail });
      return {
        waits,
        steps: createSteps({ db, waits, now: () => NOW }),
        async emit(type) {
          const event = events.prepare(type, { who: type }, "test");
          await log?.append(event, {});
          events.publish(event);
          await events.idle();
          await waits.idle();
        },
        async tick() {
          waits.look();
          await waits.idle();
        },
      };
    },
  };
}

const wait = (steps: Steps, name: string, pattern = "payments.*") =>
  steps.ask("job", { do: "wait", name, pattern, milliseconds: HOUR });

/** The types of the events that the waits have ended with. */
async function ended(db: Database): Promise<Readonly<Record<string, string | null>>> {
  const { rows } = await db.read({ sql: `SELECT "name", "value" FROM "_steps" ORDER BY "name"`, params: [] });
  return Object.fromEntries(
    rows.map(({ name, value }) => [
      String(name),
      value === null ? null : (JSON.parse(String(value))?.type ?? "too late"),
    ]),
  );
}

describe("waits for events", () => {
  test("end with the first event of the kind after they began", async () => {
    const { db, start } = await open();
    const here = await start();
    await here.emit("payments.early");
    assert.deepEqual(await wait(here.steps, "paid"), { is: "until", at: NOW + HOUR });
    await here.emit("orders.created");
    assert.deepEqual(await ended(db), { paid: null });
    await here.emit("payments.first");
    await here.emit("payments.second");
    assert.deepEqual(await ended(db), { paid: "payments.first" });
    const answer = await wait(here.steps, "paid");
    assert.deepEqual(answer.is === "done" && (answer.value as { payload: unknown }).payload, { who: "payments.first" });
  });

  test("that another process has begun are not missed by one that has seen the event before it knew of them", async () => {
    const { db, start } = await open();
    const [here, there] = [await start(), await start()];
    // it follows events, and has not heard of the other's wait
    await wait(there.steps, "own", "never.*");
    await there.tick();
    await wait(here.steps, "paid");
    here.waits.stop();
    await there.emit("payments.first");
    await there.emit("payments.second");
    assert.deepEqual(await ended(db), { own: null, paid: null });
    await there.tick();
    assert.deepEqual(await ended(db), { own: null, paid: "payments.first" });
  });

  test("end in the process that began them with events that another has written", async () => {
    const { db, start } = await open();
    const [here, there] = [await start(), await start()];
    await wait(here.steps, "paid");
    await there.emit("payments.first");
    assert.deepEqual(await ended(db), { paid: null });
    await here.tick();
    assert.deepEqual(await ended(db), { paid: "payments.first" });
  });

  test("are taken over from a process that is gone, with what happened meanwhile", async () => {
    const { db, start } = await open();
    const gone = await start();
    await wait(gone.steps, "paid");
    gone.waits.stop();
    await gone.emit("orders.created");
    await gone.emit("payments.first");
    const next = await start();
    await next.tick();
    assert.deepEqual(await ended(db), { paid: "payments.first" });
  });

  test("go on with what there still is, if events were deleted before anybody looked", async () => {
    const { db, start } = await open();
    const gone = await start();
    await wait(gone.steps, "paid");
    gone.waits.stop();
    for (const type of ["payments.first", "payments.second", "payments.third"]) await gone.emit(type);
    await db.write([{ sql: `DELETE FROM "_events" WHERE "seq" < 3`, params: [] }]);
    const next = await start();
    await next.tick();
    assert.deepEqual(await ended(db), { paid: "payments.third" });
  });

  test("of the same kind end together, however many there are", async () => {
    const { db, start } = await open();
    const here = await start();
    const ask = { do: "wait", name: "paid", pattern: "payments.*", milliseconds: HOUR } as const;
    for (let job = 0; job < 1200; job += 1) await here.steps.ask(`job ${job}`, ask);
    await here.emit("payments.first");
    await wait(here.steps, "paid");
    const { rows } = await db.read({
      sql: `SELECT count(*) AS "all", count("value") AS "ended", (SELECT count(*) FROM "_waits") AS "open" FROM "_steps"`,
      params: [],
    });
    assert.deepEqual({ ...rows[0] }, { all: 1201, ended: 1200, open: 1 });
  });

  test("are forgotten with their steps, and when their time is up", async () => {
    const { db, start } = await open();
    const [here, there] = [await start(), await start()];
    await wait(here.steps, "gone");
    await wait(here.steps, "kept");
    await there.tick();
    await db.write([{ sql: `DELETE FROM "_steps" WHERE "name" = 'gone'`, params: [] }]);
    assert.deepEqual(
      await there.steps.ask("job", { do: "wait", name: "late", pattern: "payments.*", milliseconds: 0 }),
      {
        is: "done",
        value: null,
      },
    );
    const { rows } = await db.read({ sql: `SELECT "name" FROM "_waits"`, params: [] });
    assert.deepEqual(
      rows.map(({ name }) => name),
      ["kept"],
    );
    await there.waits.tidy();
    await there.emit("payments.first");
    assert.deepEqual(await ended(db), { kept: "payments.first", late: "too late" });
  });

  test("are looked for after a restart from where somebody has looked up to, and no event before", async () => {
    const { db, start } = await open();
    const gone = await start();
    await wait(gone.steps, "paid");
    for (let count = 0; count < 250; count += 1) await gone.emit("orders.created");
    await gone.waits.tidy();
    const { rows } = await db.read({ sql: `SELECT "since" FROM "_waits"`, params: [] });
    assert.equal(rows[0]?.since, 250);
    gone.waits.stop();
    for (let count = 0; count < 250; count += 1) await gone.emit("orders.created");
    await gone.emit("payments.first");
    const next = await start();
    await next.tick();
    assert.deepEqual(await ended(db), { paid: "payments.first" });
  });

  test("of a process that kept no events are about what happens from then on", async () => {
    const { db, start } = await open({ kept: false });
    const gone = await start();
    for (let count = 0; count < 5; count += 1) await gone.emit("orders.created");
    await wait(gone.steps, "paid");
    gone.waits.stop();
    const next = await start();
    await next.tick();
    await next.emit("payments.first");
    assert.deepEqual(await ended(db), { paid: "payments.first" });
  });
});
