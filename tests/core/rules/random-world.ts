import type { RowData, RowSource, RuleSchema, SchemaCollection, SchemaField } from "../../../src/core/rules/index.ts";
import { type MemorySqlite, openMemorySqlite } from "../../support/memory-sqlite.ts";
import { store } from "./fixture.ts";
import type { Random } from "./random.ts";
import { createValues, type Values } from "./random-values.ts";

/** Random collections with random rows, in a database and in memory. */
export interface World {
  readonly schema: RuleSchema;
  readonly collections: readonly SchemaCollection[];
  readonly rows: ReadonlyMap<string, readonly RowData[]>;
  readonly source: RowSource;
  readonly database: MemorySqlite;
  /** Where the rows' values come from. */
  readonly values: Values;
}

export async function createWorld(random: Random): Promise<World> {
  const names = ["posts", "users", "users_via_x"];
  const values = createValues(random);
  const collections = names.map((name) => randomCollection(random, name, names));
  const byName = new Map(collections.map((collection) => [collection.name, collection]));
  const ids = new Map(names.map((name) => [name, Array.from({ length: random.below(7) }, (_, i) => `${name}-${i}`)]));
  const rows = new Map(collections.map((collection) => [collection.name, randomRows(random, collection, ids, values)]));
  const database = await openMemorySqlite();
  for (const collection of collections) store(database, collection, rows.get(collection.name) ?? []);
  return {
    schema: { collection: (name) => byName.get(name) },
    collections,
    rows,
    database,
    values,
    source: {
      get: (collection, id) => rows.get(collection)?.find((row) => row.id === id),
      via: (collection, field, id) =>
        (rows.get(collection) ?? []).filter(
          ({ [field]: value }) => value === id || (Array.isArray(value) && value.includes(id)),
        ),
    },
  };
}

function randomCollection(random: Random, name: string, names: readonly string[]): SchemaCollection {
  const value = (field: string, type: "text" | "number" | "boolean" | "datetime" | "date", nullable: boolean) =>
    ({ kind: "value", name: field, type, column: field, nullable, indexed: random.chance(0.5) }) as const;
  const optional: SchemaField[] = [
    value("title", "text", true),
    value("title2", "text", random.chance(0.5)),
    value("views", "number", true),
    value("price", "number", random.chance(0.5)),
    value("active", "boolean", true),
    value("at", "datetime", true),
    value("at2", "datetime", random.chance(0.5)),
    value("due", "date", true),
    { kind: "list", name: "roles", column: "roles" },
    { kind: "json", name: "meta", column: "meta" },
    { kind: "json", name: "more", column: "more" },
    { kind: "geo", name: "position", lat: "position_lat", lng: "position_lng" },
    {
      kind: "one",
      name: "author",
      column: "author",
      target: random.pick(names),
      nullable: true,
      indexed: random.chance(0.5),
    },
    { kind: "one", name: "x", column: "x", target: random.pick(names), nullable: true, indexed: random.chance(0.5) },
    {
      kind: "one",
      name: "y_via_x",
      column: "y_via_x",
      target: random.pick(names),
      nullable: true,
      indexed: random.chance(0.5),
    },
    { kind: "many", name: "tags", table: `${name}_tags`, target: random.pick(names) },
    { kind: "many", name: "friends", table: `${name}_friends`, target: random.pick(names) },
  ];
  const fields = [value("id", "text", false), ...optional.filter(() => random.chance(0.85))];
  return { name, table: name, fields: new Map(fields.map((field) => [field.name, field])) };
}

function randomRows(
  random: Random,
  collection: SchemaCollection,
  ids: ReadonlyMap<string, readonly string[]>,
  values: Values,
): RowData[] {
  return (ids.get(collection.name) ?? []).map((id) => {
    const row: Record<string, unknown> = {};
    for (const field of collection.fields.values()) row[field.name] = randomValue(random, field, ids, values);
    row.id = id;
    return row;
  });
}

/** A decoded value for a field. */
function randomValue(
  random: Random,
  field: SchemaField,
  ids: ReadonlyMap<string, readonly string[]>,
  values: Values,
): unknown {
  const isNullable = field.kind !== "many" && !("nullable" in field && !field.nullable);
  if (isNullable && random.chance(0.2)) return null;
  switch (field.kind) {
    case "value": {
      const { text, number, instant, day } = values;
      return { text, number, boolean: () => random.chance(0.5), datetime: instant, date: day }[field.type]();
    }
    case "list":
      return [...new Set(random.several(3, values.text))];
    case "json":
      return values.json();
    case "geo":
      return values.place();
    case "one": {
      const targets = ids.get(field.target) ?? [];
      return targets.length === 0 ? null : random.pick(targets);
    }
    case "many":
      return (ids.get(field.target) ?? []).filter(() => random.chance(0.35));
  }
}
