import { sqliteDialect } from "../../database/index.ts";
import type { Collection } from "../collection.ts";
import type { Field } from "../fields/index.ts";
import { formerField } from "./changes.ts";
import { type Conversion, convertField, defaultSql } from "./convert.ts";
import { count, type Draft, step } from "./draft.ts";
import { columnSql, tableSql } from "./physical.ts";

const { quote } = sqliteDialect;

/** What each column of a copied table is made from, as SQL over the old table. */
export type ColumnSources = ReadonlyMap<string, string>;

/**
 * Brings the table to its new columns: by ALTER where that is enough, else by a copy. Returns what the columns are
 * copied from, or null where nothing was copied.
 */
export async function alterTable(draft: Draft, from: Collection, to: Collection): Promise<ColumnSources | null> {
  if (!needsCopy(from, to, draft.renames, draft.now)) {
    for (const field of addedFields(from, to)) {
      step(
        draft,
        to,
        `add field ${to.name}.${field.name}`,
        field.columns.map((column) => `ALTER TABLE ${quote(to.name)} ADD COLUMN ${columnSql(column)}`),
      );
    }
    return null;
  }
  const sources = new Map<string, string>(
    ["id", "createdAt", "updatedAt", "version"].map((name) => [name, quote(name)]),
  );
  for (const field of to.fields) {
    const values = await columnValues(draft, from, to, field);
    for (const [index, column] of field.columns.entries()) sources.set(column.name, values[index] ?? "NULL");
  }
  await reportDropped(draft, from, to);
  const columns = to.columns.map((column) => quote(column.name)).join(", ");
  const values = to.columns.map((column) => sources.get(column.name) ?? "NULL").join(", ");
  const fresh = `${to.name}:new`;
  step(draft, to, describeCopy(from, to), [
    tableSql(to, fresh),
    `INSERT INTO ${quote(fresh)} (${columns}) SELECT ${values} FROM ${quote(from.name)}`,
    `DROP TABLE ${quote(from.name)}`,
    `ALTER TABLE ${quote(fresh)} RENAME TO ${quote(to.name)}`,
  ]);
  return sources;
}

/** Whether the table must be copied: its name changes, a column goes or changes, or rows get other values. */
export function needsCopy(
  from: Collection,
  to: Collection,
  renames: ReadonlyMap<string, string>,
  now: string,
): boolean {
  if (from.name !== to.name) return true;
  const same = (column: Collection["columns"][number]): boolean =>
    to.columns.some((other) => JSON.stringify(other) === JSON.stringify(column));
  if (!from.columns.every(same)) return true;
  return to.fields.some((field) => {
    if (field.columns.length === 0) return false;
    const former = formerField(from, to, field);
    if (!former) return !field.nullable || field.schema.kind === "list" || defaultSql(field, now) !== null;
    const conversions = convertField(former, field, renames);
    return !conversions?.every(
      ({ sql, loses }, index) => loses === null && sql === quote(field.columns[index]?.name ?? ""),
    );
  });
}

function addedFields(from: Collection, to: Collection): readonly Field[] {
  return to.fields.filter((field) => field.columns.length > 0 && !formerField(from, to, field));
}

/** What a field's columns will hold in the rows that are there already. */
async function columnValues(draft: Draft, from: Collection, to: Collection, field: Field): Promise<readonly string[]> {
  if (field.columns.length === 0) return [];
  const former = formerField(from, to, field);
  const fallback = defaultSql(field, draft.now);
  const conversions = former ? conversionOf(draft, from, former, field) : null;
  if (former && !conversions)
    await reportLoss(
      draft,
      from,
      former,
      `${to.name}.${field.name} (${former.definition.type} cannot become ${field.definition.type})`,
    );
  for (const { loses } of conversions ?? []) await reportUnfit(draft, from, field, loses);

  const values = (conversions ?? field.columns.map((): Conversion => ({ sql: "NULL", loses: null }))).map(
    ({ sql }) => sql,
  );
  const nullable = field.nullable && field.schema.kind !== "list";
  if (nullable) return former ? values : (fallback ?? values);
  if (fallback) return values.map((sql, index) => `coalesce(${sql}, ${fallback[index] ?? "NULL"})`);
  const empty = await count(draft, `SELECT count(*) AS "n" FROM ${quote(from.name)} WHERE ${values[0]} IS NULL`);
  if (empty > 0) {
    draft.obstacles.push(
      `${to.name}.${field.name} must have a value, but ${empty} records have none: give it a default, or make it nullable`,
    );
  }
  return values;
}

function conversionOf(draft: Draft, from: Collection, former: Field, field: Field): readonly Conversion[] | null {
  if (former.schema.kind !== "many" || field.schema.kind !== "one") return convertField(former, field, draft.renames);
  if (targetAfter(draft, former) !== field.schema.target) return null;
  const links = `FROM ${quote(former.schema.table)} AS l WHERE l."source" = ${quote(from.name)}."id"`;
  return [
    { sql: `(SELECT l."target" ${links} ORDER BY l."position" LIMIT 1)`, loses: `(SELECT count(*) ${links}) > 1` },
  ];
}

/** The name that the collection which a relation points at will have. */
export function targetAfter({ renames }: Draft, { link }: Field): string | undefined {
  return link && (renames.get(link.target) ?? link.target);
}

async function reportDropped(draft: Draft, from: Collection, to: Collection): Promise<void> {
  for (const field of from.fields) {
    const goesOn = to.fields.some((one) => formerField(from, to, one) === field && one.columns.length > 0);
    const becomesMany = to.fields.some((one) => formerField(from, to, one) === field && one.schema.kind === "many");
    if (!goesOn && !becomesMany && field.columns.length > 0)
      await reportLoss(draft, from, field, `${from.name}.${field.name}`);
  }
}

/** Says that all values of a field would be lost, if there are any. */
export async function reportLoss(draft: Draft, from: Collection, field: Field, what: string): Promise<void> {
  const column = field.columns[0];
  if (!column) return;
  const empty = field.schema.kind === "list" ? ` AND ${quote(column.name)} <> '[]'` : "";
  const rows = await count(
    draft,
    `SELECT count(*) AS "n" FROM ${quote(from.name)} WHERE ${quote(column.name)} IS NOT NULL${empty}`,
  );
  if (rows > 0) draft.losses.push(`field ${what} with values in ${rows} records`);
}

async function reportUnfit(draft: Draft, from: Collection, field: Field, condition: string | null): Promise<void> {
  if (condition === null) return;
  const rows = await count(draft, `SELECT count(*) AS "n" FROM ${quote(from.name)} WHERE ${condition}`);
  if (rows === 0) return;
  const single = field.schema.kind === "one" || field.definition.type === "select";
  const why = single ? "all but the first of several" : `that are no ${field.definition.type}`;
  draft.losses.push(`values of ${from.name}.${field.name} in ${rows} records, ${why}`);
}

function describeCopy(from: Collection, to: Collection): string {
  const parts: string[] = [];
  if (from.name !== to.name) parts.push(`rename collection ${from.name} to ${to.name}`);
  for (const field of to.fields) {
    const former = formerField(from, to, field);
    if (!former) parts.push(`add field ${to.name}.${field.name}`);
    else if (former.name !== field.name) parts.push(`rename field ${from.name}.${former.name} to ${field.name}`);
    else if (JSON.stringify(former.columns) !== JSON.stringify(field.columns))
      parts.push(`change field ${to.name}.${field.name}`);
  }
  for (const field of from.fields) {
    if (!to.fields.some((one) => formerField(from, to, one) === field))
      parts.push(`drop field ${from.name}.${field.name}`);
  }
  return `${parts.join(", ") || `reorder ${to.name}`} (by copying the table)`;
}
