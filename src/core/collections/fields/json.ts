import type { FieldDefinitionOf } from "../definition.ts";
import { type Field, isNullable } from "./field.ts";
import { isStorable } from "./text.ts";

/** Deeper values are refused: engines differ in what they can read, and nobody means it. */
const MAX_DEPTH = 64;

/** `json`: any JSON value, up to 64 levels deep. */
export function jsonField(definition: FieldDefinitionOf<"json">): Field {
  const { name } = definition;
  const nullable = isNullable(definition);
  return {
    name,
    definition,
    nullable,
    columns: [{ name, type: "TEXT", nullable }],
    schema: { kind: "json", name, column: name },
    parse: (value, fail) => {
      if (!isShallow(value, MAX_DEPTH)) return fail("max", `must not be nested deeper than ${MAX_DEPTH} levels`);
      return isCleanJson(value) ? value : fail("type", "must be JSON with valid Unicode and without null characters");
    },
    store: (value) => [value === null ? null : JSON.stringify(value)],
    load: (row) => (row[name] === null ? null : JSON.parse(String(row[name]))),
    json: (column) => `json(coalesce(${column(name)}, 'null'))`,
    jsonSchema: () => ({}),
  };
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function isCleanJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return isStorable(value);
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return true;
    case "object":
      return value === null || Object.entries(value).every(([key, inner]) => isStorable(key) && isCleanJson(inner));
    default:
      return false;
  }
}
