import assert from "node:assert/strict";
import { test } from "node:test";
import { createCommand } from "../../dashboard/src/lib/records/example.ts";
import { columnsOf, isSortable, namingField, nextSort, usualColumns } from "../../dashboard/src/lib/records/fields.ts";
import { inserted, replaced } from "../../dashboard/src/lib/records/merge.ts";
import { literal } from "../../sdk/javascript/index.ts";

const at = (id: string, second: number, version = 1) => ({
  id,
  version,
  createdAt: `2026-11-20T12:00:0${second}.000Z`,
});
const LIST = [at("c", 3), at("b", 2), at("a", 1)];

test("a record is replaced by a newer version only", () => {
  assert.equal(replaced(LIST, at("b", 2, 1)), LIST);
  assert.equal(replaced(LIST, at("z", 2, 9)), LIST);
  assert.deepEqual(
    replaced(LIST, at("b", 2, 2)).map(({ version }) => version),
    [1, 2, 1],
  );
});

test("a record comes where its time puts it, or with a later page", () => {
  const ids = (second: number, isWhole: boolean) =>
    inserted(LIST, at("n", second), isWhole)
      ?.map(({ id }) => id)
      .join("");
  assert.equal(ids(4, false), "ncba");
  assert.equal(ids(2, false), "cnba");
  assert.equal(ids(0, true), "cban");
  assert.equal(ids(0, false), undefined);
});

test("a head sorts up, down, and no more", () => {
  assert.deepEqual(
    ["", "-year", "title", "-title"].map((sort) => nextSort(sort, "title")),
    ["title", "title", "-title", ""],
  );
  assert.deepEqual(
    [{ type: "text" }, { type: "json" }, { type: "geo" }, { type: "select", many: true }].map((field) =>
      isSortable({ name: "x", ...field }),
    ),
    [true, false, false, false],
  );
});

test("columns and the naming field leave out what the API never tells", () => {
  const users = { name: "users", kind: "auth", fields: [{ name: "pin", type: "text", hidden: true }] } as const;
  assert.deepEqual(
    columnsOf(users).map(({ name }) => name),
    ["id", "email", "role", "verified", "createdAt", "updatedAt"],
  );
  assert.deepEqual(usualColumns(columnsOf(users)), ["email", "role", "verified", "createdAt"]);
  assert.equal(namingField(users), "email");
  assert.equal(namingField({ name: "points", fields: [{ name: "at", type: "geo" }] }), undefined);
  assert.deepEqual(
    columnsOf({ name: "v", kind: "view", fields: [] }).map(({ name }) => name),
    ["id"],
  );
});

test("a text in a filter stays a text", () => {
  assert.equal(literal("it's \\"), "'it\\'s \\\\'");
});

test("the example of a request has what must be given", () => {
  const fields = [
    { name: "note", type: "text" },
    { name: "kind", type: "select", options: ["it's"], many: true, required: true },
  ];
  assert.match(
    createCommand("http://x", { name: "posts", fields }),
    /^curl http:\/\/x\/api\/posts \\\n(?:.|\n)+ -d '\{"kind":\["it'\\''s"\]\}'$/,
  );
});
