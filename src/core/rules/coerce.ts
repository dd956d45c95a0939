import { toInstant } from "../../tools/index.ts";
import type { Literal } from "./condition.ts";
import { toDay } from "./instant.ts";
import type { ValueType } from "./schema.ts";

/**
 * A constant in the form in which it is compared with values of `type`, or `undefined` if it does not fit.
 * Null fits everything; `json` takes any single value as it is.
 */
export function coerce(value: Literal, type: ValueType): Literal | undefined {
  if (value === null) return null;
  switch (type) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "datetime":
      return typeof value === "string" ? toInstant(value) : undefined;
    case "date":
      return typeof value === "string" ? toDay(value) : undefined;
    case "json":
      return value;
    case "geo":
      return undefined;
  }
}

/** The type of a constant by itself. An opaque value is json. */
export function typeOfLiteral(value: Literal): "text" | "number" | "boolean" | "json" | "null" {
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return value === null ? "null" : "json";
  }
}

/** The type of several constants: `json` if they differ, `null` if there is none but null. */
export function typeOfLiterals(values: readonly Literal[]): ValueType | "null" {
  let type: ValueType | "null" = "null";
  for (const value of values) {
    const own = typeOfLiteral(value);
    if (own === "null" || own === type) continue;
    type = type === "null" ? own : "json";
  }
  return type;
}
