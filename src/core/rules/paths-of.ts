import type { Condition, Operand, PathOperand } from "./condition.ts";

/** The paths that a condition itself looks at, those within calls included; not those of its guards. */
export function* pathsOf(condition: Condition): Generator<PathOperand> {
  if ("not" in condition) yield* pathsOf(condition.not);
  else if ("all" in condition) for (const part of condition.all) yield* pathsOf(part);
  else if ("any" in condition) for (const part of condition.any) yield* pathsOf(part);
  else for (const side of [condition.left, condition.right]) yield* pathsIn(side);
}

function* pathsIn(operand: Operand): Generator<PathOperand> {
  if (operand.kind === "path") yield operand;
  if (operand.kind === "call") for (const argument of operand.args) yield* pathsIn(argument);
}
