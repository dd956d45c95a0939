import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBak } from "../cli/bak.ts";
import {
  readDoc,
  runSnippet,
  serveProject,
  snippetsOf,
  type TestServer,
  unmarkedBlocks,
  writeFiles,
} from "./snippets.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };
const PASSWORD = "correct horse battery";

const doc = readDoc("docs/storage.md");

describe("docs/storage.md", () => {
  let folder = "";
  let server: TestServer | undefined;
  let start = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bakend-storage-doc-"));
    writeFiles(doc, folder);
    const config = join(folder, "bakend.json");
    const made = await runBak(["admin", "create", "admin@example.com", "--password-stdin", "--config", config], {
      ...{ cwd: folder, input: PASSWORD },
    });
    assert.equal(made.code, 0, made.stderr);
    server = await serveProject(config);
    const sign = async (way: string, email: string): Promise<string> => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ email, password: PASSWORD });
      const answer = await fetch(`${server?.url}/api/auth/${way}`, { method: "POST", headers, body });
      return ((await answer.json()) as { token: string }).token;
    };
    const token = await sign("register", "ann@example.com");
    start = `cd '${folder}'; TOKEN=${token}; ADMIN=${await sign("login", "admin@example.com")}\n`;
  }, LONG);
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("marks every shell block to be run", () => assert.deepEqual(unmarkedBlocks(doc), []));
  for (const [index, { words, script }] of snippetsOf(doc).entries())
    test(`example ${index + 1} shows ${words}`, LONG, async () => {
      const output = await runSnippet({ words, script: `${start}${script}` }, server?.url ?? "");
      assert.ok(output.includes(words), output.slice(0, 2000));
    });
});
