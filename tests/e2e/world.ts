import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OPEN = { read: "public", create: "public", update: "public", delete: "public" };

/** A description that would run if the page took it for markup. */
export const INJECTED = '<img src=x onerror="globalThis.injected = true"><script>globalThis.injected = true</script>';

const COLLECTIONS = [
  {
    name: "countries",
    description: "The states of the world.",
    fields: [
      {
        name: "name",
        type: "text",
        required: true,
        max: 80,
        searchable: true,
        description: "The common English name.",
      },
      {
        name: "code",
        type: "text",
        required: true,
        unique: true,
        pattern: "^[A-Z]{2}$",
        description: "ISO 3166-1 alpha-2.",
      },
      { name: "region", type: "select", options: ["Africa", "Americas", "Antarctic", "Asia", "Europe", "Oceania"] },
      { name: "population", type: "integer", min: 0 },
      { name: "area", type: "number", min: 0, description: "In square kilometres." },
      { name: "languages", type: "json" },
      { name: "independent", type: "boolean", default: true },
      { name: "borders", type: "relation", collection: "countries", many: true },
    ],
    indexes: [{ fields: ["region", "population"] }],
    permissions: OPEN,
  },
  {
    name: "cities",
    description: "Places with more than 1,000 people.",
    fields: [
      { name: "name", type: "text", required: true, searchable: true },
      { name: "country", type: "relation", collection: "countries", onDelete: "cascade" },
      { name: "location", type: "geo" },
      { name: "population", type: "integer", default: 0 },
      { name: "founded", type: "date" },
    ],
    permissions: OPEN,
  },
  {
    name: "notes",
    description: INJECTED,
    fields: [
      { name: "text", type: "richtext", description: INJECTED },
      { name: "state", type: "select", options: ["draft", INJECTED] },
      { name: "author", type: "email", immutable: true },
    ],
    permissions: { ...OPEN, delete: "admin" },
  },
];

/** Writes a project into a folder; returns its configuration. */
export function writeWorld(folder: string): string {
  mkdirSync(join(folder, "collections"), { recursive: true });
  for (const definition of COLLECTIONS) {
    writeFileSync(join(folder, "collections", `${definition.name}.json`), JSON.stringify(definition));
  }
  const config = join(folder, "bakend.json");
  writeFileSync(config, JSON.stringify({ port: 0, database: "./bakend.db", uploads: "public" }));
  return config;
}
