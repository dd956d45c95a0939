import { type Comparison, type Condition, type Literal, type Operand, typeOf } from "./condition.ts";
import type { Reader } from "./functions.ts";
import { MIDNIGHT } from "./instant.ts";
import { OPERATORS } from "./operators.ts";
import { createReader, type RowData, type RowSource } from "./reader.ts";

/**
 * Whether a settled condition holds for a decoded record: the meaning that `compile` has in SQL. `source` is needed
 * unless the condition `isLocal`; without it a path that leaves the record throws.
 */
export function matches(condition: Condition, row: RowData, source?: RowSource): boolean {
  const reader = createReader(row, source, (guard, found) => matches(guard, found, source));
  return holds(condition, reader);
}

/** True if the condition can be judged by the record alone: by `row`, where that may be less than the whole record. */
export function isLocal(condition: Condition, row?: RowData): boolean {
  const local = (part: Condition): boolean => isLocal(part, row);
  if ("all" in condition) return condition.all.every(local);
  if ("any" in condition) return condition.any.every(local);
  if ("not" in condition) return local(condition.not);
  return isLocalOperand(condition.left, row) && isLocalOperand(condition.right, row);
}

/** Whether a comparison holds for values at hand: each side is one value, or several of which any may do. */
export function compareValues(
  left: Literal | readonly Literal[],
  { op }: Pick<Comparison, "op">,
  right: Literal | readonly Literal[],
): boolean {
  const { memory } = OPERATORS[op];
  if (!isList(left) && !isList(right)) return memory(left, right);
  return listOf(left).some((a) => listOf(right).some((b) => memory(a, b)));
}

function isLocalOperand(operand: Operand, row: RowData | undefined): boolean {
  if (operand.kind === "path")
    return operand.hops.length === 0 && (row === undefined || Object.hasOwn(row, operand.leaf.field));
  return operand.kind !== "call" || operand.args.every((argument) => isLocalOperand(argument, row));
}

function holds(condition: Condition, reader: Reader): boolean {
  if ("all" in condition) return condition.all.every((part) => holds(part, reader));
  if ("any" in condition) return condition.any.some((part) => holds(part, reader));
  if ("not" in condition) return !holds(condition.not, reader);
  const { left, right } = condition;
  const a = widened(reader.values(left), left, right);
  const b = widened(reader.values(right), right, left);
  const leftEvery = left.kind === "path" && left.every;
  const rightEvery = right.kind === "path" && right.every;
  if (!leftEvery && !rightEvery) return compareValues(a, condition, b);
  // What holds for every value stands outermost: every(a) = b says that each of a has its match in b.
  const { memory } = OPERATORS[condition.op];
  if (!leftEvery) return listOf(b).every((y) => listOf(a).some((x) => memory(x, y)));
  return listOf(a).every((x) =>
    rightEvery ? listOf(b).every((y) => memory(x, y)) : listOf(b).some((y) => memory(x, y)),
  );
}

/** A date of the row beside a date-time of the row counts as its midnight. (Constants already have the right form.) */
function widened(
  values: Literal | readonly Literal[],
  operand: Operand,
  beside: Operand,
): Literal | readonly Literal[] {
  if (operand.kind !== "path" || operand.type !== "date" || typeOf(beside) !== "datetime") return values;
  const midnight = (value: Literal) => (typeof value === "string" ? value + MIDNIGHT : value);
  return isList(values) ? values.map(midnight) : midnight(values);
}

function isList(values: Literal | readonly Literal[]): values is readonly Literal[] {
  return Array.isArray(values);
}

function listOf(values: Literal | readonly Literal[]): readonly Literal[] {
  return isList(values) ? values : [values];
}
