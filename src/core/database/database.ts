import type { Connection, Result, Statement } from "./connection.ts";
import type { Dialect } from "./dialect.ts";

/**
 * How durable an acknowledged write is.
 * - `full`: on disk before it is acknowledged; survives power loss (SQLite `synchronous=FULL`);
 * - `normal`: survives a crash or `kill -9` of the process; the last moments may be lost with the power.
 */
export type Durability = "full" | "normal";

/** The connections that one database is used through. `open` of a driver makes them. */
export interface DatabaseConnections {
  /** Short reads, on the calling thread. */
  readonly read: Connection;
  /** All writes, one group at a time. */
  readonly write: Connection;
  /** Reads that may take long (aggregates, totals, exports), where they hold up nobody. May be `read` itself. */
  readonly slow: Connection;
}

/** Opens a database: a file for SQLite. Drivers live in `src/adapters/`. */
export interface DatabaseDriver {
  /** For people: `SQLite ./bakend.db`. */
  readonly description: string;
  readonly durability: Durability;
  open(): Promise<DatabaseConnections>;
}

/** The database as the rest of the core sees it. */
export interface Database {
  readonly dialect: Dialect;
  readonly description: string;
  readonly durability: Durability;
  /** A short read; its result is there at once wherever the database lives on the calling thread. */
  read(statement: Statement): Result | Promise<Result>;
  /**
   * A number that is another after each commit: of this process once it is acknowledged, of another from the next turn of the
   * event loop on. Null where it is not to be had at once. See `Connection.version`.
   */
  readonly version: (() => number) | null;
  /** A read that may take long and must not hold up others. */
  readSlow(statement: Statement): Promise<Result>;
  /** Writes a batch, all or nothing, sharing a commit with whatever else arrives meanwhile. */
  write(statements: readonly Statement[]): Promise<readonly Result[]>;
  /** Changes the schema; see `Connection.alter`. */
  alter(statements: readonly Statement[]): Promise<readonly Result[]>;
  /** Writes waiting for a commit, and totals since the start, for metrics. */
  stats(): { readonly waiting: number; readonly commits: number; readonly batches: number };
  /** Commits what waits, then closes. */
  close(): Promise<void>;
}
