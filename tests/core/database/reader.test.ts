import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connection, Statement } from "../../../src/core/database/index.ts";
import { createReader } from "../../../src/core/database/reader.ts";

/** A connection that takes as long as the statement's first parameter says, on a clock of its own. */
function madeUp(name: string, log: string[], clock: { ms: number }): Pick<Connection, "run" | "runNow"> {
  const runNow = ({ sql, params }: Statement) => {
    log.push(`${name} ${sql}`);
    clock.ms += Number(params[0]);
    return { rows: [], changes: 0 };
  };
  return { runNow, run: async (statement) => runNow(statement) };
}

describe("reader", () => {
  const start = (same = false) => {
    const log: string[] = [];
    const clock = { ms: 0 };
    const read = madeUp("here", log, clock) as Connection;
    const slow = same ? read : (madeUp("elsewhere", log, clock) as Connection);
    return { log, read: createReader({ read, slow }, () => clock.ms) };
  };
  const takes = (ms: number, sql = "q"): Statement => ({ sql, params: [ms] });

  test("short reads stay on the calling thread", async () => {
    const { log, read } = start();
    for (let index = 0; index < 3; index += 1) await read(takes(1));
    assert.deepEqual(log, ["here q", "here q", "here q"]);
  });

  test("a statement that took long goes elsewhere from then on, others do not", async () => {
    const { log, read } = start();
    await read(takes(50));
    await read(takes(50));
    await read(takes(1, "other"));
    assert.deepEqual(log, ["here q", "elsewhere q", "here other"]);
  });

  const histories: readonly (readonly [name: string, times: readonly number[], last: string])[] = [
    ["a moment's delay is no reason", [10, 1, 1], "here q"],
    ["a second one soon after is", [10, 1, 10, 1], "elsewhere q"],
    ["a second one long after is not", [10, ...Array<number>(8).fill(1), 10, 1], "here q"],
    ["two in a row are", [10, 10, 1], "elsewhere q"],
    ["what is just within the limit is short", [4, 4, 4, 4], "here q"],
  ];
  for (const [name, times, last] of histories) {
    test(name, async () => {
      const { log, read } = start();
      for (const time of times) await read(takes(time));
      assert.equal(log.at(-1), last);
    });
  }

  test("it is tried here again after a while, and stays if it has become short", async () => {
    const { log, read } = start();
    await read(takes(50));
    for (let index = 0; index < 200; index += 1) await read(takes(1));
    assert.equal(log.filter((line) => line === "elsewhere q").length, 200);
    await read(takes(1));
    await read(takes(1));
    assert.deepEqual(log.slice(-2), ["here q", "here q"]);
  });

  test("with one connection for all there is nowhere else", async () => {
    const { log, read } = start(true);
    await read(takes(50));
    await read(takes(50));
    assert.deepEqual(log, ["here q", "here q"]);
  });
});
