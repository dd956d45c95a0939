import { createRecentLog, type RecentLog } from "../../src/core/logging/index.ts";

/** A log that has these lines in it. */
export function logOf(...messages: readonly string[]): RecentLog {
  const log = createRecentLog();
  void log.write(messages.map((message) => ({ time: 0, level: "info", message, fields: {} })));
  return log;
}
