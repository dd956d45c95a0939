import { sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import { compile, compileOperand, type Operand, parseOperand, resolveOperand } from "../../rules/index.ts";
import { type Caller, viewerOf } from "../access.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import { selectRows } from "./list.ts";
import { type AggregateQuery, checkLimit } from "./query.ts";

/** One group's keys and figures: `{ "status": "draft", "count": 3, "avg_price": 1.5 }`. */
export type Group = Readonly<Record<string, unknown>>;

const FUNCTIONS = ["count", "sum", "avg", "min", "max"] as const;
type FunctionName = (typeof FUNCTIONS)[number];

/**
 * Types whose values the function makes sense of; count takes any. A sum is a double, as JSON numbers are: SQLite's own sum
 * of integers fails past 2^63, and drivers fail to read one past 2^53.
 */
const ACCEPTS: Readonly<Record<FunctionName, readonly string[]>> = {
  count: ["text", "number", "boolean", "datetime", "date"],
  sum: ["number"],
  avg: ["number"],
  min: ["number", "text", "datetime", "date"],
  max: ["number", "text", "datetime", "date"],
};

const MAX_COLUMNS = 16;
/** More groups than this are not an answer any more; narrow the filter or give a limit. */
export const MAX_GROUPS = 10_000;

interface Column {
  readonly key: string;
  readonly sql: string;
  readonly params: readonly (string | number | null)[];
  readonly boolean: boolean;
}

/**
 * Sums up the records that the caller may list.
 * @throws BakendError `bad_request` for what cannot be aggregated
 */
export async function aggregateRecords(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  query: AggregateQuery,
): Promise<readonly Group[]> {
  const catalog = engine.catalog();
  const { from, where } = selectRows(catalog, collection, caller, query);
  const viewer = viewerOf(catalog, caller);
  const operand = (text: string): Operand =>
    resolveOperand(parseOperand(text), { schema: catalog, collection: collection.name, viewer });

  const groups = (query.group ?? []).map((text) => groupColumn(text, operand(text)));
  const figures = query.aggregate.map((text) => figureColumn(text, operand));
  const columns = [...groups, ...figures];
  if (figures.length === 0)
    throw new BakendError("bad_request", "aggregate: name at least one function, such as count().");
  if (columns.length > MAX_COLUMNS) throw new BakendError("bad_request", `aggregate: at most ${MAX_COLUMNS} columns.`);
  if (new Set(columns.map((column) => column.key)).size < columns.length) {
    throw new BakendError("bad_request", "aggregate: the same column is asked for twice.");
  }

  const condition = compile(where, { dialect: sqliteDialect, table: ROW });
  const positions = groups.map((_, index) => index + 1).join(", ");
  const order = orderBy(query.sort, columns) || positions;
  const limit = query.limit === undefined ? MAX_GROUPS : checkLimit(query.limit);
  const sql =
    `SELECT ${columns.map((column) => `${column.sql} AS ${sqliteDialect.quote(column.key)}`).join(", ")} ${from.sql} ` +
    `WHERE ${condition.sql}${positions && ` GROUP BY ${positions}`}${order && ` ORDER BY ${order}`} LIMIT ?`;
  const params = [...columns.flatMap((column) => column.params), ...from.params, ...condition.params, limit];

  const { rows } = await engine.db.readSlow({ sql, params });
  const booleans = columns.filter((column) => column.boolean);
  if (booleans.length === 0) return rows;
  return rows.map((row) => {
    const group: Record<string, unknown> = { ...row };
    for (const { key } of booleans) group[key] = row[key] === null ? null : row[key] === 1;
    return group;
  });
}

function groupColumn(text: string, operand: Operand): Column {
  if ("type" in operand && (operand.type === "geo" || operand.type === "json")) {
    throw new BakendError("bad_request", `group: ${text} cannot be grouped by.`);
  }
  const compiled = compileOperand(operand, { dialect: sqliteDialect, table: ROW });
  return { key: text, ...compiled, boolean: "type" in operand && operand.type === "boolean" };
}

function figureColumn(text: string, operand: (text: string) => Operand): Column {
  const [, name = "", argument = ""] = /^([a-z]+)\((.*)\)$/s.exec(text.trim()) ?? [];
  const called = FUNCTIONS.find((one) => one === name);
  if (!called) throw new BakendError("bad_request", `aggregate: "${text}" is not one of ${FUNCTIONS.join("(), ")}().`);
  const path = argument.trim();
  if (path === "") {
    if (called !== "count") throw new BakendError("bad_request", `aggregate: ${called}() needs a field.`);
    return { key: "count", sql: "count(*)", params: [], boolean: false };
  }
  const value = operand(path);
  if (!("type" in value) || !ACCEPTS[called].includes(value.type)) {
    throw new BakendError("bad_request", `aggregate: ${called}() cannot take ${path}.`);
  }
  const { sql, params } = compileOperand(value, { dialect: sqliteDialect, table: ROW });
  return {
    key: `${called}_${path.replaceAll(".", "_")}`,
    sql: called === "sum" ? `sum(CAST(${sql} AS REAL))` : `${called}(${sql})`,
    params,
    boolean: false,
  };
}

/** An order by keys of the answer. */
function orderBy(sort: string | undefined, columns: readonly Column[]): string {
  if (sort === undefined) return "";
  const parts = sort.split(",").map((part) => {
    const descending = part.startsWith("-");
    const key = descending ? part.slice(1) : part;
    const index = columns.findIndex((column) => column.key === key);
    if (index < 0)
      throw new BakendError("bad_request", `sort: "${key}" is not among ${columns.map((one) => one.key).join(", ")}.`);
    return `${index + 1} ${descending ? "DESC" : "ASC"}`;
  });
  return parts.join(", ");
}
