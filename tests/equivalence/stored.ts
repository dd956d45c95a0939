import type { TestApp } from "../support/app.ts";
import { type Collection, type Field, type Row, rowsOf, type World } from "./world.ts";

/** Everything as it stands in the tables, read without the engine. */
export async function readWorld(app: TestApp, { collections, roles }: World): Promise<World> {
  const rows = new Map<string, readonly Row[]>();
  for (const collection of collections.values()) rows.set(collection.name, await readRows(app, collection));
  return { collections, roles, rows };
}

async function readRows(app: TestApp, { name, fields }: Collection): Promise<readonly Row[]> {
  const links = new Map<string, readonly Readonly<Record<string, unknown>>[]>();
  for (const field of fields) {
    if (field.many && (field.target || field.type === "file"))
      links.set(field.name, await app.sql(`SELECT * FROM "${name}:${field.name}" ORDER BY "position"`));
  }
  const rows = await app.sql(`SELECT * FROM "${name}"`);
  return rows.map((row): Row => {
    const { id, createdAt, updatedAt, version } = row;
    const linked = (field: Field): readonly unknown[] | undefined =>
      links.get(field.name)?.flatMap((link) => (link.source === id ? [link.target] : []));
    const values = fields.map((field) => [field.name, linked(field) ?? decode(field, row)] as const);
    return { id: String(id), ...Object.fromEntries(values), createdAt, updatedAt, version };
  });
}

function decode({ name, type, many }: Field, row: Readonly<Record<string, unknown>>): unknown {
  const value = row[name];
  if (type === "geo") return row[`${name}.lat`] === null ? null : { lat: row[`${name}.lat`], lng: row[`${name}.lng`] };
  if (value === null) return null;
  if (type === "boolean") return value === 1;
  return type === "json" || many ? JSON.parse(String(value)) : value;
}

/** The world with one row put in the place of another, added, or (null) taken away. */
export function withRow(world: World, name: string, id: string, row: Row | null): World {
  const others = rowsOf(world, name);
  const known = others.some((one) => one.id === id);
  const replaced = others.flatMap((one) => (one.id === id ? (row ?? []) : one));
  const rows = new Map(world.rows);
  rows.set(name, known || row === null ? replaced : [...replaced, row]);
  return { ...world, rows };
}
