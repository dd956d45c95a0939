import { statSync } from "node:fs";
import { at } from "./paths.mjs";
import { capture, duration } from "./run.mjs";

/** True if `node_modules` is absent, or older than the lock file. */
export function needsInstall() {
  const installed = modified(at("node_modules/.package-lock.json"));
  return installed === undefined || installed < (modified(at("package-lock.json")) ?? 0);
}

/** Installs the dependencies, exactly as locked, if they are missing. Quiet unless there is something to do. */
export async function install() {
  if (!needsInstall()) return;
  process.stderr.write("Installing dependencies ... ");
  const { code, output, ms } = await capture("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (code !== 0) {
    process.stderr.write(`failed\n${output}`);
    throw new Error("npm ci failed");
  }
  process.stderr.write(`done in ${duration(ms)}\n`);
}

function modified(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
