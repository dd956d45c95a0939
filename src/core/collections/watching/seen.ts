import { type SqlValue, type Statement, sqliteDialect } from "../../database/index.ts";
import {
  type Condition,
  compile,
  isAlways,
  isLocal,
  isNever,
  matches,
  ownFields,
  type SqlFragment,
} from "../../rules/index.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { Field } from "../fields/index.ts";
import type { RecordData } from "../record.ts";
import type { Watch } from "./watch.ts";

const { quote, placeholder } = sqliteDialect;

/** Conditions in one statement: well below what any engine allows for columns. */
const AT_ONCE = 100;

/**
 * Characters of the conditions in one statement; a longer one has a statement to itself. SQLite plans a statement of ten
 * times the length in far more than ten times the time.
 */
const LENGTH = 8_000;

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
export async function holdNow(
  engine: Judging,
  watches: readonly Pick<Watch, "record" | "collection" | "condition">[],
): Promise<readonly boolean[]> {
  const [first] = watches;
  if (first?.record === undefined) return watches.map(() => false);
  return holdOn(
    engine,
    rowNow(first.collection, first.record),
    watches.map((watch) => watch.condition()),
  );
}

/** What judging needs: each statement may hold up this thread, so others have their turn between two. */
type Judging = Pick<Engine, "defer"> & { readonly db: Pick<Engine["db"], "read"> };

/** Which conditions hold on a row; none does if there is no row. */
async function holdOn(
  { db, defer }: Judging,
  row: RowText,
  conditions: readonly Condition[],
): Promise<readonly boolean[]> {
  const hold: boolean[] = [];
  for (const some of portions(conditions)) {
    if (hold.length > 0) await new Promise<void>(defer);
    const { rows } = await db.read(ask(row, some));
    for (const place of some.keys()) hold.push(rows[0]?.[`c${place}`] === 1);
  }
  return hold;
}

/** Conditions as SQL, so many as go into one statement. They are written only when it is their turn. */
function* portions(conditions: readonly Condition[]): Generator<readonly SqlFragment[]> {
  let some: SqlFragment[] = [];
  let length = 0;
  for (const condition of conditions) {
    const one = compile(condition, { dialect: sqliteDialect, table: ROW });
    if (some.length === AT_ONCE || (some.length > 0 && length + one.sql.length > LENGTH)) {
      yield some;
      some = [];
      length = 0;
    }
    some.push(one);
    length += one.sql.length;
  }
  if (some.length > 0) yield some;
}

/** The parts of a statement that make one row known as `ROW`. */
interface RowText {
  readonly with: string;
  readonly from: string;
  readonly withParams: readonly SqlValue[];
  readonly fromParams: readonly SqlValue[];
}

function ask(row: RowText, conditions: readonly SqlFragment[]): Statement {
  const columns = conditions.map(({ sql }, place) => `(${sql}) IS TRUE AS c${place}`);
  return {
    sql: `${row.with}SELECT ${columns.join(", ")} FROM ${row.from}`,
    params: [...row.withParams, ...conditions.flatMap(({ params }) => params), ...row.fromParams],
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
