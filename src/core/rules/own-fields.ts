import type { Condition, Operand } from "./condition.ts";

/** The fields of the row itself that a condition looks at, those at which its paths set out included. */
export function ownFields(condition: Condition): ReadonlySet<string> {
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
  names.add(operand.hops[0]?.name ?? operand.leaf.field);
}
