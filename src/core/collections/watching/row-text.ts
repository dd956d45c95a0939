import { getOrAdd } from "../../../tools/index.ts";
import { type SqlValue, sqliteDialect } from "../../database/index.ts";
import { type Collection, ROW } from "../collection.ts";
import type { ColumnSpec } from "../fields/index.ts";
import type { RecordData } from "../record.ts";

const { quote, placeholder } = sqliteDialect;

/** The parts of a statement that make one row known as `ROW`. */
export interface RowText {
  readonly with: string;
  readonly from: string;
  readonly withParams: readonly SqlValue[];
  readonly fromParams: readonly SqlValue[];
}

/** The stored row. */
export function rowNow({ name }: Collection, id: string): RowText {
  return {
    with: "",
    withParams: [],
    from: `${quote(name)} AS ${ROW} WHERE ${ROW}."id" = ${placeholder}`,
    fromParams: [id],
  };
}

/** The stored row, as long as it is at the version of this state. */
export function storedRow(collection: Collection, record: RecordData): RowText {
  const row = rowNow(collection, String(record.id));
  return {
    ...row,
    from: `${row.from} AND ${ROW}."version" = ${placeholder}`,
    fromParams: [...row.fromParams, Number(record.version)],
  };
}

/**
 * A row made of a record, and its links to others in the place of those that are stored; and other records, with theirs, as if
 * they were stored.
 */
export function rowOf(
  collection: Collection,
  record: RecordData,
  others: ReadonlyMap<Collection, readonly RecordData[]> = new Map(),
): RowText {
  const overlays = new Map<string, Overlay>();
  for (const [other, records] of others) {
    const overlay: Overlay = { key: "id", columns: columnsOf(other), rows: new Map() };
    for (const one of records) {
      overlay.rows.set(String(one.id), [valuesOf(other, one)]);
      overlayLinks(overlays, other, one);
    }
    overlays.set(other.name, overlay);
  }
  overlayLinks(overlays, collection, record);
  const texts = [...overlays].map(([table, overlay]) => overlayText(table, overlay));
  return {
    with: texts.length === 0 ? "" : `WITH ${texts.join(", ")} `,
    withParams: [...overlays.values()].flatMap(({ rows }) => [
      JSON.stringify([...rows.values()].flat()),
      JSON.stringify([...rows.keys()]),
    ]),
    from: `(SELECT ${columnsOf(collection).map(({ name }) => `${placeholder} AS ${quote(name)}`)}) AS ${ROW}`,
    fromParams: valuesOf(collection, record),
  };
}

type Column = Pick<ColumnSpec, "name" | "type">;

/** Rows of a table that stand in the place of those with the same keys. */
interface Overlay {
  /** The column that tells which ones. */
  readonly key: string;
  readonly columns: readonly Column[];
  readonly rows: Map<string, readonly (readonly SqlValue[])[]>;
}

const SYSTEM_COLUMNS: readonly Column[] = [
  { name: "id", type: "TEXT" },
  { name: "createdAt", type: "TEXT" },
  { name: "updatedAt", type: "TEXT" },
  { name: "version", type: "INTEGER" },
];

const LINK_COLUMNS: readonly Column[] = [
  { name: "source", type: "TEXT" },
  { name: "target", type: "TEXT" },
  { name: "position", type: "INTEGER" },
];

/** What can be known of a record's row: no event holds hidden fields. */
function columnsOf({ fields }: Collection): readonly Column[] {
  const shown = fields.filter(({ definition }) => !definition.hidden);
  return [...SYSTEM_COLUMNS, ...shown.flatMap(({ columns }) => columns)];
}

/** In the order of `columnsOf`. */
function valuesOf({ fields }: Collection, record: RecordData): readonly SqlValue[] {
  const values = SYSTEM_COLUMNS.map(({ name }) => record[name] as SqlValue);
  for (const field of fields) {
    if (field.definition.hidden) continue;
    const stored = field.store(record[field.name] ?? null);
    values.push(...field.columns.map((_, at) => stored[at] ?? null));
  }
  return values;
}

function overlayLinks(overlays: Map<string, Overlay>, { fields }: Collection, record: RecordData): void {
  const id = String(record.id);
  for (const { name, definition, schema } of fields) {
    if (definition.hidden || schema.kind !== "many") continue;
    const overlay = getOrAdd(overlays, schema.table, () => ({ key: "source", columns: LINK_COLUMNS, rows: new Map() }));
    const value = record[name];
    const targets: readonly SqlValue[] = Array.isArray(value) ? value : [];
    overlay.rows.set(
      id,
      targets.map((target, position) => [id, target, position]),
    );
  }
}

/**
 * Hides a table behind what it would be with these rows. The types are said, for only where both parts have the same ones does
 * SQLite look into each by its index; else it walks through all of the table.
 */
function overlayText(table: string, { key, columns }: Overlay): string {
  const name = quote(table);
  const names = columns.map((column) => quote(column.name)).join(", ");
  const values = columns.map(({ type }, at) => `CAST("value" ->> ${at} AS ${type})`).join(", ");
  return (
    `${name} (${names}) AS NOT MATERIALIZED (SELECT ${values} FROM json_each(${placeholder}) UNION ALL ` +
    `SELECT ${names} FROM main.${name} WHERE ${quote(key)} NOT IN (SELECT "value" FROM json_each(${placeholder})))`
  );
}
