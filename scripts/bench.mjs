// Runs the benchmarks; arguments are passed on.
import { existsSync } from "node:fs";
import { install } from "./lib/install.mjs";
import { at, bun, root } from "./lib/paths.mjs";
import { become } from "./lib/run.mjs";

const main = at("tests/bench/main.ts");
await install();
if (existsSync(main)) {
  process.exitCode = await become(bun, [main, ...process.argv.slice(2)], { cwd: root });
} else {
  process.stderr.write("There are no benchmarks yet: tests/bench/main.ts is missing.\n");
  process.exitCode = 1;
}
