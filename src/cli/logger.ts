import { consoleSink } from "../adapters/node/console.ts";
import { logFile } from "../adapters/node/log-file.ts";
import type { Config } from "../core/config/index.ts";
import { createLogger, createRecentLog, type Logger, type RecentLog } from "../core/logging/index.ts";

/** The log of a process that serves. */
export interface ServerLog {
  readonly logger: Logger;
  /** Its last lines, for admins. */
  readonly recent: RecentLog;
}

/** The process's log: on the standard error, in memory, and in a file if the configuration names one. */
export function openLogger({ logging }: Config, env: Readonly<Record<string, string | undefined>>): ServerLog {
  const console = consoleSink({ stream: process.stderr, format: logging.format, env });
  const recent = createRecentLog();
  const file = logging.file === false ? [] : [logFile(logging.file)];
  return { logger: createLogger({ level: logging.level, sinks: [console, recent, ...file] }), recent };
}
