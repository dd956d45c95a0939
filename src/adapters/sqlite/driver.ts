import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseDriver, Durability } from "../../core/database/index.ts";
import { type Connection, type DatabaseConnections, DatabaseError } from "../../core/database/index.ts";
import type { Thread } from "../thread.ts";
import { createConnection } from "./connection.ts";
import type { OpenEngine } from "./engine.ts";
import { NO_STATEMENT } from "./faults.ts";
import { lazyConnection } from "./lazy-connection.ts";
import { openSession, type SessionOptions } from "./open-session.ts";
import { openThreadedConnection } from "./threaded-connection.ts";

/** What a user of the SQLite driver may choose. */
export interface SqliteOptions {
  /** Default `full`. */
  readonly durability?: Durability;
  /** Writes and long reads in threads of their own (default), or everything on the calling thread. */
  readonly threads?: boolean;
  /** How long to wait for another process that holds the file locked, in milliseconds. Default 10,000. */
  readonly busyTimeout?: number;
}

/** What the platform provides: a SQLite library, and a thread that runs `serveSqlite` with it. */
export interface SqlitePlatform {
  readonly openEngine: OpenEngine;
  startThread(): Thread;
}

/**
 * Describes the SQLite database in the file at `path` (made with its folder when it is opened, if missing), or in
 * memory for `:memory:`. `open` rejects with a `DatabaseError` that names the path and the reason.
 */
export function createSqliteDriver(
  platform: SqlitePlatform,
  path: string,
  { durability = "full", threads = true, busyTimeout = 10_000 }: SqliteOptions = {},
): DatabaseDriver {
  const inMemory = path === ":memory:";
  // Connections are opened at different times, so a later change of the working directory must not matter.
  const file = inMemory ? path : resolve(path);

  const options = (readOnly: boolean): SessionOptions => ({ durability, busyTimeout, readOnly });
  const inThread = (readOnly: boolean) =>
    createConnection(openSession(platform.openEngine, file, options(readOnly)), readOnly);
  const threaded = (readOnly: boolean) => openThreadedConnection(platform.startThread(), file, options(readOnly));

  return {
    description: inMemory ? "SQLite in memory" : `SQLite ${path}`,
    durability,
    async open(): Promise<DatabaseConnections> {
      if (inMemory) {
        const only = inThread(false);
        return { read: only, write: only, slow: only };
      }
      if (path === "") throw unopenable(path, "the path is empty");
      prepareFolder(file);
      const read = inThread(true);
      try {
        const write: Connection = threads ? await threaded(false) : inThread(false);
        return { read, write, slow: threads ? lazyConnection(() => threaded(true)) : read };
      } catch (error) {
        await read.close();
        throw error;
      }
    },
  };
}

function prepareFolder(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw unopenable(file, `its folder cannot be made (${error instanceof Error ? error.message : error})`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw unopenable(file, "it is a directory");
}

function unopenable(path: string, reason: string): DatabaseError {
  const message = `Cannot open the database "${path}": ${reason}`;
  return new DatabaseError({ kind: "other", message, statement: NO_STATEMENT });
}
