import { BakendError } from "../../errors.ts";

/** What a list may be asked for; texts as in the URL (contract, section 4). */
export interface ListQuery {
  readonly filter?: string;
  readonly search?: string;
  readonly sort?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly page?: number;
  /** Also count all records that match. */
  readonly count?: boolean;
  readonly fields?: readonly string[];
  readonly expand?: readonly string[];
}

/** What a single record may be asked for. */
export type ViewQuery = Pick<ListQuery, "fields" | "expand">;

/** What an aggregation may be asked for. */
export interface AggregateQuery {
  /** `count()`, `sum(price)`, `avg(price)`, `min(price)`, `max(price)`. */
  readonly aggregate: readonly string[];
  readonly group?: readonly string[];
  readonly filter?: string;
  readonly search?: string;
  /** Keys of the answer, `-sum_price,status`. */
  readonly sort?: string;
  readonly limit?: number;
}

/** Records per page where the caller does not say. */
export const DEFAULT_LIMIT = 30;
/** The most records per page. */
export const MAX_LIMIT = 500;

/** The number of records to return. @throws BakendError `bad_request` outside 1 to 500 */
export function checkLimit(limit: number = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new BakendError("bad_request", `limit must be a whole number from 1 to ${MAX_LIMIT}.`);
}
