import { isUuid } from "../../../tools/index.ts";
import type { FieldDefinitionOf } from "../definition.ts";
import type { Fail, Field } from "./field.ts";
import { listParts } from "./list.ts";
import { plainParts } from "./plain.ts";

/** `file`: the id of a stored file, or several with `many`. */
export function fileField(definition: FieldDefinitionOf<"file">): Field {
  const { name } = definition;
  const jsonSchema = { type: "string", format: "uuid" };
  const parse = (value: unknown, fail: Fail): string | undefined =>
    isUuid(value) ? value : fail("type", "must be the id of a file");
  if (definition.many) {
    return {
      name,
      definition,
      nullable: false,
      ...listParts(name, { parse, jsonSchema }, definition.required === true),
    };
  }
  return {
    ...plainParts(definition, "TEXT", "text"),
    parse,
    jsonSchema: () => jsonSchema,
  };
}
