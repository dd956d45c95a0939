import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

// `npm test` builds it first.
const BAK = join(import.meta.dirname, "../../dist/bak");
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BAKEND_")));

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-executable-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const bak = (...args: string[]) => spawnSync(BAK, args, { cwd: folder, env, encoding: "utf8" });

/** Serves the project until the function is through. Returns the exit code. */
async function serving(use: (url: string) => Promise<void>): Promise<unknown> {
  const child = spawn(BAK, ["start", "--config", "app/bakend.json", "--port", "0", "--json"], { cwd: folder, env });
  const ended = once(child, "close");
  try {
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    await use(JSON.parse(line).url);
  } finally {
    child.kill("SIGTERM");
  }
  const [code] = await ended;
  return code;
}

describe("the executable", () => {
  test("tells its version", () => {
    const { status, stdout } = bak("version");
    assert.equal(status, 0);
    assert.match(stdout, /^bakend \d+\.\d+\.\d+/);
  });

  test("refuses what it does not know, with 2", () => {
    assert.equal(bak("strat").status, 2);
  });

  test("makes a project, serves it, and finds its data again after a restart", async () => {
    assert.equal(bak("init", "app").status, 0);
    const post = { title: "Hello", status: "published" };
    const first = await serving(async (url) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/api/posts`, { method: "POST", headers, body: JSON.stringify(post) });
      assert.equal(response.status, 201);
    });
    assert.equal(first, 0);
    const second = await serving(async (url) => {
      const { items } = (await (await fetch(`${url}/api/posts`)).json()) as { items: { title: string }[] };
      assert.deepEqual(
        items.map((item) => item.title),
        ["Hello"],
      );
    });
    assert.equal(second, 0);
  });
});
