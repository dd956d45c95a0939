import type { DatabaseDriver } from "../../core/database/index.ts";
import { createSqliteDriver, type SqliteOptions, startThread } from "../sqlite/index.ts";
import { openNodeEngine } from "./sqlite-engine.ts";

/** A SQLite database on Node (22.16 or later): the file at `path`, or `:memory:`. See `createSqliteDriver`. */
export function sqlite(path: string, options?: SqliteOptions): DatabaseDriver {
  return createSqliteDriver({ openEngine: openNodeEngine, startThread: () => startThread(workerUrl()) }, path, options);
}

/** The thread's module, beside this one: TypeScript in the source tree, JavaScript once built. */
function workerUrl(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js", here);
}
