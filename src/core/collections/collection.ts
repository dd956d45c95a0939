import { type Row, type SqlValue, sqliteDialect } from "../database/index.ts";
import type { SchemaCollection, SchemaField } from "../rules/index.ts";
import { AUTH_FIELDS } from "./auth-fields.ts";
import type { CollectionDefinition } from "./definition.ts";
import { type ColumnSpec, createField, type Field } from "./fields/index.ts";
import type { RecordData, StoredRecord } from "./record.ts";

/** The alias under which every statement knows the row it is about. */
export const ROW = "r";

/** What to select, and how to make a record of each row. */
export interface Projection {
  /** A comma-separated select list over the alias `ROW`, and the values bound in it. */
  readonly select: string;
  readonly params: readonly SqlValue[];
  readonly decode: (row: Row) => RecordData;
}

/** A definition compiled: all that the engine derives from it once, so that no request derives it again. */
export interface Collection {
  readonly name: string;
  readonly kind: "base" | "auth" | "view";
  readonly definition: CollectionDefinition;
  readonly fields: readonly Field[];
  /** The columns of its table, system columns included, in order. */
  readonly columns: readonly ColumnSpec[];
  /** What expressions may name. */
  readonly schema: SchemaCollection;
  /** Names of the fields that `search=` looks in. */
  readonly searchable: readonly string[];
  /** True if some field has a `permissions.view` of its own, so that what is visible depends on who asks. */
  readonly hasGuardedFields: boolean;
  /** True if some field has a `permissions.write` of its own. */
  readonly hasGuardedWrites: boolean;
  readonly hasHiddenFields: boolean;
  /** Everything, hidden fields included: for the engine's own use. */
  readonly stored: { readonly select: string; readonly decode: (row: Row) => StoredRecord };
  /** All that is not hidden. */
  readonly visible: Projection;
  /** SQL that makes one JSON text of all that is not hidden, over the alias `ROW`: a record as events carry it. */
  readonly json: string;
  /** Reads one row by its id, as far as it is visible: the most frequent statement of all, made once. */
  readonly viewSql: string;
  field(name: string): Field | undefined;
  /** Events up to this place of the log were told under another definition; 0 where nothing is known of any. */
  readonly since: number;
}

const SYSTEM_COLUMNS: readonly ColumnSpec[] = [
  { name: "createdAt", type: "TEXT", nullable: false },
  { name: "updatedAt", type: "TEXT", nullable: false },
  { name: "version", type: "INTEGER", nullable: false },
];
const ID_COLUMN: ColumnSpec = { name: "id", type: "TEXT", nullable: false };

const SYSTEM_SCHEMA: readonly SchemaField[] = [
  { kind: "value", name: "createdAt", type: "datetime", column: "createdAt", nullable: false },
  { kind: "value", name: "updatedAt", type: "datetime", column: "updatedAt", nullable: false },
  { kind: "value", name: "version", type: "number", column: "version", nullable: false },
];
const ID_SCHEMA: SchemaField = {
  ...{ kind: "value", name: "id", type: "text", column: "id", nullable: false, indexed: true },
};

/** Compiles a definition that `checkDefinition` has accepted. */
export function createCollection(definition: CollectionDefinition, since = 0): Collection {
  const { name } = definition;
  const kind = definition.kind ?? "base";
  const own = definition.fields;
  const fields = (kind === "auth" ? [...AUTH_FIELDS, ...own] : own).map((one) => createField(one, name));
  const byName = new Map(fields.map((field) => [field.name, field]));
  const system = kind === "view" ? [] : SYSTEM_COLUMNS;
  const schemaFields = [
    ID_SCHEMA,
    ...fields.map((field) => withIndex(field, definition)),
    ...(kind === "view" ? [] : SYSTEM_SCHEMA.map((field) => systemWithIndex(field, definition))),
  ];
  const systemNames = system.map((column) => column.name);
  const shown = fields.filter((field) => !field.definition.hidden);
  const stored = project(fields, ["id"], systemNames);
  const visible = project(shown, ["id"], systemNames);

  return {
    name,
    kind,
    definition,
    fields,
    columns: [ID_COLUMN, ...fields.flatMap((field) => field.columns), ...system],
    schema: { name, table: name, fields: new Map(schemaFields.map((field) => [field.name, field])) },
    searchable: fields
      .filter((field) => "searchable" in field.definition && field.definition.searchable)
      .map((one) => one.name),
    hasGuardedFields: shown.some((field) => field.definition.permissions?.view !== undefined),
    hasGuardedWrites: fields.some((field) => field.definition.permissions?.write !== undefined),
    hasHiddenFields: shown.length < fields.length,
    stored: { select: stored.select, decode: (row) => stored.decode(row) as StoredRecord },
    visible,
    json: jsonText(shown, ["id"], systemNames),
    viewSql: `SELECT ${visible.select} FROM ${sqliteDialect.quote(name)} AS ${ROW} WHERE ${ROW}."id" = ?`,
    field: (wanted) => byName.get(wanted),
    since,
  };
}

/** What expressions may know of a field: also whether an index begins with it. Relations and unique fields have their own. */
function withIndex({ name, schema, definition: field }: Field, { indexes = [] }: CollectionDefinition): SchemaField {
  if (schema.kind !== "value" && schema.kind !== "one") return schema;
  const indexed = schema.kind === "one" || field.unique === true || indexes.some((index) => index.fields[0] === name);
  return { ...schema, indexed };
}

/** The same for system fields: `createdAt` has an index in any case. */
function systemWithIndex<T extends SchemaField>(field: T, { indexes = [] }: CollectionDefinition): T {
  const indexed = field.name === "createdAt" || indexes.some((index) => index.fields[0] === field.name);
  return indexed ? { ...field, indexed } : field;
}

/** A projection of some fields: plain columns `before` them and `after` them are taken as they are. */
export function project(fields: readonly Field[], before: readonly string[], after: readonly string[]): Projection {
  const select = [...before.map(plain), ...fields.flatMap(selectField), ...after.map(plain)].join(", ");
  if (fields.every((field) => field.load === undefined)) return { select, params: [], decode: (row) => row };

  return {
    select,
    params: [],
    decode: (row) => {
      const record: Record<string, unknown> = {};
      for (const name of before) record[name] = row[name];
      for (const field of fields) record[field.name] = field.load ? field.load(row) : row[field.name];
      for (const name of after) record[name] = row[name];
      return record;
    },
  };
}

function plain(column: string): string {
  return `${ROW}.${sqliteDialect.quote(column)}`;
}

function selectField(field: Field): string[] {
  if (field.schema.kind !== "many") return field.columns.map((column) => plain(column.name));
  return [`${linkedIds(field.schema.table)} AS ${sqliteDialect.quote(field.name)}`];
}

/** The ids that a row links to, in order, as a JSON array; `condition` narrows the links `l`. */
export function linkedIds(table: string, condition = ""): string {
  return `(SELECT json_group_array(l."target" ORDER BY l."position") FROM ${sqliteDialect.quote(table)} AS l WHERE l."source" = ${ROW}."id"${condition})`;
}

/** What a `Projection` of the same fields would decode to, as a JSON text made in the database. */
function jsonText(fields: readonly Field[], before: readonly string[], after: readonly string[]): string {
  const pair = (name: string, value: string): string => `'${name}', ${value}`;
  const value = (field: Field): string => {
    if (field.schema.kind === "many") return `json(${linkedIds(field.schema.table)})`;
    return field.json?.(plain) ?? plain(field.name);
  };
  const pairs = [
    ...before.map((name) => pair(name, plain(name))),
    ...fields.map((field) => pair(field.name, value(field))),
    ...after.map((name) => pair(name, plain(name))),
  ];
  return `json_object(${pairs.join(", ")})`;
}
