import { type SqlValue, sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import { compile, isAlways, isNever } from "../../rules/index.ts";
import { accessCondition, type Caller, fieldCondition } from "../access.ts";
import type { Catalog } from "../catalog.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import { FILE_TABLE } from "../fields/index.ts";
import { FILES, filesStatement, storedFile } from "../files/index.ts";
import type { RecordData } from "../record.ts";
import { visibleProjection } from "./projection.ts";

/** The related records asked for, as a tree of relation names. */
export interface ExpandTree {
  readonly nodes: readonly ExpandNode[];
  /** The relation fields of the records themselves that must be read. */
  readonly needs: readonly string[];
}

/** One relation to follow, forward or back. */
interface ExpandNode {
  readonly name: string;
  readonly target: Collection;
  readonly link:
    | { readonly kind: "one" | "many"; readonly field: string }
    | { readonly kind: "back-one"; readonly column: string }
    | { readonly kind: "back-many"; readonly table: string };
  readonly inner: ExpandTree;
}

/** The tree of a request that expands nothing. */
export const NOTHING_EXPANDED: ExpandTree = Object.freeze({ nodes: [], needs: [] });

/** How deep `a.b.c` may go. */
const MAX_DEPTH = 6;
/** How many records a back-relation shows for each record; for more, list that collection with a filter. */
export const MAX_BACK_RECORDS = 100;
/** How many records one answer may hold, those inside others included. */
const MAX_EXPANDED = 50_000;

/**
 * Reads `author.team,comments_via_post` against the collections.
 * @throws BakendError `bad_request` for what is no relation
 */
export function parseExpand(catalog: Catalog, collection: Collection, paths: readonly string[]): ExpandTree {
  return grow(
    catalog,
    collection,
    paths.map((path) => path.split(".")),
    1,
  );
}

function grow(
  catalog: Catalog,
  collection: Collection,
  paths: readonly (readonly string[])[],
  depth: number,
): ExpandTree {
  if (paths.length === 0) return NOTHING_EXPANDED;
  if (depth > MAX_DEPTH) throw new BakendError("bad_request", `expand: at most ${MAX_DEPTH} steps.`);
  const tails = new Map<string, (readonly string[])[]>();
  for (const [head = "", ...tail] of paths) {
    const known = tails.get(head) ?? [];
    if (tail.length > 0) known.push(tail);
    tails.set(head, known);
  }
  const nodes = Array.from(tails, ([name, rest]): ExpandNode => {
    const step = findStep(catalog, collection, name);
    return { name, ...step, inner: grow(catalog, step.target, rest, depth + 1) };
  });
  return { nodes, needs: nodes.flatMap(({ link }) => ("field" in link ? [link.field] : [])) };
}

function findStep(catalog: Catalog, collection: Collection, name: string): Pick<ExpandNode, "target" | "link"> {
  const own = collection.field(name);
  if (own?.link && !own.definition.hidden) {
    const target = own.link.target === FILE_TABLE ? FILES : catalog.get(own.link.target);
    if (target) return { target, link: { kind: own.link.many ? "many" : "one", field: name } };
  }
  for (const { collection: source, field } of catalog.linksTo(collection.name)) {
    if (name !== `${source.name}_via_${field.name}` || field.definition.hidden) continue;
    const link =
      field.schema.kind === "many"
        ? { kind: "back-many" as const, table: field.schema.table }
        : { kind: "back-one" as const, column: field.name };
    return { target: source, link };
  }
  throw new BakendError("bad_request", `expand: ${collection.name} has no relation "${name}".`);
}

/**
 * Like `expandRecords`, for an answer: refuses one that would be out of all proportion. Related records are read once and
 * shared, but written out wherever they stand.
 * @throws BakendError `bad_request`
 */
export async function expandAnswer(...args: Parameters<typeof expandRecords>): Promise<readonly RecordData[]> {
  const records = await expandRecords(...args);
  const [, , , , tree] = args;
  if (tree.nodes.length > 0 && weigh(records) > MAX_EXPANDED) {
    throw new BakendError(
      "bad_request",
      `expand: the answer would hold more than ${MAX_EXPANDED} records; ask for fewer.`,
    );
  }
  return records;
}

/** The number of records that would be written out, counting each wherever it stands. */
function weigh(records: readonly RecordData[]): number {
  const known = new Map<unknown, number>();
  const weight = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + weight(one), 0);
    if (typeof value !== "object" || value === null) return 0;
    const seen = known.get(value);
    if (seen !== undefined) return seen;
    const inner = "expand" in value && typeof value.expand === "object" ? Object.values(value.expand ?? {}) : [];
    const own = inner.reduce((sum: number, one) => sum + weight(one), 1);
    known.set(value, own);
    return own;
  };
  return weight(records);
}

/**
 * The records with `expand` filled in, each related record under its own view rule: what the caller may not view is
 * not there. `fields`, if given, are all that remains of the records themselves.
 */
async function expandRecords(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  records: readonly RecordData[],
  tree: ExpandTree,
  fields: readonly string[] | null,
): Promise<readonly RecordData[]> {
  if (tree.nodes.length === 0 && !fields) return records;
  const found = new Map<string, (record: RecordData) => unknown>();
  if (records.length > 0) {
    for (const node of tree.nodes) found.set(node.name, await follow(engine, collection, caller, records, node));
  }
  return records.map((record) => {
    const kept = fields
      ? Object.fromEntries(fields.filter((name) => name in record).map((name) => [name, record[name]]))
      : { ...record };
    if (found.size === 0) return kept;
    return { ...kept, expand: Object.fromEntries(Array.from(found, ([name, related]) => [name, related(record)])) };
  });
}

/** Reads everything one relation leads to, in one statement, and returns the way from a record to its share. */
async function follow(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  records: readonly RecordData[],
  node: ExpandNode,
): Promise<(record: RecordData) => unknown> {
  const { link } = node;
  if ("field" in link) {
    const ids = [...new Set(records.flatMap((record) => record[link.field] ?? []))].map(String);
    const related = await readByIds(engine, caller, node, ids);
    if (link.kind === "one") return (record) => related.get(String(record[link.field])) ?? null;
    return (record) => idList(record[link.field]).flatMap((id) => related.get(id) ?? []);
  }
  const related = await readBack(
    engine,
    collection,
    caller,
    node,
    records.map((record) => String(record.id)),
  );
  return (record) => related.get(String(record.id)) ?? [];
}

function idList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

async function readByIds(
  engine: Engine,
  caller: Caller,
  node: ExpandNode,
  ids: readonly string[],
): Promise<Map<string, RecordData>> {
  const { target, inner } = node;
  if (target === FILES) return readFiles(engine, caller, ids);
  const rule = accessCondition(engine.catalog(), target, "view", caller);
  if (isNever(rule) || ids.length === 0) return new Map();
  const shown = visibleProjection(engine.catalog(), target, caller, null);
  const condition = compile(rule, { dialect: sqliteDialect, table: ROW });
  const { rows } = await engine.db.read({
    sql: `SELECT ${shown.select} FROM ${sqliteDialect.quote(target.name)} AS ${ROW} WHERE ${ROW}."id" IN (SELECT value FROM json_each(?)) AND ${condition.sql}`,
    params: [...shown.params, JSON.stringify(ids), ...condition.params],
  });
  const records = await expandRecords(engine, target, caller, rows.map(shown.decode), inner, null);
  return new Map(records.map((record) => [String(record.id), record]));
}

/** What is known of files, as far as the caller may read them. */
async function readFiles(engine: Engine, caller: Caller, ids: readonly string[]): Promise<Map<string, RecordData>> {
  const { rows } = await engine.db.read(filesStatement(engine, caller, ids));
  return new Map(rows.map((row) => [String(row.id), { ...storedFile(row) }]));
}

/** The first records, by id, that point at each of `ids`. */
async function readBack(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  node: ExpandNode,
  ids: readonly string[],
): Promise<Map<string, RecordData[]>> {
  const { target, link, inner } = node;
  const catalog = engine.catalog();
  const rule = accessCondition(catalog, target, "view", caller);
  const grouped = new Map<string, RecordData[]>();
  if (isNever(rule) || "field" in link || !seesLink(catalog, caller, collection, node)) return grouped;
  const shown = visibleProjection(catalog, target, caller, null);
  const condition = compile(rule, { dialect: sqliteDialect, table: ROW });
  const quote = sqliteDialect.quote;
  const own = link.kind === "back-one" ? `${ROW}.${quote(link.column)}` : `l."target"`;
  const from =
    link.kind === "back-one"
      ? `FROM ${quote(target.name)} AS ${ROW}`
      : `FROM ${quote(link.table)} AS l JOIN ${quote(target.name)} AS ${ROW} ON ${ROW}."id" = l."source"`;
  const params: SqlValue[] = [...shown.params, JSON.stringify(ids), ...condition.params, MAX_BACK_RECORDS];
  const { rows } = await engine.db.read({
    sql:
      `SELECT * FROM (SELECT ${shown.select}, ${own} AS "expand:of", ` +
      `row_number() OVER (PARTITION BY ${own} ORDER BY ${ROW}."id") AS "expand:n" ${from} ` +
      `WHERE ${own} IN (SELECT value FROM json_each(?)) AND ${condition.sql}) WHERE "expand:n" <= ?`,
    params,
  });
  const plain = rows.map((row) => {
    const { "expand:of": _of, "expand:n": _n, ...rest } = shown.decode(row);
    return rest;
  });
  const records = await expandRecords(engine, target, caller, plain, inner, null);
  rows.forEach((row, index) => {
    const record = records[index];
    const of = String(row["expand:of"]);
    const group = grouped.get(of);
    if (!record) return;
    if (group) group.push(record);
    else grouped.set(of, [record]);
  });
  return grouped;
}

/** Following a relation back tells what its field holds, so the field itself must be visible. */
function seesLink(catalog: Catalog, caller: Caller, collection: Collection, { name, target }: ExpandNode): boolean {
  const field = catalog
    .linksTo(collection.name)
    .find((one) => `${one.collection.name}_via_${one.field.name}` === name)?.field;
  return field !== undefined && isAlways(fieldCondition(catalog, target, field.name, "view", caller));
}
