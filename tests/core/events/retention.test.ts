import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDatabase } from "../../../src/core/database/index.ts";
import { openEventLog, pruneEvents } from "../../../src/core/events/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

const START = Date.parse("2026-01-01T00:00:00.000Z");
const MINUTE = 60_000;
const LARGE = 2 ** 40;

/** A log with so many events, a minute apart. */
async function logOf(count: number) {
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  const log = await openEventLog({ db, newId: () => crypto.randomUUID(), timestamp: () => "" });
  for (let n = 0; n < count; n += 1) {
    const timestamp = new Date(START + n * MINUTE).toISOString();
    await log.append({ id: crypto.randomUUID(), type: "auth.login", timestamp, source: "auth", payload: { n } }, {});
  }
  return { db, log };
}

describe("events are kept", () => {
  const cases: [name: string, events: number, keep: number, size: number, gone: number][] = [
    ["while they are young enough", 10, 10 * MINUTE, LARGE, 0],
    ["no longer than they may be", 10, 4 * MINUTE, LARGE, 5],
    ["the newest of them always", 10, 0, LARGE, 9],
    ["by size, the newest", 10, 100 * MINUTE, 3 * 128, 7],
    ["by size, the newest always", 10, 100 * MINUTE, 0, 9],
    ["when there is one", 1, 0, 0, 0],
    ["when there is none", 0, 0, 0, 0],
    ["in large numbers too", 2500, 10 * MINUTE, LARGE, 2489],
  ];
  for (const [name, events, keep, size, gone] of cases) {
    test(name, async () => {
      const { db, log } = await logOf(events);
      const now = (): number => START + Math.max(0, events - 1) * MINUTE;
      assert.equal(await pruneEvents({ db, log, keep, size, now }), gone);
      const left = await log.read(0, 10_000);
      assert.deepEqual(
        left.map(({ seq }) => seq),
        Array.from({ length: events - gone }, (_, index) => gone + index + 1),
      );
      await log.append({ id: "x", type: "auth.login", timestamp: "", source: "auth", payload: {} }, {});
      assert.equal((await log.ends()).newest, events + 1);
      await db.close();
    });
  }
});
