import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LEASE, MAX_TRIES } from "../../../src/core/events/consumer/index.ts";
import { openDeliveryOffice } from "../../../src/core/events/index.ts";
import { openConsumers } from "./consumer-scene.ts";

describe("a consumer", () => {
  test("gets what comes after it was opened for the first time, in order, each once", async () => {
    const world = await openConsumers();
    await world.emit("1", "before");
    const one = await world.consumer();
    for (const text of ["a", "b", "c"]) await world.emit("1", text);
    await world.emit("1", "no target", "tags.created");
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a", "f b", "f c"]);
    await world.tick(one);
    assert.deepEqual(world.take(), []);
    assert.deepEqual(world.errors, []);
  });

  test("goes on where it was left, in order, after a stop and after a crash", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    await world.emit("1", "a");
    await world.tick(one);
    await one.stop();
    await world.emit("1", "while it was away");
    const two = await world.consumer("b");
    await world.tick(two);
    assert.deepEqual(world.take(), ["f a", "f while it was away"]);
    // a crash: it neither notes nor releases anything
    world.slow.set("begun", new Promise(() => undefined));
    await world.emit("1", "begun");
    world.time.now += LEASE + 1;
    world.slow.clear();
    const three = await world.consumer("c");
    await world.tick(three);
    assert.equal(world.take().at(-1), "f begun");
  });

  test("works for all targets of an event, and repeats only what failed", async () => {
    const world = await openConsumers();
    const one = await world.consumer("a", ["f", "g"]);
    world.faults.set("f a", "not yet");
    await world.emit("1", "a");
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a failed", "g a"]);
    await world.tick(one, 500);
    assert.deepEqual(world.take(), [], "the pause is not over");
    world.faults.clear();
    await world.tick(one, 600);
    assert.deepEqual(world.take(), ["f a"]);
    await world.tick(one, 100_000);
    assert.deepEqual(world.take(), []);
  });

  test("lets the later events of a record wait for one that failed, and others not", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    world.faults.set("f a", "not yet");
    await world.emit("1", "a");
    await world.emit("1", "b");
    await world.emit("2", "x");
    await world.emit("1", "c");
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a failed", "f x"]);
    world.faults.clear();
    for (let n = 0; n < 4; n += 1) await world.tick(one, 1100);
    await world.emit("1", "d");
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a", "f b", "f c", "f d"]);
  });

  for (const [what, first] of [
    ["the first time", "final"],
    ["a later time", "not yet"],
  ] as const)
    test(`gives up at once what fails for good: ${what}`, async () => {
      const world = await openConsumers();
      const one = await world.consumer();
      const office = openDeliveryOffice(world.db);
      world.faults.set("f a", first);
      await world.emit("1", "a");
      await world.emit("1", "b");
      await world.tick(one);
      world.faults.set("f a", "final");
      for (let n = 0; n < 4; n += 1) await world.tick(one, 100_000);
      assert.deepEqual(world.take(), ["f a failed", ...(first === "final" ? [] : ["f a failed"]), "f b"]);
      assert.deepEqual(world.dead, ["f posts.created final"]);
      const [kept] = await office.list("dead", 10);
      assert.deepEqual([kept?.error, kept?.tries], ["final", first === "final" ? 1 : 2]);
      assert.deepEqual(await office.list("waiting", 10), []);
      // it may still be replayed
      world.faults.clear();
      await office.replay(Number(kept?.id));
      await one.wake();
      await world.tick(one, 1);
      assert.deepEqual(world.take(), ["f a"]);
      assert.deepEqual(world.errors, []);
      await one.stop();
      await world.db.close();
    });

  test("keeps what waits over a restart", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    world.faults.set("f a", "not yet");
    await world.emit("1", "a");
    await world.emit("1", "b");
    await world.tick(one);
    await one.stop();
    world.faults.clear();
    world.take();
    await world.db.write([
      { sql: `DELETE FROM "_events" WHERE "seq" < (SELECT max("seq") FROM "_events")`, params: [] },
    ]);
    const two = await world.consumer("b");
    await world.emit("1", "c");
    for (let n = 0; n < 4; n += 1) await world.tick(two, 1100);
    assert.deepEqual(world.take(), ["f a", "f b", "f c"]);
  });

  test("gives up in the end, says so, and an admin may have it tried again", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    const office = openDeliveryOffice(world.db);
    world.faults.set("f a", "never");
    await world.emit("1", "a");
    await world.emit("1", "b");
    for (let n = 0; n < MAX_TRIES + 2; n += 1) await world.tick(one, 700_000);
    const tried = world.take();
    assert.equal(tried.filter((line) => line === "f a failed").length, MAX_TRIES);
    assert.equal(tried.at(-1), "f b");
    assert.deepEqual(world.dead, ["f posts.created never"]);
    const [letter, ...more] = await office.list("dead", 10);
    assert.deepEqual([letter?.target, letter?.tries, letter?.error, more], ["f", MAX_TRIES, "never", []]);
    world.faults.clear();
    assert.equal(await office.replay(letter?.id ?? 0), true);
    assert.equal(await office.replay(letter?.id ?? 0), false);
    one.wake();
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a"]);
    assert.deepEqual(await office.list("dead", 10), []);
  });

  test("tries what is replayed before what comes after it, and after what comes before it", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    const office = openDeliveryOffice(world.db);
    for (const text of ["b", "d"]) world.faults.set(`f ${text}`, "final");
    for (const text of ["a", "c", "e"]) world.faults.set(`f ${text}`, "not yet");
    for (const text of ["b", "a", "d", "c", "e"]) await world.emit("1", text);
    await world.tick(one);
    await world.tick(one, 1000);
    // a has failed twice; d waits behind it, was never tried, and is given up now
    await world.db.write([{ sql: `UPDATE "_deliveries" SET "state" = 'dead' WHERE "seq" = 3`, params: [] }]);
    world.take();
    for (const { id } of await office.list("dead", 10)) assert.equal(await office.replay(id), true);
    await one.wake();
    world.faults.set("f b", "not yet");
    for (let n = 0; n < 2; n += 1) await world.tick(one, 700_000);
    assert.deepEqual(new Set(world.take()), new Set(["f b failed"]), "all others wait for it");
    world.faults.clear();
    for (let n = 0; n < 8; n += 1) await world.tick(one, 700_000);
    assert.deepEqual(world.take(), ["f b", "f a", "f d", "f c", "f e"]);
    assert.deepEqual(await office.list("waiting", 10), []);
    await one.stop();
  });

  for (const [what, replays] of [
    ["gives up again what came again after a crash", false],
    ["lets it be replayed while it waits once more", true],
  ] as const)
    test(what, async () => {
      const world = await openConsumers();
      const office = openDeliveryOffice(world.db);
      await world.consumer("a");
      world.slow.set("hangs", new Promise(() => undefined));
      world.faults.set("f a", "final");
      await world.emit("0", "hangs");
      await world.emit("1", "a");
      while (world.dead.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      // killed before the place was noted
      world.stopTimers();
      world.slow.clear();
      world.time.now += LEASE + 1;
      world.faults.set("f a", "not yet");
      const two = await world.consumer("b");
      await world.emit("1", "b");
      await world.tick(two);
      const [letter] = await office.list("dead", 10);
      if (replays) {
        assert.equal(await office.replay(letter?.id ?? 0), true);
        await two.wake();
      }
      for (let n = 0; n < MAX_TRIES + 2; n += 1) await world.tick(two, 700_000);
      assert.equal(world.take().at(-1), "f b");
      assert.equal(world.dead.length, 2);
      assert.deepEqual(
        (await office.list("dead", 10)).map(({ error, tries }) => [error, tries]),
        [["not yet", MAX_TRIES]],
      );
      assert.deepEqual([await office.list("waiting", 10), world.errors], [[], []]);
    });

  test("works in one process at a time", async () => {
    const world = await openConsumers();
    const one = await world.consumer("a");
    await world.emit("1", "a");
    await world.tick(one);
    const two = await world.consumer("b");
    await world.emit("1", "b");
    await world.tick(two);
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a", "f b"]);
    // the first one has died: the second takes over when its time is up, and repeats nothing that was noted
    world.time.now += 2 * LEASE;
    await world.emit("1", "c");
    await world.tick(two);
    await world.tick(one);
    assert.deepEqual(world.take(), ["f c"]);
  });

  test("does not let a slow delivery hold up others", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    let release = (): void => undefined;
    world.slow.set(
      "slow",
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    await world.emit("1", "slow");
    await world.emit("2", "quick");
    while (!world.take().includes("f quick")) await new Promise((resolve) => setTimeout(resolve, 1));
    await world.emit("1", "after");
    release();
    await world.tick(one);
    assert.deepEqual(world.take(), ["f slow", "f after"]);
  });

  test("lets events pass by while nothing wants any, and begins with the present when something does", async () => {
    const { world, ...more } = await openConsumers();
    world.wanted = false;
    const one = await more.consumer();
    await more.emit("1", "a");
    await more.tick(one);
    world.wanted = true;
    one.wake();
    await more.tick(one);
    await more.emit("1", "b");
    await more.tick(one);
    assert.deepEqual(more.take(), ["f b"]);
    await one.stop();
    const two = await more.consumer("b");
    await more.tick(two);
    assert.deepEqual(more.take(), []);
  });

  test("says so if events were deleted before it saw them, and goes on", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    await one.stop();
    for (const text of ["a", "b", "c"]) await world.emit("1", text);
    await world.db.write([
      { sql: `DELETE FROM "_events" WHERE "seq" < (SELECT max("seq") FROM "_events")`, params: [] },
    ]);
    const two = await world.consumer("b");
    await world.tick(two);
    assert.deepEqual(world.take(), ["f c"]);
    assert.equal(world.errors.length, 1);
  });

  test("goes on with the present if the log was emptied", async () => {
    const world = await openConsumers();
    const one = await world.consumer();
    for (const text of ["a", "b", "c"]) await world.emit("1", text);
    await world.tick(one);
    await world.db.write([{ sql: `DELETE FROM "_events"`, params: [] }]);
    await world.tick(one);
    await world.emit("1", "d");
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a", "f b", "f c", "f d"]);
    assert.equal(world.errors.length, 1);
    await one.stop();
    await world.db.close();
  });
});
