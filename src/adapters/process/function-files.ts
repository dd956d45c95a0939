import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { FunctionSource } from "../../core/functions/index.ts";

const CODE = /\.[cm]?[jt]s$/;
const NO_FUNCTIONS = /\.d\.[cm]?ts$|\.(test|spec)\.[cm]?[jt]s$/;

/** Words that a file with hooks has to use somewhere. */
const HOOKS = /\bbefore(Create|Update|Delete)\b|["'`]before /;

/**
 * Finds the functions of a project: every file of code in the folder, but for what begins with `_` or `.`, tests,
 * declarations of types, and packages. In the order of their names.
 */
export async function findFunctions(folder: string): Promise<FunctionSource> {
  const paths = existsSync(folder) ? await walk(folder) : [];
  const names = paths.map((path) => relative(folder, path).split(sep).join("/")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return {
    files: names.map((name) => ({ name, url: pathToFileURL(join(folder, name)).href })),
    hooks: texts.some((text) => HOOKS.test(text)),
  };
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (/^[._]/.test(entry.name) || entry.name === "node_modules") return [];
      if (entry.isDirectory()) return walk(path);
      return CODE.test(entry.name) && !NO_FUNCTIONS.test(entry.name) ? [path] : [];
    }),
  );
  return found.flat();
}
