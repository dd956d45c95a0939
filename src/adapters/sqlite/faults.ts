import { DatabaseError, type DatabaseFault, type FaultKind } from "../../core/database/index.ts";
import type { Engine } from "./engine.ts";

/**
 * SQLite's result codes (https://www.sqlite.org/rescode.html) in our terms. An extended code is looked up first,
 * then its primary code, which is its low byte.
 */
const KINDS: Readonly<Record<number, FaultKind>> = {
  2067: "unique", // SQLITE_CONSTRAINT_UNIQUE
  1555: "unique", // SQLITE_CONSTRAINT_PRIMARYKEY
  2579: "unique", // SQLITE_CONSTRAINT_ROWID
  787: "foreign_key", // SQLITE_CONSTRAINT_FOREIGNKEY
  1299: "not_null", // SQLITE_CONSTRAINT_NOTNULL
  275: "check", // SQLITE_CONSTRAINT_CHECK
  3091: "check", // SQLITE_CONSTRAINT_DATATYPE: a STRICT table
  5: "busy", // SQLITE_BUSY
  6: "busy", // SQLITE_LOCKED
  8: "read_only", // SQLITE_READONLY
  11: "corrupt", // SQLITE_CORRUPT
  13: "full", // SQLITE_FULL
  26: "corrupt", // SQLITE_NOTADB
};

/** ON DELETE RESTRICT is refused with this code (SQLITE_CONSTRAINT_TRIGGER) and the message of a foreign key. */
const CONSTRAINT_TRIGGER = 1811;

/** The index given to a fault that belongs to no statement of the batch: its begin or its commit failed. */
export const NO_STATEMENT = -1;

/** Turns whatever an engine threw into a fault of the statement at that index. A `DatabaseError` keeps its own. */
export function toFault(engine: Engine, error: unknown, statement: number): DatabaseFault {
  if (error instanceof DatabaseError) return error.fault;
  const message = error instanceof Error ? error.message : String(error);
  const kind = kindOf(engine.resultCode(error), message);
  const columns = kind === "unique" || kind === "not_null" ? columnsIn(message) : undefined;
  return columns === undefined ? { kind, message, statement } : { kind, message, statement, columns };
}

function kindOf(code: number | undefined, message: string): FaultKind {
  if (code === undefined) return "other";
  if (code === CONSTRAINT_TRIGGER && message.startsWith("FOREIGN KEY")) return "foreign_key";
  return KINDS[code] ?? KINDS[code & 0xff] ?? "other";
}

/** `UNIQUE constraint failed: posts.title, posts.status` names columns; an index on an expression names itself only. */
function columnsIn(message: string): readonly string[] | undefined {
  const list = /constraint failed: (?!index ')(.+)$/.exec(message)?.[1];
  return list?.split(", ").map((column) => column.slice(column.lastIndexOf(".") + 1));
}

/** The fault of every call on a connection that has been closed. */
export function closedFault(): DatabaseFault {
  return { kind: "closed", message: "The database connection is closed", statement: NO_STATEMENT };
}
