import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemPrincipal } from "../../src/core/principal.ts";
import { openApp } from "../support/app.ts";
import { runBak } from "./bak.ts";

test("bak rules explain tells the verdict and the comparisons", { timeout: 60_000 }, async () => {
  const cwd = mkdtempSync(join(tmpdir(), "bakend-rules-"));
  try {
    mkdirSync(join(cwd, "collections"));
    writeFileSync(join(cwd, "bakend.json"), '{"database":"./test.db"}');
    const posts = {
      name: "posts",
      fields: [{ name: "author", type: "text" }],
      permissions: { create: "author = @user.id" },
    };
    writeFileSync(join(cwd, "collections", "posts.json"), JSON.stringify(posts));
    const explain = (...args: readonly string[]) => runBak(["rules", "explain", ...args], { cwd });
    const asked = ["--as", "guest", "--action", "create", "--collection", "posts", "--data", '{"author":"x"}'];
    const early = await explain(...asked);
    assert.equal(early.code, 1);
    assert.match(early.stderr, /there is no database/);
    assert.ok(!existsSync(join(cwd, "test.db")), "asking makes no database");
    await runBak(["admin", "list"], { cwd });
    const told = await explain(...asked);
    assert.equal(told.code, 0, told.stderr);
    assert.match(
      told.stdout,
      /^deny: [^\n]*unknown: @user\.id is empty\nrule: author = @user\.id\n {2}\? author = @user\.id/,
    );
    assert.equal(JSON.parse((await explain(...asked, "--json")).stdout).code, "unauthenticated");
    const { app, close } = await openApp({ path: join(cwd, "test.db"), collections: [posts], accounts: true });
    await app.collections.schema.defineRole("editor", { permissions: { "posts.create": "author = 'x'" } });
    await app.as(systemPrincipal("test")).records("users").create({ email: "ed@example.com", role: "editor" });
    await close();
    const granted = await explain("--as", "ed@example.com", ...asked.slice(2));
    assert.match(
      granted.stdout,
      /^allow: the rule does not hold, but the role editor grants posts\.create where author = 'x'\n/,
    );
    assert.match(granted.stdout, /\n {2}granted to editor: posts\.create where author = 'x'\n {4}✓ author = 'x'/);
    assert.equal((await explain("--as", "guest", "--action", "look", "--collection", "posts")).code, 2);
    assert.equal((await explain("--as", "guest", "--action", "list", "--collection", "nope")).code, 2);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
