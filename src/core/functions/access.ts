import type { Principal } from "../principal.ts";
import type { Data } from "./messages.ts";

/** Records as somebody sees them, as far as functions use them. */
export interface FunctionRecords {
  list(query?: ListQuery): Promise<unknown>;
  get(id: string, query?: Pick<ListQuery, "fields" | "expand">): Promise<unknown>;
  count(query?: Pick<ListQuery, "filter" | "search">): Promise<number>;
  aggregate(query: AggregateQuery): Promise<unknown>;
  create(data: unknown): Promise<unknown>;
  createMany(data: readonly unknown[]): Promise<unknown>;
  update(id: string, data: unknown, options?: WriteOptions): Promise<unknown>;
  replace(id: string, data: unknown, options?: WriteOptions): Promise<unknown>;
  delete(id: string, options?: WriteOptions): Promise<void>;
}

/** What a list may be asked for. */
export interface ListQuery {
  readonly filter?: string;
  readonly search?: string;
  readonly sort?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly page?: number;
  readonly count?: boolean;
  readonly fields?: readonly string[];
  readonly expand?: readonly string[];
}

/** What an aggregation may be asked for. */
export interface AggregateQuery {
  readonly aggregate: readonly string[];
  readonly group?: readonly string[];
  readonly filter?: string;
  readonly search?: string;
  readonly sort?: string;
  readonly limit?: number;
}

/** Under which version a write is made. */
export interface WriteOptions {
  readonly version?: number;
}

/** One write among several. */
export interface Operation {
  readonly op: "create" | "update" | "upsert" | "delete";
  readonly collection: string;
  readonly id?: string;
  readonly data?: unknown;
}

/** The ways to records that are handed to functions: the same doors that everybody else passes. */
export interface FunctionAccess {
  as(principal: Principal): {
    records(name: string): FunctionRecords;
    batch(operations: readonly Operation[]): Promise<readonly unknown[]>;
  };
  /** The account of a user as it is now; null if there is none. */
  user(collection: string, id: string): Promise<Extract<Principal, { kind: "user" }> | null>;
  /** The account of a user as a handler may see it; null if there is none. */
  account(collection: string, id: string): Promise<Data | null>;
}
