import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openApp } from "../support/app.ts";
import { runBak } from "./bak.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };

interface Field {
  readonly name: string;
  readonly type: string;
  readonly [option: string]: unknown;
}
const TITLE: Field = { name: "title", type: "text" };
const VIEWS: Field = { name: "views", type: "integer" };

let folder = "";
let projects = 0;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-migrate-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A project that applies nothing by itself, with one collection. */
function project(...fields: readonly Field[]) {
  projects += 1;
  const cwd = join(folder, `p${projects}`);
  const file = join(cwd, "collections/posts.json");
  const database = join(cwd, "test.db");
  mkdirSync(join(cwd, "collections"), { recursive: true });
  writeFileSync(join(cwd, "bakend.json"), '{"database":"./test.db","migrations":"manual"}');
  const declare = (...next: readonly Field[]) => writeFileSync(file, JSON.stringify({ name: "posts", fields: next }));
  declare(...fields);
  return {
    cwd,
    file,
    database,
    declare,
    migrate: (...args: string[]) => runBak(["migrate", ...args], { cwd }),
    /** Changes the database's own definition, as an admin would. */
    async define(...next: readonly Field[]) {
      const { app, close } = await openApp({ path: database });
      await app.collections.schema.define({ name: "posts", fields: next });
      await close();
    },
    async add(...records: readonly object[]) {
      writeFileSync(join(cwd, "posts.json"), JSON.stringify(records));
      const { code, stderr } = await runBak(["import", "posts", "posts.json"], { cwd });
      assert.equal(code, 0, stderr);
    },
  };
}

describe("migrate", () => {
  test("looks without touching, applies, and then has nothing to do", LONG, async () => {
    const { migrate, database } = project(TITLE);
    const status = await migrate("status");
    assert.equal(status.code, 0);
    assert.match(status.stdout, /To be applied:\n +1\. create collection posts\n/);
    assert.equal((await migrate("status", "--check")).code, 1);
    assert.match((await migrate("plan")).stdout, /create collection posts\n +CREATE TABLE "posts"/);
    assert.match((await migrate("history")).stdout, /^\S+ {2}create collection users;[^\n]*\n$/);
    assert.ok(!existsSync(database), "a look left a database behind");

    const applied = await migrate("apply");
    assert.equal(applied.code, 0);
    assert.match(applied.stdout, /Applied:\n +1\. create collection posts/);
    const again = await migrate("apply");
    assert.deepEqual([again.code, again.stdout, again.stderr], [0, "Nothing is to be applied.\n", ""]);
    assert.equal((await migrate("status", "--check")).code, 0);
    // the accounts of the first start come before everything else
    assert.match(
      (await migrate("history")).stdout,
      /^\d{4}-\d\d-\d\dT.*Z {2}create collection posts.*\n.*Z {2}create collection users.*\n$/,
    );
  });

  test("speaks JSON", LONG, async () => {
    const { migrate } = project(TITLE);
    const status = JSON.parse((await migrate("status", "--json")).stdout);
    assert.deepEqual([status.pending, status.safe, status.drift], [true, true, []]);
    const plan = JSON.parse((await migrate("plan", "--json")).stdout);
    assert.match(plan.steps[0].sql[0], /^CREATE TABLE/);
    const applied = JSON.parse((await migrate("apply", "--json")).stdout);
    assert.deepEqual([applied.applied, applied.steps.length], [true, plan.steps.length]);
    const history = JSON.parse((await migrate("history", "--json")).stdout);
    assert.deepEqual(
      history.map((one: { steps: { words: string }[] }) => one.steps[0]?.words),
      ["create collection posts", "create collection users"],
    );
    assert.deepEqual(JSON.parse((await migrate("pull", "--json")).stdout), {
      written: ["collections/posts.json", "collections/users.json"],
    });
  });

  test("loses data only on a person's word", LONG, async () => {
    const { migrate, declare, add } = project(TITLE, VIEWS);
    await migrate("apply");
    await add({ title: "a", views: 1 });
    declare(TITLE);
    const refused = await migrate("apply");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /Nothing was applied:\n {2}! it would lose .*views.*: --allow-data-loss does it/);
    assert.match((await migrate("status")).stdout, /A person has to decide:\n.*views/);
    const applied = await migrate("apply", "--allow-data-loss");
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal((await migrate("status", "--check")).code, 0);
  });

  test("refuses what the data does not allow", LONG, async () => {
    const { migrate, declare, add } = project(TITLE);
    await migrate("apply");
    await add({ title: "same" }, { title: "same" });
    declare({ ...TITLE, unique: true });
    const refused = await migrate("apply", "--allow-data-loss", "--force");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /it cannot be done: /);
  });

  test("a change in the database alone is drift; pull brings the file up to it", LONG, async () => {
    const { migrate, declare, define, file } = project(TITLE);
    await migrate("apply");
    await define(TITLE, VIEWS);
    const status = await migrate("status");
    assert.match(
      status.stdout,
      /Nothing is to be applied\.\nFiles and database differ:\n {2}- posts was changed in the database/,
    );
    const pulled = await migrate("pull");
    assert.deepEqual(
      [pulled.code, pulled.stdout],
      [0, "wrote  collections/posts.json\nwrote  collections/users.json\n"],
    );
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")).fields, [TITLE, VIEWS]);
    assert.equal((await migrate("status")).stdout, "Nothing is to be applied.\n");
    // the next change of the file is a change on one side
    declare(TITLE, VIEWS, { name: "note", type: "text" });
    const next = await migrate("apply");
    assert.equal(next.code, 0, next.stderr);
  });

  test("a rule that reads a whole table is told, and keeps nothing from being applied", LONG, async () => {
    const { migrate, file } = project(TITLE);
    writeFileSync(file, JSON.stringify({ name: "posts", fields: [TITLE], permissions: { list: "title = 'x'" } }));
    const words =
      /Warnings:\n {2}- posts: the rule for list compares title.*"fields": \["title"\].*indexes of posts\n$/;
    for (const look of ["status", "plan"]) assert.match((await migrate(look)).stdout, words);
    const { warnings } = JSON.parse((await migrate("status", "--json")).stdout);
    assert.deepEqual(warnings[0].index, { collection: "posts", fields: ["title"] });
    assert.equal((await migrate("apply")).code, 0);
    assert.equal((await migrate("status", "--check")).code, 0);
  });

  test("a change on both sides needs a word", LONG, async () => {
    const { migrate, declare, define } = project(TITLE);
    await migrate("apply");
    await define(TITLE, VIEWS);
    declare(TITLE, { name: "note", type: "text" });
    const refused = await migrate("apply");
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /posts was changed both .*--force takes the files, "bak migrate pull" takes the database/,
    );
    assert.equal((await migrate("status", "--check")).code, 1);
    const forced = await migrate("apply", "--force");
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(forced.stdout, /posts/);
    assert.equal((await migrate("status")).stdout, "Nothing is to be applied.\n");
  });

  test("accounts of the project's own are made in the place of the usual ones", LONG, async () => {
    const { migrate, cwd } = project(TITLE);
    const fields = [{ name: "nick", type: "text" }];
    writeFileSync(join(cwd, "collections/users.json"), JSON.stringify({ name: "users", kind: "auth", fields }));
    assert.match((await migrate("status")).stdout, /create collection users/);
    const applied = await migrate("apply");
    assert.equal(applied.code, 0, applied.stderr);
    assert.match(applied.stdout, /create collection users/);
    assert.equal((await migrate("status")).stdout, "Nothing is to be applied.\n");
  });

  test("a definition that is not valid, and a word too few, are wrong commands", LONG, async () => {
    const { migrate } = project({ name: "x", type: "txt" });
    const invalid = await migrate("status");
    assert.equal(invalid.code, 2);
    assert.match(invalid.stderr, /collection posts is not valid/);
    const none = await migrate();
    assert.equal(none.code, 2);
    assert.match(none.stderr, /"migrate" needs one more word: bak migrate status/);
  });
});
