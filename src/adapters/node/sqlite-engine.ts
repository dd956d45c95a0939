import { DatabaseSync } from "node:sqlite";
import type { Row, SqlValue } from "../../core/database/index.ts";
import type { Engine } from "../sqlite/index.ts";

/** Opens a database with Node's own SQLite (Node 22.16 or later). */
export function openNodeEngine(path: string): Engine {
  const database = new DatabaseSync(path);
  return {
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        all: (params) => statement.all(...params.map(bindable)).map((row) => ({ ...row }) as Row),
        run: (params) => Number(statement.run(...params.map(bindable)).changes),
        // Node has no call for this: the garbage collector and `close` do it.
        finalize: () => {},
      };
    },
    exec: (sql) => database.exec(sql),
    inTransaction: () => database.isTransaction,
    close: () => database.close(),
    resultCode: (error) => (hasErrcode(error) ? error.errcode : undefined),
  };
}

/** Node binds every number as a REAL, which shows wherever no column turns it back: in JSON, or as text. */
function bindable(value: SqlValue): SqlValue | bigint {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value as number) : value;
}

function hasErrcode(error: unknown): error is { readonly errcode: number } {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}
