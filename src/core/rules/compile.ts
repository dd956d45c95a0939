import type { Dialect, SqlValue } from "../database/index.ts";
import type { Comparison, Condition, Literal, Operand } from "./condition.ts";
import { boundingBox } from "./distance.ts";
import { MIRRORED, OPERATORS } from "./operators.ts";
import type { Source } from "./path-source.ts";
import { sourceOf } from "./source.ts";
import { createWriter, type Term, type Writer } from "./writer.ts";

/** A piece of SQL with `?` placeholders, and their values in order. */
export interface SqlFragment {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** For whom SQL is written, and what the row is called there: a table's name or alias. */
export interface CompileOptions {
  readonly dialect: Dialect;
  readonly table: string;
}

/**
 * The SQL of a settled condition, to stand in a WHERE clause: true exactly for the rows for which it holds, 0 or NULL
 * for all others. It can be joined to more by AND without parentheses. Values are always bound.
 */
export function compile(condition: Condition, { dialect, table }: CompileOptions): SqlFragment {
  const writer = createWriter(dialect, writeCondition);
  return { sql: writeCondition(writer, condition, dialect.quote(table), true), params: writer.params };
}

/** The SQL of a settled operand with a single value, as a key to sort, group or aggregate by. */
export function compileOperand(operand: Operand, { dialect, table }: CompileOptions): SqlFragment {
  const writer = createWriter(dialect, writeCondition);
  const { rows, term } = sourceOf(writer, dialect.quote(table), operand);
  if (rows !== undefined) throw new Error("an operand with many values is no key");
  return { sql: term.value(), params: writer.params };
}

/** The SQL of the value or values of a settled operand, as a JSON array. Of a composite value it says only that it is one. */
export function compileValues(operand: Operand, { dialect, table }: CompileOptions): SqlFragment {
  const writer = createWriter(dialect, writeCondition);
  const { rows, term } = sourceOf(writer, dialect.quote(table), operand);
  // within json a boolean is none of SQL's numbers, and a composite value is there though it has no atom
  const value =
    term.kind === undefined
      ? term.value()
      : `CASE ${term.kind()} WHEN 'true' THEN json('true') WHEN 'false' THEN json('false') ` +
        `WHEN 'object' THEN json('{}') WHEN 'array' THEN json('{}') ELSE ${term.value()} END`;
  const sql =
    rows === undefined ? `json_array(${value})` : `(SELECT json_group_array(${value}) ${rows.from()} ${rows.where()})`;
  return { sql, params: writer.params };
}

function writeCondition(writer: Writer, condition: Condition, row: string, holds: boolean): string {
  if ("not" in condition) return writeCondition(writer, condition.not, row, !holds);
  if ("all" in condition) return writeParts(writer, condition.all, row, holds, holds);
  if ("any" in condition) return writeParts(writer, condition.any, row, holds, !holds);
  return writeComparison(writer, condition, row, holds);
}

/** The parts joined by AND, or by OR within parentheses. */
function writeParts(
  writer: Writer,
  parts: readonly Condition[],
  row: string,
  holds: boolean,
  joinsAll: boolean,
): string {
  if (parts.length === 0) return joinsAll ? "1" : "0";
  const written = parts.map((part) => writeCondition(writer, part, row, holds));
  if (written.length === 1 || joinsAll) return written.join(" AND ");
  return `(${written.join(" OR ")})`;
}

function writeComparison(writer: Writer, comparison: Comparison, row: string, holds: boolean): string {
  const far = holds ? fromFarEnd(writer, comparison, row) : "";
  if (far !== "") return far;
  const { left, op, right } = comparison;
  const meaning = OPERATORS[op];
  const a = sourceOf(writer, row, left);
  if (right.kind === "literal") {
    const box = holds ? boxAround(writer, comparison, row) : "";
    return box + quantified(a, holds, (held) => meaning.constant(writer, a.term, right.value, held));
  }
  if (right.kind === "list") return quantified(a, holds, (held) => meaning.list(writer, a.term, right.values, held));
  const b = sourceOf(writer, row, right);
  // What holds for every value stands outermost.
  if (b.every && !a.every) {
    return quantified(b, holds, (held) =>
      quantified(a, held, (last) => both(writer, b.term, MIRRORED[op], a.term, last)),
    );
  }
  return quantified(a, holds, (held) => quantified(b, held, (last) => both(writer, a.term, op, b.term, last)));
}

/**
 * "Equals" at the end of to-one steps, where an index finds the few rows at the far end: `author IN (those rows)`. Row by
 * row from the near end the database would walk through everything. Null cannot equal a constant, so that a missing
 * relation is not among them, as it should be.
 */
function fromFarEnd(writer: Writer, { left, op, right }: Comparison, row: string): string {
  if (left.kind !== "path" || left.every || left.leaf.kind !== "column" || !left.leaf.indexed) return "";
  const [hop, ...hops] = left.hops;
  if (hop?.kind !== "one" || hops.some((one) => one.kind !== "one") || op !== "=" || !isPresent(right)) return "";
  const alias = writer.alias();
  const rest: Comparison = { left: { ...left, hops }, op, right };
  const table = `${writer.quote(hop.targetTable)} AS ${alias}`;
  const test = writeComparison(writer, rest, alias, true);
  const guard = hop.guard ? ` AND ${writer.condition(hop.guard, alias, true)}` : "";
  return `${row}.${writer.quote(hop.column)} IN (SELECT ${alias}."id" FROM ${table} WHERE ${test}${guard})`;
}

/** A constant, or several, without null. */
function isPresent(right: Operand): boolean {
  const plain = (value: Literal): boolean => value !== null && typeof value !== "object";
  return right.kind === "literal" ? plain(right.value) : right.kind === "list" && right.values.every(plain);
}

function both(writer: Writer, left: Term, op: Comparison["op"], right: Term, holds: boolean): string {
  return OPERATORS[op].terms(writer, left, right, holds);
}

/** Whether `test` holds for any, or for every, value of the source. */
function quantified({ rows, every }: Source, holds: boolean, test: (holds: boolean) => string): string {
  if (rows === undefined) return test(holds);
  const exists = holds === every ? "NOT EXISTS" : "EXISTS";
  const from = rows.from();
  const where = rows.where();
  return `${exists} (SELECT 1 ${from} ${where === "" ? "WHERE" : `${where} AND`} ${test(!every)})`;
}

/** For "nearer than": the box around the circle, which an index can serve. It only repeats what the distance implies. */
function boxAround(writer: Writer, { left, op, right }: Comparison, row: string): string {
  if ((op !== "<" && op !== "<=") || left.kind !== "call" || left.name !== "distance") return "";
  const [path, lat, lng] = left.args.map((arg) => (arg.kind === "literal" ? arg.value : arg));
  const radius = right.kind === "literal" ? right.value : null;
  if (typeof lat !== "number" || typeof lng !== "number" || typeof radius !== "number") return "";
  if (path === null || typeof path !== "object" || !("kind" in path) || path.kind !== "path") return "";
  if (path.hops.length > 0 || path.leaf.kind !== "geo") return "";
  const box = boundingBox(lat, lng, radius);
  if (box === undefined) return "";
  const between = (column: string, low: number, high: number) =>
    `${row}.${writer.quote(column)} BETWEEN ${writer.bind(low)} AND ${writer.bind(high)} AND `;
  const lats = between(path.leaf.lat, box.south, box.north);
  if (box.west === undefined || box.east === undefined) return lats;
  return lats + between(path.leaf.lng, box.west, box.east);
}
