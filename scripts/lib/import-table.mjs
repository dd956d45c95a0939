/**
 * Reads the import table from the architecture document: the Markdown table whose first heading cell is "folder".
 * Returns `[{ path, imports, packages, door }]`; `path` is a folder or a file below the root.
 */
export function readImportTable(markdown) {
  const lines = markdown.split("\n");
  const head = lines.findIndex((line) => /^\|\s*folder\s*\|/i.test(line));
  if (head === -1) throw new Error("docs/ARCHITECTURE.md has no import table (a Markdown table headed `folder`)");
  const rows = [];
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith("|")) break;
    const [path = [], imports = [], packages = [], door = []] = line.split("|").slice(1, -1).map(names);
    if (path.length !== 1) throw new Error(`import table: one \`path\` expected in the first cell of: ${line}`);
    rows.push({ path: path[0], imports, packages, door: door[0] ?? "index.ts" });
  }
  return rows;
}

/** What stands in backticks in a cell; other words there are for people. */
function names(cell) {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
}

/** The row that speaks for a file: the one with the longest matching path. `src/core/*` is no home, only a grant. */
export function homeOf(rows, file) {
  let home;
  for (const row of rows) {
    if (row.path.endsWith("*")) continue;
    if (file !== row.path && !file.startsWith(`${row.path}/`)) continue;
    if (home === undefined || row.path.length > home.path.length) home = row;
  }
  return home;
}

/** Everything a row may import: its own cells, and those of the `*` rows above it. */
export function grantsOf(rows, home) {
  const granting = rows.filter((row) => row === home || (row.path.endsWith("*") && covers(row.path, home.path)));
  return {
    imports: granting.flatMap((row) => row.imports),
    packages: granting.flatMap((row) => row.packages),
  };
}

/** True if a cell's name (`src/core/events`, `src/core/*`) stands for a row's path. */
export function covers(name, path) {
  return name.endsWith("*") ? path.startsWith(name.slice(0, -1)) : name === path;
}
