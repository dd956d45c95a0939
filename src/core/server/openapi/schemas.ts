import { type Collection, FILE_TABLE, type Field, type JsonSchema } from "../../collections/index.ts";
import { isInput, isRequired } from "./examples.ts";
import { type Node, ref } from "./node.ts";
import { FILE_REF } from "./storage-paths.ts";

const ID: Node = { type: "string", format: "uuid" };
const TIME: Node = { type: "string", format: "date-time" };
const SYSTEM: Readonly<Record<string, Node>> = {
  createdAt: { ...TIME, description: "When it was created." },
  updatedAt: { ...TIME, description: "When it was last changed." },
  version: { type: "integer", minimum: 1, description: "One more with each write; it is the ETag." },
};

/** The schemas of a collection: its record, what is sent to create, replace and change one, and its lists. */
export function collectionSchemas(collection: Collection): Record<string, Node> {
  const { name } = collection;
  const schemas = {
    [name]: recordSchema(collection),
    [`${name}_list`]: listSchema(name),
    [`${name}_groups`]: groupsSchema(),
  };
  return collection.kind === "view" ? schemas : { ...schemas, ...inputSchemas(collection) };
}

function recordSchema({ name, kind, fields, definition }: Collection): Node {
  const shown = fields.filter((field) => !field.definition.hidden);
  const open = shown.filter((field) => field.definition.permissions?.view === undefined);
  const system = kind === "view" ? {} : SYSTEM;
  const id = kind === "view" ? { type: "string" } : ID;
  return {
    type: "object",
    description: definition.description ?? `One of ${name}.`,
    properties: {
      id,
      ...Object.fromEntries(shown.map((field) => [field.name, fieldSchema(field)])),
      ...system,
      expand: expandSchema(shown),
    },
    required: ["id", ...open.map((field) => field.name), ...Object.keys(system)],
  };
}

/** Relations by name; those that lead here from elsewhere too, so other properties are possible. */
function expandSchema(fields: readonly Field[]): Node {
  const linked = fields.flatMap(({ name, link }) => {
    if (!link) return [];
    const one = link.target === FILE_TABLE ? FILE_REF : ref(link.target);
    return [[name, link.many ? { type: "array", items: one } : { anyOf: [one, { type: "null" }] }] as const];
  });
  return {
    type: "object",
    description: "The records that `expand` asked for, as far as the caller may see them.",
    ...(linked.length > 0 ? { properties: Object.fromEntries(linked) } : {}),
  };
}

/** Goes in and never comes out. */
const PASSWORD: Node = { type: "string", format: "password", minLength: 8, maxLength: 256, writeOnly: true };

function inputSchemas(collection: Collection): Record<string, Node> {
  const { name } = collection;
  const fields = collection.fields.filter((field) => isInput(collection, field));
  const password = collection.kind === "auth" ? { password: PASSWORD } : {};
  const input = { ...Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)])), ...password };
  const required = fields.filter(isRequired).map((field) => field.name);
  const whole = required.length > 0 ? { required } : {};
  return {
    [`${name}_input`]: {
      type: "object",
      properties: { id: { ...ID, description: "Chosen by the server if it is not given." }, ...input },
      ...whole,
      additionalProperties: false,
    },
    [`${name}_replace`]: {
      type: "object",
      description: "What is not named is reset to its default. System fields may be sent along as they are.",
      properties: { id: ID, ...input, ...SYSTEM },
      ...whole,
      additionalProperties: false,
    },
    [`${name}_patch`]: {
      type: "object",
      description: "What is not named stays. System fields may be sent along as they are.",
      properties: { id: ID, ...input, ...SYSTEM },
      additionalProperties: false,
    },
  };
}

function listSchema(name: string): Node {
  return {
    type: "object",
    properties: {
      items: { type: "array", items: ref(name) },
      next: { type: ["string", "null"], description: "The cursor of the next page; null on the last one." },
      total: { type: "integer", minimum: 0, description: "With count=true: how many records match." },
    },
    required: ["items", "next"],
  };
}

function groupsSchema(): Node {
  const group = {
    type: "object",
    description: 'Keys and figures: { "status": "draft", "count": 3, "avg_price": 1.5 }.',
  };
  return { type: "object", properties: { groups: { type: "array", items: group } }, required: ["groups"] };
}

function fieldSchema(field: Field): Node {
  const { definition } = field;
  const fallback = "default" in definition ? definition.default : undefined;
  const fixed = fallback !== undefined && !(typeof fallback === "string" && fallback.startsWith("@"));
  const description = describeField(field, fallback);
  return {
    ...nullableSchema(field, tightened(field)),
    ...(description === "" ? {} : { description }),
    ...(fixed ? { default: fallback } : {}),
  };
}

/** A required text must not be empty. */
function tightened({ definition, jsonSchema }: Field): JsonSchema {
  const schema = jsonSchema();
  if (!definition.required) return schema;
  if (definition.type === "text" || definition.type === "richtext") {
    return { ...schema, minLength: Math.max(1, Number(schema.minLength ?? 0)) };
  }
  return schema.type === "array" ? { ...schema, minItems: 1 } : schema;
}

function nullableSchema({ nullable }: Field, schema: JsonSchema): Node {
  if (!nullable || Object.keys(schema).length === 0) return schema;
  if (typeof schema.type !== "string" || schema.enum) return { anyOf: [schema, { type: "null" }] };
  return { ...schema, type: [schema.type, "null"] };
}

function targetOf({ target }: NonNullable<Field["link"]>): string {
  return target === FILE_TABLE ? "the stored files" : target;
}

function describeField({ definition, link }: Field, fallback: unknown): string {
  const sentences = [
    definition.description,
    link && (link.many ? `Ids of ${targetOf(link)}.` : `The id of one of ${targetOf(link)}.`),
    fallback === "@now" ? "By default the time of the request." : undefined,
    typeof fallback === "string" && fallback.startsWith("@user.")
      ? `By default the caller's ${fallback.slice(6)}.`
      : undefined,
    definition.unique ? "Unique." : undefined,
    definition.immutable ? "Cannot be changed once the record exists." : undefined,
  ];
  return sentences.filter((text) => text !== undefined && text !== "").join(" ");
}
