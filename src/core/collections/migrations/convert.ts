import { sqliteDialect } from "../../database/index.ts";
import type { FieldTypeName } from "../definition.ts";
import type { Field } from "../fields/index.ts";
import { sqlLiteral } from "./physical.ts";

/** How a column's old values become new ones: an expression, and the condition under which it would lose something. */
export interface Conversion {
  readonly sql: string;
  readonly loses: string | null;
}

const TEXTUAL: readonly FieldTypeName[] = ["text", "richtext", "email", "url", "select"];

/**
 * The way from an old field's values to a new one's, column by column of the new field; null where there is none, so
 * that the old values can only be dropped. To-many relations live in tables of their own and are not converted here.
 * `renames` are the new names of collections, by their former ones.
 */
export function convertField(
  from: Field,
  to: Field,
  renames: ReadonlyMap<string, string>,
): readonly Conversion[] | null {
  const [source, target] = [shapeOf(from, renames), shapeOf(to, NO_RENAMES)];
  const columns = from.columns.map((column) => sqliteDialect.quote(column.name));
  const [old = "NULL"] = columns;
  if (source === target && target !== "many") return columns.map((sql) => ({ sql, loses: null }));
  const make = CONVERSIONS[`${source}>${target}`];
  return make ? [make(old)] : null;
}

/** The SQL of what a field holds in rows that existed before it; null where nothing is said. */
export function defaultSql(field: Field, now: string): readonly string[] | null {
  const fallback = "default" in field.definition ? field.definition.default : undefined;
  if (field.schema.kind === "list" && fallback === undefined) return ["'[]'"];
  if (fallback === undefined || fallback === null) return null;
  if (typeof fallback === "string" && fallback.startsWith("@")) {
    if (fallback !== "@now") return null;
    return [sqlLiteral(field.definition.type === "date" ? now.slice(0, 10) : now)];
  }
  const parsed = field.parse(fallback, () => undefined);
  return field.store(parsed ?? null).map(sqlLiteral);
}

const NO_RENAMES: ReadonlyMap<string, string> = new Map();

/** Fields of one shape keep their values as they are. */
function shapeOf({ definition, schema }: Field, renames: ReadonlyMap<string, string>): string {
  if (schema.kind === "many") return "many";
  if (schema.kind === "list") return "list";
  if (schema.kind === "one") return `one:${renames.get(schema.target) ?? schema.target}`;
  return TEXTUAL.includes(definition.type) ? "text" : definition.type;
}

const keep = (sql: string): Conversion => ({ sql, loses: null });
/** `sql` is null exactly where the old value does not fit. */
const where = (old: string, sql: string): Conversion => ({ sql, loses: `${old} IS NOT NULL AND (${sql}) IS NULL` });
const numeric = (old: string, types: string): string =>
  `CASE WHEN json_valid(${old}) AND json_type(${old}) IN (${types}) AND abs(json_extract(${old}, '$')) <= ${types.includes("real") ? Number.MAX_VALUE : Number.MAX_SAFE_INTEGER} THEN json_extract(${old}, '$') END`;
/** SQLite reads `now`, and numbers as Julian days: only what the field itself would take is a time. */
const instant = (old: string): string =>
  `CASE WHEN date(substr(${old}, 1, 10)) IS substr(${old}, 1, 10) AND (length(${old}) = 10 OR ${old} GLOB '*[0-9]Z' OR ${old} GLOB '*[+-][0-9][0-9]:[0-9][0-9]') ` +
  `THEN strftime('%Y-%m-%dT%H:%M:%fZ', ${old}) END`;

const CONVERSIONS: Readonly<Record<string, (old: string) => Conversion>> = {
  "integer>number": keep,
  "number>integer": (old) =>
    where(
      old,
      `CASE WHEN ${old} = CAST(${old} AS INTEGER) AND abs(${old}) <= ${Number.MAX_SAFE_INTEGER} THEN CAST(${old} AS INTEGER) END`,
    ),
  "integer>text": (old) => keep(`CAST(${old} AS TEXT)`),
  "number>text": (old) => keep(`CAST(${old} AS TEXT)`),
  "boolean>text": (old) => keep(`CASE ${old} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`),
  "boolean>integer": keep,
  "boolean>number": keep,
  "integer>boolean": (old) => where(old, `CASE WHEN ${old} IN (0, 1) THEN ${old} END`),
  "text>integer": (old) => where(old, numeric(old, "'integer'")),
  "text>number": (old) => where(old, numeric(old, "'integer', 'real'")),
  "text>boolean": (old) => where(old, `CASE ${old} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END`),
  "text>datetime": (old) => where(old, instant(old)),
  "text>date": (old) => where(old, `CASE WHEN ${old} IS date(${old}) THEN ${old} END`),
  "datetime>text": keep,
  "date>text": keep,
  "date>datetime": (old) => keep(`(${old} || 'T00:00:00.000Z')`),
  "datetime>date": (old) => where(old, `CASE WHEN ${old} LIKE '%T00:00:00.000Z' THEN substr(${old}, 1, 10) END`),
  "text>list": (old) => keep(`CASE WHEN ${old} IS NULL THEN '[]' ELSE json_array(${old}) END`),
  "list>text": (old) => ({ sql: `json_extract(${old}, '$[0]')`, loses: `json_array_length(${old}) > 1` }),
  "text>json": (old) => keep(`CASE WHEN ${old} IS NOT NULL THEN json_quote(${old}) END`),
  "integer>json": (old) => keep(`CAST(${old} AS TEXT)`),
  "number>json": (old) => keep(`CASE WHEN ${old} IS NOT NULL THEN json_quote(${old}) END`),
  "boolean>json": (old) => keep(`CASE ${old} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`),
  "list>json": keep,
};
