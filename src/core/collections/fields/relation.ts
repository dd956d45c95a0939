import { isUuid } from "../../../tools/index.ts";
import type { FieldDefinitionOf } from "../definition.ts";
import { type Fail, type Field, isNullable, type OnDelete } from "./field.ts";
import { parseItems } from "./list.ts";

/** The table of a to-many relation. A colon cannot stand in a name, so it collides with no collection. */
export function joinTable(collection: string, field: string): string {
  return `${collection}:${field}`;
}

/** `relation`: the id of a record of another collection (or the same), or several with `many`. */
export function relationField(definition: FieldDefinitionOf<"relation">, collection: string): Field {
  const { name, collection: target } = definition;
  const nullable = isNullable(definition);
  const fallback: OnDelete = definition.many || nullable ? "setNull" : "restrict";
  const onDelete = definition.onDelete ?? fallback;
  const jsonSchema = { type: "string", format: "uuid" };
  const parse = (value: unknown, fail: Fail): string | undefined =>
    isUuid(value) ? value : fail("type", `must be the id of a record of ${target}`);

  if (definition.many) {
    const rules = { parse, jsonSchema };
    return {
      name,
      definition,
      nullable: false,
      columns: [],
      schema: { kind: "many", name, table: joinTable(collection, name), target },
      link: { many: true, target, onDelete },
      parse: (value, fail) => parseItems(value, rules, definition.required === true, fail),
      store: () => [],
      load: (row) => JSON.parse(String(row[name] ?? "[]")),
      jsonSchema: () => ({ type: "array", items: jsonSchema, uniqueItems: true }),
    };
  }
  return {
    name,
    definition,
    nullable,
    columns: [{ name, type: "TEXT", nullable, references: { collection: target, onDelete } }],
    schema: { kind: "one", name, column: name, target, nullable },
    link: { many: false, target, onDelete },
    parse,
    store: (value) => [value as string | null],
    jsonSchema: () => jsonSchema,
  };
}
