import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPassingLimit } from "../../../src/core/events/index.ts";

function limitAt(clock: { now: number }) {
  const dropped: [target: string, count: number][] = [];
  const limit = createPassingLimit({
    now: () => clock.now,
    onDropped: (target, count) => void dropped.push([target, count]),
  });
  return { limit, dropped };
}

describe("what is told of events in no stream", () => {
  test("is fifty a second for each target, with more as time goes by", async () => {
    const clock = { now: 1000 };
    const { limit, dropped } = limitAt(clock);
    let done = 0;
    const some = async (count: number, target = "a"): Promise<void> => {
      for (let n = 0; n < count; n++) await limit.use(target, async () => void done++);
    };
    await some(60);
    assert.equal(done, 50);
    await some(10, "b");
    assert.equal(done, 60);
    clock.now += 200;
    await some(20);
    assert.equal(done, 70);
    clock.now += 1000;
    await some(60);
    assert.equal(done, 120);
    assert.deepEqual(dropped, [["a", 1]]);
  });

  test("is sixteen at the same time, and a task that fails leaves its place", async () => {
    const { limit, dropped } = limitAt({ now: 0 });
    const ends: (() => void)[] = [];
    const under = Array.from({ length: 20 }, () =>
      limit.use("a", () => new Promise((_, reject) => ends.push(() => reject(new Error("failed"))))),
    );
    assert.equal(ends.length, 16);
    for (const end of ends) end();
    const results = await Promise.allSettled(under);
    assert.equal(results.filter(({ status }) => status === "rejected").length, 16);
    let done = 0;
    await limit.use("a", async () => void done++);
    assert.equal(done, 1);
    assert.deepEqual(dropped, [["a", 1]]);
  });

  test("says once a minute how many there were too many", async () => {
    const clock = { now: 0 };
    const { limit, dropped } = limitAt(clock);
    const flood = async (): Promise<void> => {
      for (let n = 0; n < 70; n++) await limit.use("a", async () => undefined);
    };
    await flood();
    clock.now += 30_000;
    await flood();
    clock.now += 30_000;
    await flood();
    assert.deepEqual(dropped, [
      ["a", 1],
      ["a", 40],
    ]);
  });
});
