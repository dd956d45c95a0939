// Builds the executable (dist/bak), the library (dist/lib) and the client (dist/client). `--bak`, `--lib` or `--client` builds
// one of them.
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { install } from "./lib/install.mjs";
import { ensurePanel } from "./lib/panel.mjs";
import { at, bun, root } from "./lib/paths.mjs";
import { capture, duration } from "./lib/run.mjs";

const TARGETS = [
  { flag: "--bak", name: "dist/bak", build: buildExecutable },
  { flag: "--lib", name: "dist/lib", build: () => buildTypeScript("lib") },
  { flag: "--client", name: "dist/client", build: () => buildTypeScript("client") },
];

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !TARGETS.some((target) => target.flag === flag));
if (unknown !== undefined) {
  process.stderr.write(`Unknown option ${unknown}. There are --bak, --lib and --client.\n`);
  process.exit(2);
}

await install();
await ensurePanel();
process.chdir(root);
mkdirSync(at("dist"), { recursive: true });
for (const target of TARGETS) {
  if (flags.length > 0 && !flags.includes(target.flag)) continue;
  const { code, output, ms } = await target.build();
  if (code !== 0) {
    process.stderr.write(`${target.name}: the build failed\n${output}`);
    process.exit(1);
  }
  process.stdout.write(`${target.name}  ${megabytes(at(target.name))} MB  ${duration(ms)}\n`);
}

function buildExecutable() {
  // What is loaded by its address at run time the bundler has to be told of (src/adapters/bun/module-url.ts).
  // Their names inside the executable are their paths from --root, if they are given relative to this folder.
  const parts = [
    "src/cli/run.ts",
    ...files("src/adapters/bun").filter((file) => /(worker|function-entry)\.ts$/.test(file)),
  ];
  const options = [
    "--compile",
    "--compile-autoload-package-json",
    // of the folder that it is started in: it may be made for another program, and name code to run
    "--no-compile-autoload-bunfig",
    "--minify",
    "--bytecode",
    "--format=esm",
    "--root",
    "src",
    "--asset",
    "dist/panel.html",
    "--outfile",
    at("dist/bak"),
  ];
  return capture(bun, ["build", ...options, "src/cli/main.ts", ...parts], { cwd: root });
}

function buildTypeScript(name) {
  rmSync(at(`dist/${name}`), { recursive: true, force: true });
  return capture(at("node_modules/.bin/tsc"), ["-p", at(`scripts/tsconfig.${name}.json`)]);
}

function files(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path).flatMap((name) => files(join(path, name)));
}

function megabytes(path) {
  const bytes = files(path).reduce((sum, file) => sum + statSync(file).size, 0);
  return (bytes / 1e6).toFixed(1);
}
