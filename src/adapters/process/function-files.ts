import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { FunctionSource } from "../../core/functions/index.ts";

const CODE = /\.[cm]?[jt]s$/;
const DATA = /\.json$/;
const NO_FUNCTIONS = /\.d\.[cm]?ts$|\.(test|spec)\.[cm]?[jt]s$/;

/** Bytes of the largest file of data that is kept as it was: each process is handed all of them. */
const MOST_DATA = 1024 * 1024;

/** Words that a file with hooks has to use somewhere. */
const HOOKS = /\bbefore(Create|Update|Delete)\b|["'`]before /;

/**
 * Finds the functions and jobs of a project: every file of code in the folder, but for what begins with `_` or `.`, tests,
 * declarations of types, and packages. In the order of their names.
 */
export async function findFunctions({ folder, jobs }: Folders): Promise<FunctionSource> {
  const [found, work] = await Promise.all([read(folder), read(jobs)]);
  return {
    files: [
      ...found.filter(({ name }) => isFunctions(name)).map(({ name, url }) => ({ name, url })),
      ...work
        .filter(({ name }) => isFunctions(name))
        .map(({ name, url }) => ({ name: `jobs/${name}`, url, job: name.replace(CODE, "") })),
    ],
    texts: Object.fromEntries([...found, ...work].map(({ url, text }) => [url, text])),
    hooks: found.some(({ name, text }) => CODE.test(name) && HOOKS.test(text)),
  };
}

/** Where user code is. */
export interface Folders {
  /** The folder of functions. */
  readonly folder: string;
  /** The folder of jobs: each file is one, called like the file. */
  readonly jobs: string;
}

async function read(
  folder: string,
): Promise<readonly { readonly name: string; readonly url: string; readonly text: string }[]> {
  const paths = existsSync(folder) ? (await walk(folder)).sort() : [];
  return Promise.all(
    paths.map(async (path) => ({
      name: relative(folder, path).split(sep).join("/"),
      url: pathToFileURL(path).href,
      text: await readFile(path, "utf8"),
    })),
  );
}

function isFunctions(name: string): boolean {
  return CODE.test(name) && !NO_FUNCTIONS.test(name) && !name.split("/").some((part) => part.startsWith("_"));
}

/** Every file of code, and of data that code may import. */
async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
      if (entry.isDirectory()) return walk(path);
      const kept = CODE.test(entry.name) || (DATA.test(entry.name) && (await stat(path)).size <= MOST_DATA);
      return kept ? [path] : [];
    }),
  );
  return found.flat();
}
