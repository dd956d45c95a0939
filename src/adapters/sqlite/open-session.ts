import { DatabaseError, type DatabaseFault, type Durability } from "../../core/database/index.ts";
import type { Engine, OpenEngine } from "./engine.ts";
import { NO_STATEMENT, toFault } from "./faults.ts";
import { createSession, type Session } from "./session.ts";

/** How one connection to a file is set up. Plain data: it crosses to the thread. */
export interface SessionOptions {
  readonly durability: Durability;
  /** How long a statement waits for another process that holds the file locked, in milliseconds. */
  readonly busyTimeout: number;
  /** Refuse every write. */
  readonly readOnly: boolean;
}

/** How often a busy file is tried again where SQLite itself does not wait, in milliseconds. */
const RETRY_INTERVAL = 20;

/**
 * Opens the file at `path` and sets the connection up. Throws `DatabaseError` with a message that names the path if
 * it cannot be opened, is not a database, or cannot be written.
 */
export function openSession(openEngine: OpenEngine, path: string, options: SessionOptions): Session {
  const engine = openOrExplain(openEngine, path);
  try {
    configure(engine, options);
    return createSession(engine, options.readOnly);
  } catch (error) {
    const fault = toFault(engine, error, NO_STATEMENT);
    engine.close();
    throw new DatabaseError(explained(fault, path));
  }
}

function openOrExplain(openEngine: OpenEngine, path: string): Engine {
  try {
    return openEngine(path);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DatabaseError(explained({ kind: "other", message, statement: NO_STATEMENT }, path));
  }
}

function explained(fault: DatabaseFault, path: string): DatabaseFault {
  const reasons: Partial<Record<DatabaseFault["kind"], string>> = {
    corrupt: "the file is not a SQLite database, or is damaged",
    read_only: "it is not writable",
    busy: "another process holds it locked",
    full: "the disk is full",
  };
  const reason = reasons[fault.kind] ?? fault.message;
  return { ...fault, message: `Cannot open the database "${path}": ${reason}` };
}

function configure(engine: Engine, options: SessionOptions): void {
  engine.exec(`PRAGMA busy_timeout = ${Math.max(0, Math.floor(options.busyTimeout))}`);
  useWriteAheadLog(engine, options.busyTimeout);
  const pragmas = [
    `synchronous = ${options.durability === "full" ? "FULL" : "NORMAL"}`,
    // Apple's fsync does not reach the disk; this asks for the call that does. Elsewhere it means nothing.
    `fullfsync = ${options.durability === "full" ? "ON" : "OFF"}`,
    "foreign_keys = ON",
    // A schema from a foreign file must not call functions with side effects.
    "trusted_schema = OFF",
    "temp_store = MEMORY",
    "cache_size = -16000", // KiB, at most; taken as needed
    // 16 MB of log between checkpoints, each of which waits for the disk; the file is cut back to 64 MB after a peak.
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 67108864",
    `query_only = ${options.readOnly ? "ON" : "OFF"}`,
  ];
  for (const pragma of pragmas) engine.exec(`PRAGMA ${pragma}`);
}

/** Several processes that turn the log on at once get "busy" without SQLite waiting, so the waiting is done here. */
function useWriteAheadLog(engine: Engine, busyTimeout: number): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; ; waited += RETRY_INTERVAL) {
    try {
      engine.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (toFault(engine, error, NO_STATEMENT).kind !== "busy" || waited >= busyTimeout) throw error;
      Atomics.wait(sleeper, 0, 0, RETRY_INTERVAL);
    }
  }
}
