import type { CollectionDefinition, FieldDefinition } from "../api/types.ts";
import { formFields } from "./fields.ts";

const VALUES: Readonly<Record<string, unknown>> = {
  text: "some text",
  richtext: "<p>some text</p>",
  integer: 1,
  number: 1.5,
  boolean: true,
  datetime: "2026-11-20T12:00:00Z",
  date: "2026-11-20",
  email: "ann@example.com",
  password: "correct horse battery",
  url: "https://example.com/",
  json: { any: "value" },
  geo: { lat: 48.2, lng: 16.4 },
};

/** A command that makes a record of a collection: with the fields that must be given, or the first one. */
export function createCommand(origin: string, collection: CollectionDefinition): string {
  const fields = formFields(collection);
  const needed = fields.filter(
    (field) => field.type === "password" || (field.required === true && field.default === undefined),
  );
  const told = needed.length > 0 ? needed : fields.slice(0, 1);
  const data = JSON.stringify(Object.fromEntries(told.map((field) => [field.name, exampleOf(field)])));
  return [
    `curl ${origin}/api/${collection.name}`,
    `-H "authorization: Bearer $TOKEN"`,
    `-H 'content-type: application/json'`,
    `-d '${data.replaceAll("'", "'\\''")}'`,
  ].join(" \\\n  ");
}

function exampleOf({ type, many, options, collection }: FieldDefinition): unknown {
  const one = type === "select" ? options?.[0] : (VALUES[type] ?? `ID of a ${collection ?? type}`);
  return many === true ? [one] : one;
}
