import { type Row, type SqlValue, sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import {
  ALWAYS,
  and,
  type Condition,
  compile,
  isAlways,
  isNever,
  parseExpression,
  resolve,
} from "../../rules/index.ts";
import { accessCondition, bind, type Caller, refuse, viewerOf } from "../access.ts";
import type { Catalog } from "../catalog.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { RecordData } from "../record.ts";
import { afterCursor, decodeCursor, encodeCursor, type Fragment } from "./cursor.ts";
import { expandAnswer, parseExpand } from "./expand.ts";
import { visibleProjection } from "./projection.ts";
import { checkLimit, type ListQuery } from "./query.ts";
import { searchFrom } from "./search.ts";
import { type SortKey, sortKeys } from "./sort.ts";

/** One page of a list. */
export interface ListAnswer {
  readonly items: readonly RecordData[];
  /** The cursor of the next page, or null on the last one. */
  readonly next: string | null;
  /** How many records match in all, if that was asked for. */
  readonly total?: number;
}

/** The rows that a list, a count or an aggregation is about. */
export interface Selection {
  /** `FROM ...` */
  readonly from: Fragment;
  /** The rule and the caller's filter. */
  readonly where: Condition;
}

/**
 * Lists records: those that the caller may list, narrowed by the caller's filter.
 * @throws BakendError `bad_request` for a query that does not make sense, `forbidden` or `unauthenticated`
 */
export async function listRecords(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  query: ListQuery,
): Promise<ListAnswer> {
  const catalog = engine.catalog();
  // 1. what the caller asks for, checked before anything is read
  const { from, where } = selectRows(catalog, collection, caller, query);
  const limit = checkLimit(query.limit);
  const expand = parseExpand(catalog, collection, query.expand ?? []);
  const names = query.fields ? ["id", ...query.fields, ...expand.needs] : null;
  const shown = visibleProjection(catalog, collection, caller, names);
  const keys = sortKeys({
    catalog,
    collection,
    viewer: viewerOf(catalog, caller),
    sort: query.sort,
    searching: query.search !== undefined,
    names,
  });
  const signature = `${collection.name}|${query.sort ?? (query.search === undefined ? "" : "relevance")}`;
  const skip = offset(query, limit);

  // 2. one statement: rule AND filter AND cursor. Checked whole numbers stand in the text: SQLite plans anew for each
  // execution with a bound LIMIT
  const condition = compile(where, { dialect: sqliteDialect, table: ROW });
  const after = query.cursor === undefined ? null : afterCursor(keys, decodeCursor(query.cursor, signature, keys));
  const extras = keys.filter((key) => key.select !== null);
  const wanted =
    `SELECT ${shown.select}${extras.map((key) => `, ${key.select}`).join("")} ${from.sql} ` +
    `WHERE ${condition.sql}${after ? ` AND ${after.sql}` : ""} ` +
    `ORDER BY ${orderBy(keys)} LIMIT ${skip + limit + 1}`;
  // skipped outside: SQLite 3.51 skips too little where an index gives part of the order
  const sql = skip > 0 ? `SELECT * FROM (${wanted}) LIMIT -1 OFFSET ${skip}` : wanted;
  const params: SqlValue[] = [
    ...shown.params,
    ...extras.flatMap((key) => key.params),
    ...from.params,
    ...condition.params,
    ...(after?.params ?? []),
    ...keys.flatMap((key) => key.params),
  ];

  // 3. the page, its expansions, and the total
  const { rows } = await engine.db.read({ sql, params });
  const page = rows.length > limit ? rows.slice(0, limit) : rows;
  const last = page.at(-1);
  const next = rows.length > limit && last ? encodeCursor(signature, keys, last) : null;
  const records = page.map(decoder(shown.decode, extras));
  const items = await expandAnswer(engine, collection, caller, records, expand, query.fields ?? null);
  if (!query.count) return { items, next };
  return { items, next, total: await countSelection(engine, { from, where }) };
}

/** How many records the caller may list and the filter lets through. */
export async function countRecords(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  query: Pick<ListQuery, "filter" | "search">,
): Promise<number> {
  return countSelection(engine, selectRows(engine.catalog(), collection, caller, query));
}

/** The rows that the list rule and the caller's filter leave. */
export function selectRows(
  catalog: Catalog,
  collection: Collection,
  caller: Caller,
  { filter, search }: Pick<ListQuery, "filter" | "search">,
): Selection {
  const rule = accessCondition(catalog, collection, "list", caller);
  if (isNever(rule)) refuse(caller, collection, "list");
  const from =
    search === undefined
      ? { sql: `FROM ${sqliteDialect.quote(collection.name)} AS ${ROW}`, params: [] }
      : searchFrom(collection, search, viewerOf(catalog, caller));
  return { from, where: and(rule, filterCondition(catalog, collection, caller, filter)) };
}

/** A filter as this caller may use it; without one, every record. */
export function filterCondition(
  catalog: Catalog,
  collection: Collection,
  caller: Caller,
  filter: string | undefined,
): Condition {
  if (filter === undefined) return ALWAYS;
  const viewer = viewerOf(catalog, caller);
  const narrower = resolve(parseExpression(filter), { schema: catalog, collection: collection.name, viewer });
  return bind(catalog, narrower, caller);
}

async function countSelection(engine: Engine, { from, where }: Selection): Promise<number> {
  const condition = isAlways(where) ? { sql: "1", params: [] } : compile(where, { dialect: sqliteDialect, table: ROW });
  const { rows } = await engine.db.readSlow({
    sql: `SELECT count(*) AS "n" ${from.sql} WHERE ${condition.sql}`,
    params: [...from.params, ...condition.params],
  });
  return Number(rows[0]?.n ?? 0);
}

function orderBy(keys: readonly SortKey[]): string {
  return keys.map((key) => `${key.sql} ${key.descending ? "DESC" : "ASC"}`).join(", ");
}

function offset({ page, cursor }: ListQuery, limit: number): number {
  if (page === undefined) return 0;
  if (cursor !== undefined) throw new BakendError("bad_request", "Give either page or cursor, not both.");
  if (!Number.isSafeInteger(page) || page < 1)
    throw new BakendError("bad_request", "page must be a whole number from 1.");
  return (page - 1) * limit;
}

/** Drops the columns that were selected only to make the cursor. */
function decoder(decode: (row: Row) => RecordData, extras: readonly SortKey[]): (row: Row) => RecordData {
  if (extras.length === 0) return decode;
  return (row) => {
    const record: Record<string, unknown> = { ...decode(row) };
    for (const { alias } of extras) delete record[alias];
    return record;
  };
}
