import { statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { capture, duration } from "./run.mjs";

/** True if `node_modules` of a folder is absent, or older than the lock file. */
function needsInstall(folder) {
  const installed = modified(join(folder, "node_modules/.package-lock.json"));
  return installed === undefined || installed < (modified(join(folder, "package-lock.json")) ?? 0);
}

/**
 * Installs the dependencies, exactly as locked, if they are missing, and says whether it did. Quiet unless there is
 * something to do.
 */
export async function install(cwd = root, words = "dependencies") {
  if (!needsInstall(cwd)) return false;
  process.stderr.write(`Installing ${words} ... `);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const exact = await capture("npm", ["ci", ...quiet], { cwd });
  // A lock file made where a registry has no packages for other platforms lists none of them, and `npm ci` refuses it.
  const incomplete = exact.code !== 0 && exact.output.includes("EUSAGE");
  const { code, output, ms } = incomplete ? await capture("npm", ["install", "--no-save", ...quiet], { cwd }) : exact;
  if (code !== 0) {
    process.stderr.write(`failed\n${output}`);
    throw new Error("the dependencies cannot be installed");
  }
  process.stderr.write(`done in ${duration(ms)}\n`);
  return true;
}

function modified(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
