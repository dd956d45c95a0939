import { coerce, typeOfLiteral, typeOfLiterals } from "./coerce.ts";
import { type Comparison, isConstant, type Literal, type Operand, typeOf } from "./condition.ts";
import type { Expression, LiteralNode, OperandNode } from "./expression.ts";
import { faultAt } from "./fault.ts";
import { NEEDLE_LIMIT } from "./fold.ts";
import { MIRRORED } from "./operators.ts";
import type { ResolveOptions } from "./resolution.ts";
import { describeOperand, resolveSide } from "./resolve-operand.ts";
import type { SchemaCollection, ValueType } from "./schema.ts";

type ComparisonNode = Extract<Expression, { kind: "comparison" }>;

/** Resolves both sides, checks that they compare, and puts constants in the other side's form. Throws `bad_request`. */
export function resolveComparison(
  node: ComparisonNode,
  collection: SchemaCollection,
  options: ResolveOptions,
): Comparison {
  const op = node.op === "in" ? "=" : node.op;
  let left = resolveSide(node.left, collection, options);
  let right = resolveSide(node.right, collection, options);
  refusePosition(left, node.left);
  refusePosition(right, node.right);
  if (op === "~" || op === "!~") checkContains(left, right, node);
  else if (op !== "=" && op !== "!=") {
    refuseBoolean(left, node.left);
    refuseBoolean(right, node.right);
  }
  if (right.kind === "literal" || right.kind === "list") right = conform(right, left, node.right);
  else if (left.kind === "literal") left = conform(left, right, node.left);
  else if (!comparable(left, right)) throw mismatch(left, right, node.right);
  return isConstant(left) && !isConstant(right) ? { left: right, op: MIRRORED[op], right: left } : { left, op, right };
}

const NOUNS: Readonly<Record<ValueType | "null" | "any", string>> = {
  text: "a text",
  number: "a number",
  boolean: "a boolean",
  datetime: "a date-time",
  date: "a date",
  json: "json",
  geo: "a position",
  null: "null",
  any: "any value",
};

function mismatch(left: Operand, right: Operand, node: OperandNode) {
  const type = NOUNS[typeOf(left)];
  return faultAt(node.at, `${describeOperand(left)} is ${type} and does not compare with ${NOUNS[typeOf(right)]}`);
}

function comparable(left: Operand, right: Operand): boolean {
  const a = typeOf(left);
  const b = typeOf(right);
  // Types inside json are known row by row. Two such sides would compare by chance, so one of them must be constant.
  if (a === "json" && b === "json") return isConstant(left) || isConstant(right);
  if (a === b || a === "any" || b === "any" || a === "json" || b === "json") return true;
  return (a === "date" && b === "datetime") || (a === "datetime" && b === "date");
}

/** A literal, or each of a list, in the form in which it compares with `other`. */
function conform(constant: Extract<Operand, { kind: "literal" | "list" }>, other: Operand, node: OperandNode): Operand {
  const type = typeOf(other);
  const one = ({ value, at }: LiteralNode): Literal => {
    if (type === "any" || type === "null" || value === null) return value;
    const fitting = coerce(value, type);
    if (fitting !== undefined) return fitting;
    if (typeof value === "string" && (type === "date" || type === "datetime")) {
      throw faultAt(at, "expected a date such as 2026-11-20, or a date-time such as 2026-11-20T12:00:00Z");
    }
    throw mismatch(other, { kind: "literal", value, type: typeOfLiteral(value) }, { kind: "literal", value, at });
  };
  const isDynamic = type === "any" || type === "null" || type === "json";
  if (node.kind === "literal") {
    const value = one(node);
    return { kind: "literal", value, type: isDynamic || value === null ? typeOfLiteral(value) : type };
  }
  if (node.kind !== "list") return constant;
  const values = node.values.map(one);
  return { kind: "list", values, type: isDynamic ? typeOfLiterals(values) : type };
}

function checkContains(left: Operand, right: Operand, node: ComparisonNode): void {
  const type = typeOf(left);
  if (type !== "text" && type !== "json" && type !== "any" && type !== "null") {
    throw faultAt(node.left.at, `~ looks into texts, and ${describeOperand(left)} is ${NOUNS[type]}`);
  }
  const needle = typeOf(right);
  const isText = needle === "text" || needle === "null" || needle === "any" || needle === "json";
  if (!isConstant(right) || !isText) throw faultAt(node.right.at, "the right side of ~ is a constant text");
  if (right.kind === "literal" && typeof right.value === "string" && right.value.length > NEEDLE_LIMIT) {
    throw faultAt(node.right.at, `the right side of ~ has at most ${NEEDLE_LIMIT} characters`);
  }
}

function refusePosition(operand: Operand, node: OperandNode): void {
  if (typeOf(operand) !== "geo") return;
  throw faultAt(node.at, `${describeOperand(operand)} is a position; compare distance(), or its .lat and .lng`);
}

function refuseBoolean(operand: Operand, node: OperandNode): void {
  if (typeOf(operand) === "boolean") throw faultAt(node.at, "booleans have no order; use = or !=");
}
