import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { readPlugins } from "../../src/cli/plugins.ts";
import { ConfigError } from "../../src/core/config/index.ts";

const folder = mkdtempSync(join(tmpdir(), "bakend-plugins-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe("the plugins of a project", { skip: !("Bun" in globalThis) && "the command line runs on Bun" }, () => {
  test("are what its files export by default, as they are now", async () => {
    const one = file("one.ts", `export default { name: "one", install() {} };`);
    const two = file("two.ts", `export default { name: "two", install() {} };`);
    assert.deepEqual(
      (await readPlugins([one, two])).map(({ name }) => name),
      ["one", "two"],
    );
  });

  const faults: [name: string, text: string, says: RegExp][] = [
    ["nothing is exported", "export const audit = 1;", /has no plugin/],
    ["something else is exported", "export default () => 1;", /has no plugin/],
    ["a plugin without a name is exported", "export default { install() {} };", /has no plugin/],
    ["the file is none", "export default {", /cannot be loaded/],
    ["the file throws", `throw new Error("no such thing");`, /cannot be loaded \(no such thing\)/],
  ];
  for (const [index, [name, text, says]] of faults.entries())
    test(`are refused where ${name}`, async () => {
      const path = file(`bad${index}.ts`, text);
      await assert.rejects(readPlugins([path]), (error) => error instanceof ConfigError && says.test(error.message));
    });

  test("are refused where there is no such file", async () => {
    await assert.rejects(readPlugins([join(folder, "missing.ts")]), ConfigError);
  });
});
