import { type SqlValue, type Statement, sqliteDialect } from "../../database/index.ts";
import { type Condition, compile, isAlways, isLocal, isNever, matches, ownFields } from "../../rules/index.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { Field } from "../fields/index.ts";
import type { RecordData } from "../record.ts";
import type { Watch } from "./watch.ts";

const { quote, placeholder } = sqliteDialect;

/** Conditions in one statement: well below what any engine allows for columns. */
const AT_ONCE = 100;

/**
 * Which watches see a record in a state that it is or was in. Conditions on the record itself are judged in memory. Those
 * that lead to other records are judged by the database, together, over a row made of this state: it may be long gone.
 * A condition on a hidden field is judged only while the stored row is still in this state (`current` says that it may be):
 * no event holds such fields.
 */
export async function seenBy(
  engine: Engine,
  collection: Collection,
  record: RecordData,
  watches: readonly Watch[],
  current: boolean,
): Promise<readonly boolean[]> {
  const sees: boolean[] = [];
  const open: { readonly index: number; readonly condition: Condition; readonly hidden: boolean }[] = [];
  for (const [index, watch] of watches.entries()) {
    const condition = watch.condition();
    sees.push(false);
    if (watch.record !== undefined && watch.record !== record.id) continue;
    if (isAlways(condition)) sees[index] = true;
    else if (isNever(condition)) continue;
    else if (isLocal(condition, record)) sees[index] = matches(condition, record);
    else {
      const hidden = [...ownFields(condition)].some((name) => collection.field(name)?.definition.hidden);
      if (!hidden || current) open.push({ index, condition, hidden });
    }
  }
  for (const hidden of [false, true]) {
    const alike = open.filter((one) => one.hidden === hidden);
    if (alike.length === 0) continue;
    const row = hidden ? storedRow(collection, record) : rowOf(collection, record);
    const conditions = alike.map(({ condition }) => condition);
    for (const [place, holds] of (await holdOn(engine, row, conditions)).entries())
      sees[alike[place]?.index ?? -1] = holds;
  }
  return sees;
}

/** Which watches, all of the same single record, hold for it as it is stored now; none does if there is no such record. */
export async function holdNow(engine: Engine, watches: readonly Watch[]): Promise<readonly boolean[]> {
  const [first] = watches;
  if (first?.record === undefined) return watches.map(() => false);
  return holdOn(
    engine,
    rowNow(first.collection, first.record),
    watches.map((watch) => watch.condition()),
  );
}

/** Which conditions hold on a row; none does if there is no row. */
async function holdOn({ db }: Engine, row: RowText, conditions: readonly Condition[]): Promise<readonly boolean[]> {
  const hold: boolean[] = [];
  for (let from = 0; from < conditions.length; from += AT_ONCE) {
    const some = conditions.slice(from, from + AT_ONCE);
    const { rows } = await db.read(ask(row, some));
    for (const place of some.keys()) hold.push(rows[0]?.[`c${place}`] === 1);
  }
  return hold;
}

/** The parts of a statement that make one row known as `ROW`. */
interface RowText {
  readonly with: string;
  readonly from: string;
  readonly withParams: readonly SqlValue[];
  readonly fromParams: readonly SqlValue[];
}

function ask(row: RowText, conditions: readonly Condition[]): Statement {
  const compiled = conditions.map((one) => compile(one, { dialect: sqliteDialect, table: ROW }));
  const columns = compiled.map(({ sql }, place) => `(${sql}) IS TRUE AS c${place}`);
  return {
    sql: `${row.with}SELECT ${columns.join(", ")} FROM ${row.from}`,
    params: [...row.withParams, ...compiled.flatMap(({ params }) => params), ...row.fromParams],
  };
}

/** The stored row. */
function rowNow({ name }: Collection, id: string): RowText {
  return {
    with: "",
    withParams: [],
    from: `${quote(name)} AS ${ROW} WHERE ${ROW}."id" = ${placeholder}`,
    fromParams: [id],
  };
}

/** The stored row, as long as it is at the version of this state. */
function storedRow(collection: Collection, record: RecordData): RowText {
  const row = rowNow(collection, String(record.id));
  return {
    ...row,
    from: `${row.from} AND ${ROW}."version" = ${placeholder}`,
    fromParams: [...row.fromParams, Number(record.version)],
  };
}

/** A row made of a record, and its links to others in the place of those that are stored. */
function rowOf(collection: Collection, record: RecordData): RowText {
  const columns: string[] = [];
  const values: SqlValue[] = [];
  const links: string[] = [];
  const linkValues: SqlValue[] = [];
  const column = (name: string, value: SqlValue): void => {
    columns.push(`${placeholder} AS ${quote(name)}`);
    values.push(value);
  };
  for (const name of ["id", "createdAt", "updatedAt", "version"]) column(name, record[name] as SqlValue);
  for (const field of collection.fields) {
    if (field.definition.hidden) continue;
    const stored = field.store(record[field.name] ?? null);
    field.columns.forEach((one, at) => {
      column(one.name, stored[at] ?? null);
    });
    if (field.schema.kind !== "many") continue;
    links.push(linksText(field.schema.table));
    linkValues.push(record.id as string, JSON.stringify(idsIn(record, field)), record.id as string);
  }
  return {
    with: links.length === 0 ? "" : `WITH ${links.join(", ")} `,
    withParams: linkValues,
    from: `(SELECT ${columns.join(", ")}) AS ${ROW}`,
    fromParams: values,
  };
}

/** The links of one record as it tells of them, beside the stored ones of all others. */
function linksText(table: string): string {
  const name = quote(table);
  return (
    `${name} ("source", "target", "position") AS (SELECT ${placeholder}, "value", "key" FROM json_each(${placeholder}) ` +
    `UNION ALL SELECT "source", "target", "position" FROM main.${name} WHERE "source" <> ${placeholder})`
  );
}

function idsIn(record: RecordData, { name }: Field): readonly unknown[] {
  const value = record[name];
  return Array.isArray(value) ? value : [];
}
