import type { DatabaseDriver } from "../../core/database/index.ts";
import { createSqliteDriver, type SqliteOptions, startThread } from "../sqlite/index.ts";
import { openBunEngine } from "./sqlite-engine.ts";

/** A SQLite database on Bun: the file at `path`, or `:memory:`. See `createSqliteDriver`. */
export function sqlite(path: string, options?: SqliteOptions): DatabaseDriver {
  return createSqliteDriver({ openEngine: openBunEngine, startThread: () => startThread(workerUrl()) }, path, options);
}

/**
 * Where the thread's module is. An executable made by `bun build --compile` holds this file inside the main module at
 * its root, and further entry points under their paths relative to `src`, the folder that all entry points share.
 */
function workerUrl(): URL {
  const here = import.meta.url;
  const compiled = here.includes("/$bunfs/") || here.includes("/~BUN/");
  if (compiled) return new URL("./adapters/bun/sqlite-worker.js", here);
  return new URL(here.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js", here);
}
