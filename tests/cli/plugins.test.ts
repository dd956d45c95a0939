import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { readPlugins } from "../../src/cli/plugins.ts";
import { ConfigError } from "../../src/core/config/index.ts";
import { runBak, startBak } from "./bak.ts";

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

  /** A project whose plugins are files of these texts. */
  function project(...texts: readonly string[]): { readonly cwd: string } {
    const cwd = mkdtempSync(join(folder, "project-"));
    const plugins = texts.map((text, index) => {
      writeFileSync(join(cwd, `${index}.ts`), text);
      return `./${index}.ts`;
    });
    writeFileSync(join(cwd, "bakend.json"), JSON.stringify({ plugins, port: 0 }));
    return { cwd };
  }

  const uninstallable: [name: string, says: RegExp, ...texts: string[]][] = [
    [
      "cannot be installed",
      /plugins: the plugin a could not be installed: no key\n/,
      `export default { name: "a", install() { throw new Error("no key"); } };`,
    ],
    [
      "have one name",
      /plugins: the plugin a could not be installed: there are two of this name\n/,
      ...Array(2).fill(`export default { name: "a", install() {} };`),
    ],
  ];
  for (const [name, says, ...texts] of uninstallable)
    test(`are a mistake of the configuration where they ${name}`, async () => {
      const { code, stderr } = await runBak(["start"], project(...texts));
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
    });

  test("that never end to be installed, or cannot be ended, keep the server from no stop", async () => {
    const stuck = startBak(
      ["start", "--json"],
      project(`export default { name: "a", install() { console.log("begun"); return new Promise(() => {}); } };`),
    );
    await stuck.until(/begun/);
    stuck.child.kill("SIGTERM");
    assert.equal(await stuck.ended, 0, stuck.stderr());

    const { cwd } = project(`export default { name: "a", install: () => () => { throw new Error("no file"); } };`);
    const running = startBak(["start", "--json"], { cwd });
    await running.until(/"event":"ready"/);
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 0, running.stderr());
    assert.match(running.stderr(), /could not be ended/);
    assert.ok(existsSync(join(cwd, "bakend.db")));
    assert.ok(!existsSync(join(cwd, "bakend.db-wal")));
  });
});
