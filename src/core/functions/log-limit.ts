import type { LogLine } from "./messages.ts";

/**
 * Lets through as many log lines of one child as somebody can want to read. Both sides have one: the child's spares the parent
 * the reading, the parent's holds against code that gets around it.
 */
export interface LogLimit {
  /** False for so many lines within a second that they are an attack. */
  take(line: LogLine): boolean;
}

/** Lines a second; the rest is dropped, and the number told. */
const MAX_LINES = 500;

/** Of a child that has a limit of its own: those of some seconds may arrive together. */
const FLOOD = 10 * MAX_LINES;

/** Characters of one line; a child sends none that is longer. */
export const MAX_LINE = 8192;

/** Makes the limit of one child. `now` is in milliseconds. */
export function createLogLimit({ now }: { now(): number }, put: (line: LogLine) => void): LogLimit {
  let second = 0;
  let count = 0;
  return {
    take(line) {
      const current = Math.floor(now() / 1000);
      if (second !== current) {
        if (count > MAX_LINES) put({ ...line, level: "warn", message: `${count - MAX_LINES} log lines were dropped` });
        second = current;
        count = 0;
      }
      count += 1;
      if (count <= MAX_LINES) put({ ...line, message: line.message.slice(0, MAX_LINE) });
      return count <= FLOOD;
    },
  };
}
