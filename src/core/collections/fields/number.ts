import type { FieldDefinitionOf } from "../definition.ts";
import type { Field } from "./field.ts";
import { plainParts } from "./plain.ts";

/** `integer`: a whole number that JSON carries exactly (up to 2^53 - 1). */
export function integerField(definition: FieldDefinitionOf<"integer">): Field {
  return numeric(definition, "INTEGER", Number.isSafeInteger, "must be a whole number");
}

/** `number`: a double. */
export function numberField(definition: FieldDefinitionOf<"number">): Field {
  return numeric(definition, "REAL", Number.isFinite, "must be a number");
}

/**
 * A double as JSON with 17 significant digits, which tell every double from its neighbours; functions of SQLite write fewer.
 * (Beyond about 1e±100, SQLite before 3.54 may be off in the last of them.)
 */
export function jsonNumber(column: string): string {
  return `json(iif(${column} IS NULL, 'null', printf('%!.17g', ${column})))`;
}

function numeric(
  definition: FieldDefinitionOf<"integer" | "number">,
  type: "INTEGER" | "REAL",
  accepts: (value: unknown) => boolean,
  message: string,
): Field {
  const { min, max } = definition;
  return {
    ...plainParts(definition, type, "number"),
    ...(type === "REAL" ? { json: (column) => jsonNumber(column(definition.name)) } : {}),
    parse: (value, fail) => {
      if (typeof value !== "number" || !accepts(value)) return fail("type", message);
      if (min !== undefined && value < min) return fail("min", `must be at least ${min}`);
      if (max !== undefined && value > max) return fail("max", `must be at most ${max}`);
      return value === 0 ? 0 : value;
    },
    jsonSchema: () => ({
      type: definition.type,
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    }),
  };
}
