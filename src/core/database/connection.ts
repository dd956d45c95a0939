import type { Dialect } from "./dialect.ts";

/** What a database column may hold here. Booleans are stored as 0 and 1, JSON as text; there are no blobs. */
export type SqlValue = string | number | null;

/** One row, by column name. */
export type Row = Record<string, SqlValue>;

/** SQL text with `?` placeholders and their values, in order. Text is the key of the prepared-statement cache. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** The number of rows this statement must return or change; any other number refuses the whole batch. */
  readonly expect?: number;
}

/** What a statement did: the rows it returned, and how many rows it inserted, updated or deleted. */
export interface Result {
  readonly rows: readonly Row[];
  readonly changes: number;
}

/** A batch's end: its results in order, or the fault that undid it. */
export type Outcome =
  | { readonly results: readonly Result[]; readonly fault?: undefined }
  | { readonly results?: undefined; readonly fault: DatabaseFault };

/** Why the database refused, in terms common to all engines. */
export type FaultKind =
  | "unique"
  | "foreign_key"
  | "not_null"
  | "check"
  | "expectation"
  | "busy"
  | "full"
  | "read_only"
  | "corrupt"
  | "closed"
  | "other";

/**
 * A refusal as plain data (it crosses threads). `statement` is the index in the batch of the one that failed, or -1
 * if it was none of them: the connection itself, or the commit.
 */
export interface DatabaseFault {
  readonly kind: FaultKind;
  readonly message: string;
  readonly statement: number;
  /** For `unique` and `not_null`: the columns, without the table. */
  readonly columns?: readonly string[];
}

/** A `DatabaseFault` thrown. */
export class DatabaseError extends Error {
  readonly fault: DatabaseFault;

  constructor(fault: DatabaseFault) {
    super(fault.message);
    this.name = "DatabaseError";
    this.fault = fault;
  }
}

/** Whether a batch was refused because a statement met other rows than it expected: somebody else was faster. */
export function isMissed(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.fault.kind === "expectation";
}

/**
 * One connection to one database. Every engine implements it and passes `tests/conformance/connection.ts`.
 * Failures reject with `DatabaseError`.
 */
export interface Connection {
  readonly dialect: Dialect;
  /** Runs one statement: a read, or a write that commits by itself. */
  run(statement: Statement): Promise<Result>;
  /** Like `run`, at once: only connections that do their work on the calling thread have it. Throws `DatabaseError`. */
  runNow?(statement: Statement): Result;
  /**
   * A number that is another as soon as anybody else has committed: as long as it stays the same, every read gives what it
   * gave before. Only connections that work on the calling thread and never write have it.
   */
  version?(): number;
  /** Runs all statements in order and commits, or undoes all of them and rejects. */
  batch(statements: readonly Statement[]): Promise<readonly Result[]>;
  /**
   * Runs several batches that share one commit, each all-or-nothing by itself: a failing batch harms no other.
   * Resolves once the commit is durable. Engines without savepoints leave it out.
   */
  group?(batches: readonly (readonly Statement[])[]): Promise<readonly Outcome[]>;
  /**
   * Like `batch`, for changes of the schema: foreign keys are not enforced while it runs, and all are checked
   * before it commits.
   */
  alter(statements: readonly Statement[]): Promise<readonly Result[]>;
  /** Finishes what is running, then releases everything. Calls after it reject with kind `closed`. */
  close(): Promise<void>;
}
