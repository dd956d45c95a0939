import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JobInput } from "../../../src/core/jobs/index.ts";
import { DAY, openJobWorld as open } from "./job-world.ts";

const HOUR = 3_600_000;

describe("a schedule counts from when it is first seen", () => {
  const before: JobInput = { schedule: "0 3 * * *" };
  for (const [what, after] of [
    ["another time", { schedule: "0 8 * * *" }],
    ["another time zone", { schedule: "0 3 * * *", timezone: "America/New_York" }],
  ] as const) {
    for (const restarted of [false, true])
      test(`changed to ${what}${restarted ? " while nobody was there" : ""}`, async () => {
        const world = await open({ nightly: before });
        let jobs = await world.start();
        await world.pass(jobs);
        await world.pass(jobs, 15 * HOUR);
        assert.deepEqual(world.take(), ["a nightly 1"]);
        // 10:00, and the new time was at 08:00
        if (restarted) {
          await jobs.stop(0);
          world.time.now += 7 * HOUR;
          world.inputs.nightly = after;
          jobs = await world.start();
        } else {
          await world.pass(jobs, 7 * HOUR);
          world.inputs.nightly = after;
        }
        await world.pass(jobs);
        await world.pass(jobs, 1000);
        assert.deepEqual(world.take(), []);
        await world.pass(jobs, DAY);
        assert.deepEqual(world.take(), ["a nightly 1"]);
        await world.close();
      });
  }

  test("taken away, and given back later", async () => {
    const world = await open({ nightly: before });
    const jobs = await world.start();
    await world.pass(jobs);
    world.inputs.nightly = {};
    await world.pass(jobs, HOUR);
    await world.pass(jobs, 2 * DAY);
    world.inputs.nightly = before;
    await world.pass(jobs, 1000);
    assert.deepEqual(world.take(), []);
    await world.pass(jobs, DAY);
    assert.deepEqual(world.take(), ["a nightly 1"]);
    await world.close();
  });

  test("gone with its job while nobody was there, and given back later", async () => {
    const world = await open({ nightly: before });
    const jobs = await world.start();
    await world.pass(jobs);
    await jobs.stop(0);
    const other = await world.start("b", { other: {} });
    await world.pass(other, 2 * DAY);
    await other.stop(0);
    const again = await world.start("c");
    await world.pass(again);
    assert.deepEqual(world.take(), []);
    await world.close();
  });

  test("changed while it is paused", async () => {
    const world = await open({ nightly: before });
    const jobs = await world.start();
    await world.pass(jobs);
    await jobs.pause("nightly", true);
    await world.pass(jobs, 22 * HOUR);
    world.inputs.nightly = { schedule: "0 8 * * *" };
    await jobs.pause("nightly", false);
    await world.pass(jobs, 1000);
    assert.deepEqual(world.take(), []);
    await world.close();
  });
});

describe("a schedule that stays", () => {
  test("is caught up with after files could not be loaded for a time", async () => {
    const world = await open({ nightly: { schedule: "0 3 * * *" } });
    const first = await world.start();
    await world.pass(first);
    await first.stop(0);
    world.loaded.yes = false;
    const second = await world.start("b");
    await world.pass(second, DAY);
    world.loaded.yes = true;
    await world.pass(second, 1000);
    assert.deepEqual(world.take(), ["b nightly 1"]);
    await world.close();
  });

  test("goes on in an older process while a newer one has another", async () => {
    const world = await open({ often: { schedule: "0 * * * *" } });
    const one = await world.start("a");
    await world.pass(one);
    const two = await world.start("b", { often: { schedule: "30 * * * *" }, more: { schedule: "15 * * * *" } });
    await world.pass(two);
    let ran = 0;
    for (let n = 0; n < 24; n += 1) {
      await world.pass(one, 5 * 60_000);
      await two.idle();
      ran += world.take().length;
    }
    // two hours: each at its own time, and what only one of them knows
    assert.equal(ran, 6);
    assert.deepEqual(world.errors, []);
    await world.close();
  });

  test("of a database that an older version made is caught up with", async () => {
    const world = await open({ nightly: { schedule: "0 3 * * *" } });
    const first = await world.start();
    await world.pass(first);
    await first.stop(0);
    await world.db.alter([{ sql: `ALTER TABLE "_job_names" DROP COLUMN "schedule"`, params: [] }]);
    const [second] = await Promise.all([world.start("b"), world.start("b")]);
    await world.pass(second, DAY);
    assert.deepEqual(world.take(), ["b nightly 1"]);
    assert.deepEqual(world.errors, []);
    await world.close();
  });
});
