import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scriptFunction } from "./script-function.ts";

const runSteps = await scriptFunction("steps.mjs", "runSteps");

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly files?: readonly string[];
  readonly after?: readonly string[];
}

const says = (name: string, text: string, code = 0, more: Partial<Step> = {}): Step => ({
  name,
  command: "/bin/sh",
  args: ["-c", `printf '${text}'; exit ${code}`],
  ...more,
});

async function run(steps: readonly Step[], limit?: number) {
  let printed = "";
  const report = (text: string): void => {
    printed += text;
  };
  const total = await runSteps(steps, report, limit);
  return { total, printed };
}

const files = ["x"];

describe("steps are run and counted", () => {
  const cases: [name: string, steps: readonly Step[], total: { passed: number; failed: number }, printed: RegExp][] = [
    ["a check that holds", [says("lint", "fine")], { passed: 0, failed: 0 }, /^ok {4}lint/m],
    ["what a step notes", [says("lint", "a\\nnote: 3 ms\\nb")], { passed: 0, failed: 0 }, /^ok {4}lint.*\n {6}3 ms\n$/],
    ["what Node passes on of a note", [says("lint", "# note: 3 ms")], { passed: 0, failed: 0 }, / {6}3 ms\n$/],
    ["a check that fails", [says("lint", "bad", 1)], { passed: 0, failed: 1 }, /^bad\nFAIL {2}lint/m],
    [
      "tests that pass",
      [says("bun", " 3 pass\\n 0 fail\\n", 0, { files })],
      { passed: 3, failed: 0 },
      /3 passed, 0 failed/,
    ],
    ["tests that fail", [says("bun", " 3 pass\\n 2 fail\\n", 1, { files })], { passed: 3, failed: 2 }, /^FAIL/m],
    [
      "failures with exit code 0",
      [says("bun", " 3 pass\\n 2 fail\\n", 0, { files })],
      { passed: 3, failed: 2 },
      /^FAIL/m,
    ],
    [
      "a crash after the tests",
      [says("bun", " 3 pass\\n 0 fail\\n", 1, { files })],
      { passed: 3, failed: 1 },
      /^FAIL/m,
    ],
    ["no test ran", [says("bun", " 0 pass\\n 0 fail\\n", 0, { files })], { passed: 0, failed: 1 }, /no test ran/],
    ["a runner that counts nothing", [says("bun", "hello", 0, { files })], { passed: 0, failed: 1 }, /no test ran/],
    [
      "no files at all",
      [says("bun", " 3 pass\\n", 0, { files: [] })],
      { passed: 0, failed: 1 },
      /There is no test file/,
    ],
    [
      "what follows a failed step is not run",
      [says("late", "never", 0, { after: ["build"] }), says("build", "broken", 1)],
      { passed: 0, failed: 2 },
      /FAIL {2}late: not run, because build failed/,
    ],
    [
      "what follows a step that was not chosen is run",
      [says("late", "now", 0, { after: ["build"] })],
      { passed: 0, failed: 0 },
      /^ok {4}late/m,
    ],
  ];
  for (const [name, steps, total, printed] of cases) {
    test(name, async () => {
      const result = await run(steps);
      assert.deepEqual(result.total, total);
      assert.match(result.printed, printed);
    });
  }
});

describe("a step that does not end", () => {
  test("is ended, fails, and shows what it had printed", async () => {
    const stuck: Step = { name: "bun", command: "/bin/sh", args: ["-c", "printf 'so far'; exec sleep 600"] };
    const { total, printed } = await run([stuck], 200);
    assert.deepEqual(total, { passed: 0, failed: 1 });
    assert.match(printed, /^so far\nEnded: it was still running after 200 ms.\nFAIL {2}bun/);
  });

  test("is not held up by a process that it leaves behind", async () => {
    const leaves: Step = { name: "lint", command: "/bin/sh", args: ["-c", "sleep 8 & echo $!"] };
    const { total, printed } = await run([leaves]);
    assert.deepEqual(total, { passed: 0, failed: 0 });
    assert.match(printed, /^ok {4}lint/);
  });
});
