import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runBak } from "./bak.ts";

const POSTS = {
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true },
    { name: "author", type: "relation", collection: "users" },
    { name: "tags", type: "relation", collection: "tags", many: true },
  ],
  permissions: {
    read: "author = @user.id || tags.name = 'open'",
    create: "author = @user.id",
    update: "owner",
    join: "tags.name = 'open'",
  },
};
const TAGS = {
  name: "tags",
  fields: [
    { name: "name", type: "text" },
    { name: "parent", type: "relation", collection: "tags" },
  ],
};

const RECORDS = {
  users: { ann: {}, ben: { role: "editor" } },
  // what is pointed at may come later
  posts: { own: { title: "Own", author: "ann" }, open: { title: "Open", tags: ["free"] } },
  tags: { free: { name: "open", parent: "root" }, root: { name: "root" } },
};

async function inProject(
  tables: Readonly<Record<string, unknown>>,
  run: (cwd: string) => Promise<void>,
): Promise<void> {
  const cwd = mkdtempSync(join(tmpdir(), "bakend-rules-test-"));
  try {
    mkdirSync(join(cwd, "collections"));
    mkdirSync(join(cwd, "tests/rules"), { recursive: true });
    writeFileSync(join(cwd, "bakend.json"), '{"database":"./test.db"}');
    for (const one of [POSTS, TAGS]) writeFileSync(join(cwd, `collections/${one.name}.json`), JSON.stringify(one));
    for (const [name, table] of Object.entries(tables))
      writeFileSync(join(cwd, "tests/rules", name), typeof table === "string" ? table : JSON.stringify(table));
    await run(cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

describe("bak rules test", { timeout: 120_000 }, () => {
  test("plays every table, through the doors, and leaves no database behind", async () => {
    const roles = { editor: { permissions: { "posts.update": "tags.name = 'open'" } } };
    const cases = [
      {
        as: "ann",
        allow: [
          "view posts/own",
          "list posts/open",
          { do: "create posts", data: { title: "x", author: "ann" } },
          { do: "update posts/own", data: { tags: ["free"] } },
        ],
        deny: [
          { do: "create posts", data: { title: "x", author: "ben" } },
          { do: "update posts/own", data: { author: "ben" } },
          "delete posts/own",
        ],
      },
      {
        as: "ben",
        allow: ["view posts/open", "join posts/open", { do: "update posts/open", data: { title: "y" } }],
        deny: ["view posts/own", "join posts/own", "send posts/open"],
      },
      { as: "guest", allow: ["list posts", "list posts/open"], deny: ["list posts/own", "list tags"] },
    ];
    await inProject(
      { "a.json": { roles, records: RECORDS, cases }, "b.json": { cases: [{ as: "guest", deny: ["list posts"] }] } },
      async (cwd) => {
        const { code, stdout, stderr } = await runBak(["rules", "test"], { cwd });
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /^18 passed, 0 failed \(2 files, \d+ ms\)\n$/);
        assert.deepEqual(readdirSync(cwd).sort(), ["bakend.json", "collections", "tests"]);
      },
    );
  });

  test("says what failed and why, and fails", async () => {
    const cases = [{ as: "ann", allow: ["delete posts/own"], deny: ["view posts/own"] }];
    await inProject({ "a.json": { records: RECORDS, cases } }, async (cwd) => {
      const { code, stdout } = await runBak(["rules", "test", "tests/rules/a.json"], { cwd });
      assert.equal(code, 1);
      assert.match(stdout, /✗ tests\/rules\/a\.json: ann may not delete posts\/own\n {4}deny: no rule is given/);
      assert.match(
        stdout,
        /✗ tests\/rules\/a\.json: ann may view posts\/own\n {4}allow: the rule holds\n.*✓ author = @user\.id/s,
      );
      assert.match(stdout, /0 passed, 2 failed \(1 files/);
      const told = JSON.parse((await runBak(["rules", "test", "--json"], { cwd })).stdout);
      assert.equal(told.failed, 2);
      assert.deepEqual(
        told.outcomes.map((one: { attempt: string }) => one.attempt),
        ["delete posts/own", "view posts/own"],
      );
    });
  });

  const one = (attempt: unknown, more: object = {}) => ({
    records: RECORDS,
    cases: [{ as: "ann", allow: [attempt] }],
    ...more,
  });
  const mistakes: readonly (readonly [name: string, table: unknown, said: RegExp])[] = [
    ["no JSON", "{", /a\.json is no JSON/],
    ["no cases", { records: {} }, /cases/],
    ["an unknown key", { cases: [{ as: "guest" }], record: {} }, /record/],
    ["an unknown action", one("read posts/own"), /cases\.0\.allow\.0.*read posts\/own.*list, view/],
    ["no record", one("view posts"), /cases\.0\.allow\.0.*name the record/],
    ["a record to create", one("create posts/x"), /cases\.0\.allow\.0/],
    ["an unknown record", one("view posts/none"), /cases\.0\.allow\.0.*no record posts\/none/],
    ["an unknown collection", one("list nothing"), /cases\.0\.allow\.0.*nothing/],
    ["an unknown caller", { records: RECORDS, cases: [{ as: "eve", allow: [] }] }, /cases\.0\.as.*no account eve/],
    [
      "data that do not fit",
      one({ do: "create posts", data: { title: 7, author: "ann" } }),
      /cases\.0\.allow\.0.*title/,
    ],
    [
      "records that do not fit",
      one("list posts", { records: { posts: { a: { nothing: 1 } } } }),
      /records\.posts\.a.*nothing/,
    ],
    ["records of no collection", one("list posts", { records: { nothing: {} } }), /records\.nothing.*no collection/],
    [
      "records in a circle",
      one("list posts", { records: { users: { ann: {} }, tags: { a: { parent: "b" }, b: { parent: "a" } } } }),
      /records\.tags\.a points at itself, by way of tags\/a, tags\/b/,
    ],
    ["roles that do not fit", one("list posts", { roles: { admin: {} } }), /roles\.admin/],
  ];
  for (const [name, table, said] of mistakes) {
    test(`names the mistake: ${name}`, async () => {
      await inProject({ "a.json": table }, async (cwd) => {
        const { code, stderr } = await runBak(["rules", "test"], { cwd });
        assert.equal(code, 2, stderr);
        assert.match(stderr, said);
      });
    });
  }

  test("the collection and the table of docs/rules.md fit each other", async () => {
    const docs = readFileSync(join(import.meta.dirname, "../../docs/rules.md"), "utf8");
    const blocks = Array.from(docs.matchAll(/```json\n(.*?)```/gs), ([, text = ""]) => JSON.parse(text));
    const definition = blocks.find((one) => one.fields);
    const table = blocks.find((one) => one.cases);
    await inProject({ "docs.json": table }, async (cwd) => {
      rmSync(join(cwd, "collections/tags.json"));
      writeFileSync(join(cwd, "collections/posts.json"), JSON.stringify(definition));
      const { code, stdout, stderr } = await runBak(["rules", "test"], { cwd });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /^5 passed/);
    });
  });

  test("the tables of a new project and of the example pass", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-rules-init-"));
    try {
      await runBak(["init", "app"], { cwd: folder });
      for (const cwd of [join(folder, "app"), join(import.meta.dirname, "../../examples/world")]) {
        const { code, stdout, stderr } = await runBak(["rules", "test"], { cwd });
        assert.equal(code, 0, stdout + stderr);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
