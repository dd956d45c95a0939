// Runs the command line from source: `npm run bak -- start --config DIR/bakend.json`.
import { install } from "./lib/install.mjs";
import { ensurePanel } from "./lib/panel.mjs";
import { at, bun } from "./lib/paths.mjs";
import { become } from "./lib/run.mjs";

await install();
if (["start", "dev"].includes(process.argv[2])) await ensurePanel();
process.exitCode = await become(bun, [at("src/cli/main.ts"), ...process.argv.slice(2)]);
