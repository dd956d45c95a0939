import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import { findCycles } from "./cycles.mjs";
import { covers, grantsOf, homeOf, readImportTable } from "./import-table.mjs";
import { lineOf, scan } from "./scan.mjs";

/** The longest a source file may be. */
export const MAX_LINES = 400;

/** Where only web-standard APIs exist. */
const NEUTRAL = ["src/core/", "src/tools/", "src/protocol/", "sdk/"];

/** Where the code is that the table speaks of. */
const ROOTS = ["src", "sdk"];

/** Globals of one platform. As a property (`x.process`) or a type's key they are harmless. */
const PLATFORM_GLOBALS =
  /(?<![.\w$"'])(?:(?:process|Bun|Buffer|Deno)\s*(?:\?\.|\.|\[)|globalThis\s*\.\s*(?:process|Bun|Buffer|Deno)\b)/g;

/**
 * Checks the source below `root` against the table in its docs/ARCHITECTURE.md.
 * Returns the faults, as lines of text, and the number of files.
 */
export function checkLayout(root) {
  const rows = readImportTable(readFileSync(join(root, "docs/ARCHITECTURE.md"), "utf8"));
  const files = readSources(root);
  const faults = [];
  const fileGraph = new Map();
  const homeGraph = new Map(rows.map((row) => [row.path, new Set()]));
  for (const [file, source] of files) {
    const home = homeOf(rows, file);
    if (home === undefined) {
      faults.push(`${file}: no row of the import table covers this file`);
      continue;
    }
    const scanned = scan(source);
    faults.push(...checkFile(file, source, scanned));
    const links = scanned.imports.map((found) => checkImport({ rows, files, file, home, ...found }));
    faults.push(...links.flatMap((link) => link.faults));
    fileGraph.set(file, new Set(links.flatMap((link) => link.target ?? [])));
    // An arrow that is forbidden is told already; it need not be told again as part of a cycle.
    for (const link of links) if (link.arrow !== undefined) homeGraph.get(home.path).add(link.arrow);
  }
  for (const cycle of findCycles(fileGraph)) faults.push(`cycle of files: ${cycle.join(" -> ")}`);
  for (const cycle of findCycles(homeGraph)) faults.push(`cycle of folders: ${cycle.join(" -> ")}`);
  return { faults, files: files.size };
}

/** One import: its faults, the file that it leads to, and the row that it leads to if that is another, allowed one. */
function checkImport({ rows, files, file, home, specifier, line }) {
  const place = `${file}:${line}`;
  const granted = grantsOf(rows, home);
  if (!specifier.startsWith(".")) return { faults: checkPackage(place, file, specifier, granted.packages) };
  const target = posix.join(posix.dirname(file), specifier);
  const outside = !ROOTS.some((name) => target.startsWith(`${name}/`)) || target.endsWith(".json");
  if (!files.has(target)) return { faults: outside ? [] : [`${place}: ${specifier} is no file`] };
  const targetHome = homeOf(rows, target);
  if (targetHome === undefined) return { faults: [], target };
  const faults = checkDoor(place, file, target, targetHome);
  if (targetHome === home) return { faults, target };
  const allowed = granted.imports.some((name) => covers(name, targetHome.path));
  if (allowed) return { faults, target, arrow: targetHome.path };
  return { faults: [`${place}: ${home.path} may not import ${targetHome.path}`, ...faults], target };
}

function checkFile(file, source, { exportsAll, code }) {
  const faults = [];
  const lines = source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
  if (lines > MAX_LINES) faults.push(`${file}: ${lines} lines; ${MAX_LINES} is the most`);
  if (exportsAll) faults.push(`${file}: \`export *\`; list the names`);
  if (NEUTRAL.some((folder) => file.startsWith(folder))) {
    for (const match of code.matchAll(PLATFORM_GLOBALS)) {
      faults.push(`${file}:${lineOf(code, match.index)}: \`${match[0].replace(/\W+$/, "")}\` belongs to one platform`);
    }
  }
  return faults;
}

function checkPackage(place, file, specifier, granted) {
  const name = specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : specifier.split("/")[0];
  const builtin = /^(node|bun):/.test(specifier) || name === "bun" || builtinModules.includes(name);
  if (builtin && NEUTRAL.some((folder) => file.startsWith(folder))) {
    return [`${place}: ${specifier} belongs to one platform`];
  }
  if (builtin || granted.includes(name)) return [];
  return [`${place}: the package ${name} is not allowed here`];
}

/** The outermost folder that holds the target and not the importer must be entered through its index.ts. */
function checkDoor(place, file, target, targetHome) {
  if (targetHome.door === "any file" || targetHome.path === target) return [];
  const parts = posix.dirname(target).split("/");
  for (let depth = targetHome.path.split("/").length; depth <= parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join("/");
    if (file.startsWith(`${folder}/`)) continue;
    return target === `${folder}/index.ts` ? [] : [`${place}: ${target} is behind ${folder}/index.ts`];
  }
  return [];
}

/** Every TypeScript file below the roots, by its path from the project's folder, with its text. */
function readSources(root) {
  const roots = ROOTS.map((name) => join(root, name)).filter((folder) => existsSync(folder));
  const paths = roots
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => posix.relative(root, posix.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}
