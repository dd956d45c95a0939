import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBak } from "./bak.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };
const PASSWORD = "correct horse battery";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-admin-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A project of its own, and how to run `bak admin` in it. */
function project(name: string) {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "bakend.json"), '{"database":"./test.db"}');
  const admin = (args: readonly string[], input?: string) =>
    runBak(["admin", ...args], { cwd, ...(input === undefined ? {} : { input }) });
  return { cwd, admin };
}

describe("bak admin", () => {
  test("makes an admin, who is listed and told apart from others", LONG, async () => {
    const { cwd, admin } = project("makes");
    const none = await admin(["list"]);
    assert.deepEqual([none.code, none.stdout], [0, ""]);
    assert.match(none.stderr, /there is no admin/);

    const made = await admin(["create", "Ann@Example.com", "--password-stdin", "--json"], `${PASSWORD}\r\n`);
    assert.equal(made.code, 0, made.stderr);
    const { id, ...rest } = JSON.parse(made.stdout);
    assert.deepEqual(rest, { email: "ann@example.com", created: true });
    const list = await admin(["list"]);
    assert.match(list.stdout, new RegExp(`^ann@example\\.com {2}${id} {2}\\d{4}-[^\\n]*\\n$`));

    writeFileSync(join(cwd, "users.json"), JSON.stringify([{ email: "bob@example.com" }]));
    assert.equal((await runBak(["import", "users", "users.json"], { cwd })).code, 0);
    assert.equal(JSON.parse((await admin(["list", "--json"])).stdout).length, 1, "not every account is an admin");
    const promoted = await admin(["create", "bob@example.com", "--promote"]);
    assert.deepEqual([promoted.code, promoted.stdout], [0, "bob@example.com is an admin\n"]);
    const both = JSON.parse((await admin(["list", "--json"])).stdout);
    assert.deepEqual(
      both.map((one: { email: string }) => one.email),
      ["ann@example.com", "bob@example.com"],
    );
    const exported = await runBak(["export", "users", "-", "--format", "jsonl"], { cwd });
    assert.doesNotMatch(exported.stdout, /argon2|passwordHash|correct horse/);
  });

  const cases: readonly (readonly [
    name: string,
    args: readonly string[],
    input: string | undefined,
    code: number,
    stderr: RegExp,
  ])[] = [
    ["a new account without a password", ["create", "x@example.com"], undefined, 2, /needs --password-stdin/],
    ["no word about the password", ["create", "x@example.com", "--password-stdin"], "", 2, /no password/],
    ["a short password", ["create", "x@example.com", "--password-stdin"], "short\n", 2, /at least 8/],
    ["two lines", ["create", "x@example.com", "--password-stdin"], "one line\nanother\n", 2, /more than one line/],
    ["no address", ["create", "nobody", "--password-stdin"], PASSWORD, 2, /email/],
    ["an address that is an expression", ["create", "' || 1=1 || '", "--promote"], undefined, 1, /has no account/],
    ["an address that has an account", ["create", "ann@example.com", "--password-stdin"], PASSWORD, 1, /--promote/],
    ["nobody to promote", ["create", "x@example.com", "--promote"], undefined, 1, /has no account in users/],
    ["no such accounts", ["list", "--collection", "user"], undefined, 2, /did you mean "users"/],
    ["one word", [], undefined, 2, /"admin" needs one more word: bak admin create, bak admin list/],
  ];
  test("says what is wrong, and never the password", LONG, async () => {
    const { admin } = project("faults");
    assert.equal((await admin(["create", "ann@example.com", "--password-stdin"], PASSWORD)).code, 0);
    for (const [name, args, input, code, stderr] of cases) {
      const result = await admin(args, input);
      assert.equal(result.code, code, `${name}: ${result.stderr}`);
      assert.match(result.stderr, stderr, name);
      if (input) assert.ok(!result.stderr.includes(input.trim()), name);
    }
    assert.equal(JSON.parse((await admin(["list", "--json"])).stdout).length, 1);
  });
});
