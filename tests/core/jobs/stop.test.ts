import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DAY, openJobWorld as open } from "./job-world.ts";

const NEVER = new Promise<void>(() => undefined);

describe("a stop in order", () => {
  test("lets what runs finish, as long as it has patience", async () => {
    const world = await open({ mail: {} });
    const jobs = await world.start();
    world.blocked.set("x", new Promise((resolve) => setTimeout(resolve, 30)));
    await jobs.enqueue("mail", "x");
    await world.tick();
    await jobs.stop(5000);
    assert.equal((await jobs.queue.list({}, 1))[0]?.state, "done");
    await world.close();
  });

  for (const retries of [0, 1])
    test(`puts back what does not, and its try does not count: ${retries} retries`, async () => {
      const world = await open({ mail: { retries } });
      const one = await world.start("a");
      world.blocked.set("x", NEVER);
      const id = String(await one.enqueue("mail", "x"));
      await world.tick();
      await one.stop(0);
      const put = await one.queue.job(id);
      assert.deepEqual([put?.state, put?.runAt, put?.error], ["queued", world.time.now, null]);
      const [run] = await one.queue.runs({ job: id }, 10);
      assert.deepEqual([run?.state, run?.lines, run?.error], ["interrupted", ["hello x"], null]);
      assert.deepEqual(
        world.told.map(({ type }) => type),
        ["job.started", "job.interrupted"],
      );

      // the next process takes it up at once, and it has all of its tries
      world.blocked.clear();
      world.faults.set("x", "no server");
      const two = await world.start("b");
      for (let n = 0; n <= retries + 1; n += 1) await world.pass(two, DAY);
      const ran = world.take();
      assert.equal(ran.filter((line) => line.startsWith("b mail")).length, retries + 1);
      assert.equal((await two.queue.job(id))?.state, "failed");
      assert.deepEqual(world.errors, []);
      await world.close();
    });

  test("what it puts back keeps its place before what was due after it", async () => {
    const world = await open({ mail: {} });
    const one = await world.start("a");
    world.blocked.set("x", NEVER);
    for (const text of ["x", "y", "z"]) {
      await one.enqueue("mail", text);
      await world.tick(1000);
    }
    await one.stop(0);
    world.blocked.clear();
    world.take();
    const two = await world.start("b");
    await world.pass(two);
    assert.deepEqual(world.take(), ["b mail x 2", "b mail y 1", "b mail z 1"]);
    await world.close();
  });

  test("the pause after a failure is as long as if nothing had been interrupted", async () => {
    const world = await open({ mail: { retries: 3 } });
    const one = await world.start("a");
    world.faults.set("x", "no server");
    await one.enqueue("mail", "x");
    await world.pass(one);
    world.faults.clear();
    world.blocked.set("x", NEVER);
    await world.tick(1000);
    await one.stop(0);
    world.blocked.clear();
    world.faults.set("x", "no server");
    const two = await world.start("b");
    await world.pass(two);
    const [job] = await two.queue.list({}, 1);
    assert.equal(Number(job?.runAt) - world.time.now, 2000);
    await world.close();
  });

  test("leaves what waits, what pauses after a failure and what is canceled as it is", async () => {
    const world = await open({ mail: {}, other: {} });
    const jobs = await world.start();
    world.faults.set("x", "no server");
    const failed = String(await jobs.enqueue("mail", "x"));
    await world.pass(jobs);
    const before = await jobs.queue.job(failed);
    world.blocked.set("y", NEVER);
    const canceled = String(await jobs.enqueue("other", "y"));
    await world.tick();
    await jobs.cancel(canceled);
    await jobs.stop(0);
    assert.deepEqual(await jobs.queue.job(failed), before);
    assert.equal((await jobs.queue.job(canceled))?.state, "canceled");
    assert.equal((await jobs.queue.runs({ job: canceled }, 1))[0]?.state, "canceled");
    await world.close();
  });

  test("takes nothing from another process that has it by now", async () => {
    const world = await open({ mail: {} });
    const one = await world.start("a");
    world.blocked.set("x", NEVER);
    const id = String(await one.enqueue("mail", "x"));
    await world.tick();
    world.forget();
    const two = await world.start("b");
    await world.tick(60_000);
    assert.equal((await two.queue.job(id))?.tries, 2);
    await one.stop(0);
    assert.equal((await two.queue.job(id))?.state, "running");
    assert.deepEqual(
      (await two.queue.runs({ job: id }, 10)).map(({ state }) => state),
      ["running", "lost"],
    );
    await two.stop(0);
    await world.close();
  });
});
