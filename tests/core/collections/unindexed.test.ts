import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger } from "../../../src/core/logging/index.ts";
import { inWorld } from "../../support/accounts.ts";
import { openApp } from "../../support/app.ts";
import { assertHolds } from "../../support/scenario.ts";

const TEAMS = {
  name: "teams",
  fields: [
    { name: "city", type: "text" },
    { name: "code", type: "text", unique: true },
  ],
};
const USERS = {
  name: "users",
  kind: "auth",
  fields: [{ name: "team", type: "relation", collection: "teams" }],
};
const posts = (list: string | undefined, more: object = {}) => ({
  name: "posts",
  fields: [
    { name: "title", type: "text" },
    { name: "status", type: "text" },
    { name: "state", type: "text" },
    { name: "slug", type: "text", unique: true },
    { name: "open", type: "boolean" },
    { name: "due", type: "datetime" },
    { name: "tags", type: "select", options: ["a", "b"], many: true },
    { name: "meta", type: "json" },
    { name: "place", type: "geo" },
    { name: "author", type: "relation", collection: "users" },
    { name: "teams", type: "relation", collection: "teams", many: true },
  ],
  indexes: [{ fields: ["state", "createdAt"] }],
  permissions: { ...(list === undefined ? {} : { list }), ...more },
});

/** A list rule, and the fields that it is warned about. */
const RULES: readonly (readonly [rule: string | undefined, ...fields: readonly string[]])[] = [
  // nothing to look for
  [undefined],
  ["public"],
  ["authenticated"],
  ["admin"],
  ["role:editor"],
  ["permission:posts.read"],
  ["@user.role = 'editor' || @user.email = 'a@example.com'"],
  // what has an index
  ["owner"],
  ["author = @user.id"],
  ["author = null"],
  ["id = @user.id"],
  ["slug = 'a'"],
  ["createdAt > '2026-01-01'"],
  ["state = 'a'"],
  ["state in ('a', 'b')"],
  ["author.team = @user.team"],
  ["author.email = @user.email"],
  ["author.team.code = 'x'"],
  ["author.id = @user.id"],
  // what has none
  ["status = 'a'", "status"],
  ["'a' = status", "status"],
  ["status in ('a', 'b')", "status"],
  ["status = @user.role", "status"],
  ["status = null", "status"],
  ["due <= @now", "due"],
  ["open = true", "open"],
  ["version > 1", "version"],
  ["updatedAt > '2026-01-01'", "updatedAt"],
  ["author.team.city = 'x'", "author.team.city"],
  // one part of `&&` is enough, and every part of `||` is needed
  ["status = 'a' && author = @user.id"],
  ["status = 'a' && @user.id != null", "status"],
  ["title ~ 'a' && state = 'a'"],
  ["title ~ 'a' && status = 'a'", "status"],
  ["status = 'a' && title = 'b'", "status"],
  ["(status = 'a' || title = 'a') && open = true", "open"],
  ["status = 'a' || author = @user.id", "status"],
  ["status = 'a' || title = 'b'", "status", "title"],
  ["status = 'a' || status = 'b'", "status"],
  ["status = 'a' || @user.role = 'editor'", "status"],
  ["author = @user.id || state = 'a'"],
  // no index would do
  ["status != 'a'"],
  ["!(status = 'a')"],
  ["title ~ 'a'"],
  ["title ~ 'a' || status = 'a'"],
  ["lower(title) = 'a'"],
  ["length(title) > 1"],
  ["tags = 'a'"],
  ["meta.a = 1"],
  ["place.lat > 1"],
  ["distance(place, 1, 1) < 5"],
  ["teams = @user.team"],
  ["teams.city = 'x'"],
  ["author.team.city > 'x'"],
  ["status = title"],
];

describe("a list rule that reads the whole table though an index would do", () => {
  for (const [rule, ...fields] of RULES) {
    test(`${rule ?? "no rule"}: ${fields.join(", ") || "nothing"}`, async () => {
      const app = await openApp({ collections: [TEAMS, USERS, posts(rule)] });
      try {
        const { warnings } = app.app.schemaStatus.plan;
        assert.deepEqual(
          warnings.map((one) => [one.collection, one.action, one.field]),
          fields.map((field) => ["posts", "list", field]),
        );
        for (const { index, words, field } of warnings) {
          const at = field.includes(".") ? "teams" : "posts";
          assert.deepEqual(index, { collection: at, fields: [field.split(".").at(-1)] });
          assert.ok(words.startsWith("posts: ") && words.includes(field) && words.includes(`indexes of ${at}`), words);
        }
      } finally {
        await app.close();
      }
    });
  }

  test("the index that is told makes the warning go, and SQLite use it", async () => {
    const rule = "status = 'a' || author.team.city = 'x'";
    const before = await openApp({ collections: [TEAMS, USERS, posts(rule)] });
    const { warnings } = before.app.schemaStatus.plan;
    await before.close();
    const missing = (name: string) =>
      warnings.filter(({ index }) => index.collection === name).map(({ index: { fields } }) => ({ fields }));
    const app = await openApp({
      collections: [{ ...TEAMS, indexes: missing("teams") }, USERS, { ...posts(rule), indexes: missing("posts") }],
    });
    try {
      assert.deepEqual(app.app.schemaStatus.plan.warnings, []);
      const { sql, params } = await app.app.collections.explain(null, { collection: "posts", action: "list" });
      const plan = await app.sql(`EXPLAIN QUERY PLAN SELECT 1 FROM "posts" AS r WHERE ${sql}`, params);
      assert.ok(!/SCAN/.test(JSON.stringify(plan)), JSON.stringify(plan));
    } finally {
      await app.close();
    }
  });

  test("rules of other actions find their row by its id", async () => {
    const rule = "status = 'a'";
    const rules = { view: rule, create: rule, update: rule, delete: rule };
    const app = await openApp({ collections: [TEAMS, USERS, posts(undefined, rules)] });
    assert.deepEqual(app.app.schemaStatus.plan.warnings, []);
    await app.close();
  });

  test("is logged at the start", async () => {
    const lines: string[] = [];
    const sinks = [{ write: (entries: unknown) => void lines.push(JSON.stringify(entries)) }];
    const collections = [TEAMS, USERS, posts("status = 'a'")];
    const app = await openApp({ collections, logger: createLogger({ level: "warn", sinks }) });
    await app.close();
    assert.match(lines.join("\n"), /"level":"warn".*a rule reads a whole table.*posts: .* status/);
  });

  test(
    "is told when the definition is saved and at the start; so is what a role grants",
    inWorld({ collections: [TEAMS, USERS, posts("public")] }, async (world) => {
      const { token } = await world.signUp("root@example.com", "admin");
      const path = "/api/admin/collections/posts";
      const body = { permissions: { list: "status = 'a'" } };
      for (const query of ["?dryRun=true", ""]) {
        const { warnings } = await world.ok("PATCH", `${path}${query}`, { token, body });
        assertHolds(warnings, [{ action: "list", field: "status", words: /"status"/ }]);
      }
      const other = await world.ok("PATCH", "/api/admin/collections/teams", { token, body: { description: "x" } });
      assert.deepEqual(other.warnings, [], "of the collection that is changed alone");
      const role = { permissions: { "posts.list": "title = 'a'", "posts.view": "open = true" } };
      await world.ok("PUT", "/api/admin/roles/reader", { token, body: role });
      const { plan } = await world.app.app.collections.schema.status([]);
      assert.deepEqual(
        plan.warnings.map(({ field }) => field),
        ["status", "title"],
      );
      assert.match(plan.warnings[1]?.words ?? "", /granted to reader/);
    }),
  );
});
