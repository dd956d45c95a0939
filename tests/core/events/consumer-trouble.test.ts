import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LEASE } from "../../../src/core/events/consumer/index.ts";
import { openDeliveryOffice } from "../../../src/core/events/index.ts";
import { openConsumers, turns } from "./consumer-scene.ts";

describe("a consumer in trouble", () => {
  for (const fails of [false, true])
    test(`waits with a record, and loses nothing, while nothing can be ${fails ? "kept" : "noted"}`, async () => {
      const world = await openConsumers();
      const one = await world.consumer();
      world.faults.set("f a", "not yet");
      if (!fails) {
        await world.emit("1", "a");
        await world.tick(one);
        world.faults.clear();
      }
      await world.emit("2", "x");
      await world.tick(one);
      world.world.isFull = true;
      if (fails) await world.emit("1", "a");
      for (const text of ["", "b", ""]) {
        world.pass(1100);
        await turns(20);
        if (text) await world.emit("1", text);
      }
      assert.deepEqual(world.take(), fails ? ["f x", "f a failed"] : ["f a failed", "f x", "f a"]);
      assert.deepEqual([...new Set(world.errors)], ["DatabaseError: no room"]);
      world.world.isFull = false;
      world.faults.clear();
      for (let n = 0; n < 4; n += 1) {
        world.pass(1200);
        await turns(20);
      }
      await world.tick(one);
      assert.deepEqual(world.take(), fails ? ["f a", "f b"] : ["f b"]);
      await one.stop();
      await world.db.close();
    });

  test("leaves what it has in memory to the process that took over while it slept", async () => {
    const world = await openConsumers();
    const one = await world.consumer("a");
    const begun = Promise.withResolvers<void>();
    world.slow.set("a", begun.promise);
    for (const text of ["a", "b", "c"]) await world.emit("1", text);
    await turns(20);
    world.slow.clear();
    world.time.now += LEASE + 1;
    const two = await world.consumer("b");
    await two.idle();
    assert.deepEqual(world.take(), ["f a", "f b", "f c"]);
    begun.resolve();
    await world.tick(one);
    assert.deepEqual(world.take(), ["f a"]);
    for (const each of [one, two]) await each.stop();
    await world.db.close();
  });

  test("keeps the others away while it does nothing but what was kept, and while it stops", async () => {
    const world = await openConsumers();
    const one = await world.consumer("a");
    const end = Promise.withResolvers<void>();
    for (let n = 0; n < 30; n += 1) {
      world.faults.set(`f ${n}`, "not yet");
      await world.emit(String(n), String(n));
    }
    await world.tick(one);
    world.faults.clear();
    for (let n = 0; n < 30; n += 1) world.slow.set(String(n), end.promise);
    world.take();
    const two = await world.consumer("b");
    const passes = async (): Promise<void> => {
      for (let n = 0; n < 8; n += 1) {
        world.pass(1000);
        await turns(20);
      }
    };
    await passes();
    const stopped = one.stop();
    await passes();
    end.resolve();
    await stopped;
    world.time.now += 1;
    await two.wake();
    await world.tick(two);
    assert.deepEqual(world.take().length, 30, "each once");
    await two.stop();
    await world.db.close();
  });

  test("tries again what is replayed in a process that does not do the work", async () => {
    const world = await openConsumers();
    const one = await world.consumer("a");
    const two = await world.consumer("b");
    const office = openDeliveryOffice(world.db);
    world.faults.set("f a", "final");
    await world.emit("1", "a");
    await world.tick(one);
    world.faults.clear();
    const [letter] = await office.list("dead", 10);
    assert.equal(await office.replay(letter?.id ?? 0), true);
    await two.wake();
    for (let n = 0; n < 3; n += 1) await world.tick(one, 1000);
    assert.deepEqual(world.take(), ["f a failed", "f a"]);
    for (const each of [one, two]) await each.stop();
    await world.db.close();
  });

  test("notes what is done before it waits for what is under way, when it stops", async () => {
    const world = await openConsumers();
    const one = await world.consumer("a");
    world.slow.set("hangs", new Promise(() => undefined));
    await world.emit("1", "hangs");
    for (const text of ["a", "b"]) await world.emit("2", text);
    await turns(20);
    assert.deepEqual(world.take(), ["f a", "f b"]);
    void one.stop();
    await turns(20);
    // and is killed then
    world.stopTimers();
    world.slow.clear();
    world.time.now += LEASE + 1;
    const two = await world.consumer("b");
    await world.tick(two);
    assert.deepEqual(world.take(), ["f hangs"]);
    await two.stop();
    await world.db.close();
  });

  test("goes on after a crash, whatever the clock was put back to", async () => {
    const world = await openConsumers();
    await (await world.consumer("a")).stop();
    const until = world.time.now + 3_600_000;
    await world.db.write([{ sql: `UPDATE "_consumers" SET "owner" = 'a', "until" = ?`, params: [until] }]);
    const two = await world.consumer("b");
    await world.emit("1", "b");
    await world.tick(two);
    assert.equal(world.take().at(-1), "f b");
    await two.stop();
    await world.db.close();
  });
});
