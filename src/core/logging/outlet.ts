import type { LogEntry, LogSink } from "./entry.ts";

/** A sink with a bounded queue before it, so that a slow or broken sink costs neither memory nor a caller's time. */
export interface Outlet {
  push(entries: readonly LogEntry[]): void;
  /** Resolves when everything pushed before has been taken or refused. */
  drained(): Promise<void>;
}

/**
 * Hands batches to a sink, one at a time. Past `capacity` waiting entries the oldest are dropped, and the next batch
 * begins with an entry that says how many. What a sink throws is forgotten: there is nobody left to tell.
 */
export function createOutlet(sink: LogSink, capacity: number, now: () => number): Outlet {
  let waiting: LogEntry[] = [];
  let dropped = 0;
  let running: Promise<void> | undefined;

  return {
    push(entries) {
      for (const entry of entries) waiting.push(entry);
      const excess = waiting.length - capacity;
      if (excess > 0) {
        waiting = waiting.slice(excess);
        dropped += excess;
      }
      running ??= run();
    },
    drained: () => running ?? Promise.resolve(),
  };

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = dropped === 0 ? waiting : [droppedEntry(), ...waiting];
      waiting = [];
      dropped = 0;
      try {
        await sink.write(batch);
      } catch {
        // The log must not bring down what it reports on.
      }
    }
    running = undefined;
  }

  function droppedEntry(): LogEntry {
    return {
      time: now(),
      level: "warn",
      message: "log entries were dropped: the log is too slow",
      fields: { dropped },
    };
  }
}
