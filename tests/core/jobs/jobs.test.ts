import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BakendEvent } from "../../../src/core/events/index.ts";
import { LEASE } from "../../../src/core/jobs/index.ts";
import { JOB_TABLES } from "../../../src/core/jobs/tables.ts";
import { DAY, MINUTE, openJobWorld as open, PAUSE } from "./job-world.ts";

const eventOf = (id: string): BakendEvent => {
  return { id, type: "users.created", timestamp: "", source: "collections", payload: { id: "ann" } };
};

describe("jobs", () => {
  test("that are queued run at once, by priority, and their runs are kept", async () => {
    const world = await open({ mail: {} });
    const jobs = await world.start();
    await Promise.all([
      jobs.enqueue("mail", "low", { delay: 1 }),
      jobs.enqueue("mail", "high", { delay: 1, priority: 9 }),
    ]);
    await world.pass(jobs, 1000);
    assert.deepEqual(world.take(), ["a mail high 1", "a mail low 1"]);
    const [run] = await jobs.queue.runs({ name: "mail" }, 10);
    assert.deepEqual([run?.state, run?.attempt, run?.lines], ["done", 1, ["hello low"]]);
    assert.deepEqual(
      world.told.map(({ type }) => type),
      ["job.started", "job.completed", "job.started", "job.completed"],
    );
    assert.deepEqual(world.errors, []);
  });

  test("of a database that an older version made are run", async () => {
    const world = await open({ mail: {} });
    const [table] = JOB_TABLES;
    const older = String(table?.sql).replace(', "depth" INTEGER NOT NULL DEFAULT 0', "");
    assert.notEqual(older, table?.sql);
    await world.db.alter([{ sql: older, params: [] }]);
    const [jobs] = await Promise.all([world.start("a"), world.start("b")]);
    await jobs.enqueue("mail", "old");
    await world.pass(jobs);
    assert.deepEqual(world.take().length, 1);
    assert.deepEqual(world.errors, []);
  });

  test("wait for their moment, however far off", async () => {
    const world = await open({ mail: {} });
    const jobs = await world.start();
    await jobs.enqueue("mail", "far", { delay: 100 * DAY });
    await jobs.enqueue("mail", "date", { at: "2026-03-02T12:00:00+01:00" });
    await world.pass(jobs, 30 * MINUTE);
    assert.deepEqual(world.take(), []);
    await world.pass(jobs, DAY);
    assert.deepEqual(world.take(), ["a mail date 1"]);
    await world.pass(jobs, 98 * DAY);
    assert.deepEqual(world.take(), []);
    await world.pass(jobs, DAY);
    assert.deepEqual(world.take(), ["a mail far 1"]);
  });

  test("that have paused are tried again as soon as others", async () => {
    const world = await open({ mail: { retries: 1 } });
    const jobs = await world.start();
    world.faults.set("x", PAUSE);
    await jobs.enqueue("mail", "x");
    for (let n = 0; n < 10; n += 1) await world.tick();
    const paused = world.take().length;
    assert.ok(paused >= 5, `${paused} pauses`);
    world.faults.set("x", "no server");
    await world.tick();
    assert.equal(world.take().length, 1);
    world.faults.clear();
    await world.pass(jobs, 1100);
    assert.equal(world.take().length, 1);
    assert.deepEqual((await jobs.queue.list({ state: "done" }, 10)).length, 1);
  });

  for (const retries of [0, 100])
    test(`are tried again as soon as others where their file says ${retries} retries by then`, async () => {
      const own = { mail: { retries: 1 } };
      const world = await open(own);
      const jobs = await world.start();
      world.faults.set("x", "no server");
      await jobs.enqueue("mail", "x", { delay: 10 });
      own.mail = { retries };
      await world.pass(jobs, 10);
      await world.pass(jobs, 1000);
      assert.deepEqual(world.take(), ["a mail x 1", "a mail x 2"]);
    });

  test("of one key are queued once, until it has run", async () => {
    const world = await open({ mail: {} });
    const jobs = await world.start();
    assert.notEqual(await jobs.enqueue("mail", "a", { key: "k", delay: 10 }), null);
    assert.equal(await jobs.enqueue("mail", "b", { key: "k" }), null);
    await world.pass(jobs, 1000);
    assert.notEqual(await jobs.enqueue("mail", "c", { key: "k" }), null);
    await world.pass(jobs);
    assert.deepEqual(world.take(), ["a mail a 1", "a mail c 1"]);
  });

  test("that fail are tried again, ever later, and in the end no more", async () => {
    const world = await open({ mail: { retries: 2 } });
    const jobs = await world.start();
    world.faults.set("x", "no server");
    await jobs.enqueue("mail", "x");
    await world.pass(jobs);
    await world.pass(jobs, 900);
    assert.deepEqual(world.take(), ["a mail x 1"]);
    await world.pass(jobs, 200);
    await world.pass(jobs, 1900);
    assert.deepEqual(world.take(), ["a mail x 2"]);
    await world.pass(jobs, 200);
    await world.pass(jobs, DAY);
    assert.deepEqual(world.take(), ["a mail x 3"]);
    const [job] = await jobs.queue.list({ state: "failed" }, 10);
    assert.deepEqual([job?.tries, job?.error], [3, "no server"]);
    const failed = world.told.filter(({ type }) => type === "job.failed");
    assert.deepEqual(
      failed.map(({ payload }) => (payload as { last: boolean }).last),
      [false, false, true],
    );
  });

  test("are queued by events that they are for", async () => {
    const world = await open({ welcome: { on: "users.created" }, all: { on: "users.*" }, none: {}, each: { on: "*" } });
    const jobs = await world.start();
    assert.equal(jobs.listens(), true);
    assert.deepEqual(jobs.targets("users.created"), ["welcome", "all", "each"]);
    assert.deepEqual(jobs.targets("posts.created"), ["each"]);
    assert.deepEqual(jobs.targets("server.request"), []);
    world.time.now -= 1;
    for (const name of ["welcome", "all"]) await jobs.deliver(name, eventOf(world.newId()), {});
    await world.pass(jobs, 1);
    assert.deepEqual([...world.take()].sort(), ["a all 1", "a welcome 1"]);
  });

  test("are queued once for an event, however they have ended and whichever process it comes to", async () => {
    const world = await open({ done: { on: "*" }, failed: { on: "*", retries: 0 }, canceled: { on: "*" } });
    const one = await world.start("a");
    world.faults.set("failed", "no server");
    const event = eventOf(world.newId());
    await one.pause("canceled", true);
    await one.deliver("canceled", event, {});
    const [waiting] = await one.queue.list({}, 1);
    await one.cancel(String(waiting?.id));
    await one.pause("canceled", false);
    for (const name of ["done", "failed"]) await one.deliver(name, event, {});
    await world.pass(one);
    assert.deepEqual([...world.take()].sort(), ["a done 1", "a failed 1"]);
    const ended = await one.queue.list({}, 10);
    assert.deepEqual(
      ended.map(({ name, state }) => name === state),
      [true, true, true],
    );
    await one.stop(0);

    const two = await world.start("b");
    for (const name of ["done", "failed", "canceled"]) await two.deliver(name, event, {});
    await world.pass(two, DAY);
    assert.deepEqual([world.take(), await two.queue.list({}, 10)], [[], ended]);
    await two.deliver("done", eventOf(world.newId()), {});
    await world.pass(two);
    assert.deepEqual(world.take(), ["b done 1"]);
    await world.close();
  });

  test("for events run in the order of these, of the same millisecond too", async () => {
    const world = await open({ all: { on: "*" } });
    const jobs = await world.start();
    const events = Array.from({ length: 20 }, () => eventOf(world.newId()));
    for (const event of events) await jobs.deliver("all", event, {});
    const queued = await jobs.queue.list({}, 20);
    assert.deepEqual(queued.map(({ payload }) => payload).reverse(), events);
    await world.close();
  });

  test("set each other off so many times in a row and no more; of jobs hears who names them", async () => {
    const world = await open({ all: { on: "*" }, jobs: { on: "job.*" } });
    const jobs = await world.start();
    assert.deepEqual(jobs.targets("posts.created"), ["all"]);
    assert.deepEqual(jobs.targets("job.completed"), ["jobs"]);
    const depth = (one: number) => ({ actor: { kind: "system", depth: one } });
    for (const one of [7, 8, 9]) await jobs.deliver("all", eventOf(world.newId()), depth(one));
    await world.pass(jobs);
    assert.deepEqual(world.take(), ["a all 1"]);
    assert.equal(world.errors.length, 2);
    assert.match(String(world.errors[0]), /8 functions and jobs have set each other off: all is not queued/);
  });

  test("can be canceled while they wait and while they run", async () => {
    const world = await open({ mail: {} });
    const jobs = await world.start();
    let release = (): void => undefined;
    world.blocked.set(
      "runs",
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    const [runs, waits] = [await jobs.enqueue("mail", "runs"), await jobs.enqueue("mail", "waits", { delay: DAY })];
    await world.tick();
    for (const id of [runs, waits]) assert.equal((await jobs.cancel(String(id))).state, "canceled");
    release();
    await world.pass(jobs, 2 * DAY);
    assert.deepEqual(world.take(), ["a mail runs 1"]);
    const states = (await jobs.queue.list({}, 10)).map(({ state }) => state);
    assert.deepEqual(states, ["canceled", "canceled"]);
    await assert.rejects(jobs.cancel(String(runs)), { code: "not_found" });
  });

  test("that nobody knows are refused", async () => {
    const world = await open({ mail: {} });
    const jobs = await world.start();
    await assert.rejects(jobs.enqueue("nothing", null), { code: "not_found" });
    await assert.rejects(jobs.enqueue("mail", null, { at: "soon" }), { code: "validation_failed" });
    await assert.rejects(jobs.enqueue("mail", null, { delay: -1 }), { code: "validation_failed" });
    await assert.rejects(jobs.enqueue("mail", null, { delay: 1, at: "2026-01-01" }), { code: "validation_failed" });
    await assert.rejects(jobs.enqueue("mail", null, { priority: 0.5 }), { code: "validation_failed" });
    await assert.rejects(jobs.pause("nothing", true), { code: "not_found" });
  });
});

describe("schedules", () => {
  test("are followed, once for each time", async () => {
    const world = await open({ nightly: { schedule: "0 3 * * *" } });
    const jobs = await world.start();
    await world.pass(jobs);
    assert.equal((await jobs.overview())[0]?.nextAt, Date.parse("2026-03-02T03:00:00.000Z"));
    await world.pass(jobs, 15 * 60 * MINUTE);
    await world.pass(jobs, 1000);
    await world.pass(jobs, DAY);
    assert.deepEqual(world.take(), ["a nightly 1", "a nightly 1"]);
  });

  for (const [catchUp, runs] of [
    ["once", 1],
    ["none", 0],
  ] as const) {
    test(`that passed while nobody was there: ${catchUp}`, async () => {
      const world = await open({ hourly: { schedule: "0 * * * *", catchUp } });
      const first = await world.start();
      await world.pass(first);
      await first.stop(0);
      world.time.now += 10 * DAY + 30 * MINUTE;
      const second = await world.start("b");
      await world.pass(second);
      assert.equal(world.take().length, runs);
      await world.pass(second, 60 * MINUTE);
      await world.pass(second, 1000);
      assert.equal(world.take().length, catchUp === "none" ? 0 : 1);
    });
  }

  for (const [overlap, runs] of [
    ["skip", 1],
    ["allow", 3],
  ] as const) {
    test(`that are due while the last run has not ended: ${overlap}`, async () => {
      const world = await open({ often: { schedule: "* * * * *", overlap } });
      const jobs = await world.start();
      await world.pass(jobs);
      let release = (): void => undefined;
      world.blocked.set(
        "often",
        new Promise((resolve) => {
          release = resolve;
        }),
      );
      for (let n = 0; n < 3; n += 1) {
        for (let second = 0; second < 60; second += 10) await world.tick(10_000);
      }
      assert.equal(world.take().length, runs);
      release();
      await world.pass(jobs, MINUTE);
      assert.equal(world.take().length, 1);
    });
  }

  test("that are paused miss nothing that is made up for", async () => {
    const world = await open({ hourly: { schedule: "0 * * * *" } });
    const jobs = await world.start();
    await world.pass(jobs);
    await jobs.pause("hourly", true);
    for (let n = 0; n < 5; n += 1) await world.pass(jobs, 60 * MINUTE);
    assert.deepEqual(world.take(), []);
    await jobs.pause("hourly", false);
    await world.pass(jobs);
    assert.deepEqual(world.take(), []);
    await world.pass(jobs, 60 * MINUTE);
    assert.deepEqual(world.take(), ["a hourly 1"]);
  });

  test("go on when a clock that was far ahead is put right", async () => {
    const world = await open({ hourly: { schedule: "0 * * * *" } });
    const jobs = await world.start();
    await world.pass(jobs);
    await world.pass(jobs, 365 * DAY);
    await world.pass(jobs, -365 * DAY);
    world.take();
    for (let n = 0; n < 3; n += 1) await world.pass(jobs, 60 * MINUTE);
    assert.deepEqual(world.take(), ["a hourly 1", "a hourly 1", "a hourly 1"]);
    assert.deepEqual(world.errors, []);
  });

  test("do not repeat when the clock jumps back", async () => {
    const world = await open({ hourly: { schedule: "0 * * * *" } });
    const jobs = await world.start();
    await world.pass(jobs);
    await world.pass(jobs, 61 * MINUTE);
    await world.pass(jobs, -30 * MINUTE);
    await world.pass(jobs, 30 * MINUTE);
    assert.deepEqual(world.take(), ["a hourly 1"]);
    await world.pass(jobs, 60 * MINUTE);
    assert.deepEqual(world.take(), ["a hourly 1"]);
  });
});

describe("two processes", () => {
  test("never run the same job, nor the same time of a schedule", async () => {
    const world = await open({ mail: { overlap: "allow" }, often: { schedule: "* * * * *" } });
    const [one, two] = [await world.start("a"), await world.start("b")];
    await world.pass(one);
    for (let n = 0; n < 50; n += 1) await one.enqueue("mail", `m${n}`);
    for (let n = 0; n < 5; n += 1) {
      await world.pass(one, MINUTE);
      await two.idle();
    }
    const ran = world.take();
    assert.equal(ran.filter((line) => line.includes("often")).length, 5);
    assert.equal(new Set(ran.filter((line) => line.includes("mail")).map((line) => line.slice(2))).size, 50);
    assert.equal(ran.filter((line) => line.includes("mail")).length, 50);
    assert.deepEqual(world.errors, []);
  });

  test("take over from one that has died, and count its try", async () => {
    const world = await open({ mail: { retries: 1 } });
    const one = await world.start("a");
    world.blocked.set("x", new Promise(() => undefined));
    await one.enqueue("mail", "x");
    await world.tick();
    // it dies: no more ticks of its own
    world.forget();
    const two = await world.start("b");
    await world.pass(two, LEASE / 2);
    assert.deepEqual(world.take(), ["a mail x 1"]);
    world.blocked.clear();
    await world.pass(two, LEASE);
    assert.deepEqual(world.take(), ["b mail x 2"]);
    const states = (await two.queue.runs({ name: "mail" }, 10)).map(({ state }) => state);
    assert.deepEqual(states, ["done", "lost"]);
  });

  test("take over in order: a lost job goes before what has come due since", async () => {
    const world = await open({ mail: { retries: 1 } });
    const one = await world.start("a");
    world.blocked.set("lost", new Promise(() => undefined));
    await one.enqueue("mail", "lost");
    await world.tick();
    world.forget();
    world.blocked.clear();
    const two = await world.start("b", { mail: { retries: 1, overlap: "skip" } });
    for (let n = 0; n < 3; n += 1) {
      world.time.now += 1000;
      await one.enqueue("mail", `later ${n}`);
    }
    await world.pass(two, 2 * LEASE);
    assert.deepEqual(world.take(), [
      "a mail lost 1",
      ...["b mail lost 2", "b mail later 0 1", "b mail later 1 1", "b mail later 2 1"],
    ]);
  });

  test("leave alone what was taken from one of them while it slept", async () => {
    const world = await open({ mail: { retries: 1 } });
    const one = await world.start("a");
    let release = (): void => undefined;
    world.blocked.set("step", new Promise((resolve) => (release = () => resolve())));
    await one.enqueue("mail", "step");
    await world.tick();
    const wake = world.sleep();
    const two = await world.start("b");
    world.blocked.clear();
    await world.pass(two, 2 * LEASE);
    assert.deepEqual(world.take(), ["a mail step 1", "b mail step 2", "b open"]);
    wake();
    await world.tick();
    release();
    await one.idle();
    assert.deepEqual(world.take(), ["conflict"]);
    assert.deepEqual(
      world.told.map(({ type, payload }) => `${type} ${(payload as { attempt: number }).attempt}`),
      ["job.started 1", "job.failed 1", "job.started 2", "job.completed 2"],
    );
    const states = (await two.queue.runs({ name: "mail" }, 10)).map(({ state }) => state);
    assert.deepEqual(states, ["done", "lost"]);
    assert.deepEqual(world.errors, []);
  });

  test("leave to each other what each keeps", async () => {
    const world = await open({ mail: {} });
    const one = await world.start("a");
    world.blocked.set("x", new Promise(() => undefined));
    await one.enqueue("mail", "x");
    await world.tick();
    const two = await world.start("b");
    for (let n = 0; n < 5; n += 1) await world.tick(LEASE / 2);
    await two.idle();
    assert.deepEqual(world.take(), ["a mail x 1"]);
  });
});
