import type { SqliteOptions } from "../../src/adapters/sqlite/index.ts";
import { startThread, type Thread } from "../../src/adapters/thread.ts";
import type { DatabaseDriver } from "../../src/core/database/index.ts";

/** The SQLite adapter of the runtime that the tests run on. */
export interface SqliteOnThisRuntime {
  sqlite(path: string, options?: SqliteOptions): DatabaseDriver;
  startThread(): Thread;
}

/** Loads the adapter for Bun or for Node, whichever is running. */
export async function sqliteOnThisRuntime(): Promise<SqliteOnThisRuntime> {
  const platform = "Bun" in globalThis ? "bun" : "node";
  const module = await import(`../../src/adapters/${platform}/sqlite.ts`);
  const worker = new URL(`../../src/adapters/${platform}/sqlite-worker.ts`, import.meta.url);
  return { sqlite: module.sqlite, startThread: () => startThread(worker) };
}
