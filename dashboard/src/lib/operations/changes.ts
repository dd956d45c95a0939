/** One field that is not what it was. `undefined` stands for a field that was not there, or is no longer. */
export interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Fields that change with every write, and say nothing of it. */
const BOOKKEEPING = new Set(["updatedAt", "version"]);

/** What differs between two states of a record, in the order of the later one; what every write changes is left out. */
export function changesBetween(before: Readonly<Record<string, unknown>>, after: unknown): readonly Change[] {
  const now: Readonly<Record<string, unknown>> = isObject(after) ? after : {};
  const fields = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...fields]
    .filter((field) => !BOOKKEEPING.has(field) && !isSame(before[field], now[field]))
    .map((field) => ({ field, before: before[field], after: now[field] }));
}

/** Whether two values of JSON are the same; the order of keys does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((value, index) => isSame(value, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => name in other && isSame(one[name], other[name]))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
