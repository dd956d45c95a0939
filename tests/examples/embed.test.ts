import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";

const ROOT = join(import.meta.dirname, "../..");

describe("examples/embed on Bun, from source", () => {
  test("app.ts makes a record by the client and finds it as the system", { timeout: 60_000 }, () => {
    const bun = join(ROOT, "node_modules/.bin/bun");
    const { status, stdout, stderr } = spawnSync(bun, [join(ROOT, "examples/embed/app.ts")], { encoding: "utf8" });
    assert.equal(stdout, "Hello yellow\n1\n", stderr);
    assert.equal(status, 0);
  });
});
