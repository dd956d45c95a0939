import { type Condition, type Hop, type Literal, OPAQUE, type Operand, type PathOperand } from "./condition.ts";
import { FUNCTIONS, type Place, type Reader } from "./functions.ts";

/** A decoded record: `{ id, title, author: "id", tags: ["id"], position: { lat, lng }, meta: {...}, active: true }`. */
export type RowData = Readonly<Record<string, unknown>>;

/** Where a path finds the rows it leads to, in memory. */
export interface RowSource {
  get(collection: string, id: string): RowData | undefined;
  /** The rows of `collection` whose relation `field` holds `id`. */
  via(collection: string, field: string, id: string): readonly RowData[];
}

/**
 * Reads operands off one record. `holds` judges a guard on a row that a path arrives at. Without a `source` a path
 * that leaves the record throws.
 */
export function createReader(
  row: RowData,
  source: RowSource | undefined,
  holds: (condition: Condition, row: RowData) => boolean,
): Reader {
  const reader: Reader = { values, document, places };
  return reader;

  function values(operand: Operand): Literal | readonly Literal[] {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "list":
        return operand.values;
      case "path":
        return pathValues(operand);
      case "call":
        return FUNCTIONS[operand.name].memory(operand.args, reader);
      default:
        throw new Error(`a ${operand.kind} operand has no value here; is the condition settled?`);
    }
  }

  function pathValues(path: PathOperand): Literal | readonly Literal[] {
    if (path.hops.length === 0) return leafValues(path, row);
    if (!path.many) return leafValues(path, destination(path.hops));
    return destinations(path.hops).flatMap((record) => leafValues(path, record));
  }

  function document(path: PathOperand): unknown {
    return jsonAt(path, path.hops.length === 0 ? row : destination(path.hops));
  }

  function places(path: PathOperand): Place | null | readonly (Place | null)[] {
    const { field } = path.leaf;
    if (path.many) return destinations(path.hops).map((record) => placeOf(record?.[field]));
    return placeOf((path.hops.length === 0 ? row : destination(path.hops))?.[field]);
  }

  function destination(hops: readonly Hop[]): RowData | undefined {
    return destinations(hops)[0];
  }

  /** The records at the end of the hops; `undefined` stands for what a to-one relation misses. */
  function destinations(hops: readonly Hop[]): readonly (RowData | undefined)[] {
    let rows: readonly (RowData | undefined)[] = [row];
    for (const hop of hops) rows = rows.flatMap((from) => step(hop, from));
    return rows;
  }

  function step(hop: Hop, from: RowData | undefined): readonly (RowData | undefined)[] {
    if (source === undefined) throw new Error(`the path through ${hop.name} needs a source of rows`);
    switch (hop.kind) {
      case "one":
        return [visible(hop, get(hop, from?.[hop.name]))];
      case "many":
        return textsOf(from?.[hop.name])
          .map((id) => visible(hop, get(hop, id)))
          .filter((found) => found !== undefined);
      default:
        if (typeof from?.id !== "string") return [];
        return source.via(hop.target, hop.field, from.id).filter((found) => visible(hop, found) !== undefined);
    }
  }

  function get(hop: Hop, id: unknown): RowData | undefined {
    return typeof id === "string" ? source?.get(hop.target, id) : undefined;
  }

  function visible(hop: Hop, found: RowData | undefined): RowData | undefined {
    if (hop.guard === undefined || found === undefined) return found;
    return holds(hop.guard, found) ? found : undefined;
  }
}

function leafValues(path: PathOperand, record: RowData | undefined): Literal | readonly Literal[] {
  const { leaf } = path;
  switch (leaf.kind) {
    case "column":
      return literalOf(record?.[leaf.field]);
    case "list":
    case "targets":
      return textsOf(record?.[leaf.field]);
    case "coordinate":
      return placeOf(record?.[leaf.field])?.[leaf.key] ?? null;
    case "json": {
      const value = jsonAt(path, record);
      return Array.isArray(value) ? value.map(literalOf) : [literalOf(value)];
    }
    case "geo":
      throw new Error(`the position ${path.text} is no value`);
  }
}

function jsonAt({ leaf }: PathOperand, record: RowData | undefined): unknown {
  let value: unknown = record?.[leaf.field];
  if (leaf.kind !== "json") return value;
  for (const key of leaf.keys) value = memberOf(value, key);
  return value;
}

/** The own member of a json object; `undefined` of anything else. */
export function memberOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Any value of a record or of json as a single value: what is missing is null, what is composite is opaque. */
export function literalOf(value: unknown): Literal {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "object":
      return value === null ? null : OPAQUE;
    default:
      return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function placeOf(value: unknown): Place | null {
  const lat = memberOf(value, "lat");
  const lng = memberOf(value, "lng");
  return typeof lat === "number" && typeof lng === "number" ? { lat, lng } : null;
}
