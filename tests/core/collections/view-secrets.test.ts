import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const STAFF = { name: "staff", kind: "auth", fields: [{ name: "rank", type: "text" }] };
const view = (query: string, ...fields: readonly string[]) => ({
  ...{ name: "things", kind: "view", query, permissions: { read: "public" } },
  fields: fields.map((name) => ({ name, type: "text" })),
});

describe("a view tells nobody what only the engine knows", () => {
  const bad: readonly (readonly [name: string, query: string, ...fields: readonly string[]])[] = [
    ["the secret that signs tokens", "SELECT name AS id, value FROM _secrets", "value"],
    ["in quotes", 'SELECT name AS id, value FROM "_secrets"', "value"],
    ["in others", "SELECT name AS id, value FROM [_secrets]", "value"],
    ["in single ones", "SELECT name AS id, value FROM '_secrets'", "value"],
    ["with its schema", "SELECT name AS id, value FROM main._secrets", "value"],
    ["after a comment", "SELECT name AS id, value FROM/**/_secrets", "value"],
    ["beside others", "SELECT u.id, k.digest FROM users AS u, _keys AS k", "digest"],
    ["a hash", "SELECT id, passwordHash AS value FROM users", "value"],
    ["a hash in another case", 'SELECT id, "PASSWORDHASH" AS value FROM users', "value"],
    ["a hash under its own name", "SELECT id, email AS passwordHash FROM users", "passwordHash"],
    ["all of accounts", "SELECT * FROM users", "email"],
    ["all of other accounts", "SELECT s.* FROM tags, staff AS s", "email"],
    [
      "all of accounts, by place",
      "WITH t(a, b, c, d, e) AS (SELECT * FROM Users) SELECT a AS id, e AS value FROM t",
      "value",
    ],
    ["all, among others", "SELECT 1 AS one, * FROM users", "email"],
    ["all, after a comment", "SELECT/**/* FROM users", "email"],
    ["all, behind a line", "SELECT -- so\n* FROM users", "email"],
  ];
  for (const [name, query, ...fields] of bad) {
    test(
      `${name}: ${query}`,
      inWorld({ collections: [STAFF] }, async (world) => {
        const { token } = await world.signUp("root@example.com", "admin");
        const body = view(query, ...fields);
        const answer = await world.call("POST", "/api/admin/collections", { token, body });
        assertProblem(answer, 400, "validation_failed");
        assert.ok(
          answer.body.errors.every((one: { field: string }) => one.field === "query"),
          answer.text,
        );
      }),
    );
  }

  const good: readonly (readonly [query: string, ...fields: readonly string[]])[] = [
    ["SELECT id, email FROM users", "email"],
    ["SELECT id, email || '_' || id AS value FROM users WHERE email LIKE '_%'", "value"],
    ["SELECT id, name FROM users UNION ALL SELECT id, rank FROM staff", "name"],
    ["SELECT * FROM tags", "name"],
    ["SELECT u.id, count(*) AS total FROM users AS u GROUP BY u.id", "total"],
    ["SELECT id, 2 * length(email) AS total FROM users", "total"],
    ["SELECT id, my_name AS value FROM (SELECT id, name AS my_name FROM users)", "value"],
  ];
  for (const [query, ...fields] of good) {
    test(
      `takes ${query}`,
      inWorld(
        { collections: [STAFF, { name: "tags", fields: [{ name: "name", type: "text" }] }], accounts: true },
        async (world) => {
          const { token } = await world.signUp("root@example.com", "admin");
          const answer = await world.call("POST", "/api/admin/collections", { token, body: view(query, ...fields) });
          assert.equal(answer.status, 201, answer.text);
          assert.equal((await world.call("GET", "/api/things", { token })).status, 200);
        },
      ),
    );
  }

  test(
    "not even once the table of accounts is there",
    inWorld({ collections: [{ name: "people", fields: [] }] }, async (world) => {
      const { token } = await world.signUp("root@example.com", "admin");
      const path = "/api/admin/collections";
      await world.ok("POST", path, { token, body: view("SELECT * FROM people") });
      const answer = await world.call("PATCH", `${path}/people`, { token, body: { kind: "auth" } });
      assertProblem(answer, 400, "validation_failed");
    }),
  );
});
