import { type Result, type Statement, sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import { type Condition, isAlways, isNever } from "../../rules/index.ts";
import { accessCondition, type Caller, refuse } from "../access.ts";
import { type Collection, type Projection, ROW } from "../collection.ts";
import { compiledRule } from "../compiled-rule.ts";
import type { Engine } from "../engine.ts";
import type { RecordData } from "../record.ts";
import { expandAnswer, NOTHING_EXPANDED, parseExpand } from "./expand.ts";
import { visibleProjection } from "./projection.ts";
import type { ViewQuery } from "./query.ts";

/** A record as it was asked for, and its version (0 for rows of a view, which have none). */
export interface Viewed {
  readonly record: RecordData;
  readonly version: number;
}

/**
 * Reads one record; at once, if the database can and nothing is to be expanded.
 * @throws BakendError `not_found` if it does not exist or the caller may not view it
 */
export function viewRecord(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  id: string,
  query: ViewQuery,
): Viewed | Promise<Viewed> {
  const catalog = engine.catalog();
  const rule = accessCondition(catalog, collection, "view", caller);
  if (isNever(rule)) refuse(caller, collection, "view");
  const expand = query.expand ? parseExpand(catalog, collection, query.expand) : NOTHING_EXPANDED;
  const system = collection.kind === "view" ? ["id"] : ["id", "version"];
  const names = query.fields ? [...system, ...query.fields, ...expand.needs] : null;
  const shown = visibleProjection(catalog, collection, caller, names);

  const finish = ({ rows }: Result): Viewed | Promise<Viewed> => {
    const row = rows[0];
    if (!row) throw notFound(collection, id);
    const record = shown.decode(row);
    const version = Number(row.version ?? 0);
    if (expand.nodes.length === 0 && !query.fields) return { record, version };
    return expandAnswer(engine, collection, caller, [record], expand, query.fields ?? null).then(([expanded]) => ({
      record: expanded ?? record,
      version,
    }));
  };
  const result = engine.db.read(viewStatement(collection, shown, rule, id));
  return result instanceof Promise ? result.then(finish) : finish(result);
}

function viewStatement(collection: Collection, shown: Projection, rule: Condition, id: string): Statement {
  const from =
    shown === collection.visible
      ? collection.viewSql
      : `SELECT ${shown.select} FROM ${sqliteDialect.quote(collection.name)} AS ${ROW} WHERE ${ROW}."id" = ?`;
  if (isAlways(rule)) return { sql: from, params: shown.params.length === 0 ? [id] : [...shown.params, id] };
  const condition = compiledRule(rule);
  return { sql: `${from} AND ${condition.sql}`, params: [...shown.params, id, ...condition.params] };
}

/** The same answer for what is not there and what the caller may not know of. */
export function notFound(collection: Collection, id: string): BakendError {
  return new BakendError("not_found", `There is no record ${id.slice(0, 64).toWellFormed()} in ${collection.name}.`);
}
