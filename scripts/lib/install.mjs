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
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const exact = await capture("npm", ["ci", ...quiet]);
  // A lock file made where a registry has no packages for other platforms lists none of them, and `npm ci` refuses it.
  const incomplete = exact.code !== 0 && exact.output.includes("EUSAGE");
  const { code, output, ms } = incomplete ? await capture("npm", ["install", "--no-save", ...quiet]) : exact;
  if (code !== 0) {
    process.stderr.write(`failed\n${output}`);
    throw new Error("the dependencies cannot be installed");
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
