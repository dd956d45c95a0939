import { toIso } from "../../tools/index.ts";
import { LOG_LEVELS, type LogEntry, type LogFields, type LogLevel, type LogSink } from "./entry.ts";
import { REQUEST } from "./requests.ts";

/** A line of the log, with its place in it. */
export interface RecentLine {
  /** Grows from line to line, since the process began. */
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Which lines are wanted; what is left out does not matter. */
export interface LineQuery {
  /** The least level. */
  readonly level?: LogLevel | undefined;
  /** Text that the message or a field holds, without regard to case. */
  readonly search?: string | undefined;
  /** False leaves out the lines of answered requests. */
  readonly requests?: boolean | undefined;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

/** The last lines of the log, for admins to read: a sink like any other. */
export interface RecentLog extends LogSink {
  /** The newest first, at most `limit`. */
  find(query: LineQuery, limit: number): readonly RecentLine[];
}

interface Placed {
  readonly seq: number;
  readonly entry: LogEntry;
}

/** Lines of a kind that are kept. */
const CAPACITY = 1000;

/**
 * Keeps the last lines in memory, a thousand of each level and as many of answered requests: the many do not push out the
 * few that matter.
 */
export function createRecentLog(capacity = CAPACITY): RecentLog {
  const rings = new Map<string, Placed[]>();
  let written = 0;

  return {
    write(entries) {
      for (const entry of entries) {
        const kind = entry.message === REQUEST ? REQUEST : entry.level;
        const ring = rings.get(kind) ?? [];
        rings.set(kind, ring);
        // twice as many as are told, so that old ones go by the thousand
        if (ring.length >= 2 * capacity) ring.splice(0, capacity);
        written += 1;
        ring.push({ seq: written, entry });
      }
    },
    find({ level = "debug", search, requests = true, before = Number.POSITIVE_INFINITY, after = 0 }, limit) {
      const least = LOG_LEVELS.indexOf(level);
      const sought = search?.toLowerCase();
      return [...rings]
        .flatMap(([kind, ring]) => (kind === REQUEST && !requests ? [] : ring.slice(-capacity)))
        .filter(({ seq, entry }) => seq < before && seq > after && LOG_LEVELS.indexOf(entry.level) >= least)
        .filter(({ entry }) => sought === undefined || textOf(entry).includes(sought))
        .sort((a, b) => b.seq - a.seq)
        .slice(0, limit)
        .map(({ seq, entry }) => lineOf(seq, entry));
    },
  };
}

function lineOf(seq: number, { time, level, message, fields }: LogEntry): RecentLine {
  return { seq, time: toIso(time), level, message, fields };
}

function textOf({ message, fields }: LogEntry): string {
  return `${message} ${JSON.stringify(fields)}`.toLowerCase();
}
