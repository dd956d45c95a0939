import type { Condition, Operand } from "./condition.ts";

/** The collections whose records a condition looks at, beside the row that it is about. */
export function reachOf(condition: Condition): ReadonlySet<string> {
  const names = new Set<string>();
  collect(condition, names);
  return names;
}

function collect(condition: Condition, names: Set<string>): void {
  if ("not" in condition) collect(condition.not, names);
  else if ("all" in condition) for (const part of condition.all) collect(part, names);
  else if ("any" in condition) for (const part of condition.any) collect(part, names);
  else for (const side of [condition.left, condition.right]) collectOperand(side, names);
}

function collectOperand(operand: Operand, names: Set<string>): void {
  if (operand.kind === "call") for (const argument of operand.args) collectOperand(argument, names);
  if (operand.kind !== "path") return;
  for (const { target, guard } of operand.hops) {
    names.add(target);
    if (guard !== undefined) collect(guard, names);
  }
}
