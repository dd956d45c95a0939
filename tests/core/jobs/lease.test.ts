import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LEASE } from "../../../src/core/jobs/index.ts";
import { DAY, openJobWorld as open } from "./job-world.ts";

describe("a process whose clock jumps", () => {
  for (const [what, jump] of [
    ["ahead", 2 * LEASE],
    ["back", -DAY],
  ] as const)
    test(`${what} takes nothing from itself, and keeps what it runs`, async () => {
      const world = await open({ mail: {}, other: {} });
      const jobs = await world.start();
      let release = (): void => undefined;
      world.blocked.set("x", new Promise((resolve) => (release = () => resolve())));
      const id = String(await jobs.enqueue("mail", "x"));
      await world.tick();
      // something is queued before the next tick
      world.time.now += jump;
      await jobs.enqueue("other", "y");
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(world.take(), ["a mail x 1", "a other y 1"]);
      for (let n = 0; n < 4; n += 1) await world.tick(LEASE / 2);
      const two = await world.start("b");
      for (let n = 0; n < 4; n += 1) await world.tick(LEASE / 2);
      release();
      await world.pass(jobs);
      await two.idle();
      assert.deepEqual(world.take(), []);
      const job = await jobs.queue.job(id);
      assert.deepEqual([job?.state, job?.tries], ["done", 1]);
      assert.deepEqual(world.errors, []);
      await world.close();
    });
});

test("a job that comes back to a process in which its lost try still runs is kept by it", async () => {
  const world = await open({ mail: { retries: 3 } });
  const one = await world.start("a");
  let release = (): void => undefined;
  world.blocked.set("x", new Promise((resolve) => (release = () => resolve())));
  const id = String(await one.enqueue("mail", "x"));
  await world.tick();
  // it sleeps; another one takes the job, and fails with it
  const wake = world.sleep();
  const two = await world.start("b");
  world.blocked.clear();
  world.faults.set("x", "no server");
  await world.pass(two, 2 * LEASE);
  await two.stop(0);
  world.faults.clear();
  world.blocked.set("x", new Promise(() => undefined));
  wake();
  await world.tick(DAY);
  await world.tick();
  assert.deepEqual(world.take(), ["a mail x 1", "b mail x 2", "a mail x 3"]);
  // what is left of the first try ends
  release();
  for (let n = 0; n < 6; n += 1) await world.tick(LEASE / 2);
  assert.deepEqual(world.take(), []);
  assert.equal((await one.queue.job(id))?.tries, 3);
  await one.stop(0);
  await world.close();
});
