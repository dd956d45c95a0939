import type { FieldDefinition } from "../../core/collections/index.ts";
import { MODULE_TYPES } from "./module-types.ts";

/** As much of a collection as its type is made of. */
export interface TypedCollection {
  readonly name: string;
  readonly kind?: "base" | "auth" | "view";
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

/** Set by way of a password, never by itself. */
const PASSWORD_HASH = "passwordHash";

/** The types of the module "bakend" for a project's functions, with its records: the text of `bakend-env.d.ts`. */
export function environmentTypes(collections: readonly TypedCollection[]): string {
  const records = collections.map(({ name, fields }) => {
    const shown = fields.filter(({ hidden }) => hidden !== true);
    return `    ${name}: SystemFields & ${objectType(shown)};\n`;
  });
  const hidden = collections.flatMap(({ name, kind, fields }) => {
    const written = fields.filter(
      (field) => field.hidden === true && !(kind === "auth" && field.name === PASSWORD_HASH),
    );
    return written.length === 0 ? [] : [`    ${name}: ${objectType(written)};\n`];
  });
  const accounts = collections.filter(({ kind }) => kind === "auth").map(({ name }) => JSON.stringify(name));
  return `${HEAD}
  /** The records of this project. */
  export interface Collections {
${records.join("")}  }
  /** What of them can be written, and is in no answer. */
  interface Hidden {
${hidden.join("")}  }
  /** Those that are accounts. */
  type Accounts = ${accounts.join(" | ") || "never"};
${MODULE_TYPES}}
`;
}

function objectType(fields: readonly FieldDefinition[]): string {
  return `{\n${fields.map((field) => `      ${field.name}: ${fieldType(field)};\n`).join("")}    }`;
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
