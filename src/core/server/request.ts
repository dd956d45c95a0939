import { BakendError } from "../errors.ts";
import type { Principal } from "../principal.ts";

/** What the platform knows about a request beside the request itself. */
export interface Scope {
  /** The client's IP address. */
  readonly address?: string | undefined;
}

/** One request on its way through the server. */
export interface RequestContext {
  readonly request: Request;
  readonly requestId: string;
  readonly scope: Scope;
  readonly principal: Principal;
  /** The path as it was sent, without the query. */
  readonly path: string;
  /** Path parameters by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

const NO_QUERY = new URLSearchParams();

/** The query of a URL, parsed only if there is one. */
export function queryOf(url: string): URLSearchParams {
  const at = url.indexOf("?");
  return at < 0 ? NO_QUERY : new URLSearchParams(url.slice(at + 1));
}

/** Reads query parameters as texts. @throws BakendError `bad_request` for one that is not known, or given twice */
export function readQuery<N extends string>(query: URLSearchParams, names: readonly N[]): Partial<Record<N, string>> {
  const values: Partial<Record<N, string>> = {};
  // going through nothing with the platform's iterator costs as much as reading a row
  if (query === NO_QUERY) return values;
  for (const [name, value] of query) {
    const known = names.find((one) => one === name);
    if (known === undefined) {
      throw new BakendError(
        "bad_request",
        `Unknown query parameter "${name.slice(0, 64)}"; known here: ${names.join(", ") || "none"}.`,
      );
    }
    if (values[known] !== undefined) throw new BakendError("bad_request", `Query parameter "${name}" is given twice.`);
    values[known] = value;
  }
  return values;
}

/** A whole number from the query. @throws BakendError `bad_request` */
export function readInteger(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(value)) throw new BakendError("bad_request", `${name} must be a whole number.`);
  return Number(value);
}

const DEFAULT_PAGE = 50;
const MAX_PAGE = 500;

/** How much of a log is asked for, and before which place. @throws BakendError `bad_request` */
export function readPage({ limit, before }: { readonly limit?: string; readonly before?: string }): {
  readonly limit: number;
  readonly before: number | undefined;
} {
  const count = readInteger("limit", limit) ?? DEFAULT_PAGE;
  if (count < 1 || count > MAX_PAGE) throw new BakendError("bad_request", `limit must be from 1 to ${MAX_PAGE}.`);
  return { limit: count, before: readInteger("before", before) };
}

/**
 * A page of what was found, where one more than a page holds was asked for. `next` is the place of its last item, by which
 * the next page is asked for; null at the end.
 */
export function pageOf<T, P>(
  found: readonly T[],
  limit: number,
  placeOf: (item: T) => P,
): { readonly items: readonly T[]; readonly next: P | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? placeOf(last) : null };
}

/** `true` or `false` from the query. @throws BakendError `bad_request` */
export function readFlag(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value !== "true" && value !== "false") throw new BakendError("bad_request", `${name} must be true or false.`);
  return value === "true";
}

/** A comma-separated list from the query; commas inside parentheses do not separate. */
export function readList(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= value.length; at += 1) {
    const char = value[at];
    if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    else if (char === undefined || (char === "," && depth === 0)) {
      items.push(value.slice(start, at).trim());
      start = at + 1;
    }
  }
  return items.filter((item) => item !== "");
}
