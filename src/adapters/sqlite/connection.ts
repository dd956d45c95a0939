import { type Connection, sqliteDialect } from "../../core/database/index.ts";
import type { Session } from "./session.ts";

/** A `Connection` on the calling thread: each call does its work before it returns, so calls never overlap. */
export function createConnection(session: Session): Connection {
  return {
    dialect: sqliteDialect,
    run: async (statement) => session.run(statement),
    runNow: (statement) => session.run(statement),
    batch: async (statements) => session.batch(statements),
    group: async (batches) => session.group(batches),
    alter: async (statements) => session.alter(statements),
    close: async () => session.close(),
  };
}
