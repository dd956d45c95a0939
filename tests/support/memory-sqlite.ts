import type { Row, SqlValue } from "../../src/core/database/connection.ts";

/** A SQLite database in memory, on whichever runtime the test runs: bun:sqlite or node:sqlite. */
export interface MemorySqlite {
  /** Runs statements without parameters. */
  exec(sql: string): void;
  /** Runs one statement and gives its rows. Prepared statements are kept by their text. */
  all(sql: string, params?: readonly SqlValue[]): readonly Row[];
  close(): void;
}

export async function openMemorySqlite(): Promise<MemorySqlite> {
  return process.versions.bun === undefined ? openNode() : openBun();
}

async function openBun(): Promise<MemorySqlite> {
  const { Database } = await import("bun:sqlite");
  const database = new Database(":memory:");
  return {
    exec: (sql) => void database.run(sql),
    all: (sql, params = []) => database.query<Row, SqlValue[]>(sql).all(...params),
    close: () => database.close(),
  };
}

async function openNode(): Promise<MemorySqlite> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(":memory:");
  return {
    exec: (sql) => database.exec(sql),
    all: (sql, params = []) => database.prepare(sql).all(...params) as Row[],
    close: () => database.close(),
  };
}
