import type { Collection, Field } from "../../collections/index.ts";
import type { Node } from "./node.ts";

/** The id that stands in every example. */
export const EXAMPLE_ID = "019aa0b4-5c00-7000-8000-000000000001";
const EXAMPLE_TIME = "2026-11-20T12:00:00.000Z";

/** Texts that common patterns accept. */
const TEXTS = [
  "Example",
  "example",
  "abc",
  "ABC",
  "AB",
  "ab",
  "A",
  "1",
  "12",
  "123",
  "1234",
  "2026",
  "#336699",
  "+123",
];

/** A record as the server would answer it. */
export function exampleRecord({ kind, fields }: Collection): Node {
  const shown = fields.filter((field) => !field.definition.hidden);
  const system = kind === "view" ? {} : { createdAt: EXAMPLE_TIME, updatedAt: EXAMPLE_TIME, version: 1 };
  return { id: EXAMPLE_ID, ...valuesOf(shown), ...system };
}

/** A body that creates a record. Ids of other records are left out where they may be: nobody has these. */
export function exampleInput({ kind, fields }: Collection): Node {
  const chosen = kind === "auth" ? fields.filter(({ name }) => !KEPT_FROM_USERS.includes(name)) : fields;
  const values = valuesOf(
    chosen.filter((field) => isRequired(field) || !(pointsElsewhere(field) || isByServer(field))),
  );
  return kind === "auth" ? { ...values, password: "correct horse battery" } : values;
}

/** Fields of an account that nobody sets for themself. */
const KEPT_FROM_USERS = ["passwordHash", "role", "verified"];

/** Whether a client may send the field at all: of an account's password only the text goes in, never the hash. */
export function isInput({ kind }: Collection, { name }: Field): boolean {
  return !(kind === "auth" && name === "passwordHash");
}

/** A body that changes a record: the first field that can be changed. */
export function examplePatch({ fields }: Collection): Node {
  const free = fields.filter((field) => !field.definition.immutable && !pointsElsewhere(field));
  return valuesOf(free.slice(0, 1));
}

/** Whether a new record must name the field: it is asked for, and nothing stands in for it. */
export function isRequired({ definition }: Field): boolean {
  const fallback = "default" in definition ? definition.default : undefined;
  return definition.required === true && fallback === undefined;
}

function isByServer({ definition }: Field): boolean {
  return "default" in definition && typeof definition.default === "string" && definition.default.startsWith("@");
}

function pointsElsewhere({ definition: { type } }: Field): boolean {
  return type === "relation" || type === "file";
}

function valuesOf(fields: readonly Field[]): Node {
  return Object.fromEntries(fields.map((field) => [field.name, exampleValue(field)]));
}

function exampleValue({ definition }: Field): unknown {
  if ("default" in definition && definition.default !== undefined && !isByServerText(definition.default)) {
    return definition.default;
  }
  switch (definition.type) {
    case "text":
    case "richtext":
      return exampleText(definition);
    case "email":
      return "ann@example.com";
    case "url":
      return "https://example.com/";
    case "integer":
    case "number":
      return Math.min(Math.max(definition.type === "integer" ? 1 : 1.5, definition.min ?? -1e9), definition.max ?? 1e9);
    case "boolean":
      return true;
    case "datetime":
      return EXAMPLE_TIME;
    case "date":
      return EXAMPLE_TIME.slice(0, 10);
    case "select":
      return definition.many ? definition.options.slice(0, 1) : definition.options[0];
    case "json":
      return { key: "value" };
    case "geo":
      return { lat: 48.2082, lng: 16.3738 };
    case "relation":
    case "file":
      return definition.many ? [EXAMPLE_ID] : EXAMPLE_ID;
  }
}

function isByServerText(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("@");
}

interface TextRules {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly pattern?: string | undefined;
}

function exampleText({ min = 0, max = Number.POSITIVE_INFINITY, pattern }: TextRules): string {
  const accepts = pattern === undefined ? null : new RegExp(pattern, "u");
  const fitting = TEXTS.map((text) => text.padEnd(Math.min(min, 200), "e").slice(0, max));
  return fitting.find((text) => accepts === null || accepts.test(text)) ?? "Example";
}
