import { type Connection, sqliteDialect } from "../../core/database/index.ts";
import type { Session } from "./session.ts";

/** A `Connection` on the calling thread: each call does its work before it returns, so calls never overlap. */
export function createConnection(session: Session, readOnly: boolean): Connection {
  return {
    dialect: sqliteDialect,
    run: async (statement) => session.run(statement),
    runNow: (statement) => session.run(statement),
    // what a connection commits itself does not count for it, so one that writes has no version
    ...(readOnly ? { version: () => session.version() } : {}),
    batch: async (statements) => session.batch(statements),
    group: async (batches) => session.group(batches),
    alter: async (statements) => session.alter(statements),
    close: async () => session.close(),
  };
}
