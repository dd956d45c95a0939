import { toDate, toInstant } from "../../../tools/index.ts";
import type { FieldDefinitionOf } from "../definition.ts";
import { type Field, isNullable } from "./field.ts";

/** `datetime`: an instant; any ISO 8601 form with an offset is accepted, and kept as UTC with milliseconds. */
export function datetimeField(definition: FieldDefinitionOf<"datetime">): Field {
  return temporal(definition, toInstant, "must be a date and time such as 2026-11-20T12:00:00Z", "date-time");
}

/** `date`: a calendar day, `YYYY-MM-DD`. */
export function dateField(definition: FieldDefinitionOf<"date">): Field {
  return temporal(definition, toDate, "must be a day such as 2026-11-20", "date");
}

function temporal(
  definition: FieldDefinitionOf<"datetime" | "date">,
  read: (text: string) => string | undefined,
  message: string,
  format: string,
): Field {
  const { name, type } = definition;
  const nullable = isNullable(definition);
  return {
    name,
    definition,
    nullable,
    columns: [{ name, type: "TEXT", nullable }],
    schema: { kind: "value", name, type, column: name, nullable },
    parse: (value, fail) =>
      typeof value === "string" ? (read(value) ?? fail("type", message)) : fail("type", message),
    store: (value) => [value as string | null],
    jsonSchema: () => ({ type: "string", format }),
  };
}
