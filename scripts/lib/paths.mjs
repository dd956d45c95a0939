import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** A path below the root. */
export const at = (...parts) => join(root, ...parts);

/** Bun, as installed by npm. */
export const bun = at("node_modules/.bin/bun");

/** A Node that strips types by itself (22.18 or newer): the one running, or the one installed by npm. */
export function modernNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  const installed = at("node_modules/node22/bin/node");
  if (!existsSync(installed)) throw new Error(`No Node >= 22.18: ${installed} is missing. Run \`npm ci\`.`);
  return installed;
}
