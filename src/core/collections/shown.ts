import { bypassesRules } from "../principal.ts";
import { isAlways, isLocal, matches } from "../rules/index.ts";
import { type Caller, fieldCondition } from "./access.ts";
import type { Catalog } from "./catalog.ts";
import type { Collection } from "./collection.ts";
import type { RecordData, StoredRecord } from "./record.ts";

/** A record without its hidden fields: what events and answers may hold. */
export function withoutHidden(collection: Collection, record: StoredRecord): RecordData {
  if (!collection.hasHiddenFields) return record;
  const shown: Record<string, unknown> = { id: record.id };
  for (const field of collection.fields) {
    if (!field.definition.hidden) shown[field.name] = record[field.name];
  }
  shown.createdAt = record.createdAt;
  shown.updatedAt = record.updatedAt;
  shown.version = record.version;
  return shown;
}

/**
 * A record that is at hand, without the fields that this caller may not see. Field rules are judged by `known`, the record
 * as far as it is known: one that leads to other records, or to what `known` leaves out, closes the field here. Whoever may
 * see it reads it anew.
 */
export function shownTo(
  catalog: Catalog,
  collection: Collection,
  caller: Caller,
  record: RecordData,
  known: RecordData = record,
): RecordData {
  if (!collection.hasGuardedFields || bypassesRules(caller.principal)) return record;
  const visible: Record<string, unknown> = { ...record };
  for (const field of collection.fields) {
    const condition = fieldCondition(catalog, collection, field.name, "view", caller);
    if (!isAlways(condition) && !(isLocal(condition, known) && matches(condition, known))) delete visible[field.name];
  }
  return visible;
}
