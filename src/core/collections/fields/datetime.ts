import { toDate, toInstant } from "../../../tools/index.ts";
import type { FieldDefinitionOf } from "../definition.ts";
import type { Field } from "./field.ts";
import { plainParts } from "./plain.ts";

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
  return {
    ...plainParts(definition, "TEXT", definition.type),
    parse: (value, fail) =>
      typeof value === "string" ? (read(value) ?? fail("type", message)) : fail("type", message),
    jsonSchema: () => ({ type: "string", format }),
  };
}
