import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/** Where pnpm keeps packages, each with links to what it needs beside it. */
const STORE = /^.*\/node_modules\/\.pnpm(?=\/)/;

/**
 * The folders outside of a project's `node_modules` that its packages are linked to, as `npm link`, workspaces and pnpm do it;
 * of a package in a store of pnpm, that store. What holds the project, or anything that is `closed`, or lies in it, is not
 * among them, nor is what is no package.
 */
export function linkedPackages(project: string, closed: readonly string[]): readonly string[] {
  const modules = join(project, "node_modules");
  const own = realPath(modules);
  const named = names(modules).flatMap((name) =>
    name.startsWith("@") ? names(join(modules, name)).map((one) => join(modules, name, one)) : [join(modules, name)],
  );
  const found = named
    .map(realPath)
    .filter((path) => !holds(own, path) && existsSync(join(path, "package.json")))
    .map((path) => STORE.exec(path)?.[0] ?? path);
  return [...new Set(found)].filter((path) => mayBeRead(path, project, closed));
}

/** Whether a folder keeps apart from the project that is led to it, and from what is closed. */
function mayBeRead(path: string, project: string, closed: readonly string[]): boolean {
  if (holds(path, realPath(project))) return false;
  return closed.map(realPath).every((one) => !holds(path, one) && !holds(one, path));
}

/** Whether a path is a folder, or leads into it, as they are written. */
export function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(sep)[0] !== "..";
}

/** Where a path leads, also one that is not there yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

/** What is in a folder, but for what belongs to package managers. */
function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}
