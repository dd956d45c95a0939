import type { Hop, PathOperand } from "./condition.ts";
import type { Term, Writer } from "./writer.ts";

/** The rows that hold a path's values. The two parts of its text are written in this order, a space between. */
export interface Rows {
  /** `FROM ...`, with its joins. */
  from(): string;
  /** `WHERE ...`, or nothing. */
  where(): string;
}

/** Where an operand's values come from: one term in the row's own scope, or one for each of some rows. */
export type Source =
  | { readonly rows?: undefined; readonly every: false; readonly term: Term }
  | { readonly rows: Rows; readonly every: boolean; readonly term: Term };

/** The values at the end of a path. */
export function pathSource(writer: Writer, row: string, path: PathOperand): Source {
  const { leaf, type, every } = path;
  switch (leaf.kind) {
    case "column":
    case "coordinate":
      return readAt(writer, row, path, type, (alias) => `${alias}.${writer.quote(leaf.column)}`);
    case "targets":
      return targets(writer, row, path, leaf.table);
    case "list":
      return elements(writer, row, path, leaf.column, (alias, document) => ({
        each: () => `json_each(${document()})`,
        term: { type: "text", value: () => `${alias}."value"` },
      }));
    case "json": {
      const at = jsonPath(leaf.keys);
      // Whatever is there becomes an array: an array is one already, anything else its only element, nothing a null.
      return elements(writer, row, path, leaf.column, (alias, document) => ({
        each: () =>
          `json_each(CASE json_type(${document()}, ${writer.bind(at)}) WHEN 'array' THEN ${document()} -> ${writer.bind(at)} ` +
          `ELSE '[' || coalesce(${document()} -> ${writer.bind(at)}, 'null') || ']' END)`,
        term: { type: "json", value: () => `${alias}."atom"`, kind: () => `${alias}."type"` },
      }));
    }
    case "geo":
      throw new Error(`the position ${path.text} is no value${every ? "s" : ""}`);
  }
}

/** SQLite's notation for what lies under `keys`. */
export function jsonPath(keys: readonly string[]): string {
  return keys.reduce((path, key) => `${path}."${key}"`, "$");
}

/** One expression of the row at which the path's hops arrive. `read` writes it for that row's alias. */
export function readAt(
  writer: Writer,
  row: string,
  path: PathOperand,
  type: Term["type"],
  read: (alias: string) => string,
): Source {
  const { hops, every } = path;
  if (hops.length === 0) return { every: false, term: { type, value: () => read(row) } };
  const chain = joined(writer, row, hops);
  if (hops.some((hop) => hop.kind !== "one")) {
    return { rows: chain, every, term: { type, value: () => read(chain.alias) } };
  }
  return {
    every: false,
    term: { type, value: () => `(SELECT ${read(chain.alias)} ${chain.from()} ${chain.where()})` },
  };
}

function targets(writer: Writer, row: string, path: PathOperand, table: string): Source {
  const { hops, every, type } = path;
  const alias = writer.alias();
  const relation = `${writer.quote(table)} AS ${alias}`;
  const term: Term = { type, value: () => `${alias}."target"` };
  if (hops.length === 0) {
    const rows = { from: () => `FROM ${relation}`, where: () => `WHERE ${alias}."source" = ${row}."id"` };
    return { rows, every, term };
  }
  const chain = joined(writer, row, hops);
  const from = () => `${chain.from()} JOIN ${relation} ON ${alias}."source" = ${chain.alias}."id"`;
  return { rows: { from, where: chain.where }, every, term };
}

function elements(
  writer: Writer,
  row: string,
  path: PathOperand,
  column: string,
  build: (alias: string, document: () => string) => { readonly each: () => string; readonly term: Term },
): Source {
  const document = readAt(writer, row, path, "json", (alias) => `${alias}.${writer.quote(column)}`);
  const alias = writer.alias();
  const { each, term } = build(alias, document.term.value);
  const { rows } = document;
  if (rows === undefined) {
    return { rows: { from: () => `FROM ${each()} AS ${alias}`, where: () => "" }, every: path.every, term };
  }
  return {
    rows: { from: () => `${rows.from()} JOIN ${each()} AS ${alias}`, where: rows.where },
    every: path.every,
    term,
  };
}

/**
 * The rows at which the hops arrive. The first table stands in FROM, its condition in WHERE. A to-one relation past
 * another hop is a LEFT JOIN: where it leads nowhere the values beyond it are null, while a to-many has none.
 */
function joined(writer: Writer, row: string, hops: readonly Hop[]): Rows & { readonly alias: string } {
  interface Link {
    readonly table: string;
    readonly alias: string;
    readonly on: string;
    readonly join: "LEFT JOIN" | "JOIN";
    readonly guard: Hop["guard"];
  }
  const links: Link[] = [];
  let alias = row;
  for (const hop of hops) {
    const previous = alias;
    alias = writer.alias();
    let on: string;
    if (hop.kind === "one") on = `${alias}."id" = ${previous}.${writer.quote(hop.column)}`;
    else if (hop.kind === "back-one") on = `${alias}.${writer.quote(hop.column)} = ${previous}."id"`;
    else {
      const [near, far] = hop.kind === "many" ? ["source", "target"] : ["target", "source"];
      const relation = writer.alias();
      const nearby = `${relation}."${near}" = ${previous}."id"`;
      links.push({ table: hop.table, alias: relation, on: nearby, join: "JOIN", guard: undefined });
      on = `${alias}."id" = ${relation}."${far}"`;
    }
    links.push({
      table: hop.targetTable,
      alias,
      on,
      join: hop.kind === "one" ? "LEFT JOIN" : "JOIN",
      guard: hop.guard,
    });
  }
  const [first, ...others] = links;
  if (first === undefined) throw new Error("a path without hops has no rows to join");
  const table = (link: Link) => `${writer.quote(link.table)} AS ${link.alias}`;
  const guarded = ({ on, guard, alias }: Link) =>
    guard === undefined ? on : `${on} AND ${writer.condition(guard, alias, true)}`;
  return {
    alias,
    from: () =>
      others.reduce((text, link) => `${text} ${link.join} ${table(link)} ON ${guarded(link)}`, `FROM ${table(first)}`),
    where: () => `WHERE ${guarded(first)}`,
  };
}
