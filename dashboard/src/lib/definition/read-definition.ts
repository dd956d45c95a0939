import type { CollectionDefinition } from "../api/types.ts";

/**
 * Reads a definition written as JSON, as far as a form needs to rely on its shape; the server judges the rest.
 * @throws Error that says in words what is wrong
 */
export function readDefinition(text: string): CollectionDefinition {
  const value = parse(text);
  if (!isObject(value)) throw new Error('A definition is an object: { "name": ..., "fields": [...] }.');
  if (typeof value.name !== "string") throw new Error('"name" must be a text.');
  if (value.kind !== undefined && !["base", "auth", "view"].includes(String(value.kind)))
    throw new Error('"kind" must be "base", "auth" or "view".');
  listOf(value.fields, "fields").forEach((field, index) => {
    if (!isObject(field) || typeof field.name !== "string" || typeof field.type !== "string")
      throw new Error(`"fields", item ${index + 1}: must be an object with a "name" and a "type".`);
    checkTexts(field.permissions, `"permissions" of field ${field.name}`);
  });
  listOf(value.indexes, "indexes").forEach((index, at) => {
    if (!isObject(index) || !Array.isArray(index.fields))
      throw new Error(`"indexes", item ${at + 1}: must be an object with a list of "fields".`);
  });
  checkTexts(value.permissions, '"permissions"');
  return value as CollectionDefinition;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`"${name}" must be a list.`);
}

function checkTexts(value: unknown, what: string): void {
  if (value === undefined) return;
  if (!isObject(value) || Object.values(value).some((one) => typeof one !== "string"))
    throw new Error(`${what}: must be an object whose values are texts.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
