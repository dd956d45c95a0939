import type { FieldDefinition } from "./definition.ts";

/** The fields that every collection of kind `auth` has beside its own. */
export const AUTH_FIELDS: readonly FieldDefinition[] = [
  { name: "email", type: "email", required: true, unique: true, description: "Lower case; one account each." },
  { name: "verified", type: "boolean", required: true, default: false, description: "Whether the address was proven." },
  { name: "role", type: "text", required: true, default: "user", max: 63, pattern: "^[a-z][A-Za-z0-9_-]*$" },
  { name: "passwordHash", type: "text", hidden: true },
];

/** Fields of an account that admins alone may set. */
export const KEPT_BY_ADMINS: readonly string[] = ["role", "verified"];

/**
 * Names that a collection of kind `auth` cannot give to fields of its own: `collection` is a word of the routes, and
 * rules know a caller's roles and permissions as `@user.roles` and `@user.permissions`.
 */
export const RESERVED_AUTH_FIELDS: readonly string[] = [
  ...AUTH_FIELDS.map((field) => field.name),
  "password",
  "collection",
  "roles",
  "permissions",
];
