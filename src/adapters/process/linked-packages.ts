import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/** Where pnpm keeps packages, each with links to what it needs beside it. */
const STORE = /^.*\/node_modules\/\.pnpm(?=\/)/;

/**
 * The folders outside of a project's `node_modules` that its packages are in: where these are linked to, as `npm link` and pnpm do it,
 * of a package in a store of pnpm that store; and of the workspace with that root, which the project is a part of, its `node_modules`, with
 * those packages of the workspace that are linked there and that the project depends on. What holds the project, or anything
 * that is `closed`, or lies in it, is not among them, nor is what is no package.
 */
export function linkedPackages(project: string, root: string | null, closed: readonly string[]): readonly string[] {
  const modules = join(project, "node_modules");
  const common = root === null ? [] : [join(root, "node_modules")];
  const inside = [modules, ...common].map(realPath);
  const linked = (paths: readonly string[]): readonly string[] =>
    paths
      .map(realPath)
      .filter((path) => !inside.some((one) => holds(one, path)) && existsSync(join(path, "package.json")));
  const own = linked(
    names(modules).flatMap((name) =>
      name.startsWith("@") ? names(join(modules, name)).map((one) => join(modules, name, one)) : [join(modules, name)],
    ),
  );
  // the project is where it begins, and is left out in the end
  const all = new Set([project, ...own]);
  for (const path of all)
    for (const folder of common) for (const one of linked(needs(path).map((name) => join(folder, name)))) all.add(one);
  const found = [...common, ...all].map((path) => STORE.exec(path)?.[0] ?? path);
  return [...new Set(found)].filter((path) => existsSync(path) && mayBeRead(path, project, closed));
}

/** The root of the workspace that a project is in, as npm, Yarn, Bun and pnpm mark it; null if it is in none, or is one. */
export function workspaceOf(project: string): string | null {
  for (let [at, up] = [project, dirname(project)]; up !== at; [at, up] = [up, dirname(up)])
    if (existsSync(join(up, "pnpm-workspace.yaml")) || readManifest(up).workspaces !== undefined) return up;
  return null;
}

/** The names of the packages that one depends on. */
function needs(folder: string): readonly string[] {
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } = readManifest(folder);
  return [dependencies, devDependencies, peerDependencies, optionalDependencies].flatMap((some) =>
    typeof some === "object" && some !== null ? Object.keys(some).filter((name) => PACKAGE.test(name)) : [],
  );
}

/** A name of a package, which leads nowhere else as a path. */
const PACKAGE = /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/;

/** The `package.json` of a folder; empty where there is none, or none that can be read. */
function readManifest(folder: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof read === "object" && read !== null ? { ...read } : {};
  } catch {
    return {};
  }
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
