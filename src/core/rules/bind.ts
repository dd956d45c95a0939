import { BakendError } from "../errors.ts";
import { type Bindings, oldValues, userValues } from "./bindings.ts";
import { coerce, typeOfLiterals } from "./coerce.ts";
import {
  ALWAYS,
  type Comparison,
  type Condition,
  isConstant,
  type Literal,
  NEVER,
  OPAQUE,
  type Operand,
  typeOf,
} from "./condition.ts";
import { NEEDLE_LIMIT } from "./fold.ts";
import { FUNCTIONS } from "./functions.ts";
import { compareValues } from "./matches.ts";
import { MIRRORED } from "./operators.ts";
import { createReader } from "./reader.ts";
import type { ValueType } from "./schema.ts";

type Settle = (condition: Condition, bindings: Bindings) => Condition;
type Type = ValueType | "null" | "any";
type Values = Literal | readonly Literal[];

/**
 * A comparison with everything bound; `ALWAYS` or `NEVER` if no row matters; `undefined` if it is unknown, because a
 * `@user` path in it has no value, or none that could be compared with the other side. With an unread `@old` in it, it
 * stays open.
 */
export function bindComparison(comparison: Comparison, bindings: Bindings, settle: Settle): Condition | undefined {
  const { left, op, right } = comparison;
  if (!isBindable(left) && !isBindable(right) && !isConstant(left)) return comparison;
  const absence = askForAbsence(comparison, bindings);
  if (absence !== undefined) return absence;
  const a = bindOperand(left, bindings, settle);
  const b = bindOperand(right, bindings, settle);
  if (a === undefined || b === undefined) return undefined;
  const type = { left: typeOf(left), right: typeOf(right) };
  if (isKnown(a) && isKnown(b)) {
    // A date and a date-time meet as instants.
    const common = type.left === "datetime" || type.right === "datetime" ? "datetime" : undefined;
    const x = fitted(left, a, common ?? type.right);
    const y = fitted(right, b, common ?? type.left);
    if (x === undefined || y === undefined) return undefined;
    return compareValues(x, comparison, y) ? ALWAYS : NEVER;
  }
  if (isKnown(a)) return withConstant(b, MIRRORED[op], fitted(left, a, type.right), type.right);
  if (isKnown(b)) return withConstant(a, op, fitted(right, b, type.left), type.left);
  return { left: a, op, right: b };
}

/**
 * An operand with everything bound: one value becomes a literal, several a list. `undefined` if it needs the value of a
 * `@user` path that has none.
 */
export function bindOperand(operand: Operand, bindings: Bindings, settle: Settle): Operand | undefined {
  switch (operand.kind) {
    case "user": {
      const values = userValues(bindings, operand.path);
      return values === undefined ? undefined : asGiven(values);
    }
    case "now":
      return { kind: "literal", value: bindings.now.toISOString(), type: "datetime" };
    case "old":
      if (bindings.old === "unread") return operand;
      return bindings.old ? asGiven(oldValues(bindings.old, operand.path)) : undefined;
    case "path":
      return operand.hops.some((hop) => hop.guard !== undefined)
        ? {
            ...operand,
            hops: operand.hops.map((hop) => (hop.guard ? { ...hop, guard: settle(hop.guard, bindings) } : hop)),
          }
        : operand;
    case "call":
      return bindCall(operand, bindings, settle);
    default:
      return operand;
  }
}

function bindCall(call: Extract<Operand, { kind: "call" }>, bindings: Bindings, settle: Settle): Operand | undefined {
  const args: Operand[] = [];
  for (const argument of call.args) {
    const bound = bindOperand(argument, bindings, settle);
    if (bound === undefined) return undefined;
    const isDegrees = call.name === "distance" && argument.kind === "user";
    if (isDegrees && (bound.kind !== "literal" || typeof bound.value !== "number")) return undefined;
    args.push(bound);
  }
  if (!args.every(isKnown)) return { ...call, args };
  const nothing = createReader({}, undefined, () => false);
  const value = FUNCTIONS[call.name].memory(args, nothing);
  return value === null && fromUser(call) ? undefined : asGiven(value);
}

/** `@user.x = null` and `@user.x != null` ask whether the path has a value at all. */
function askForAbsence({ left, op, right }: Comparison, bindings: Bindings): Condition | undefined {
  if (op !== "=" && op !== "!=") return undefined;
  const [path, other] = left.kind === "user" ? [left, right] : [right, left];
  if (path.kind !== "user" || other.kind !== "literal" || other.value !== null) return undefined;
  const isAbsent = userValues(bindings, path.path) === undefined;
  return isAbsent === (op === "=") ? ALWAYS : NEVER;
}

/**
 * Bound values in the form in which they compare with values of `type`. What does not fit, a caller does not have; if
 * a caller has none that fits, the result is `undefined`. An old value that does not fit equals nothing.
 */
function fitted(origin: Operand, bound: Operand, type: Type): Values | undefined {
  if (bound.kind !== "literal" && bound.kind !== "list") return undefined;
  const values = bound.kind === "list" ? bound.values : bound.value;
  if (origin.kind === "literal" || origin.kind === "list") return values;
  const fits = (value: Literal): Literal | undefined => {
    if (type === "any" || type === "null") return value;
    const isText = type === "date" || type === "datetime";
    // Within json there are no dates, only texts.
    return coerce(value, isText && typeOf(origin) === "json" ? "text" : type);
  };
  if (!fromUser(origin)) {
    const other = (value: Literal) => fits(value) ?? (value === null ? null : OPAQUE);
    return isList(values) ? values.map(other) : other(values);
  }
  const kept = listOf(values).flatMap((value) => (value === OPAQUE ? [] : (fits(value) ?? [])));
  return kept.length === 0 ? undefined : kept;
}

function withConstant(
  left: Operand,
  op: Comparison["op"],
  values: Values | undefined,
  type: Type,
): Comparison | undefined {
  if (values === undefined) return undefined;
  if (op === "~" || op === "!~") checkNeedles(values);
  const right = constant(values);
  const isTyped = type !== "any" && type !== "null" && type !== "json";
  return { left, op, right: isTyped && "type" in right && right.type !== "null" ? { ...right, type } : right };
}

function checkNeedles(values: Values): void {
  if (listOf(values).every((value) => typeof value !== "string" || value.length <= NEEDLE_LIMIT)) return;
  throw new BakendError("bad_request", `The right side of ~ has at most ${NEEDLE_LIMIT} characters.`);
}

/** Values not yet compared: a list stays one, and whole, since `length` counts its items. */
function asGiven(values: Values): Extract<Operand, { kind: "literal" | "list" }> {
  return isList(values) ? { kind: "list", values, type: typeOfLiterals(values) } : constant(values);
}

function constant(values: Values): Extract<Operand, { kind: "literal" | "list" }> {
  const distinct = isList(values) ? [...new Set(values)] : [values];
  const type = typeOfLiterals(distinct);
  const [only] = distinct;
  if (distinct.length === 1 && only !== undefined) return { kind: "literal", value: only, type };
  return { kind: "list", values: distinct, type };
}

/** Whether an operand that has been bound is down to its values. */
function isKnown(operand: Operand): boolean {
  return operand.kind === "literal" || operand.kind === "list";
}

function isBindable(operand: Operand): boolean {
  switch (operand.kind) {
    case "user":
    case "now":
    case "old":
      return true;
    case "path":
      return operand.hops.some((hop) => hop.guard !== undefined);
    case "call":
      return operand.args.some(isBindable) || isConstant(operand);
    default:
      return false;
  }
}

function fromUser(operand: Operand): boolean {
  return operand.kind === "user" || (operand.kind === "call" && operand.args.some(fromUser));
}

function isList(values: Values): values is readonly Literal[] {
  return Array.isArray(values);
}

function listOf(values: Values): readonly Literal[] {
  return isList(values) ? values : [values];
}
