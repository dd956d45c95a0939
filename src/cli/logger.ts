import { consoleSink } from "../adapters/node/console.ts";
import { logFile } from "../adapters/node/log-file.ts";
import type { Config } from "../core/config/index.ts";
import { createLogger, type Logger } from "../core/logging/index.ts";

/** The process's log: on the standard error, and in a file if the configuration names one. */
export function openLogger({ logging }: Config, env: Readonly<Record<string, string | undefined>>): Logger {
  const console = consoleSink({ stream: process.stderr, format: logging.format, env });
  const sinks = logging.file === false ? [console] : [console, logFile(logging.file)];
  return createLogger({ level: logging.level, sinks });
}
