import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBak } from "../cli/bak.ts";
import { PASSWORD } from "../support/accounts.ts";
import { routedPaths } from "../support/routes.ts";
import { readDoc, runSnippet, serveProject, snippetsOf, type TestServer } from "./snippets.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };

const doc = readDoc("docs/admin-api.md");

describe("docs/admin-api.md", () => {
  let folder = "";
  let server: TestServer | undefined;
  let token = "";

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bakend-admin-"));
    writeFileSync(join(folder, "bakend.json"), '{ "docs": false }');
    const made = await runBak(["admin", "create", "root@example.com", "--password-stdin"], {
      cwd: folder,
      input: PASSWORD,
    });
    assert.equal(made.code, 0, made.stderr);
    server = await serveProject(join(folder, "bakend.json"), { BAKEND_LIMITS_BATCH: "7" });
    const answer = await fetch(`${server.url}/api/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "root@example.com", password: PASSWORD }),
    });
    const session: { readonly token?: string } = JSON.parse(await answer.text());
    token = session.token ?? "";
    // lines of the log are written together, a moment later
    const lines = `${server.url}/api/admin/logs`;
    const headers = { authorization: `Bearer ${token}` };
    while (!(await (await fetch(lines, { headers })).text()).includes('"seq"'))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }, LONG);

  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const snippet of snippetsOf(doc)) {
    test(snippet.words, LONG, async () => {
      const script = `TOKEN=${token}\n${snippet.script}`;
      assert.ok((await runSnippet({ ...snippet, script }, server?.url ?? "")).includes(snippet.words));
    });
  }

  test("tells where a setting of a served project comes from", LONG, async () => {
    const headers = { authorization: `Bearer ${token}` };
    const { items } = JSON.parse(await (await fetch(`${server?.url}/api/admin/settings`, { headers })).text());
    const sourceOf = (path: string) => items.find((one: { path: string }) => one.path === path);
    assert.deepEqual([sourceOf("limits.batch").source, sourceOf("limits.batch").value], ["environment", 7]);
    assert.deepEqual([sourceOf("docs").source, sourceOf("docs").value], ["file", false]);
    assert.equal(sourceOf("metrics").source, "default");
  });

  test("names every route", () => {
    for (const path of routedPaths("admin")) assert.ok(doc.includes(path.replace(/\/\{\w+\}$/, "")), path);
  });
});
