import type { Condition, Operand } from "./condition.ts";

/** Whether a condition speaks of `@now`, so that it means something else at another time. */
export function dependsOnNow(condition: Condition): boolean {
  if ("not" in condition) return dependsOnNow(condition.not);
  if ("all" in condition) return condition.all.some(dependsOnNow);
  if ("any" in condition) return condition.any.some(dependsOnNow);
  return ofOperand(condition.left) || ofOperand(condition.right);
}

function ofOperand(operand: Operand): boolean {
  switch (operand.kind) {
    case "now":
      return true;
    case "call":
      return operand.args.some(ofOperand);
    case "path":
      return operand.hops.some((hop) => hop.guard !== undefined && dependsOnNow(hop.guard));
    default:
      return false;
  }
}
