import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Collection, createCollection, ROW } from "../../../src/core/collections/collection.ts";
import { definitionSchema } from "../../../src/core/collections/definition.ts";
import type { RecordData } from "../../../src/core/collections/record.ts";
import { holdNow } from "../../../src/core/collections/watching/index.ts";
import { rowsOf } from "../../../src/core/collections/watching/row-text.ts";
import type { Database, Statement } from "../../../src/core/database/index.ts";
import type { Condition } from "../../../src/core/rules/index.ts";
import { openApp } from "../../support/app.ts";

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
        rows: [{ id: "r", ...Object.fromEntries(Array.from({ length: parts }, (_, n) => [`c${n}`, (n + 1) % 2])) }],
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
  const hold = await holdNow({ db, defer, stopwatch: () => 0 }, watches);
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

describe("records that are put in the place of stored ones", () => {
  const TAGS = definitionSchema.parse({ name: "tags", fields: [{ name: "title", type: "text" }] });
  const POSTS = definitionSchema.parse({
    name: "posts",
    fields: [
      { name: "title", type: "text" },
      { name: "size", type: "number" },
      { name: "place", type: "geo" },
      { name: "tags", type: "relation", collection: "tags", many: true },
      { name: "first", type: "relation", collection: "tags" },
    ],
  });
  const [tags, posts] = [createCollection(TAGS), createCollection(POSTS)];
  const stamps = { createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z", version: 1 };
  const gone = { id: "t1", title: "gone", ...stamps };
  const post = { id: "p", title: "a", size: 1, place: null, tags: ["t1"], first: "t1", ...stamps };
  const fields = new Set(["title", "size", "tags", "first"]);
  const seeming = new Map([
    [tags, { records: new Map<string, RecordData>([["t1", gone]]), fields }],
    [posts, { records: new Map<string, RecordData>([["p", { ...post, size: 2.5 }]]), fields }],
  ]);
  const row = rowsOf(posts, [post], seeming);
  const joins = `EXISTS (SELECT 1 FROM "posts:tags" AS l JOIN "tags" AS t ON t."id" = l."target" WHERE l."source" = ${ROW}."id" AND t."title" = 'gone')`;
  const first = `(SELECT t."title" FROM "tags" AS t WHERE t."id" = ${ROW}."first") = 'gone'`;
  const others = `EXISTS (SELECT 1 FROM "posts" AS o WHERE o."first" = ${ROW}."first" AND o."size" = 2.5)`;
  const columns = [joins, first, others, joins].map((one, at) => `${one} AS c${at}`).join(", ");
  const text = `${row.with}SELECT ${columns} FROM ${row.from}`;
  const params = [...row.withParams, ...row.fromParams];

  test("are found as if they were stored, and stored ones by their indexes", async () => {
    const world = await openApp({ collections: [TAGS, POSTS] });
    try {
      assert.deepEqual(await world.sql(text, params), [{ c0: 1, c1: 1, c2: 1, c3: 1 }]);
      const plan = await world.sql(`EXPLAIN QUERY PLAN ${text}`, params);
      const steps = plan.map(({ detail }) => String(detail));
      assert.ok(
        steps.some((step) => step.startsWith("SEARCH main.")),
        steps.join("\n"),
      );
      assert.deepEqual(
        steps.filter((step) => /^SCAN main\.|^MATERIALIZE [^:]/.test(step)),
        [],
      );
    } finally {
      await world.close();
    }
  });
});
