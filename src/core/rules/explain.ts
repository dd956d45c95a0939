import { bindOperand } from "./bind.ts";
import { type Bindings, userValues } from "./bindings.ts";
import type { Condition, Operand } from "./condition.ts";
import type { Expression, OperandNode } from "./expression.ts";
import { createReader, type RowData } from "./reader.ts";
import type { ResolveOptions } from "./resolution.ts";
import { resolve } from "./resolve.ts";
import { settle } from "./settle.ts";
import { userPathsIn } from "./user-paths.ts";

/** One comparison of an expression, settled for one caller. It is unknown where neither condition can ever hold. */
export interface LeafParts {
  /** The comparison in the words of the language. */
  readonly expression: string;
  readonly whenTrue: Condition;
  readonly whenFalse: Condition;
  /** The `@user` paths in it that have no value. */
  readonly missing: readonly string[];
  /** The two sides for a row, as far as they can be told from it alone: a side that leaves the row is absent, one without a value null. */
  values(row: RowData | null): { readonly left?: unknown; readonly right?: unknown };
}

/** The comparisons of an expression, in the order in which they are written. Throws `bad_request` like `resolve`. */
export function leavesOf(
  expression: Expression,
  options: ResolveOptions,
  bindings: Bindings,
  shownOld: RowData | null,
): readonly LeafParts[] {
  if (expression.kind === "not") return leavesOf(expression.part, options, bindings, shownOld);
  if (expression.kind !== "comparison") {
    return expression.parts.flatMap((part) => leavesOf(part, options, bindings, shownOld));
  }
  const condition = resolve(expression, options);
  const shown: Bindings = { ...bindings, old: shownOld };
  return [
    {
      expression: `${nodeText(expression.left)} ${expression.op} ${nodeText(expression.right)}`,
      whenTrue: settle(condition, bindings),
      whenFalse: settle({ not: condition }, bindings),
      missing: userPathsIn(expression).filter((path) => userValues(bindings, path.split(".")) === undefined),
      values(row) {
        if (!("op" in condition)) return {};
        const sides = [sideOf(condition.left, shown, row), sideOf(condition.right, shown, row)];
        // a resolved comparison has its constant to the right, wherever it was written
        if (!namesRow(expression.left) && namesRow(expression.right)) sides.reverse();
        return { ...(sides[0] ? { left: sides[0].value } : {}), ...(sides[1] ? { right: sides[1].value } : {}) };
      },
    },
  ];
}

function sideOf(operand: Operand, bindings: Bindings, row: RowData | null): { readonly value: unknown } | null {
  if (operand.kind === "call") return null;
  const bound = bindOperand(operand, bindings, settle);
  if (bound === undefined) return { value: null };
  if (bound.kind === "literal") return { value: bound.value };
  if (bound.kind === "list") return { value: bound.values };
  // what is hidden is not in the row that is given here
  if (bound.kind !== "path" || bound.hops.length > 0 || row === null || !(bound.leaf.field in row)) return null;
  return { value: createReader(row, undefined, () => false).values(bound) };
}

function namesRow(node: OperandNode): boolean {
  return node.kind === "path" || (node.kind === "call" && node.args.some(namesRow));
}

function nodeText(node: OperandNode): string {
  switch (node.kind) {
    case "literal":
      return typeof node.value === "string"
        ? `'${node.value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
        : String(node.value);
    case "path":
      return node.text;
    case "user":
    case "old":
      return `@${node.kind}.${node.text}`;
    case "now":
      return "@now";
    case "list":
      return `(${node.values.map(nodeText).join(", ")})`;
    case "call":
      return `${node.name}(${node.args.map(nodeText).join(", ")})`;
  }
}
