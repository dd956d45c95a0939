// Installs what is missing, prepares the example and serves it. Arguments are passed on to `bak start`.
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { install } from "./lib/install.mjs";
import { at, bun, root } from "./lib/paths.mjs";
import { become } from "./lib/run.mjs";

const CONFIG = at("examples/world/bakend.json");
const PREPARE = at("examples/world/prepare.ts");

/** What fills the example, in order: later collections point to earlier ones. */
const IMPORTS = [
  ["countries", at("examples/world/data/countries.ndjson")],
  ["cities", at("examples/world/data/cities.ndjson")],
];

await install();
process.exitCode = await start();

async function start() {
  if (!existsSync(CONFIG)) {
    process.stderr.write("There is no example yet: examples/world/bakend.json is missing.\n");
    return 1;
  }
  const prepared = (await prepare()) || (await fill());
  return prepared || bak("start", "--config", CONFIG, ...process.argv.slice(2));
}

/** Makes the data files from the packages that carry them. Returns an exit code. */
async function prepare() {
  if (!existsSync(PREPARE) || IMPORTS.every(([, file]) => existsSync(file))) return 0;
  return become(bun, [PREPARE], { cwd: root });
}

/** Imports the data files if the database does not exist yet. Returns an exit code. */
async function fill() {
  const { database = "./bakend.db" } = JSON.parse(readFileSync(CONFIG, "utf8"));
  if (existsSync(resolve(dirname(CONFIG), database))) return 0;
  for (const [collection, file] of IMPORTS) {
    if (!existsSync(file)) continue;
    const code = await bak("import", collection, file, "--config", CONFIG);
    if (code !== 0) return code;
  }
  return 0;
}

function bak(...args) {
  return become(bun, [at("src/cli/main.ts"), ...args], { cwd: root });
}
