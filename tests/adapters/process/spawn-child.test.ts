import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { describe, test } from "node:test";
import { spawnChild } from "../../../src/adapters/process/spawn-child.ts";

describe("a child that runs functions", () => {
  test("stands back for the server", async () => {
    const { promise: said, resolve, reject } = Promise.withResolvers<string>();
    const tell = `console.log(require("node:os").getPriority()); setInterval(() => {}, 1000);`;
    const command = { program: process.execPath, args: ["-e", tell], cwd: "/", memory: 2 ** 30 };
    const child = spawnChild(command, { message: resolve, ended: reject });
    const priority = Number(await said);
    child.kill();
    assert.equal(priority, Math.min(19, getPriority() + 5));
  });
});
