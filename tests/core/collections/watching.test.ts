import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Collection } from "../../../src/core/collections/collection.ts";
import { holdNow } from "../../../src/core/collections/watching/index.ts";
import type { Database, Statement } from "../../../src/core/database/index.ts";
import type { Condition } from "../../../src/core/rules/index.ts";

/** So many comparisons, which only the database can decide on. */
function conditionOf(comparisons: number): Condition {
  const leaf = { kind: "column", column: "title", field: "title", nullable: true, indexed: false } as const;
  const left = { kind: "path", hops: [], leaf, type: "text", many: false, every: false, text: "title" } as const;
  const one = (n: number): Condition => ({ left, op: "=", right: { kind: "literal", value: `${n}`, type: "text" } });
  return { any: Array.from({ length: comparisons }, (_, n) => one(n)) };
}

/** Judges conditions, and notes what happens: statements by their parts, and whenever others had their turn. */
async function judging(conditions: readonly Condition[]) {
  const statements: Statement[] = [];
  const steps: (number | "others")[] = [];
  const db: Pick<Database, "read"> = {
    read(statement) {
      statements.push(statement);
      const parts = statement.sql.match(/ AS c\d+/g)?.length ?? 0;
      steps.push(parts);
      // every other one holds
      return {
        rows: [Object.fromEntries(Array.from({ length: parts }, (_, n) => [`c${n}`, (n + 1) % 2]))],
        changes: 0,
      };
    },
  };
  const collection = { name: "posts" } as Collection;
  const watches = conditions.map((one) => ({ record: "r", collection, condition: () => one }));
  const defer = (task: () => void): void => {
    steps.push("others");
    task();
  };
  const hold = await holdNow({ db, defer }, watches);
  return { statements, steps, hold };
}

describe("conditions that the database decides on", () => {
  test("share a statement as long as they are few", async () => {
    const { steps, hold } = await judging([conditionOf(2), conditionOf(2), conditionOf(2)]);
    assert.deepEqual(steps, [3]);
    assert.deepEqual(hold, [true, false, true]);
  });

  test("make statements of a bounded length, however many they are and however long", async () => {
    for (const [many, comparisons] of [
      [300, 1],
      [100, 20],
      [40, 250],
    ] as const) {
      const conditions = Array.from({ length: many }, () => conditionOf(comparisons));
      const alone = (await judging(conditions.slice(0, 1))).statements[0]?.sql.length ?? 0;
      const { statements, hold } = await judging(conditions);
      assert.equal(hold.length, many);
      for (const { sql } of statements)
        assert.ok(sql.length < 10_000 + alone, `${many} x ${comparisons}: ${sql.length}`);
    }
  });

  test("let others have their turn between two statements", async () => {
    const { steps } = await judging(Array.from({ length: 4 }, () => conditionOf(250)));
    assert.deepEqual(
      steps.map((step) => (step === "others" ? step : "statement")),
      ["statement", "others", "statement", "others", "statement", "others", "statement"],
    );
  });
});
