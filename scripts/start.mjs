// Installs what is missing, prepares the example, serves it and follows its files. Arguments are passed on to `bak dev`.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { install } from "./lib/install.mjs";
import { ensurePanel } from "./lib/panel.mjs";
import { at, bun, root } from "./lib/paths.mjs";
import { become } from "./lib/run.mjs";

const CONFIG = at("examples/world/bakend.json");
const PREPARE = at("examples/world/prepare.ts");

/** What fills the example, in order: cities name their country, and countries their neighbours, by code. */
const IMPORTS = [
  { collection: "countries", file: at("examples/world/data/countries.ndjson"), key: "neighbours=code3" },
  { collection: "cities", file: at("examples/world/data/cities.ndjson"), key: "country=code" },
];

await install();
await ensurePanel();
process.exitCode = await start();

async function start() {
  if (!existsSync(CONFIG)) {
    process.stderr.write("There is no example yet: examples/world/bakend.json is missing.\n");
    return 1;
  }
  const prepared = (await prepare()) || (await fill());
  return prepared || bak("dev", "--config", CONFIG, ...process.argv.slice(2));
}

/** Makes the data files from the packages that carry them. Returns an exit code. */
async function prepare() {
  if (!existsSync(PREPARE) || IMPORTS.every(({ file }) => existsSync(file))) return 0;
  return become(bun, [PREPARE], { cwd: root });
}

/**
 * Imports the data files if the database is not there yet. A file beside it stands as long as the import has not come to
 * its end, so that an import that was cut off is begun anew. Returns an exit code.
 */
async function fill() {
  const { database = "./bakend.db" } = JSON.parse(readFileSync(CONFIG, "utf8"));
  const path = resolve(dirname(CONFIG), process.env.BAKEND_DATABASE || database);
  const unfinished = `${path}.importing`;
  if (existsSync(path) && !existsSync(unfinished)) return 0;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(unfinished, "");
  for (const { collection, file, key } of IMPORTS) {
    const code = await bak("import", collection, file, "--key", key, "--config", CONFIG);
    if (code !== 0) return code;
  }
  rmSync(unfinished);
  return 0;
}

function bak(...args) {
  return become(bun, [at("src/cli/main.ts"), ...args], { cwd: root });
}
