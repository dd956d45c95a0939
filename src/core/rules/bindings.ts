import type { Literal } from "./condition.ts";
import { literalOf, memberOf, type RowData } from "./reader.ts";

/** What is known of a request once it arrives. */
export interface Bindings {
  /** The caller's fields, `id` and `role` among them; `null` for a caller who is not known. */
  readonly user: RowData | null;
  /** Values that lie beyond the caller's own record, by path (`team.name`). */
  readonly related?: RowData;
  readonly now: Date;
  /** The decoded row before the write, where there is one; `unread` leaves open what speaks of it. */
  readonly old?: RowData | "unread" | null | undefined;
}

/**
 * The value or values of a `@user` path, or `undefined` if it has none: what is absent, null, an empty text or an empty
 * list. Within a list such items count for nothing. A composite value counts as one opaque value.
 */
export function userValues(
  { user, related }: Pick<Bindings, "user" | "related">,
  path: readonly string[],
): Literal | readonly Literal[] | undefined {
  const beyond = path.length > 1 && related ? related[path.join(".")] : undefined;
  const found = beyond === undefined ? follow(user, path) : beyond;
  const isEmpty = (value: unknown) => value === undefined || value === null || value === "";
  if (!Array.isArray(found)) return isEmpty(found) ? undefined : literalOf(found);
  const values = found.filter((value) => !isEmpty(value)).map(literalOf);
  return values.length === 0 ? undefined : values;
}

/** The value or values of an `@old` path; null where there is none. */
export function oldValues(old: RowData, path: readonly string[]): Literal | readonly Literal[] {
  const found = follow(old, path);
  return Array.isArray(found) ? found.map(literalOf) : literalOf(found);
}

function follow(record: RowData | null, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const key of path) value = memberOf(value, key);
  return value;
}
