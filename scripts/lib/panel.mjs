import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { install } from "./install.mjs";
import { at, bun } from "./paths.mjs";
import { capture, duration } from "./run.mjs";

const FOLDER = at("dashboard");
const PANEL = at("dist/panel.html");

/** What the panel is made of: its own sources, and the client. */
const OWN = ["src", "package.json", "package-lock.json", "vite.config.ts"].map((name) => join(FOLDER, name));
const SOURCES = [...OWN, at("sdk/javascript"), at("src/protocol")];

/**
 * Builds the panel (dist/panel.html) if it is missing or older than its sources. Quiet unless there is something to do.
 * `toCheck` has its dependencies there in any case, and what a build leaves for a check of types.
 */
export async function ensurePanel({ toCheck = false } = {}) {
  const ready = existsSync(PANEL) && newest(SOURCES) <= statSync(PANEL).mtimeMs;
  if (ready && !toCheck) return;
  const installed = await install(FOLDER, "dependencies of the panel");
  if (ready && !installed) return;
  process.stderr.write("Building the panel ... ");
  const { code, output, ms } = await buildPanel();
  if (code !== 0) {
    process.stderr.write(`failed\n${output}`);
    throw new Error("the panel cannot be built");
  }
  process.stderr.write(`done in ${duration(ms)}\n`);
}

async function buildPanel() {
  const vite = join(FOLDER, "node_modules/vite/bin/vite.js");
  rmSync(join(FOLDER, "build"), { recursive: true, force: true });
  // Vite wants a newer Node than is asked for here; Bun is that
  const env = { ...process.env, NODE_ENV: "production" };
  const result = await capture(bun, ["--bun", vite, "build", "--logLevel", "warn"], { cwd: FOLDER, env });
  if (result.code !== 0) return result;
  mkdirSync(at("dist"), { recursive: true });
  copyFileSync(join(FOLDER, "build/index.html"), PANEL);
  return result;
}

/** Milliseconds since 1970 of what was changed last. */
function newest(paths) {
  return Math.max(
    ...paths.map((path) => {
      const found = statSync(path);
      if (!found.isDirectory()) return found.mtimeMs;
      return newest(readdirSync(path).map((name) => join(path, name)));
    }),
  );
}
