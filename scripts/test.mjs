// Everything that must hold before a change is done.
//   npm test                          all steps
//   npm test -- bun node              some steps
//   npm test -- bun tests/core/rules  the tests below a path, on Bun
//   npm test -- tests/core/rules      the same, wherever they run
import { readdirSync } from "node:fs";
import { posix } from "node:path";
import { install } from "./lib/install.mjs";
import { ensurePanel } from "./lib/panel.mjs";
import { at, bun, modernNode } from "./lib/paths.mjs";
import { runSteps } from "./lib/steps.mjs";

/** Not part of the unit run: tests with a step of their own, and those that are run by hand because they take long. */
const APART = ["tests/executable/", "tests/torture/", "tests/long/", "tests/bench/", "tests/e2e/"];

/** Milliseconds after which Node's runner fails a test file that does not end, and names it. */
const FILE_LIMIT = 8 * 60_000;

await install();
await ensurePanel({ toCheck: true });
const words = process.argv.slice(2);
const paths = words.filter((word) => word.includes("/")).map((path) => posix.normalize(path));
const names = words.filter((word) => !word.includes("/"));

const tests = testFiles().filter((file) => paths.length === 0 || paths.some((path) => file.startsWith(path)));
const unit = tests.filter((file) => !APART.some((folder) => file.startsWith(folder)));
const executable = tests.filter((file) => file.startsWith("tests/executable/"));
const browser = tests.filter((file) => file.startsWith("tests/e2e/"));
const torture = tests.filter((file) => file.startsWith("tests/torture/"));
const dotted = (files) => files.map((file) => `./${file}`);

const steps = [
  { name: "layout", command: process.execPath, args: [at("scripts/check-layout.mjs")] },
  { name: "lint", command: at("node_modules/.bin/biome"), args: ["check", "--error-on-warnings"] },
  { name: "types", command: at("node_modules/.bin/tsc"), args: ["-p", "."] },
  {
    name: "panel",
    command: process.execPath,
    args: [
      at("dashboard/node_modules/svelte-check/bin/svelte-check"),
      "--workspace",
      at("dashboard"),
      "--fail-on-warnings",
    ],
  },
  { name: "bun", command: bun, args: ["test"], files: dotted(unit) },
  { name: "node", command: modernNode(), args: ["--test", `--test-timeout=${FILE_LIMIT}`], files: unit },
  { name: "build", command: process.execPath, args: [at("scripts/build.mjs")] },
];
if (executable.length > 0) {
  steps.push({ name: "executable", command: bun, args: ["test"], files: dotted(executable), after: ["build"] });
}
if (browser.length > 0) {
  steps.push({ name: "e2e", command: bun, args: ["test"], files: dotted(browser), after: ["bun", "node", "build"] });
}
if (torture.length > 0) {
  const after = ["bun", "node", "build"];
  steps.push({ name: "torture", command: bun, args: ["test"], files: dotted(torture), after });
}

const unknown = names.find((name) => !steps.some((step) => step.name === name));
if (unknown !== undefined) {
  process.stderr.write(`There is no step ${unknown}. Steps: ${steps.map((step) => step.name).join(", ")}\n`);
  process.exit(2);
}
const chosen = steps.filter((step) => {
  if (names.length > 0) return names.includes(step.name);
  return paths.length === 0 || (step.files !== undefined && step.files.length > 0);
});
const { passed, failed } = await runSteps(chosen, (text) => process.stdout.write(text));
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** Every `*.test.ts` below tests/, from the root, in order. */
function testFiles() {
  return readdirSync(at("tests"), { recursive: true })
    .map((name) => posix.join("tests", String(name)))
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
}
