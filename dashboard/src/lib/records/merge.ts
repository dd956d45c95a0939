import type { RecordData } from "../api/types.ts";

/** A list with a record's newer version in its place; the same list if it is not there, or not newer. */
export function replaced(items: readonly RecordData[], record: RecordData): readonly RecordData[] {
  const at = items.findIndex(({ id }) => id === record.id);
  const old = items[at];
  if (old === undefined || (record.version ?? 0) <= (old.version ?? 0)) return items;
  return items.with(at, record);
}

/**
 * A list, newest first, with one more record at its place; null if that is beyond the list's end and the list goes on
 * (`isWhole` false), where the next page will bring it.
 */
export function inserted(
  items: readonly RecordData[],
  record: RecordData,
  isWhole: boolean,
): readonly RecordData[] | null {
  const at = items.findIndex((one) => isBefore(record, one));
  if (at !== -1) return items.toSpliced(at, 0, record);
  return isWhole ? [...items, record] : null;
}

/** Newest first; of the same millisecond, the greater id. */
function isBefore(a: RecordData, b: RecordData): boolean {
  const [first = "", second = ""] = [a.createdAt, b.createdAt];
  return first === second ? a.id > b.id : first > second;
}
