// Holds src/ to the import table of docs/ARCHITECTURE.md. An argument names another root.
import { resolve } from "node:path";
import { checkLayout } from "./lib/layout.mjs";
import { root } from "./lib/paths.mjs";

const { faults, files } = checkLayout(resolve(process.argv[2] ?? root));
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(faults.length === 0 ? `layout: ${files} files, no fault\n` : `layout: ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
