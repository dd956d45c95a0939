import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A project in a folder of its own. */
export interface Project {
  readonly config: string;
  readonly database: string;
  remove(): void;
}

const OPEN = { read: "public", create: "public", update: "public", delete: "public" };

/** Every kind of table that a write can touch: the row, a unique index, a relation, links, the full-text index. */
const COLLECTIONS = [
  {
    name: "teams",
    fields: [
      { name: "code", type: "text", required: true, unique: true },
      { name: "title", type: "text", required: true, searchable: true },
      { name: "n", type: "integer", default: 0 },
    ],
    permissions: OPEN,
  },
  {
    name: "items",
    fields: [
      { name: "code", type: "text", required: true, unique: true },
      { name: "title", type: "text", required: true, searchable: true },
      { name: "n", type: "integer", default: 0 },
      { name: "team", type: "relation", collection: "teams", onDelete: "restrict" },
      { name: "tags", type: "relation", collection: "teams", many: true },
      { name: "batch", type: "integer" },
    ],
    indexes: [{ fields: ["batch"] }],
    permissions: OPEN,
  },
];

/** What functions have done: a record for each item that was made, under the id of its event. */
const SEEN = { name: "seen", fields: [{ name: "item", type: "text" }] };

const FUNCTIONS = `
import { onCreate } from "bakend";
onCreate("items", async ({ event, record, db }) => {
  await db.collection("seen").create({ id: event.id, item: record.id }).catch((error) => {
    if (error.code !== "conflict") throw error;
  });
});
`;

/** Writes a project into a new folder below the system's temporary one. */
export function makeProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), "bakend-torture-"));
  mkdirSync(join(folder, "collections"));
  mkdirSync(join(folder, "functions"));
  writeFileSync(join(folder, "functions/seen.ts"), FUNCTIONS);
  for (const definition of [...COLLECTIONS, SEEN]) {
    writeFileSync(join(folder, "collections", `${definition.name}.json`), JSON.stringify(definition));
  }
  const config = join(folder, "bakend.json");
  writeFileSync(config, JSON.stringify({ port: 0, database: "./bakend.db", logging: { requests: false } }));
  return {
    config,
    database: join(folder, "bakend.db"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
