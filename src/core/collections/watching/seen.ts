import { type Statement, sqliteDialect } from "../../database/index.ts";
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
import type { RecordData } from "../record.ts";
import { type Gone, part } from "./gone.ts";
import { type RowText, rowNow, rowOf, storedRow } from "./row-text.ts";
import type { Watch } from "./watch.ts";

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
 * A condition on a hidden field is judged only while the stored row may still be in this state: no event holds such fields.
 * `gone` is given for a state of the past, and says what went with it.
 */
export async function seenBy(
  engine: Engine,
  collection: Collection,
  record: RecordData,
  watches: readonly Watch[],
  gone?: () => Promise<Gone>,
): Promise<readonly boolean[]> {
  const sees: boolean[] = [];
  const open: Open[] = [];
  const hidden: Open[] = [];
  for (const [index, watch] of watches.entries()) {
    const condition = watch.condition();
    sees.push(false);
    if (watch.record !== undefined && watch.record !== record.id) continue;
    if (isAlways(condition)) sees[index] = true;
    else if (isNever(condition)) continue;
    else if (isLocal(condition, record)) sees[index] = matches(condition, record);
    else (touchesHidden(collection, condition) ? hidden : open).push({ index, condition });
  }
  const decide = async (row: RowText, some: readonly Open[]): Promise<void> => {
    if (some.length === 0) return;
    const hold = await holdOn(
      engine,
      row,
      some.map(({ condition }) => condition),
    );
    for (const [place, { index }] of some.entries()) sees[index] = hold[place] ?? false;
  };
  if (!gone) {
    await decide(rowOf(collection, record), open);
    await decide(storedRow(collection, record), hidden);
    return sees;
  }
  if (open.length === 0) return sees;
  const { near, far, reached } = part(engine.catalog(), open, await gone());
  await decide(rowOf(collection, record), near);
  await decide(rowOf(collection, record, reached), far);
  return sees;
}

/** A condition that the database has to judge, and whose it is. */
interface Open {
  readonly index: number;
  readonly condition: Condition;
}

function touchesHidden(collection: Collection, condition: Condition): boolean {
  return [...ownFields(condition)].some((name) => collection.field(name)?.definition.hidden);
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

function ask(row: RowText, conditions: readonly SqlFragment[]): Statement {
  const columns = conditions.map(({ sql }, place) => `(${sql}) IS TRUE AS c${place}`);
  return {
    sql: `${row.with}SELECT ${columns.join(", ")} FROM ${row.from}`,
    params: [...row.withParams, ...conditions.flatMap(({ params }) => params), ...row.fromParams],
  };
}
