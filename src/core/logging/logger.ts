import { LOG_LEVELS, type LogEntry, type LogFields, type Logger, type LogLevel, type LogSink } from "./entry.ts";
import { createOutlet } from "./outlet.ts";
import { redactFields, redactText } from "./redact.ts";

/** Timers, so that a test can own the time. */
export interface LogTimers {
  set(callback: () => void, milliseconds: number): unknown;
  clear(handle: unknown): void;
}

/** What a logger is made of. */
export interface LoggerOptions {
  /** The least level that is kept. */
  readonly level: LogLevel;
  readonly sinks: readonly LogSink[];
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly timers?: LogTimers;
  /** False keeps secrets in: only for tests. */
  readonly redact?: boolean;
}

/** Milliseconds that an entry waits for company, at most. Warnings and errors do not wait. */
const INTERVAL = 200;

/** Entries that are handed on without waiting longer. */
const BATCH = 500;

/** Entries that wait for a slow sink, at most. */
const CAPACITY = 10_000;

/** Makes the logger. Entries are redacted and handed to the sinks in batches, outside the caller's turn. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, sinks, clock = Date.now, timers = defaultTimers, redact = true } = options;
  const least = LOG_LEVELS.indexOf(level);
  const outlets = sinks.map((sink) => createOutlet(sink, CAPACITY, clock));
  let queue: LogEntry[] = [];
  let dropped = 0;
  let timer: { readonly handle: unknown; readonly soon: boolean } | undefined;
  return withFields({});

  function withFields(bound: LogFields): Logger {
    const writer = (name: LogLevel) => {
      const kept = LOG_LEVELS.indexOf(name) >= least;
      if (!kept) return () => {};
      return (message: string, fields?: LogFields) =>
        add(name, message, fields === undefined ? bound : { ...bound, ...fields });
    };
    return {
      debug: writer("debug"),
      info: writer("info"),
      warn: writer("warn"),
      error: writer("error"),
      clean(message, fields) {
        if (LOG_LEVELS.indexOf("info") >= least) add("info", message, fields, true);
      },
      enabled: (name) => LOG_LEVELS.indexOf(name) >= least,
      child: (fields) => withFields({ ...bound, ...fields }),
      async flush() {
        hand();
        await Promise.all(outlets.map((outlet) => outlet.drained()));
      },
    };
  }

  function add(name: LogLevel, message: string, fields: LogFields, clean = false): void {
    // A loop that never yields can fill this queue before any timer runs.
    if (queue.length >= CAPACITY) {
      dropped += queue.length;
      queue = [];
    }
    queue.push({ time: clock(), level: name, message, fields, clean });
    schedule(queue.length >= BATCH || name === "warn" || name === "error");
  }

  function schedule(soon: boolean): void {
    if (timer !== undefined && (timer.soon || !soon)) return;
    if (timer !== undefined) timers.clear(timer.handle);
    timer = { soon, handle: timers.set(hand, soon ? 0 : INTERVAL) };
  }

  /** Hands what waits to every outlet. */
  function hand(): void {
    if (timer !== undefined) timers.clear(timer.handle);
    timer = undefined;
    if (queue.length === 0) return;
    const entries = redact ? queue.map(redactEntry) : queue;
    if (dropped > 0) {
      entries.unshift({
        time: clock(),
        level: "warn",
        message: "log entries were dropped: too many at once",
        fields: { dropped },
      });
    }
    queue = [];
    dropped = 0;
    for (const outlet of outlets) outlet.push(entries);
  }
}

function redactEntry(entry: LogEntry): LogEntry {
  if (entry.clean) return entry;
  const { time, level, message, fields } = entry;
  try {
    return { time, level, message: redactText(message), fields: redactFields(fields) };
  } catch (error) {
    // A getter or a proxy among the fields may throw; the message is still worth having.
    return { time, level, message: redactText(message), fields: { unreadable: String(error) } };
  }
}

const defaultTimers: LogTimers = {
  set(callback, milliseconds) {
    const handle: unknown = setTimeout(callback, milliseconds);
    // Where timers keep a process alive, this one must not: whoever ends the process flushes.
    if (typeof handle === "object" && handle !== null && "unref" in handle && typeof handle.unref === "function")
      handle.unref();
    return handle;
  },
  clear(handle) {
    clearTimeout(handle as Parameters<typeof clearTimeout>[0]);
  },
};
