import type { FieldDefinition } from "../../core/collections/index.ts";
import { MODULE_TYPES } from "./module-types.ts";

/** As much of a collection as its type is made of. */
export interface TypedCollection {
  readonly name: string;
  readonly fields: readonly FieldDefinition[];
}

/** The file in a project that holds the types. */
export const TYPES_FILE = "bakend-env.d.ts";

const HEAD = `// Made by "bak dev" from the collections. Changes are overwritten.
declare module "bakend" {
  interface SystemFields {
    readonly id: string;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly version: number;
  }
`;

/** The types of the module "bakend" for a project's functions, with its records: the text of `bakend-env.d.ts`. */
export function environmentTypes(collections: readonly TypedCollection[]): string {
  const records = collections.map(({ name, fields }) => `    ${name}: ${recordType(fields)};\n`);
  return `${HEAD}
  /** The records of this project. */
  export interface Collections {
${records.join("")}  }
${MODULE_TYPES}}
`;
}

function recordType(fields: readonly FieldDefinition[]): string {
  const own = fields
    .filter(({ hidden }) => hidden !== true)
    .map((field) => `      ${field.name}: ${fieldType(field)};\n`);
  return `SystemFields & {\n${own.join("")}    }`;
}

function fieldType(field: FieldDefinition): string {
  const many = "many" in field && field.many === true;
  const value = valueType(field);
  const type = many ? `readonly ${value.includes("|") ? `(${value})` : value}[]` : value;
  const nullable = field.nullable ?? field.required !== true;
  return nullable && !many && field.type !== "json" ? `${type} | null` : type;
}

function valueType(field: FieldDefinition): string {
  switch (field.type) {
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "geo":
      return "{ readonly lat: number; readonly lng: number }";
    case "json":
      return "unknown";
    case "select":
      return field.options.map((option) => JSON.stringify(option)).join(" | ");
    default:
      return "string";
  }
}
