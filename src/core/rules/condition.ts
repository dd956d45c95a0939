import type { ValueType } from "./schema.ts";

/** Comparison operators. `~` is "contains, without regard to case". (`in` is `=` with a list on the right.) */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~";

/** A json object, or an array within an array: a value that no comparison looks into, and that equals nothing. */
export interface Opaque {
  readonly opaque: true;
}

/** The one `Opaque`. */
export const OPAQUE: Opaque = Object.freeze({ opaque: true });

/** A single value. Dates are texts in their normal form. */
export type Literal = string | number | boolean | null | Opaque;

/** One step of a path from a row to related rows. */
export type Hop = (
  | { readonly kind: "one"; readonly column: string }
  | { readonly kind: "many"; readonly table: string }
  /** Rows of another collection whose to-one relation points here. */
  | { readonly kind: "back-one"; readonly column: string; readonly field: string }
  /** Rows of another collection whose to-many relation, kept in `table`, points here. */
  | { readonly kind: "back-many"; readonly table: string; readonly field: string }
) & {
  /** The field or `comments_via_post`, as written. (`field` above is the relation field of `target`.) */
  readonly name: string;
  /** The collection that the step arrives at, and its table. */
  readonly target: string;
  readonly targetTable: string;
  /** Rows of `target` that do not fulfil this do not exist for the one who asks. */
  readonly guard?: Condition;
};

/** What a path ends at. */
export type Leaf =
  | {
      readonly kind: "column";
      readonly column: string;
      readonly field: string;
      readonly nullable: boolean;
      /** An index finds its values. */
      readonly indexed: boolean;
    }
  /** A JSON array of texts in a column. */
  | { readonly kind: "list"; readonly column: string; readonly field: string }
  /** Inside a JSON column; `keys` is empty for the whole of it. */
  | { readonly kind: "json"; readonly column: string; readonly field: string; readonly keys: readonly string[] }
  | { readonly kind: "geo"; readonly lat: string; readonly lng: string; readonly field: string }
  /** One coordinate of a geo field. */
  | { readonly kind: "coordinate"; readonly column: string; readonly field: string; readonly key: "lat" | "lng" }
  /** The ids in a to-many relation's table. */
  | { readonly kind: "targets"; readonly table: string; readonly field: string; readonly target: string };

/** A path from the row to one value or to many. */
export interface PathOperand {
  readonly kind: "path";
  readonly hops: readonly Hop[];
  readonly leaf: Leaf;
  readonly type: ValueType;
  /** More than one value is possible (a JSON path always may). */
  readonly many: boolean;
  /** Written `every(path)`: all values must fulfil the comparison, instead of any. */
  readonly every: boolean;
  readonly text: string;
}

/** The functions of the language (`every` is not one: it is a property of a path). */
export type FunctionName = "length" | "lower" | "distance";

/** One side of a comparison. */
export type Operand =
  | { readonly kind: "literal"; readonly value: Literal; readonly type: ValueType | "null" }
  /** Several constants, of which any may fulfil the comparison: what follows `in`, or a caller's field with many values. */
  | { readonly kind: "list"; readonly values: readonly Literal[]; readonly type: ValueType | "null" }
  | PathOperand
  /** `@user.path`: a constant once the caller is known. `any`: its type is known only then. */
  | { readonly kind: "user"; readonly path: readonly string[]; readonly type: ValueType | "any" }
  /** `@now`: a constant once the request is known. */
  | { readonly kind: "now" }
  /** `@old.path`: a constant once the row before the write is known. */
  | { readonly kind: "old"; readonly path: readonly string[]; readonly type: ValueType }
  | { readonly kind: "call"; readonly name: FunctionName; readonly args: readonly Operand[]; readonly type: ValueType };

/** The one tree for permissions, filters and realtime filters. `{ all: [] }` is true, `{ any: [] }` is false. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | Comparison;

/** A leaf of the tree. Where only one side is constant, it is the right one. */
export interface Comparison {
  readonly left: Operand;
  readonly op: Operator;
  readonly right: Operand;
}

/** Holds for every row. */
export const ALWAYS: Condition = Object.freeze({ all: Object.freeze([]) as readonly Condition[] });

/** Holds for no row. */
export const NEVER: Condition = Object.freeze({ any: Object.freeze([]) as readonly Condition[] });

/** The type of an operand's values; `any` for a `@user` path whose type is not known yet. */
export function typeOf(operand: Operand): ValueType | "null" | "any" {
  return operand.kind === "now" ? "datetime" : operand.type;
}

/** True if the operand does not depend on the row. */
export function isConstant(operand: Operand): boolean {
  if (operand.kind === "call") return operand.args.every(isConstant);
  return operand.kind !== "path";
}

/** True if the operand may have any number of values, none included. */
export function isMany(operand: Operand): boolean {
  switch (operand.kind) {
    case "path":
      return operand.many;
    case "list":
      return true;
    case "call":
      return operand.name !== "length" && operand.args.some(isMany);
    default:
      return false;
  }
}
