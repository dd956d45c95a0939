import type { FieldDefinition } from "../definition.ts";
import { type Fail, type Field, isNullable, type OnDelete } from "./field.ts";
import { parseItems } from "./list.ts";

/** What a field that points at rows of another table is made of. */
export interface LinkSpec {
  readonly definition: FieldDefinition & { readonly many?: boolean | undefined };
  /** The collection that the field is in. */
  readonly collection: string;
  /** The table that it points into. */
  readonly target: string;
  /** What is said about deletions; otherwise the link is emptied where it may be, and keeps its target where not. */
  readonly onDelete: OnDelete | undefined;
  /** Checks one id. */
  readonly parse: (value: unknown, fail: Fail) => string | undefined;
}

/** The table of a to-many relation. A colon cannot stand in a name, so it collides with no collection. */
export function joinTable(collection: string, field: string): string {
  return `${collection}:${field}`;
}

/** A field that holds the id of a row of another table, or with `many` several, in a table of their own. */
export function linkParts({ definition, collection, target, onDelete: said, parse }: LinkSpec): Field {
  const { name, many = false } = definition;
  const nullable = isNullable(definition);
  const onDelete = said ?? (many || nullable ? "setNull" : "restrict");
  const jsonSchema = { type: "string", format: "uuid" };

  if (many) {
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
