import { BakendError } from "../errors.ts";
import { type Condition, isConstant, isMany, type Operand, type PathOperand } from "./condition.ts";
import type { Expression, OperandNode } from "./expression.ts";
import { faultAt } from "./fault.ts";
import { resolvePath } from "./path.ts";
import type { ResolveOptions } from "./resolution.ts";
import { resolveComparison } from "./resolve-comparison.ts";
import { describeOperand, resolveNode } from "./resolve-operand.ts";
import type { SchemaCollection } from "./schema.ts";
import { and, or } from "./simplify.ts";

/**
 * Gives every name its meaning and checks every type. The result may still speak of `@user`, `@now` and `@old`, which
 * `settle` binds. Throws `bad_request` with the column of what is unknown or does not fit.
 */
export function resolve(expression: Expression, options: ResolveOptions): Condition {
  const collection = collectionOf(options);
  return visit(expression);

  function visit(node: Expression): Condition {
    switch (node.kind) {
      case "all":
        return and(...node.parts.map(visit));
      case "any":
        return or(...node.parts.map(visit));
      case "not":
        return { not: visit(node.part) };
      case "comparison":
        return resolveComparison(node, collection, options);
    }
  }
}

/**
 * Resolves a sort, group or aggregate key: one value of the row. Throws `bad_request` for a path with many values
 * (a path into json may have many), a position, and what does not depend on the row. With a viewer the result may
 * carry guards; `settleOperand` settles those.
 */
export function resolveOperand(node: OperandNode, options: ResolveOptions): Operand {
  const operand = resolveNode(node, collectionOf(options), options);
  if (isConstant(operand)) throw faultAt(node.at, `expected a field, found ${describeOperand(operand)}`);
  if (isMany(operand)) throw faultAt(node.at, `${describeOperand(operand)} may have many values`);
  if (operand.kind === "path" && operand.type === "geo") {
    throw faultAt(node.at, `${describeOperand(operand)} is a position; use distance() or .lat and .lng`);
  }
  return operand;
}

/** Resolves a dotted path to the value or values at its end. Throws `bad_request` if there is none, or it is a position. */
export function resolveValues(text: string, options: ResolveOptions): PathOperand {
  const path = resolvePath(text, 0, collectionOf(options), options);
  if (path.type === "geo") throw faultAt(0, `${text} is a position; use .lat and .lng`);
  return path;
}

function collectionOf({ schema, collection }: ResolveOptions): SchemaCollection {
  const found = schema.collection(collection);
  if (found === undefined) throw new BakendError("internal", `no collection ${JSON.stringify(collection)}`);
  return found;
}
