import assert from "node:assert/strict";
import { test } from "node:test";
import { type Comparison, type Condition, countComparisons, type Hop } from "../../../src/core/rules/index.ts";

const hop = (kind: "one" | "many", guard?: Condition): Hop => ({
  ...(kind === "one" ? { kind, column: "team" } : { kind, table: "posts_tags" }),
  ...{ name: "team", target: "teams", targetTable: "teams", ...(guard ? { guard } : {}) },
});
const comparison = (hops: readonly Hop[] = [], values: number | null = null): Comparison => ({
  left: {
    ...{ kind: "path", hops, type: "text", many: false, every: false, text: "title" },
    leaf: { kind: "column", column: "title", field: "title", nullable: true, indexed: false },
  },
  op: "=",
  right:
    values === null
      ? { kind: "literal", value: "x", type: "text" }
      : { kind: "list", values: Array.from({ length: values }, (_, n) => `${n}`), type: "text" },
});
const plain = comparison();

const cases: readonly (readonly [name: string, condition: Condition, count: number])[] = [
  ["nothing", { all: [] }, 0],
  ["one", plain, 1],
  ["several, wherever they stand", { all: [plain, { not: { any: [plain, plain] } }] }, 3],
  ["no value", comparison([], 0), 1],
  ["ten values", comparison([], 10), 1],
  ["eleven values", comparison([], 11), 2],
  ["a record that is open to all", comparison([hop("one")]), 1],
  ["a record behind a rule", comparison([hop("one", { all: [plain, plain] })]), 3],
  ["many records", comparison([hop("many")]), 10],
  ["many records behind a rule", comparison([hop("one"), hop("many", plain)]), 20],
];
for (const [name, condition, count] of cases)
  test(`comparisons: ${name}`, () => assert.equal(countComparisons(condition), count));
