import { sqliteDialect } from "../../database/index.ts";
import type { Collection } from "../collection.ts";
import type { ColumnSpec, Field, OnDelete } from "../fields/index.ts";
import { searchTables } from "../reading/index.ts";

const { quote } = sqliteDialect;

const ON_DELETE: Readonly<Record<OnDelete, string>> = { cascade: "CASCADE", restrict: "RESTRICT", setNull: "SET NULL" };

/** Something that can be made and unmade by name: an index, a full-text index, a table of links. */
export interface SchemaObject {
  readonly name: string;
  readonly create: readonly string[];
  readonly drop: readonly string[];
  /** What it is, for a reader of the plan. */
  readonly words: string;
  readonly unique: boolean;
  readonly columns: readonly string[];
}

/** The CREATE TABLE of a collection, under another name while it is being rebuilt. */
export function tableSql(collection: Collection, name: string = collection.name): string {
  const columns = collection.columns.map(columnSql);
  return `CREATE TABLE ${quote(name)} (${columns.join(", ")}) STRICT, WITHOUT ROWID`;
}

/** A column as it stands in CREATE TABLE and ALTER TABLE ADD COLUMN. */
export function columnSql(column: ColumnSpec): string {
  const key = column.name === "id" ? " PRIMARY KEY" : "";
  const references = column.references
    ? ` REFERENCES ${quote(column.references.collection)} ("id") ON DELETE ${ON_DELETE[column.references.onDelete]}`
    : "";
  return `${quote(column.name)} ${column.type}${column.nullable ? "" : " NOT NULL"}${key}${references}`;
}

/** The table of a to-many relation. A link goes with either end; `restrict` keeps the far end. */
export function joinSql(collection: string, field: Field): readonly string[] {
  if (field.schema.kind !== "many" || !field.link) return [];
  const { table, target } = field.schema;
  const keep = field.link.onDelete === "restrict" ? "RESTRICT" : "CASCADE";
  return [
    `CREATE TABLE ${quote(table)} ("source" TEXT NOT NULL REFERENCES ${quote(collection)} ("id") ON DELETE CASCADE, ` +
      `"target" TEXT NOT NULL REFERENCES ${quote(target)} ("id") ON DELETE ${keep}, "position" INTEGER NOT NULL, ` +
      `PRIMARY KEY ("source", "target")) STRICT, WITHOUT ROWID`,
    `CREATE INDEX ${quote(`${table}:target:links`)} ON ${quote(table)} ("target")`,
  ];
}

/**
 * The indexes of a collection: those it asks for, one for each unique field, each to-one relation, and `createdAt`,
 * by which lists are ordered. Every index ends with the id by itself, since tables are clustered on it.
 */
export function indexesOf(collection: Collection): readonly SchemaObject[] {
  if (collection.kind === "view") return [];
  const wanted: { readonly fields: readonly string[]; readonly unique: boolean }[] = [];
  for (const index of collection.definition.indexes ?? [])
    wanted.push({ fields: index.fields, unique: index.unique === true });
  for (const field of collection.fields)
    if (field.definition.unique) wanted.push({ fields: [field.name], unique: true });
  const leading = (name: string): boolean => wanted.some((index) => index.fields[0] === name);
  for (const field of collection.fields) {
    if (field.link && !field.link.many && !leading(field.name)) wanted.push({ fields: [field.name], unique: false });
  }
  if (!leading("createdAt")) wanted.push({ fields: ["createdAt"], unique: false });

  const objects = new Map<string, SchemaObject>();
  for (const { fields, unique } of wanted) {
    const columns = fields.flatMap((name) => collection.field(name)?.columns.map((column) => column.name) ?? [name]);
    const name = `${collection.name}:${unique ? "unique" : "index"}:${fields.join(",")}`;
    objects.set(name, {
      name,
      create: [
        `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${quote(collection.name)} (${columns.map(quote).join(", ")})`,
      ],
      drop: [`DROP INDEX IF EXISTS ${quote(name)}`],
      words: `${unique ? "unique index" : "index"} on ${collection.name} (${fields.join(", ")})`,
      unique,
      columns,
    });
  }
  return [...objects.values()];
}

/**
 * The full-text index of a collection and the triggers that keep it, or null where nothing is searchable. There is no
 * trigger for new rows: within a trigger FTS5 writes out its index at each row, so `insertStatements` does it.
 */
export function searchOf(collection: Collection): SchemaObject | null {
  const { searchable } = collection;
  if (searchable.length === 0) return null;
  const table = quote(collection.name);
  const tables = searchTables(collection.name);
  const [index, rows] = [quote(tables.index), quote(tables.rows)];
  const own = searchable.map(quote).join(", ");
  // FTS5 keeps some names for itself, "rank" among them: a suffix makes each one ours
  const indexed = (name: string): string => quote(`${name}:text`);
  const columns = searchable.map(indexed).join(", ");
  const sets = searchable.map((name) => `${indexed(name)} = new.${quote(name)}`).join(", ");
  const rowOf = (side: string): string => `(SELECT "row" FROM ${rows} WHERE "id" = ${side}."id")`;
  const trigger = (what: string): string => quote(`${collection.name}:search_${what}`);
  return {
    name: tables.index,
    create: [
      `CREATE VIRTUAL TABLE ${index} USING fts5(${columns}, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')`,
      `CREATE TABLE ${rows} ("row" INTEGER PRIMARY KEY, "id" TEXT NOT NULL UNIQUE) STRICT`,
      `INSERT INTO ${rows} ("id") SELECT "id" FROM ${table}`,
      `INSERT INTO ${index} (rowid, ${columns}) SELECT m."row", ${searchable.map((name) => `t.${quote(name)}`).join(", ")} FROM ${table} AS t JOIN ${rows} AS m ON m."id" = t."id"`,
      `CREATE TRIGGER ${trigger("update")} AFTER UPDATE OF ${own} ON ${table} BEGIN UPDATE ${index} SET ${sets} WHERE rowid = ${rowOf("new")}; END`,
      `CREATE TRIGGER ${trigger("delete")} AFTER DELETE ON ${table} BEGIN DELETE FROM ${index} WHERE rowid = ${rowOf("old")}; DELETE FROM ${rows} WHERE "id" = old."id"; END`,
    ],
    drop: [
      ...["insert", "update", "delete"].map((what) => `DROP TRIGGER IF EXISTS ${trigger(what)}`),
      `DROP TABLE IF EXISTS ${index}`,
      `DROP TABLE IF EXISTS ${rows}`,
    ],
    words: `full-text index on ${collection.name} (${searchable.join(", ")})`,
    unique: false,
    columns: searchable,
  };
}

/** The CREATE VIEW of a collection of kind `view`, and a query that fails unless it yields every column. */
export function viewSql(collection: Collection): readonly string[] {
  const view = quote(collection.name);
  const columns = collection.columns.map((column) => `v.${quote(column.name)}`).join(", ");
  // in parentheses, so that a second statement is a fault and not left out in silence
  const query = (collection.definition.query ?? "").replace(/;\s*$/, "");
  return [`CREATE VIEW ${view} AS SELECT * FROM (\n${query}\n)`, `SELECT ${columns} FROM ${view} AS v LIMIT 0`];
}

/** All that must be dropped for a collection to be gone. */
export function dropSql(collection: Collection): readonly string[] {
  if (collection.kind === "view") return [`DROP VIEW IF EXISTS ${quote(collection.name)}`];
  const joins = collection.fields.flatMap((field) =>
    field.schema.kind === "many" ? [`DROP TABLE IF EXISTS ${quote(field.schema.table)}`] : [],
  );
  return [...(searchOf(collection)?.drop ?? []), ...joins, `DROP TABLE IF EXISTS ${quote(collection.name)}`];
}

/** A text or number as it is written in SQL. Only for definitions' own values; data is always bound. */
export function sqlLiteral(value: string | number | null): string {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
