import type { Entry } from "./entry.ts";
import type { KeyMap } from "./key-map.ts";
import type { KeyRule, Resolve } from "./references.ts";

/** A record on its way into the database. */
export interface Draft {
  readonly entry: Entry;
  readonly data: Record<string, unknown>;
  /** Relations to records of the same collection, set once all of them exist. */
  readonly later: Record<string, unknown> | undefined;
}

/** What a draft is made with. */
export interface DraftOptions {
  /** Relations given by key that can be resolved at once. */
  readonly resolve: Resolve;
  /** Relations by key to the collection itself. */
  readonly selfKeys: readonly KeyRule[];
  /** The field by which records are recognised, and what has which value. */
  readonly upsert: { readonly field: string; readonly map: KeyMap } | undefined;
}

/** Makes a draft of an entry, or says why there can be none. */
export function draftOf(entry: Entry, { resolve, selfKeys, upsert }: DraftOptions): Draft | string {
  if (entry.fault !== undefined) return entry.fault;
  if (!isRecord(entry.value)) return "this is no JSON object";
  const data = { ...entry.value };
  const later = takeLater(data, selfKeys);
  const { fault } = resolve(data);
  if (fault !== undefined) return fault;
  if (upsert && upsert.map.get(data[upsert.field]) === null) {
    return `several records have ${upsert.field} = ${JSON.stringify(data[upsert.field])}`;
  }
  return { entry, data, later };
}

function takeLater(data: Record<string, unknown>, selfKeys: readonly KeyRule[]): Record<string, unknown> | undefined {
  let later: Record<string, unknown> | undefined;
  for (const { field } of selfKeys) {
    const value = data[field];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    later ??= {};
    later[field] = value;
    delete data[field];
  }
  return later;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
