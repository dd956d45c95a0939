// Plays random cases against a naive interpreter of the rules; see CONTRIBUTING.md.
//   npm run test:long                    100,000 cases, from a new seed
//   npm run test:long -- 5000            as many
//   npm run test:long -- 1 226850965     one case again
import { install } from "./lib/install.mjs";
import { at, bun, root } from "./lib/paths.mjs";
import { become } from "./lib/run.mjs";

const [cases, seed] = process.argv.slice(2);
if ([cases, seed].some((word) => word !== undefined && !/^\d+$/.test(word))) {
  process.stderr.write("npm run test:long -- [cases] [seed]: both are numbers.\n");
  process.exit(2);
}
await install();
const env = { ...process.env, ...(cases ? { CASES: cases } : {}), ...(seed ? { SEED: seed } : {}) };
process.exitCode = await become(bun, [at("tests/equivalence/long.ts")], { cwd: root, env });
