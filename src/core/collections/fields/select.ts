import type { FieldDefinitionOf } from "../definition.ts";
import type { Fail, Field } from "./field.ts";
import { listParts } from "./list.ts";
import { plainParts } from "./plain.ts";

/** `select`: one of the listed options, or several with `many`. */
export function selectField(definition: FieldDefinitionOf<"select">): Field {
  const { name, options } = definition;
  const known = new Set(options);
  const parse = (value: unknown, fail: Fail): string | undefined => {
    if (typeof value !== "string") return fail("type", "must be a text");
    return known.has(value) ? value : fail("enum", `must be one of ${options.join(", ")}`);
  };
  if (definition.many) {
    const rules = { parse, jsonSchema: { type: "string", enum: options } };
    return { name, definition, nullable: false, ...listParts(name, rules, definition.required === true) };
  }
  return {
    ...plainParts(definition, "TEXT", "text"),
    parse,
    jsonSchema: () => ({ type: "string", enum: options }),
  };
}
