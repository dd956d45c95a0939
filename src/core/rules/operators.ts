import { compareText } from "../../tools/index.ts";
import type { Literal, Operator } from "./condition.ts";
import { foldText, globContaining } from "./fold.ts";
import { MIDNIGHT } from "./instant.ts";
import type { Term, Writer } from "./writer.ts";

/**
 * What an operator means, in memory and in SQL, side by side. The SQL is true exactly if the comparison holds (with
 * `holds` false: exactly if it does not); where it is not true it may be 0 or NULL.
 */
export interface OperatorMeaning {
  memory(left: Literal, right: Literal): boolean;
  /** With a constant on the right: the usual case, in a form that an index serves. */
  constant(writer: Writer, left: Term, right: Literal, holds: boolean): string;
  /** With a list of constants on the right, of which any may fulfil it. */
  list(writer: Writer, left: Term, right: readonly Literal[], holds: boolean): string;
  /** With two values of the row, or of two rows. At most one is json. */
  terms(writer: Writer, left: Term, right: Term, holds: boolean): string;
}

const equality: OperatorMeaning = { memory: same, constant: equalsConstant, list: equalsAny, terms: equalsTerm };

/** The one table of operators. */
export const OPERATORS: Readonly<Record<Operator, OperatorMeaning>> = {
  "=": equality,
  "!=": {
    memory: (left, right) => !same(left, right),
    constant: (writer, left, right, holds) => equalsConstant(writer, left, right, !holds),
    list: differsFromAny,
    terms: (writer, left, right, holds) => equalsTerm(writer, left, right, !holds),
  },
  "<": order("<", (difference) => difference < 0, Math.max),
  "<=": order("<=", (difference) => difference <= 0, Math.max),
  ">": order(">", (difference) => difference > 0, Math.min),
  ">=": order(">=", (difference) => difference >= 0, Math.min),
  "~": { memory: contains, constant: containsConstant, list: containsAny, terms: refuseTerms },
  "!~": {
    memory: (left, right) => !contains(left, right),
    constant: (writer, left, right, holds) => containsConstant(writer, left, right, !holds),
    list: lacksAny,
    terms: refuseTerms,
  },
};

/** The operator that says the same with its sides exchanged. (`~` never needs one: its right side is constant.) */
export const MIRRORED: Readonly<Record<Operator, Operator>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "~": "~",
  "!~": "!~",
};

// ---- equality: null equals null, values of different types never, an opaque value nothing

function same(left: Literal, right: Literal): boolean {
  return left === right && (left === null || typeof left !== "object");
}

function equalsConstant(writer: Writer, left: Term, right: Literal, holds: boolean): string {
  if (right === null) {
    if (left.kind !== undefined) return `${left.kind()} ${holds ? "=" : "<>"} 'null'`;
    return `${left.value()} IS ${holds ? "" : "NOT "}NULL`;
  }
  if (!fits(left, right)) return constantly(!holds);
  if (left.kind === undefined) return `${left.value()} ${holds ? "=" : "IS NOT"} ${writer.bind(right)}`;
  return exactly(`${left.kind()} ${kindsOf(right)} AND ${jsonValue(left, right)} = ${writer.bind(right)}`, holds);
}

function equalsAny(writer: Writer, left: Term, right: readonly Literal[], holds: boolean): string {
  const parts: string[] = [];
  for (const type of ["string", "number", "boolean"]) {
    const values = right.filter((value) => isScalar(value)).filter((value) => typeof value === type);
    const [sample] = values;
    if (sample === undefined || !fits(left, sample)) continue;
    if (left.kind === undefined) parts.push(`${left.value()} IN ${row(writer, values)}`);
    else parts.push(`${left.kind()} ${kindsOf(sample)} AND ${jsonValue(left, sample)} IN ${row(writer, values)}`);
  }
  if (right.includes(null)) parts.push(equalsConstant(writer, left, null, true));
  return eitherOf(parts, holds);
}

// Whatever is on the left differs from at least one of two distinct values.
function differsFromAny(writer: Writer, left: Term, right: readonly Literal[], holds: boolean): string {
  const [first] = right;
  const isOne = first !== undefined && right.length === 1;
  return isOne ? equalsConstant(writer, left, first, !holds) : constantly(holds === right.length > 1);
}

function equalsTerm(_writer: Writer, left: Term, right: Term, holds: boolean): string {
  const [json, other] = left.kind === undefined ? [right, left] : [left, right];
  if (json.kind === undefined) {
    const [a, b] = [widened(left, right), widened(right, left)];
    return `${a()} IS ${holds ? "" : "NOT "}${b()}`;
  }
  const kinds = { number: "'integer', 'real'", boolean: "'true', 'false'" }[String(other.type)] ?? "'text'";
  const value = other.type === "number" ? `CAST(${json.value()} AS REAL)` : json.value();
  return exactly(`${json.kind()} IN (${kinds}, 'null') AND ${value} IS ${other.value()}`, holds);
}

// ---- order: numbers by size, texts and dates by code point; false with null, and between types

function order(
  op: "<" | "<=" | ">" | ">=",
  accepts: (difference: number) => boolean,
  widest: typeof Math.max,
): OperatorMeaning {
  const memory = (left: Literal, right: Literal): boolean => {
    if (typeof left === "number" && typeof right === "number") return accepts(left - right);
    return typeof left === "string" && typeof right === "string" && accepts(compareText(left, right));
  };
  const constant = (writer: Writer, left: Term, right: Literal, holds: boolean): string => {
    const isOrdered = typeof right === "string" || typeof right === "number";
    if (!isOrdered || !fits(left, right)) return constantly(!holds);
    if (left.kind === undefined) return exactly(`${left.value()} ${op} ${writer.bind(right)}`, holds);
    return exactly(`${left.kind()} ${kindsOf(right)} AND ${jsonValue(left, right)} ${op} ${writer.bind(right)}`, holds);
  };
  return {
    memory,
    constant,
    // Less than any of several is less than the greatest of them.
    list(writer, left, right, holds) {
      const numbers = right.filter((value) => typeof value === "number");
      const texts = right.filter((value) => typeof value === "string").sort(compareText);
      const bounds: Literal[] = numbers.length > 0 ? [numbers.reduce((a, b) => widest(a, b))] : [];
      const text = widest === Math.max ? texts.at(-1) : texts[0];
      if (text !== undefined) bounds.push(text);
      const parts = bounds.map((bound) => constant(writer, left, bound, true));
      return eitherOf(parts, holds);
    },
    terms(_writer, left, right, holds) {
      const json = left.kind === undefined ? right : left;
      if (json.kind === undefined) return exactly(`${widened(left, right)()} ${op} ${widened(right, left)()}`, holds);
      const other = json === left ? right : left;
      if (other.type === "boolean") return constantly(!holds);
      const real = (term: Term) =>
        other.type === "number" && term === json ? `CAST(${term.value()} AS REAL)` : term.value();
      const kinds = other.type === "number" ? "IN ('integer', 'real')" : "= 'text'";
      return exactly(`${json.kind()} ${kinds} AND ${real(left)} ${op} ${real(right)}`, holds);
    },
  };
}

// ---- contains: texts only, by the fold of fold.ts; null contains nothing and is contained in nothing

function contains(left: Literal, right: Literal): boolean {
  return typeof left === "string" && typeof right === "string" && foldText(left).includes(foldText(right));
}

function containsConstant(writer: Writer, left: Term, right: Literal, holds: boolean): string {
  if (typeof right !== "string" || !fits(left, right)) return constantly(!holds);
  const guard = left.kind === undefined ? "" : `${left.kind()} = 'text' AND `;
  return exactly(`${guard}${left.value()} GLOB ${writer.bind(globContaining(right))}`, holds);
}

function containsAny(writer: Writer, left: Term, right: readonly Literal[], holds: boolean): string {
  const alias = writer.alias();
  return `${holds ? "" : "NOT "}EXISTS (SELECT 1 FROM ${patterns(writer, right)} AS ${alias} WHERE ${globs(left, alias)})`;
}

function lacksAny(writer: Writer, left: Term, right: readonly Literal[], holds: boolean): string {
  if (right.some((value) => typeof value !== "string")) return constantly(holds);
  const alias = writer.alias();
  const lacks = () => `(${globs(left, alias)}) IS NOT TRUE`;
  return `${holds ? "" : "NOT "}EXISTS (SELECT 1 FROM ${patterns(writer, right)} AS ${alias} WHERE ${lacks()})`;
}

function patterns(writer: Writer, needles: readonly Literal[]): string {
  const texts = needles.filter((needle) => typeof needle === "string");
  return `json_each(${writer.bind(JSON.stringify(texts.map(globContaining)))})`;
}

function globs(left: Term, alias: string): string {
  const guard = left.kind === undefined ? "" : `${left.kind()} = 'text' AND `;
  return `${guard}${left.value()} GLOB ${alias}."value"`;
}

function refuseTerms(): never {
  throw new Error("~ needs a constant on its right");
}

// ---- fragments

/** SQL that is never NULL where `test` must not hold. */
function exactly(test: string, holds: boolean): string {
  return holds ? test : `(${test}) IS NOT TRUE`;
}

function eitherOf(tests: readonly string[], holds: boolean): string {
  if (tests.length === 0) return constantly(!holds);
  const test = tests.join(" OR ");
  return holds && tests.length > 1 ? `(${test})` : exactly(test, holds);
}

const constantly = (value: boolean) => (value ? "1" : "0");

// SQLite would convert the text '5' to compare it with 5; what is not of the column's type is never bound beside it.
function fits(term: Term, value: Exclude<Literal, null>): value is string | number | boolean {
  switch (term.type) {
    case "json":
    case "any":
      return typeof value !== "object";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "text":
    case "date":
    case "datetime":
      return typeof value === "string";
    default:
      return false;
  }
}

function isScalar(value: Literal): value is string | number | boolean {
  return typeof value !== "object";
}

function kindsOf(value: Literal): string {
  if (typeof value === "string") return "= 'text'";
  return typeof value === "number" ? "IN ('integer', 'real')" : "IN ('true', 'false')";
}

// A number beyond 2^53 stands in json in its shortest form, which SQLite would read as another integer.
function jsonValue(term: Term, beside: Literal): string {
  return typeof beside === "number" ? `CAST(${term.value()} AS REAL)` : term.value();
}

/** Beyond this many constants they are bound as one array, so that lists of any length share few statements. */
const LONG_LIST = 16;

function row(writer: Writer, values: readonly (string | number | boolean)[]): string {
  if (values.length <= LONG_LIST || typeof values[0] !== "string") {
    return `(${values.map((value) => writer.bind(value)).join(", ")})`;
  }
  return `(SELECT "value" FROM json_each(${writer.bind(JSON.stringify(values))}))`;
}

/** A date beside a date-time counts as its midnight. */
function widened(term: Term, beside: Term): () => string {
  const isDay = term.type === "date" && beside.type === "datetime";
  return isDay ? () => `(${term.value()} || '${MIDNIGHT}')` : term.value;
}
