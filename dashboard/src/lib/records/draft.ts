import type { FieldDefinition, RecordData } from "../api/types.ts";
import { isNullable } from "./fields.ts";

/** A point as it is typed. */
export interface GeoEntry {
  readonly lat: string;
  readonly lng: string;
}

/** A file that is kept, by its id, or one to be uploaded. */
export type FileEntry = string | File;

/** What stands in the input of a field. `undefined`: nothing is said, so the server's default or the old value stays. */
export type Entry = string | boolean | GeoEntry | readonly FileEntry[] | null | undefined;

/** What stands in a form, by field. */
export type Draft = Readonly<Record<string, Entry>>;

/** What is to be sent, or what is wrong with what was typed, by field. */
export interface Changes {
  readonly data: Readonly<Record<string, unknown>>;
  readonly faults: Readonly<Record<string, string>>;
}

/** The form of a record, or of one that is to be. */
export function draftOf(fields: readonly FieldDefinition[], record: RecordData | null): Draft {
  return Object.fromEntries(
    fields.map((field) => [field.name, record === null ? blank(field) : entryOf(field, record[field.name])]),
  );
}

/** All of a new record that is worth sending. What is empty, and would be so without being sent, is not. */
export function creation(fields: readonly FieldDefinition[], draft: Draft): Changes {
  return collect(fields, draft, (field, value) => {
    const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
    return !isEmpty || field.default !== undefined;
  });
}

/** What of a record was changed in its form, and nothing else. */
export function changes(fields: readonly FieldDefinition[], before: Draft, now: Draft): Changes {
  const changed = fields.filter(({ name, immutable }) => immutable !== true && !isSame(before[name], now[name]));
  return collect(changed, now, () => true);
}

function collect(
  fields: readonly FieldDefinition[],
  draft: Draft,
  isWorth: (field: FieldDefinition, value: unknown) => boolean,
): Changes {
  const data: Record<string, unknown> = {};
  const faults: Record<string, string> = {};
  for (const field of fields) {
    const entry = draft[field.name];
    if (entry === undefined) continue;
    try {
      const value = valueFrom(field, entry);
      if (value !== undefined && isWorth(field, value)) data[field.name] = value;
    } catch (error) {
      faults[field.name] = (error as Error).message;
    }
  }
  return { data, faults };
}

/** What the form of a new record begins with. A default that only the server can work out is left to it. */
function blank(field: FieldDefinition): Entry {
  const { type, many, default: preset } = field;
  if (type === "password" || (typeof preset === "string" && preset.startsWith("@"))) return undefined;
  if (preset !== undefined) return entryOf(field, preset);
  if (many === true || type === "file") return [];
  return type === "boolean" && !isNullable(field) ? false : null;
}

function entryOf(field: FieldDefinition, value: unknown): Entry {
  const { type, many } = field;
  if (value === undefined) return undefined;
  if (type === "file") return value === null ? [] : ([value].flat() as string[]);
  if (value === null) return many === true ? [] : null;
  if (many === true) return [value].flat() as string[];
  switch (type) {
    case "boolean":
      return value === true;
    case "json":
      return JSON.stringify(value, null, 2);
    case "geo": {
      const { lat, lng } = value as { lat: number; lng: number };
      return { lat: String(lat), lng: String(lng) };
    }
    case "datetime":
      return localInput(String(value));
    default:
      return String(value);
  }
}

/** @throws Error that says what is wrong with what was typed */
function valueFrom(field: FieldDefinition, entry: Exclude<Entry, undefined>): unknown {
  if (entry === null || typeof entry === "boolean") return entry;
  if (field.type === "file") return field.many === true ? entry : ((entry as readonly FileEntry[])[0] ?? null);
  if (typeof entry !== "string") return "lat" in entry ? pointOf(entry) : entry;
  // an empty text is a text; an empty number, day or address is none
  if (field.type === "text" || field.type === "richtext") return entry;
  const text = entry.trim();
  if (text === "") return field.type === "password" ? undefined : null;
  switch (field.type) {
    case "integer":
    case "number":
      return numberOf(text);
    case "json":
      return jsonOf(text);
    case "datetime":
      return instantOf(text);
    case "password":
      return entry;
    default:
      return text;
  }
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number)) throw new Error("must be a number");
  return number;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`is no JSON: ${(error as Error).message}`);
  }
}

function instantOf(text: string): string {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) throw new Error("must be a day and a time");
  return instant.toISOString();
}

function pointOf({ lat, lng }: GeoEntry): { lat: number; lng: number } | null {
  if (lat.trim() === "" && lng.trim() === "") return null;
  if (lat.trim() === "" || lng.trim() === "") throw new Error("needs both numbers");
  return { lat: numberOf(lat), lng: numberOf(lng) };
}

/** An instant as `<input type="datetime-local">` wants it: in the reader's zone, without one. */
function localInput(instant: string): string {
  const date = new Date(instant);
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
  return shifted.replace(/(:00)?(\.000)?Z$/, "").replace(/Z$/, "");
}

function isSame(a: Entry, b: Entry): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, at) => one === b[at]);
  if (a && b && typeof a === "object" && typeof b === "object" && "lat" in a && "lat" in b) {
    return a.lat === b.lat && a.lng === b.lng;
  }
  return a === b;
}

/** The texts in an entry of several, or the one of a single one. */
export function textsOf(entry: Entry): readonly string[] {
  if (typeof entry === "string") return [entry];
  return Array.isArray(entry) ? entry.filter((one) => typeof one === "string") : [];
}

/** The files in an entry. */
export function filesOf(entry: Entry): readonly FileEntry[] {
  return Array.isArray(entry) ? entry : [];
}
