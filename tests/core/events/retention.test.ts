import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDatabase } from "../../../src/core/database/index.ts";
import { createRetention, openEventLog } from "../../../src/core/events/index.ts";
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
    ["by size, in large numbers too", 2500, 10_000 * MINUTE, 3 * 131, 2497],
    ["when there is one", 1, 0, 0, 0],
    ["when there is none", 0, 0, 0, 0],
    ["in large numbers too", 2500, 10 * MINUTE, LARGE, 2489],
  ];
  for (const [name, events, keep, size, gone] of cases) {
    test(name, async () => {
      const { db, log } = await logOf(events);
      const now = (): number => START + Math.max(0, events - 1) * MINUTE;
      assert.equal(await createRetention({ db, log, keep, size, now }).prune(), gone);
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

  const SIZE = 1024 * 1024;
  const large = "x".repeat(50_000);
  const kinds: [name: string, looks: readonly (readonly string[])[]][] = [
    ["large ones before many small ones", [[...Array(60).fill(large), ...Array(1100).fill("y")]]],
    ["small ones before large ones", [[...Array(1100).fill("y"), ...Array(60).fill(large)]]],
    ["texts of several bytes a character", [Array(60).fill("日".repeat(10_000))]],
    [
      "more at each look",
      [Array(30).fill(large), [], Array(10).fill(large), Array(600).fill("y"), Array(15).fill(large)],
    ],
  ];
  for (const previous of [false, true])
    for (const [name, looks] of kinds)
      test(`by size, whatever they are: ${name}${previous ? ", in what was before" : ""}`, async () => {
        const { db, log } = await logOf(0);
        const prune = (): Promise<number> =>
          createRetention({ db, log, keep: LARGE, size: SIZE, now: () => START }).prune();
        const one = createRetention({ db, log, keep: LARGE, size: SIZE, now: () => START });
        for (const [index, titles] of looks.entries()) {
          for (const title of titles) {
            const event = { id: "x", type: "notes.updated", timestamp: "2026", source: "collections" };
            if (previous) await log.append({ ...event, payload: {} }, { previous: { title } });
            else await log.append({ ...event, payload: { title } }, {});
          }
          // another process may be first
          if (index === 3) await prune();
          await one.prune();
          const { rows } = await db.read({
            sql: `SELECT count(*) AS "count", sum(length(CAST("payload" || coalesce("previous", '') AS BLOB))) AS "bytes" FROM "_events"`,
            params: [],
          });
          const bytes = Number(rows[0]?.bytes) + 120 * Number(rows[0]?.count);
          assert.ok(bytes <= SIZE, `${bytes}`);
          // and no more goes than has to: the next one would not have fit
          const { oldest } = await log.ends();
          assert.ok(oldest === 1 || bytes > SIZE - 52_000, `${bytes}`);
          assert.equal((await one.prune()) + (await prune()), 0);
        }
        await db.close();
      });
});
