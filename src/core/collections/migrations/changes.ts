import type { Collection } from "../collection.ts";
import type { CollectionDefinition, FieldDefinition } from "../definition.ts";
import type { Field } from "../fields/index.ts";

/** What is to become of the collections, one by one. */
export type CollectionChange =
  | { readonly kind: "create"; readonly to: Collection }
  | { readonly kind: "drop"; readonly from: Collection }
  | { readonly kind: "alter"; readonly from: Collection; readonly to: Collection };

/** Compares what is with what is wanted. A rename counts only where the definition says so. */
export function compareCollections(
  current: readonly Collection[],
  wanted: readonly Collection[],
): readonly CollectionChange[] {
  const left = new Map(current.map((one) => [one.name, one]));
  const changes: CollectionChange[] = [];
  for (const to of wanted) {
    const from = left.get(to.name) ?? formerOf(to, left, wanted);
    if (!from) changes.push({ kind: "create", to });
    else if (!sameDefinition(from.definition, to.definition)) changes.push({ kind: "alter", from, to });
    if (from) left.delete(from.name);
  }
  for (const from of left.values()) changes.push({ kind: "drop", from });
  return changes;
}

function formerOf(
  to: Collection,
  left: ReadonlyMap<string, Collection>,
  wanted: readonly Collection[],
): Collection | undefined {
  const former = to.definition.renamedFrom;
  if (former === undefined || wanted.some((one) => one.name === former)) return undefined;
  return left.get(former);
}

/** Definitions say the same, apart from how things were once called. */
export function sameDefinition(left: CollectionDefinition, right: CollectionDefinition): boolean {
  return JSON.stringify(canonical(withoutRenames(left))) === JSON.stringify(canonical(withoutRenames(right)));
}

/** The definition once its renames are done. */
export function withoutRenames(definition: CollectionDefinition): CollectionDefinition {
  const { renamedFrom: _collection, fields, ...rest } = definition;
  return { ...rest, fields: fields.map(withoutRename) };
}

function withoutRename(field: FieldDefinition): FieldDefinition {
  const copy = { ...field };
  delete copy.renamedFrom;
  return copy;
}

/** Key order does not count; the order of fields does not either. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    const named = items.every((item) => typeof item === "object" && item !== null && "name" in item);
    return named ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]),
  );
}

/** The field of the old collection that a field of the new one continues. */
export function formerField(from: Collection, to: Collection, field: Field): Field | undefined {
  const same = from.field(field.name);
  if (same) return same;
  const former = field.definition.renamedFrom;
  return former !== undefined && !to.field(former) ? from.field(former) : undefined;
}
