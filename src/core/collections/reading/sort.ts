import { type SqlValue, sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import { compileOperand, type Leaf, type Operand, parseSort, resolveOperand, type Viewer } from "../../rules/index.ts";
import type { Catalog } from "../catalog.ts";
import { type Collection, ROW } from "../collection.ts";

/** One key of an order, as SQL. */
export interface SortKey {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly descending: boolean;
  readonly nullable: boolean;
  /** The name of the result column that holds its value. */
  readonly alias: string;
  /** What to add to the select list for that column, or null where a record's own column will do. */
  readonly select: string | null;
}

/** The best matches first; only where `search` is given. */
const RELEVANCE: SortKey = {
  sql: "s.rank",
  params: [],
  descending: false,
  nullable: false,
  alias: "sort:rank",
  select: `s.rank AS ${sqliteDialect.quote("sort:rank")}`,
};

const MAX_KEYS = 8;

/** What an order is made from. */
export interface SortRequest {
  readonly catalog: Catalog;
  readonly collection: Collection;
  readonly viewer: Viewer;
  readonly sort: string | undefined;
  readonly searching: boolean;
  /** The fields that the list selects anyway; null for all. */
  readonly names: readonly string[] | null;
}

/**
 * The keys that a list is ordered by, the id last.
 * @throws BakendError `bad_request` for keys that do not exist or have many values
 */
export function sortKeys({ catalog, collection, viewer, sort, searching, names }: SortRequest): readonly SortKey[] {
  if (sort === undefined && searching) return [RELEVANCE, idKey(false)];
  const text = sort ?? (collection.kind === "view" ? "id" : "-createdAt");
  const parsed = parseSort(text);
  if (parsed.length > MAX_KEYS) throw new BakendError("bad_request", `sort: at most ${MAX_KEYS} keys.`);

  const options = { schema: catalog, collection: collection.name, viewer };
  const resolved = parsed.map(({ operand, descending }) => ({ operand: resolveOperand(operand, options), descending }));
  const keys: SortKey[] = [];
  for (const { operand, descending } of resolved) {
    // what follows the id changes nothing, but was still to be checked
    if (ownColumn(operand)?.column === "id") return [...keys, idKey(descending)];
    keys.push(sortKey(operand, descending, keys.length, names));
  }
  return [...keys, idKey(keys.at(-1)?.descending ?? false)];
}

function sortKey(operand: Operand, descending: boolean, index: number, names: readonly string[] | null): SortKey {
  const { sql, params } = compileOperand(operand, { dialect: sqliteDialect, table: ROW });
  const column = ownColumn(operand);
  const nullable = column?.nullable ?? true;
  if (column && (names === null || names.includes(column.field))) {
    return { sql, params, descending, nullable, alias: column.column, select: null };
  }
  const alias = `sort:${index}`;
  return { sql, params, descending, nullable, alias, select: `${sql} AS ${sqliteDialect.quote(alias)}` };
}

/** The plain column of the row itself that an operand names, if it does. */
function ownColumn(operand: Operand): Extract<Leaf, { kind: "column" }> | null {
  return operand.kind === "path" && operand.hops.length === 0 && operand.leaf.kind === "column" ? operand.leaf : null;
}

/** The id, which breaks ties in every sort. */
function idKey(descending: boolean): SortKey {
  return {
    sql: `${ROW}.${sqliteDialect.quote("id")}`,
    params: [],
    descending,
    nullable: false,
    alias: "id",
    select: null,
  };
}
