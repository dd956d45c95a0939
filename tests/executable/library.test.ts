import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "node:test";

// `npm test` builds dist/lib and dist/client first.
const ROOT = join(import.meta.dirname, "../..");
const NODE = join(ROOT, "node_modules/node22/bin/node");
const example = (name: string) => join(ROOT, "examples/embed", name);

describe("the built library on Node", () => {
  test("app.ts makes a record by the client and finds it as the system", () => {
    const { status, stdout, stderr } = spawnSync(NODE, [example("app.ts")], { encoding: "utf8" });
    assert.equal(stdout, "Hello yellow\n1\n", stderr);
    assert.equal(status, 0);
  });

  for (const [file, program] of [
    ["server-node.ts", NODE],
    ["server-bun.ts", join(ROOT, "node_modules/.bin/bun")],
  ] as const) {
    test(`${file} serves until it is told to stop`, async () => {
      const child = spawn(program, [example(file)], { env: { ...process.env, PORT: "0" } });
      const ended = once(child, "close");
      const [line] = await once(child.stdout.setEncoding("utf8"), "data");
      const health = String(line).trim();
      const { status } = await (await fetch(health)).json();
      assert.equal(status, "ok");
      const panel = await fetch(new URL("/_/", health));
      assert.match(await panel.text(), /^<!doctype html>[\s\S]*<script>/);
      child.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null]);
    });
  }
});
