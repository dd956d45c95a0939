import { type Row, type SqlValue, sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import type { SortKey } from "./sort.ts";

/** A piece of SQL with the values bound in it. */
export interface Fragment {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

const VALUE = sqliteDialect.placeholder;

/**
 * The place behind a row, as text: the values of the sort keys and the id. It holds no state on the server, so rows
 * may come and go between two pages. `signature` ties it to the sort it was made for.
 */
export function encodeCursor(signature: string, keys: readonly SortKey[], row: Row): string {
  const values = keys.map((key) => row[key.alias] ?? null);
  return toBase64Url(JSON.stringify([signature, ...values]));
}

/**
 * Reads a cursor back into one value per sort key.
 * @throws BakendError `bad_request` for a cursor that is damaged or belongs to another sort
 */
export function decodeCursor(text: string, signature: string, keys: readonly SortKey[]): readonly SqlValue[] {
  const parts = parseParts(text);
  if (!parts?.every(isSqlValue) || parts.length !== keys.length + 1) {
    throw new BakendError("bad_request", "cursor: this is not a cursor that the list returned.");
  }
  if (parts[0] !== signature) {
    throw new BakendError("bad_request", "cursor: it was returned for another collection or sort.");
  }
  return parts.slice(1);
}

/**
 * The condition for rows strictly after the cursor. Nulls come first, ascending. The last key is the id, so no two rows
 * are equal.
 */
export function afterCursor(keys: readonly SortKey[], values: readonly SqlValue[]): Fragment {
  return rowValueForm(keys, values) ?? lexicographicForm(keys, values, 0);
}

/** `(a, b, id) > (?, ?, ?)`, which an index can seek, wherever null and mixed directions do not forbid it. */
function rowValueForm(keys: readonly SortKey[], values: readonly SqlValue[]): Fragment | null {
  const descending = keys[0]?.descending === true;
  const fits = keys.every(
    (key, index) => key.descending === descending && values[index] !== null && !(descending && key.nullable),
  );
  if (!fits) return null;
  const left = keys.map((key) => key.sql).join(", ");
  const params = [...keys.flatMap((key) => key.params), ...values];
  return { sql: `(${left}) ${descending ? "<" : ">"} (${keys.map(() => VALUE).join(", ")})`, params };
}

function lexicographicForm(keys: readonly SortKey[], values: readonly SqlValue[], index: number): Fragment {
  const key = keys[index];
  const value = values[index] ?? null;
  if (!key) return { sql: "0", params: [] };
  const beyond = beyondKey(key, value);
  if (index === keys.length - 1) return beyond;
  const rest = lexicographicForm(keys, values, index + 1);
  const equal: Fragment =
    value === null
      ? { sql: `${key.sql} IS NULL`, params: key.params }
      : { sql: `${key.sql} = ${VALUE}`, params: [...key.params, value] };
  return {
    sql: `(${beyond.sql} OR (${equal.sql} AND ${rest.sql}))`,
    params: [...beyond.params, ...equal.params, ...rest.params],
  };
}

function beyondKey(key: SortKey, value: SqlValue): Fragment {
  if (value === null)
    return key.descending ? { sql: "0", params: [] } : { sql: `${key.sql} IS NOT NULL`, params: key.params };
  if (!key.descending) return { sql: `${key.sql} > ${VALUE}`, params: [...key.params, value] };
  if (!key.nullable) return { sql: `${key.sql} < ${VALUE}`, params: [...key.params, value] };
  return { sql: `(${key.sql} < ${VALUE} OR ${key.sql} IS NULL)`, params: [...key.params, value, ...key.params] };
}

function parseParts(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(fromBase64Url(text));
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function isSqlValue(value: unknown): value is SqlValue {
  return value === null || typeof value === "string" || typeof value === "number";
}

function toBase64Url(text: string): string {
  const binary = isAscii(text)
    ? text
    : Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}
