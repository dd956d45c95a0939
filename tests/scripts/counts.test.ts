import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scriptFunction } from "./script-function.ts";

const readCounts = await scriptFunction("counts.mjs", "readCounts");

describe("what a runner says is counted", () => {
  const cases: [name: string, output: string, expected: unknown][] = [
    ["Bun", "(pass) a\n\n 83 pass\n 0 fail\nRan 83 tests", { passed: 83, failed: 0 }],
    ["Bun in colour", "\u001b[32m 5 pass\u001b[0m\n\u001b[31m 2 fail\u001b[0m\n", { passed: 5, failed: 2 }],
    ["Node as TAP", "1..3\n# tests 3\n# pass 2\n# fail 1\n", { passed: 2, failed: 1 }],
    ["Node for people", "ℹ tests 3\nℹ pass 3\nℹ fail 0\n", { passed: 3, failed: 0 }],
    ["several runs", " 1 pass\n 0 fail\n 2 pass\n 1 fail\n", { passed: 3, failed: 1 }],
    ["nothing", "error: no tests found", undefined],
    ["a line that only resembles", "we pass 3 tests\n3 passing\n", undefined],
  ];
  for (const [name, output, expected] of cases) test(name, () => assert.deepEqual(readCounts(output), expected));
});
