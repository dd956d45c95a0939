import type { DatabaseDriver } from "../../core/database/index.ts";
import { createSqliteDriver, type SqliteOptions } from "../sqlite/index.ts";
import { startThread } from "../thread.ts";
import { moduleUrl } from "./module-url.ts";
import { openBunEngine } from "./sqlite-engine.ts";

/** A SQLite database on Bun: the file at `path`, or `:memory:`. See `createSqliteDriver`. */
export function sqlite(path: string, options?: SqliteOptions): DatabaseDriver {
  const platform = {
    openEngine: openBunEngine,
    startThread: () => startThread(moduleUrl("adapters/bun/sqlite-worker")),
  };
  return createSqliteDriver(platform, path, options);
}
