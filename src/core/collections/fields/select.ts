import type { FieldDefinitionOf } from "../definition.ts";
import { type Fail, type Field, isNullable } from "./field.ts";
import { listParts } from "./list.ts";

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
  const nullable = isNullable(definition);
  return {
    name,
    definition,
    nullable,
    columns: [{ name, type: "TEXT", nullable }],
    schema: { kind: "value", name, type: "text", column: name, nullable },
    parse,
    store: (value) => [value as string | null],
    jsonSchema: () => ({ type: "string", enum: options }),
  };
}
