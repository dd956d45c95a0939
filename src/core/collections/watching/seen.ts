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
import { forecastFor, type Outcome } from "./forecast.ts";
import type { Former } from "./former.ts";
import { type RowText, rowNow, rowsOf, storedRow } from "./row-text.ts";
import type { Watch } from "./watch.ts";
import { worldOf } from "./world.ts";

/** Conditions in one statement: well below what any engine allows for columns. */
const AT_ONCE = 100;

/**
 * Characters of the conditions in one statement; a longer one has a statement to itself. SQLite plans a statement of ten
 * times the length in far more than ten times the time.
 */
const LENGTH = 8_000;

/**
 * Which watches see a record in a state that it is or was in; null where nobody can say. Conditions on the record itself are judged
 * in memory. Those that lead to other records are judged by the database, together, over a row made of this state: it may be
 * long gone. Of a deletion the records that come next are judged along with it. A condition on a hidden field is judged only while
 * the stored row may still be in this state: no event holds such fields. `former` is given for a state of the past, and says what
 * else the deletion did that it was a part of.
 */
export async function seenBy(
  engine: Judging & Pick<Engine, "catalog">,
  collection: Collection,
  record: RecordData,
  watches: readonly Watch[],
  former?: Former,
): Promise<readonly (boolean | null)[]> {
  const sees: (boolean | null)[] = [];
  const [stored, seeming, hidden]: [Open[], Open[], Open[]] = [[], [], []];
  const world = worldOf(engine.catalog(), collection, record, former);
  const forecast = forecastFor(collection, record, former);
  for (const [index, watch] of watches.entries()) {
    const condition = watch.condition();
    sees.push(false);
    if (watch.record !== undefined && watch.record !== record.id) continue;
    if (isAlways(condition)) sees[index] = true;
    else if (isNever(condition)) continue;
    else if (isLocal(condition, record)) sees[index] = matches(condition, record);
    else if (touchesHidden(collection, condition)) hidden.push({ index, condition });
    else {
      const known = forecast.verdict(condition);
      const place = known === undefined ? world.placeOf(condition) : "known";
      if (place === "known") sees[index] = known ?? null;
      else if (place === "unknown") sees[index] = null;
      else if (place !== "nowhere") (place === "stored" ? stored : seeming).push({ index, condition });
    }
  }
  // a deletion may take along so many that others would wait for all of them
  const turn = async (): Promise<void> => {
    if (former?.size) await new Promise<void>(engine.defer);
  };
  const decide = async (
    some: readonly Open[],
    rowsFor: (records: readonly RecordData[], conditions: readonly Condition[]) => RowText,
  ): Promise<void> => {
    if (some.length === 0) return;
    for (const { records, asked } of forecast.batches(some)) {
      const conditions = asked.map(({ condition }) => condition);
      const outcomes = await holdOn(engine, rowsFor(records, conditions), conditions);
      for (const [place, { index, condition }] of asked.entries()) {
        const outcome = outcomes[place];
        if (outcome === undefined) continue;
        sees[index] = outcome.holds(String(record.id));
        forecast.note(condition, records, outcome);
      }
      await turn();
    }
  };
  await decide(stored, (records) => rowsOf(collection, records));
  await decide(seeming, (records, asked) => rowsOf(collection, records, world.seeming(asked)));
  if (former === undefined) await decide(hidden, () => storedRow(collection, record));
  await turn();
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
  const { collection, record } = first;
  const conditions = watches.map((watch) => watch.condition());
  const outcomes = await holdOn(engine, rowNow(collection, record), conditions);
  return outcomes.map(({ holds }) => holds(record));
}

/** What judging needs: each statement may hold up this thread, so others have their turn between two. */
type Judging = Pick<Engine, "defer" | "stopwatch"> & { readonly db: Pick<Engine["db"], "read"> };

/** What comes of conditions on some rows. */
async function holdOn(
  { db, defer, stopwatch }: Judging,
  row: RowText,
  conditions: readonly Condition[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const some of portions(conditions)) {
    if (outcomes.length > 0) await new Promise<void>(defer);
    const started = stopwatch();
    const { rows } = await db.read(ask(row, some));
    const milliseconds = stopwatch() - started;
    const byId = new Map(rows.map((one) => [one.id, one]));
    for (const place of some.keys()) {
      const column = `c${place}`;
      outcomes.push({ holds: (id) => byId.get(id)?.[column] === 1, milliseconds });
    }
  }
  return outcomes;
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
    sql: `${row.with}SELECT ${ROW}."id" AS "id", ${columns.join(", ")} FROM ${row.from}`,
    params: [...row.withParams, ...conditions.flatMap(({ params }) => params), ...row.fromParams],
  };
}
