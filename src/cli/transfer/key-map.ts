import { type Collection, MAX_LIMIT, type Records } from "../../core/collections/index.ts";

/** Which record has which value in one field. */
export interface KeyMap {
  /** The id; null if several records have the value; undefined if none has. */
  get(value: unknown): string | null | undefined;
  set(value: unknown, id: string): void;
  delete(value: unknown): void;
}

/** Reads a whole collection in pages, keeping only ids and the values of one field. */
export async function loadKeyMap(records: Records, collection: Collection, field: string): Promise<KeyMap> {
  const ids = new Map<unknown, string | null>();
  const canonical = canonicalForm(collection, field);
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await records.list({
      fields: ["id", field],
      sort: "id",
      limit: MAX_LIMIT,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const record of page.items) {
      const value = record[field];
      if (value !== null) ids.set(value, ids.has(value) ? null : String(record.id));
    }
    cursor = page.next;
  }
  return {
    get: (value) => ids.get(canonical(value)),
    set: (value, id) => void ids.set(canonical(value), id),
    delete: (value) => void ids.delete(canonical(value)),
  };
}

/** A value as the database keeps it: addresses in lower case, times in UTC. What is not valid stays as it is. */
function canonicalForm(collection: Collection, field: string): (value: unknown) => unknown {
  const known = collection.field(field);
  if (known === undefined) return (value) => value;
  return (value) => {
    let valid = true;
    const parsed = known.parse(value, () => {
      valid = false;
      return undefined;
    });
    return valid ? parsed : value;
  };
}
