import type { Expression, OperandNode } from "./expression.ts";

/** The `@user` paths that an expression names, without `@user.`, each once. */
export function userPathsIn(expression: Expression): readonly string[] {
  return [...new Set(inExpression(expression))];
}

function inExpression(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "all":
    case "any":
      return expression.parts.flatMap(inExpression);
    case "not":
      return inExpression(expression.part);
    case "comparison":
      return [expression.left, expression.right].flatMap(inOperand);
  }
}

function inOperand(node: OperandNode): readonly string[] {
  if (node.kind === "user") return [node.text];
  return node.kind === "call" ? node.args.flatMap(inOperand) : [];
}
