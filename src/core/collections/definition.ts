import { z } from "zod";

/** Names of collections and fields (contract, section 1). */
const NAME = /^[a-z][A-Za-z0-9_]{0,62}$/;
const NAME_HINT = "a lower-case letter, then up to 62 letters, digits or underscores";

const name = z.string().regex(NAME, { error: `must be ${NAME_HINT}` });

const common = {
  name,
  description: z.string().optional(),
  /** Must be given on create, and never be empty. */
  required: z.boolean().optional(),
  /** May be null. By default what is not required may. */
  nullable: z.boolean().optional(),
  unique: z.boolean().optional(),
  /** Cannot be changed once the record exists. */
  immutable: z.boolean().optional(),
  /** Never in an answer, an event or a filter. */
  hidden: z.boolean().optional(),
  /** The field's former name: its data moves along. */
  renamedFrom: name.optional(),
  permissions: z.strictObject({ view: z.string().optional(), write: z.string().optional() }).optional(),
};

const searchable = z.boolean().optional();
const many = z.boolean().optional();
const length = z.int().min(0).optional();

const fieldSchemas = {
  text: z.strictObject({
    ...common,
    type: z.literal("text"),
    default: z.string().optional(),
    min: length,
    max: length,
    /** A regular expression (JavaScript, Unicode mode) that some part of the value must match. */
    pattern: z.string().optional(),
    searchable,
  }),
  richtext: z.strictObject({
    ...common,
    type: z.literal("richtext"),
    default: z.string().optional(),
    min: length,
    max: length,
    searchable,
  }),
  integer: z.strictObject({
    ...common,
    type: z.literal("integer"),
    default: z.int().optional(),
    min: z.int().optional(),
    max: z.int().optional(),
  }),
  number: z.strictObject({
    ...common,
    type: z.literal("number"),
    default: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  boolean: z.strictObject({ ...common, type: z.literal("boolean"), default: z.boolean().optional() }),
  datetime: z.strictObject({ ...common, type: z.literal("datetime"), default: z.string().optional() }),
  date: z.strictObject({ ...common, type: z.literal("date"), default: z.string().optional() }),
  select: z.strictObject({
    ...common,
    type: z.literal("select"),
    options: z.array(z.string().min(1)).min(1),
    default: z.union([z.string(), z.array(z.string())]).optional(),
    many,
  }),
  email: z.strictObject({ ...common, type: z.literal("email"), default: z.string().optional(), searchable }),
  url: z.strictObject({ ...common, type: z.literal("url"), default: z.string().optional(), searchable }),
  json: z.strictObject({ ...common, type: z.literal("json"), default: z.json().optional() }),
  relation: z.strictObject({
    ...common,
    type: z.literal("relation"),
    /** The collection that it points to. */
    collection: name,
    onDelete: z.enum(["cascade", "restrict", "setNull"]).optional(),
    default: z.string().optional(),
    many,
  }),
  file: z.strictObject({ ...common, type: z.literal("file"), many }),
  geo: z.strictObject({
    ...common,
    type: z.literal("geo"),
    default: z.strictObject({ lat: z.number(), lng: z.number() }).optional(),
  }),
};

/** All types a field can have. */
export const FIELD_TYPES = Object.keys(fieldSchemas) as FieldTypeName[];

/** The name of a field type. */
export type FieldTypeName = keyof typeof fieldSchemas;

/** The definition of a field of one type. */
export type FieldDefinitionOf<T extends FieldTypeName> = z.output<(typeof fieldSchemas)[T]>;

/** A field as it stands in a collection's definition. */
export type FieldDefinition = { [T in FieldTypeName]: FieldDefinitionOf<T> }[FieldTypeName];

/** What may be done with records; each has its own permission. The last two are about a record as a room. */
export const ACTIONS = ["list", "view", "create", "update", "delete", "join", "send"] as const;

/** One of `ACTIONS`. */
export type Action = (typeof ACTIONS)[number];

const permission = z.string().optional();

/** The shape of a definition, before its meaning is checked (`checkDefinition`). */
export const definitionSchema = z.strictObject({
  name,
  kind: z.enum(["base", "auth", "view"]).optional(),
  description: z.string().optional(),
  fields: z.array(
    z.discriminatedUnion("type", [
      fieldSchemas.text,
      fieldSchemas.richtext,
      fieldSchemas.integer,
      fieldSchemas.number,
      fieldSchemas.boolean,
      fieldSchemas.datetime,
      fieldSchemas.date,
      fieldSchemas.select,
      fieldSchemas.email,
      fieldSchemas.url,
      fieldSchemas.json,
      fieldSchemas.relation,
      fieldSchemas.file,
      fieldSchemas.geo,
    ]),
  ),
  indexes: z.array(z.strictObject({ fields: z.array(z.string()).min(1), unique: z.boolean().optional() })).optional(),
  permissions: z
    .strictObject({
      list: permission,
      view: permission,
      read: permission,
      create: permission,
      update: permission,
      delete: permission,
      join: permission,
      send: permission,
    })
    .optional(),
  /** The relation that says whose a record is, for the permission `owner`. */
  owner: name.optional(),
  /** The collection's former name: its table moves along. */
  renamedFrom: name.optional(),
  /** For kind `view`: the SELECT that its rows come from. Must yield `id` and a column for each field. */
  query: z.string().optional(),
});

/** A collection as a developer writes it. */
export type CollectionDefinition = z.output<typeof definitionSchema>;
