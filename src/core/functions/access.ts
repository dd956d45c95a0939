import type { Principal } from "../principal.ts";
import type { Data } from "./messages.ts";

/** Which function acts: its name, and how many of them stand between a request and what it does, itself included. */
export interface ByFunction {
  readonly name: string;
  readonly depth: number;
}

/** What functions may do with accounts beside reading and writing them: the ways that everybody takes. They throw BakendError. */
export interface FunctionAccounts {
  /** The account behind an access token or an API key, with its collection; null if there is none. */
  verify(token: string): Promise<Data | null>;
  signIn(by: ByFunction, collection: string, id: string): Promise<unknown>;
  signOut(by: ByFunction, collection: string, id: string): Promise<void>;
  invite(by: ByFunction, collection: string, email: string, role: string | undefined): Promise<unknown>;
  sendPasswordReset(collection: string, email: string): void;
  sendVerification(collection: string, email: string): void;
}

/** A mail that a function sends. */
export interface FunctionMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** What sends mails of functions. */
export interface FunctionMails {
  /** Takes it to be sent, and sent again where that fails. @throws BakendError `unavailable`, `validation_failed` */
  send(mail: FunctionMail): void;
}

/** A file that a function takes in. */
export interface FunctionUpload {
  readonly filename: string;
  readonly mimeType: string | undefined;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly visibility?: "public" | "protected";
  /** Whose it is; nobody's if null. */
  readonly owner: { readonly collection: string; readonly id: string } | null;
}

/** What functions may do with files: everything, as the system. They throw BakendError. */
export interface FunctionFiles {
  put(by: ByFunction, file: FunctionUpload): Promise<unknown>;
  /** What is known of a file; null if there is none. */
  get(id: string): Promise<object | null>;
  /** Its bytes. @throws BakendError `not_found`, `payload_too_large` if there are more than so many */
  read(id: string, limit: number): Promise<Uint8Array>;
  delete(by: ByFunction, id: string): Promise<void>;
  /** An address to put into a mail or a page, for so many seconds where not everybody may read the file. */
  url(id: string, seconds: number | undefined): Promise<string>;
}

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
