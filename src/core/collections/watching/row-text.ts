import { getOrAdd } from "../../../tools/index.ts";
import { type SqlValue, sqliteDialect } from "../../database/index.ts";
import { type Collection, ROW } from "../collection.ts";
import type { ColumnSpec, Field } from "../fields/index.ts";
import type { RecordData } from "../record.ts";
import type { Seeming } from "./world.ts";

const { quote, placeholder } = sqliteDialect;

/** The parts of a statement that make rows known as `ROW`. */
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

/** Rows made of records, and their links to others in the place of those that are stored; and other records as they seem to be. */
export function rowsOf(
  collection: Collection,
  records: readonly RecordData[],
  seeming: ReadonlyMap<Collection, Seeming> = new Map(),
): RowText {
  const overlays = new Map<string, Overlay>();
  for (const [other, one] of seeming)
    for (const overlay of overlaysOf(other, one)) overlays.set(overlay.table, overlay);
  for (const field of collection.fields) {
    if (field.schema.kind !== "many" || field.definition.hidden) continue;
    const { table } = field.schema;
    // unless all of that collection's are there, and these among them
    if (!overlays.has(table)) overlays.set(table, linksOverlay(table, field, records));
  }
  const columns = columnsOf(collection);
  const row = `(${columns.map(() => placeholder).join(", ")})`;
  const rows =
    `${ROWS} (${columns.map(({ name }) => quote(name)).join(", ")}) AS ` +
    `(VALUES ${records.map(() => row).join(", ")})`;
  const all = [...overlays.values()];
  return {
    with: `WITH ${[rows, ...all.map(({ sql }) => sql)].join(", ")} `,
    withParams: [records.map((one) => valuesOf(collection, one)), all.map(({ params }) => params)].flat(2),
    from: `${ROWS} AS ${ROW}`,
    fromParams: [],
  };
}

/** What rows are called that are made: no table is called so. */
const ROWS = quote("::");

type Column = Pick<ColumnSpec, "name" | "type">;

/** What hides a table behind what it would be with other rows in the place of those with the same keys. */
interface Overlay {
  readonly table: string;
  readonly sql: string;
  readonly params: readonly SqlValue[];
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

/** What can be known of a record's row, or that part of it which the fields of these names make: no event holds hidden fields. */
function columnsOf(collection: Collection, names?: ReadonlySet<string>): readonly Column[] {
  return [...SYSTEM_COLUMNS, ...shownFields(collection, names).flatMap(({ columns }) => columns)];
}

/** In the order of `columnsOf`. */
function valuesOf(collection: Collection, record: RecordData, names?: ReadonlySet<string>): readonly SqlValue[] {
  const values = SYSTEM_COLUMNS.map(({ name }) => record[name] as SqlValue);
  for (const field of shownFields(collection, names)) {
    const stored = field.store(record[field.name] ?? null);
    values.push(...field.columns.map((_, at) => stored[at] ?? null));
  }
  return values;
}

function shownFields({ fields }: Collection, names?: ReadonlySet<string>): readonly Field[] {
  return fields.filter(({ name, definition }) => !definition.hidden && (names?.has(name) ?? true));
}

/** Those of the last deletion are asked for with each of its events. */
const made = new WeakMap<Seeming["records"], Map<string, readonly Overlay[]>>();

function overlaysOf(collection: Collection, { records, fields }: Seeming): readonly Overlay[] {
  const known = getOrAdd(made, records, () => new Map<string, readonly Overlay[]>());
  return getOrAdd(known, [...fields].sort().join(), () => {
    const all = [...records.values()];
    const rows = all.map((one) => valuesOf(collection, one, fields));
    const links = shownFields(collection, fields).flatMap((field) =>
      field.schema.kind === "many" ? [linksOverlay(field.schema.table, field, all)] : [],
    );
    return [overlayOf(collection.name, "id", columnsOf(collection, fields), rows, [...records.keys()]), ...links];
  });
}

function linksOverlay(table: string, { name }: Field, records: readonly RecordData[]): Overlay {
  const rows = records.flatMap(({ id, [name]: value }) => {
    const targets: readonly SqlValue[] = Array.isArray(value) ? value : [];
    return targets.map((target, position) => [String(id), target, position]);
  });
  const sources = records.map(({ id }) => String(id));
  return overlayOf(table, "source", LINK_COLUMNS, rows, sources);
}

/**
 * The types are said, for only where both parts have the same ones does SQLite look into each by an index; else it walks through
 * all of the table. The rows in question are made once, and an index of them.
 */
function overlayOf(
  table: string,
  key: string,
  columns: readonly Column[],
  rows: readonly (readonly SqlValue[])[],
  keys: readonly string[],
): Overlay {
  // no table is called so
  const [name, ours] = [quote(table), quote(`::${table}`)];
  const names = columns.map((column) => quote(column.name)).join(", ");
  const values = columns.map(({ type }, at) => `CAST("value" ->> ${at} AS ${type})`).join(", ");
  const sql =
    `${ours} (${names}) AS MATERIALIZED (SELECT ${values} FROM json_each(${placeholder})), ` +
    `${name} (${names}) AS NOT MATERIALIZED (SELECT ${names} FROM ${ours} UNION ALL ` +
    `SELECT ${names} FROM main.${name} WHERE ${quote(key)} NOT IN (SELECT "value" FROM json_each(${placeholder})))`;
  return { table, sql, params: [JSON.stringify(rows), JSON.stringify(keys)] };
}
