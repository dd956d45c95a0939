import type { Fail, Field, JsonSchema } from "./field.ts";

/** What a field of many values makes of each single one. */
export interface ItemRules {
  readonly parse: (value: unknown, fail: Fail) => string | undefined;
  readonly jsonSchema: JsonSchema;
}

/** Checks an array of distinct items; order is kept. */
export function parseItems(value: unknown, rules: ItemRules, required: boolean, fail: Fail): unknown {
  if (!Array.isArray(value)) return fail("type", "must be an array");
  if (required && value.length === 0) return fail("required", "must have at least one item");
  const items: string[] = [];
  for (const one of value) {
    const item = rules.parse(one, fail);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return new Set(items).size === items.length ? items : fail("unique", "must not hold the same item twice");
}

/** The parts of a field that keeps an array of texts as JSON in one column. Never null: without items it is `[]`. */
export function listParts(
  name: string,
  rules: ItemRules,
  required: boolean,
): Pick<Field, "columns" | "schema" | "parse" | "store" | "load" | "json" | "jsonSchema"> {
  return {
    columns: [{ name, type: "TEXT", nullable: false }],
    schema: { kind: "list", name, column: name },
    parse: (value, fail) => parseItems(value, rules, required, fail),
    store: (value) => [JSON.stringify(value ?? [])],
    load: (row) => JSON.parse(String(row[name] ?? "[]")),
    json: (column) => `json(coalesce(${column(name)}, '[]'))`,
    jsonSchema: () => ({ type: "array", items: rules.jsonSchema, uniqueItems: true }),
  };
}
