import { type Connection, DatabaseError, sqliteDialect } from "../../core/database/index.ts";
import { closedFault } from "./faults.ts";

/** A connection that is opened at its first call. If that fails the call rejects, and the next one tries again. */
export function lazyConnection(open: () => Promise<Connection>): Connection {
  let opening: Promise<Connection> | undefined;
  let closed = false;

  async function connection(): Promise<Connection> {
    if (closed) throw new DatabaseError(closedFault());
    opening ??= open().catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  return {
    dialect: sqliteDialect,
    run: async (statement) => (await connection()).run(statement),
    batch: async (statements) => (await connection()).batch(statements),
    alter: async (statements) => (await connection()).alter(statements),
    async close() {
      closed = true;
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}
