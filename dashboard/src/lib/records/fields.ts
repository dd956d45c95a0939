import { literal } from "../../../../sdk/javascript/index.ts";
import type { CollectionDefinition, FieldDefinition } from "../api/types.ts";

/** What every account has beside the fields of its collection, in the order of a form. `password` is only ever written. */
const ACCOUNT: readonly FieldDefinition[] = [
  { name: "email", type: "email", required: true },
  { name: "password", type: "password", hidden: true },
  { name: "role", type: "text", required: true, default: "user" },
  { name: "verified", type: "boolean", required: true, default: false },
];
const ID: FieldDefinition = { name: "id", type: "id", required: true };
const TIMES: readonly FieldDefinition[] = [
  { name: "createdAt", type: "datetime", required: true },
  { name: "updatedAt", type: "datetime", required: true },
];

/** Types whose values the API puts into no order. */
const UNSORTED = new Set(["json", "geo"]);

/** The fields that a form asks for: those of an account first, then the collection's own. */
export function formFields({ kind, fields = [] }: CollectionDefinition): readonly FieldDefinition[] {
  return kind === "auth" ? [...ACCOUNT, ...fields] : fields;
}

/** What a table can show, in its order: no field that the API never tells. Rows of a view have no times. */
export function columnsOf(collection: CollectionDefinition): readonly FieldDefinition[] {
  const shown = formFields(collection).filter(({ hidden }) => hidden !== true);
  return [ID, ...shown, ...(collection.kind === "view" ? [] : TIMES)];
}

/** The columns that are shown until somebody chooses others: not all of a wide collection, and `updatedAt` of none. */
export function usualColumns(columns: readonly FieldDefinition[]): readonly string[] {
  const own = columns.filter(({ name }) => name !== "id" && name !== "createdAt" && name !== "updatedAt");
  const times = columns.filter(({ name }) => name === "createdAt");
  return [...own.slice(0, 8), ...times].map(({ name }) => name);
}

/** Whether `sort` takes a field. */
export function isSortable({ type, many }: FieldDefinition): boolean {
  return many !== true && !UNSORTED.has(type);
}

/** Whether null may stand in a field. Many values are never null, they are none. */
export function isNullable({ nullable, required, many, type }: FieldDefinition): boolean {
  if (type === "password" || (many === true && type !== "json")) return false;
  return nullable ?? required !== true;
}

/** The field that tells a record of a collection apart for a reader; undefined where no field is a text. */
export function namingField(collection: CollectionDefinition | undefined): string | undefined {
  const texts = new Set(["text", "email", "url"]);
  return collection && formFields(collection).find(({ type, hidden }) => texts.has(type) && hidden !== true)?.name;
}

/** What a click on a column's head makes of the sort: ascending, descending, none. */
export function nextSort(sort: string, name: string): string {
  if (sort === name) return `-${name}`;
  return sort === `-${name}` ? "" : name;
}

/** A filter that fits a collection, as an example. */
export function filterExample(collection: CollectionDefinition): string {
  const fields = formFields(collection).filter(({ hidden }) => hidden !== true);
  const [select, number] = ["select", "integer"].map((type) => fields.find((field) => field.type === type));
  const naming = namingField(collection);
  const parts = [
    select ? `${select.name} = ${literal(select.options?.[0] ?? "")}` : "",
    number ? `${number.name} > 3` : "",
    !select && !number && naming !== undefined ? `${naming} ~ 'word'` : "",
  ].filter((part) => part !== "");
  return parts.join(" && ") || "createdAt > '2026-01-01'";
}
