import type { Operator } from "./condition.ts";

/**
 * What was written, before any name in it has a meaning. Every node carries `at`, the offset of its first character
 * (UTF-16 units, from 0; a message says `at + 1` and calls it the column).
 */
export type Expression =
  | { readonly kind: "all" | "any"; readonly parts: readonly Expression[]; readonly at: number }
  | { readonly kind: "not"; readonly part: Expression; readonly at: number }
  | {
      readonly kind: "comparison";
      readonly left: OperandNode;
      readonly op: Operator | "in";
      readonly right: OperandNode;
      readonly at: number;
    };

/** A constant, as written. */
export interface LiteralNode {
  readonly kind: "literal";
  readonly value: string | number | boolean | null;
  readonly at: number;
}

/** A dotted path, as written; there is no space within it. `@user.team` has the text `team`. */
export interface PathNode {
  readonly kind: "path" | "user" | "old";
  readonly text: string;
  readonly at: number;
}

/** One side of a comparison, a sort key, or an argument. A `list` stands only to the right of `in`. */
export type OperandNode =
  | LiteralNode
  | PathNode
  | { readonly kind: "now"; readonly at: number }
  | { readonly kind: "list"; readonly values: readonly LiteralNode[]; readonly at: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly OperandNode[]; readonly at: number };

/** One key of a sort order. */
export interface SortNode {
  readonly operand: OperandNode;
  readonly descending: boolean;
}
