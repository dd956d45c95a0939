import type { FunctionName, Literal, Operand, PathOperand } from "./condition.ts";
import { haversine, haversineSql } from "./distance.ts";
import { jsonPath, readAt, type Source } from "./path-source.ts";
import { countCodePoints, lowerAscii } from "./text.ts";
import type { Writer } from "./writer.ts";

/** What functions need to read a record in memory. Arrays stand for operands that may have many values. */
export interface Reader {
  values(operand: Operand): Literal | readonly Literal[];
  /** What lies at the end of a path into json; `undefined` if nothing does. */
  document(path: PathOperand): unknown;
  places(path: PathOperand): Place | null | readonly (Place | null)[];
}

/** A position in degrees. */
export interface Place {
  readonly lat: number;
  readonly lng: number;
}

/** What functions need to read a row in SQL. */
export interface SqlReader {
  readonly writer: Writer;
  /** The row's quoted alias. */
  readonly row: string;
  of(operand: Operand): Source;
}

/** What a function means, in memory and in SQL, side by side. */
export interface FunctionMeaning {
  /** Its value, or its values where an argument has many. */
  memory(args: readonly Operand[], reader: Reader): Literal | readonly Literal[];
  source(reader: SqlReader, args: readonly Operand[]): Source;
}

/** The one table of functions. */
export const FUNCTIONS: Readonly<Record<FunctionName, FunctionMeaning>> = {
  /** The code points of a text, or how many values there are. Null of what has no length. */
  length: {
    memory(args, reader) {
      const measured = withoutLower(argument(args, 0));
      return lengthOf(isDocument(measured) ? reader.document(measured) : reader.values(measured));
    },
    source(reader, args) {
      const measured = withoutLower(argument(args, 0));
      if (isDocument(measured)) return number(documentLength(reader, measured));
      const { rows, term } = reader.of(measured);
      if (rows === undefined) return number(() => `length(${term.value()})`);
      return number(() => `(SELECT count(*) ${rows.from()} ${rows.where()})`);
    },
  },

  /** A text with A to Z in lower case. Other letters, and values in json that are no texts, stay as they are. */
  lower: {
    memory(args, reader) {
      const values = reader.values(argument(args, 0));
      return isList(values) ? values.map(lowerOf) : lowerOf(values);
    },
    source(reader, args) {
      const source = reader.of(argument(args, 0));
      const { term } = source;
      const lower = () => `lower(${term.value()})`;
      const { kind } = term;
      const value =
        kind === undefined ? lower : () => `CASE ${kind()} WHEN 'text' THEN ${lower()} ELSE ${term.value()} END`;
      return { ...source, term: { ...term, value } };
    },
  },

  /** Kilometres between a position and a latitude and longitude in degrees; null if any of them is. */
  distance: {
    memory(args, reader) {
      const lat = reader.values(argument(args, 1));
      const lng = reader.values(argument(args, 2));
      const from = (place: Place | null) =>
        place !== null && typeof lat === "number" && typeof lng === "number"
          ? haversine(place.lat, place.lng, lat, lng)
          : null;
      const places = reader.places(position(args));
      return isList(places) ? places.map(from) : from(places);
    },
    source({ writer, row, of }, args) {
      const path = position(args);
      const { leaf } = path;
      if (leaf.kind !== "geo") throw new Error("distance() takes a position");
      const lat = of(argument(args, 1)).term.value;
      const lng = of(argument(args, 2)).term.value;
      const column = (alias: string, name: string) => () => `${alias}.${writer.quote(name)}`;
      return readAt(writer, row, path, "number", (alias) =>
        haversineSql(column(alias, leaf.lat), column(alias, leaf.lng), lat, lng),
      );
    },
  },
};

function argument(args: readonly Operand[], index: number): Operand {
  const operand = args[index];
  if (operand === undefined) throw new Error(`argument ${index + 1} is missing`);
  return operand;
}

function position(args: readonly Operand[]): PathOperand {
  const path = argument(args, 0);
  if (path.kind !== "path") throw new Error("distance() takes a position");
  return path;
}

function isList<T>(values: T | readonly T[]): values is readonly T[] {
  return Array.isArray(values);
}

function number(value: () => string): Source {
  return { every: false, term: { type: "number", value } };
}

function lowerOf(value: Literal): Literal {
  return typeof value === "string" ? lowerAscii(value) : value;
}

function lengthOf(value: unknown): number | null {
  if (typeof value === "string") return countCodePoints(value);
  return Array.isArray(value) ? value.length : null;
}

/** `lower` changes no length, so `length` looks through it. */
function withoutLower(operand: Operand): Operand {
  return operand.kind === "call" && operand.name === "lower" ? withoutLower(argument(operand.args, 0)) : operand;
}

/** A path to one place within one json value, whatever is there. */
function isDocument(operand: Operand): operand is PathOperand {
  return operand.kind === "path" && operand.leaf.kind === "json" && operand.hops.every((hop) => hop.kind === "one");
}

function documentLength({ writer, row }: SqlReader, path: PathOperand): () => string {
  const { leaf } = path;
  if (leaf.kind !== "json") throw new Error(`${path.text} is no json`);
  const document = readAt(writer, row, path, "json", (alias) => `${alias}.${writer.quote(leaf.column)}`).term.value;
  const at = jsonPath(leaf.keys);
  const arguments_ = () => `${document()}, ${writer.bind(at)}`;
  return () =>
    `CASE json_type(${arguments_()}) WHEN 'array' THEN json_array_length(${arguments_()}) ` +
    `WHEN 'text' THEN length(json_extract(${arguments_()})) END`;
}
