export { LOG_LEVELS, type LogEntry, type LogFields, type Logger, type LogLevel, type LogSink } from "./entry.ts";
export { logEvents } from "./events.ts";
export { formatHuman, formatJson } from "./format.ts";
export { createLogger, type LoggerOptions, type LogTimers } from "./logger.ts";
export { createRecentLog, type LineQuery, type RecentLine, type RecentLog } from "./recent.ts";
export { REDACTED, redactFields, redactText } from "./redact.ts";
export { type RequestRecord, requestLogger } from "./requests.ts";
