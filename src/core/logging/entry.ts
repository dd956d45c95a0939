/** How much something matters, least first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of the four levels. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is said beside the message. Values are plain data or errors, and are not changed after they are handed over. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One line of the log, before it is text. */
export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  /** Known to hold nothing secret: written as it is. */
  readonly clean?: boolean;
}

/** Where entries go. */
export interface LogSink {
  /** Takes entries, in order. The next call waits until this one's promise has settled. */
  write(entries: readonly LogEntry[]): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** Says what happens. No call ever throws, waits, or does more than put an entry into a queue. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether entries of this level are kept: worth asking before costly fields are put together. */
  enabled(level: LogLevel): boolean;
  /** The same logger, with these fields on every entry. */
  /** Like `info`, for fields that are known to hold nothing secret; spares looking through them. */
  clean(message: string, fields: LogFields): void;
  child(fields: LogFields): Logger;
  /** Resolves when every sink has taken, or refused, what was logged before. */
  flush(): Promise<void>;
}
