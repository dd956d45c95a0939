import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";

const SCRIPT = join(import.meta.dirname, "../../scripts/check-layout.mjs");

const TABLE = `# Architecture

| folder | may import | packages | entered through |
|---|---|---|---|
| \`src/protocol\` | | | \`index.ts\` |
| \`src/core/*\` | \`src/protocol\` \`src/core/errors.ts\` | \`zod\` | |
| \`src/core/errors.ts\` | | | |
| \`src/core/events\` | | | \`index.ts\` |
| \`src/core/rules\` | \`src/core/events\` | \`hono\` | \`index.ts\` |
| \`src/adapters\` | \`src/core/*\` | | \`any file\` |
| \`sdk/javascript\` | \`src/protocol\` | | \`index.ts\` |

Text after the table.
`;

/** A tree without a fault; each case changes some of it. */
const SOUND: Readonly<Record<string, string>> = {
  "src/protocol/index.ts": 'export { CODES } from "./codes.ts";\n',
  "src/protocol/codes.ts": "export const CODES = [];\n",
  "src/core/errors.ts": 'import { CODES } from "../protocol/index.ts";\nexport const all = CODES;\n',
  "src/core/events/index.ts": 'export { emit } from "./bus.ts";\n',
  "src/core/events/bus.ts":
    'import { z } from "zod";\nimport { all } from "../errors.ts";\nexport const emit = [z, all];\n',
  "src/core/rules/index.ts": 'export { parse } from "./parser.ts";\n',
  "src/core/rules/parser.ts":
    'import { emit } from "../events/index.ts";\nimport { sql } from "./sql/index.ts";\nexport const parse = [emit, sql];\n',
  "src/core/rules/sql/index.ts": 'export { sql } from "./compile.ts";\n',
  "src/core/rules/sql/compile.ts": 'import { helper } from "../helper.ts";\nexport const sql = helper;\n',
  "src/core/rules/helper.ts": "export const helper = 1;\n",
  "src/adapters/bun.ts":
    'import { readFileSync } from "node:fs";\nexport const port = [Bun.version, readFileSync, process.pid];\n',
};

let folder = "";
let trees = 0;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-layout-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function check(changes: Readonly<Record<string, string>>, table = TABLE) {
  trees += 1;
  const root = join(folder, String(trees));
  for (const [path, text] of Object.entries({ ...SOUND, "docs/ARCHITECTURE.md": table, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, root], { encoding: "utf8" });
  return {
    status,
    stdout,
    faults: stderr
      .trim()
      .split("\n")
      .filter((line) => line !== ""),
  };
}

describe("accepted", () => {
  const cases: [name: string, changes: Record<string, string>][] = [
    ["the sound tree", {}],
    ["a package of the row", { "src/core/rules/a.ts": 'import { Hono } from "hono";\nexport const a = Hono;\n' }],
    [
      "an adapter's file by itself",
      { "src/adapters/b.ts": 'import { port } from "./bun.ts";\nexport const b = port;\n' },
    ],
    [
      "imports in comments and texts",
      {
        "src/core/events/a.ts":
          '// import "node:fs";\n/* export * from "./x.ts" */\nexport const a = `import "./none.ts" \x24{1} process.env`;\nexport const b = "process.env";\n',
      },
    ],
    [
      "a regular expression with quotes",
      { "src/core/events/a.ts": "export const a = /[\"'`/]/;\nexport const b = 1;\n" },
    ],
    [
      "names that resemble globals",
      { "src/core/events/a.ts": "export const a = (x: { process: string[] }) => x.process[0];\n" },
    ],
    ["exactly 400 lines", { "src/core/events/a.ts": "export {};\n".repeat(400) }],
  ];
  for (const [name, changes] of cases) {
    test(name, () => assert.deepEqual(check(changes).faults, []));
  }

  test("the script says so and exits with 0", () => {
    const { status, stdout } = check({});
    assert.equal(status, 0);
    assert.match(stdout, /11 files, no fault/);
  });
});

describe("refused", () => {
  const cases: [name: string, changes: Record<string, string>, fault: RegExp][] = [
    [
      "an arrow that is not in the table",
      { "src/core/events/a.ts": 'import { parse } from "../rules/index.ts";\nexport const a = parse;\n' },
      /events\/a\.ts:1: src\/core\/events may not import src\/core\/rules/,
    ],
    [
      "an import of a type alone",
      { "src/protocol/a.ts": 'export const x = 1;\nimport type { E } from "../core/errors.ts";\nexport type A = E;\n' },
      /protocol\/a\.ts:2: src\/protocol may not import src\/core\/errors\.ts/,
    ],
    [
      "a dynamic import",
      { "src/core/events/a.ts": 'export const a = () => import("../rules/index.ts");\n' },
      /src\/core\/events may not import src\/core\/rules/,
    ],
    [
      "the inside of the server in the client",
      { "sdk/javascript/index.ts": 'import { emit } from "../../src/core/events/index.ts";\nexport const a = emit;\n' },
      /sdk\/javascript\/index\.ts:1: sdk\/javascript may not import src\/core\/events/,
    ],
    [
      "a re-export",
      { "src/core/events/a.ts": 'export { parse } from "../rules/index.ts";\n' },
      /src\/core\/events may not import src\/core\/rules/,
    ],
    [
      "a folder's file behind its door",
      { "src/core/rules/a.ts": 'import { emit } from "../events/bus.ts";\nexport const a = emit;\n' },
      /rules\/a\.ts:1: src\/core\/events\/bus\.ts is behind src\/core\/events\/index\.ts/,
    ],
    [
      "an inner folder's file behind its door",
      { "src/core/rules/a.ts": 'import { sql } from "./sql/compile.ts";\nexport const a = sql;\n' },
      /src\/core\/rules\/sql\/compile\.ts is behind src\/core\/rules\/sql\/index\.ts/,
    ],
    [
      "an inner folder's own door from outside",
      { "src/adapters/a.ts": 'import { sql } from "../core/rules/sql/index.ts";\nexport const a = sql;\n' },
      /sql\/index\.ts is behind src\/core\/rules\/index\.ts/,
    ],
    ["export *", { "src/core/events/index.ts": 'export * from "./bus.ts";\n' }, /events\/index\.ts: `export \*`/],
    [
      "a cycle of files",
      {
        "src/core/events/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;\n',
        "src/core/events/b.ts": 'import { A } from "./a.ts";\nexport type B = A;\n',
      },
      /cycle of files: src\/core\/events\/a\.ts -> src\/core\/events\/b\.ts -> src\/core\/events\/a\.ts/,
    ],
    [
      "a file that imports itself",
      { "src/core/events/a.ts": 'import { a } from "./a.ts";\nexport { a };\n' },
      /cycle of files: src\/core\/events\/a\.ts -> src\/core\/events\/a\.ts/,
    ],
    [
      "a node module",
      { "src/core/events/a.ts": 'import "node:fs";\n' },
      /events\/a\.ts:1: node:fs belongs to one platform/,
    ],
    ["a node module without its prefix", { "src/protocol/a.ts": 'import "fs";\n' }, /protocol\/a\.ts:1: fs belongs/],
    ["a bun module", { "src/core/rules/a.ts": 'import "bun:sqlite";\n' }, /bun:sqlite belongs to one platform/],
    [
      "process",
      { "src/core/events/a.ts": "export const a = 1;\nexport const b = process.env;\n" },
      /events\/a\.ts:2: `process`/,
    ],
    [
      "process in a template",
      { "src/core/events/a.ts": "export const a = `\x24{process.pid}`;\n" },
      /`process` belongs/,
    ],
    ["Bun", { "src/protocol/a.ts": "export const a = Bun.version;\n" }, /`Bun` belongs to one platform/],
    ["Buffer", { "src/core/errors.ts": "export const a = Buffer.from('');\n" }, /`Buffer` belongs to one platform/],
    ["globalThis.process", { "src/core/errors.ts": "export const a = globalThis.process;\n" }, /globalThis\.process/],
    [
      "another package",
      { "src/core/events/a.ts": 'import "@scope/x/y";\n' },
      /the package @scope\/x is not allowed here/,
    ],
    [
      "another row's package",
      { "src/core/events/a.ts": 'import "hono/cors";\n' },
      /the package hono is not allowed here/,
    ],
    ["a file that is missing", { "src/core/events/a.ts": 'import "./none.ts";\n' }, /\.\/none\.ts is no file/],
    ["a file outside of the table", { "src/extra/a.ts": "export {};\n" }, /extra\/a\.ts: no row of the import table/],
    ["401 lines", { "src/core/events/a.ts": "export {};\n".repeat(401) }, /events\/a\.ts: 401 lines; 400 is the most/],
  ];
  for (const [name, changes, fault] of cases) {
    test(name, () => {
      const { status, faults } = check(changes);
      assert.equal(status, 1);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", fault);
    });
  }

  test("a cycle of folders that is none of files", () => {
    const table = TABLE.replace("| `src/core/events` | |", "| `src/core/events` | `src/core/rules` |");
    const changes = {
      "src/core/rules/index.ts": 'export { parse } from "./parser.ts";\nexport { helper } from "./helper.ts";\n',
      "src/core/rules/parser.ts": "export const parse = 1;\n",
      "src/core/events/index.ts": 'export { emit } from "./bus.ts";\n',
      "src/core/events/user.ts": 'import { helper } from "../rules/index.ts";\nexport const user = helper;\n',
      "src/core/rules/other.ts": 'import { emit } from "../events/index.ts";\nexport const other = emit;\n',
    };
    assert.deepEqual(check(changes, table).faults, [
      "cycle of folders: src/core/events -> src/core/rules -> src/core/events",
    ]);
  });

  test("a document without a table", () => {
    const { status, faults } = check({}, "# Nothing here\n");
    assert.equal(status, 1);
    assert.match(faults.join("\n"), /no import table/);
  });
});
