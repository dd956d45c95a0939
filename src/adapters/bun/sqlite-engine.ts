import { Database } from "bun:sqlite";
import type { Row, SqlValue } from "../../core/database/index.ts";
import type { Engine } from "../sqlite/index.ts";

/** Opens a database with Bun's SQLite. */
export function openBunEngine(path: string): Engine {
  const database = new Database(path, { create: true, readwrite: true });
  return {
    prepare(sql) {
      const statement = database.prepare<Row, SqlValue[]>(sql);
      return {
        all: (params) => statement.all(...params),
        run: (params) => statement.run(...params).changes,
        finalize: () => statement.finalize(),
      };
    },
    exec: (sql) => void database.run(sql),
    inTransaction: () => database.inTransaction,
    close: () => database.close(),
    resultCode: (error) => (hasErrno(error) ? error.errno : undefined),
  };
}

function hasErrno(error: unknown): error is { readonly errno: number } {
  return error instanceof Error && error.name === "SQLiteError" && "errno" in error && typeof error.errno === "number";
}
