import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { environmentTypes } from "../../src/cli/environment-types/index.ts";
import type { FieldDefinition } from "../../src/core/collections/index.ts";

const ROOT = join(import.meta.dirname, "../..");

const ACCOUNT: readonly FieldDefinition[] = [
  { name: "email", type: "email", required: true },
  { name: "passwordHash", type: "text", hidden: true },
];

const TYPES = environmentTypes([
  { name: "users", kind: "auth", fields: ACCOUNT },
  { name: "members", kind: "auth", fields: [...ACCOUNT, { name: "nick", type: "text" }] },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "draftKey", type: "text", hidden: true },
    ],
  },
]);

/** What a file says after the import, and whether it fits. */
const CASES: readonly (readonly [code: string, fits: boolean])[] = [
  [`f(({ db }) => db.collection("users").create({ email: "ann@example.com", password: "correct horse" }));`, true],
  [`f(({ db }) => db.collection("members").create([{ email: "a@example.com", password: "p", nick: "a" }]));`, true],
  [`f(({ db }) => db.collection("users").update("id", { password: "correct horse" }));`, true],
  [`f(({ db }) => db.collection("users").create({ email: "ann@example.com", password: 1 }));`, false],
  [`f(({ db }) => db.collection("users").create({ passwordHash: "x" }));`, false],
  [`f(async ({ db }) => (await db.collection("users").get("id")).password);`, false],
  [`f(({ db }) => db.collection("posts").create({ title: "a", password: "correct horse" }));`, false],
  [`f(({ db }) => db.collection("posts").create({ title: "a", draftKey: "k" }));`, true],
  [`f(async ({ db }) => (await db.collection("posts").get("id")).draftKey);`, false],
  [`f(({ db }, name: string = "posts") => db.collection(name).create({ anything: 1 }));`, true],
  [`f(({ db, user }) => db.as(user).collection("posts").list());`, true],
  [`f(({ db }) => db.as({}).collection("posts").list());`, false],
  [`f(({ db }) => db.as(undefined).collection("posts").list());`, false],
  ...["onCreate", "onUpdate", "onDelete", "beforeCreate", "beforeUpdate", "beforeDelete"].flatMap(
    (on): (readonly [string, boolean])[] => [
      [`m.${on}("posts", ({ record }) => { record.title.trim(); });`, true],
      [`m.${on}("postz", () => {});`, false],
    ],
  ),
  [`m.beforeCreate("posts", () => ({ draftKey: "k" }));`, true],
  [`m.beforeCreate("users", () => ({ password: "correct horse" }));`, false],
  [`m.onLogin("members", ({ user }) => { user?.id; });`, true],
  [`m.onLogin("posts", () => {});`, false],
  [`m.onLogin("memberz", () => {});`, false],
  [`m.onEvent("postz.created", ({ event }) => { event.id; });`, true],
];

describe("the types of the module that functions import", () => {
  let folder = "";
  let faulty: ReadonlySet<string> = new Set();
  let told = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bakend-types-"));
    writeFileSync(join(folder, "bakend-env.d.ts"), TYPES);
    for (const [index, [code]] of CASES.entries())
      writeFileSync(
        join(folder, `case${index}.ts`),
        `import * as m from "bakend";\nconst f = (_: (context: m.RequestContext) => unknown): void => {};\n${code}\nvoid f, m;\n`,
      );
    const options = {
      ...{ target: "ESNext", module: "ESNext", moduleResolution: "bundler", strict: true, noEmit: true, types: [] },
      lib: ["ESNext", "DOM"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
    told = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { cwd: folder, encoding: "utf8" }).stdout;
    faulty = new Set(Array.from(told.matchAll(/^(\S+?)\(/gm), ([, file = ""]) => file));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("have no fault of their own", () => assert.ok(!faulty.has("bakend-env.d.ts"), told));

  for (const [index, [code, fits]] of CASES.entries())
    test(`${fits ? "take" : "refuse"} ${code}`, () => assert.equal(!faulty.has(`case${index}.ts`), fits, told));
});
