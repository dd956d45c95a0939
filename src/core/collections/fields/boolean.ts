import type { FieldDefinitionOf } from "../definition.ts";
import type { Field } from "./field.ts";
import { plainParts } from "./plain.ts";

/** `boolean`: true or false, stored as 1 or 0. */
export function booleanField(definition: FieldDefinitionOf<"boolean">): Field {
  const { name } = definition;
  return {
    ...plainParts(definition, "INTEGER", "boolean"),
    parse: (value, fail) => (typeof value === "boolean" ? value : fail("type", "must be true or false")),
    store: (value) => [value === null ? null : value === true ? 1 : 0],
    load: (row) => (row[name] === null ? null : row[name] === 1),
    json: (column) => `json(CASE ${column(name)} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)`,
    jsonSchema: () => ({ type: "boolean" }),
  };
}
