import { Cron } from "croner";

/** Times that come again, in words of cron. */
export interface Schedule {
  readonly text: string;
  readonly timezone: string;
  /** The first time after a moment, both in milliseconds since 1970; null if there is none any more. */
  next(after: number): number | null;
  /** The last time at or before a moment; null if there was none. */
  last(until: number): number | null;
}

/**
 * Reads five fields of cron (six with seconds in front), in a time zone of the IANA database. A day fits if either the day
 * of the month or that of the week does, where both are given (as POSIX crontab has it). A time that a clock change leaves
 * out comes with the change; one that comes twice counts once.
 * @throws RangeError with what is wrong
 */
export function readSchedule(text: string, timezone = "UTC"): Schedule {
  const cron = attempt(() => new Cron(text, { timezone, paused: true }), "schedule");
  attempt(() => new Intl.DateTimeFormat("en", { timeZone: timezone }), "timezone");
  return {
    text,
    timezone,
    next: (after) => cron.nextRun(new Date(after))?.getTime() ?? null,
    last: (until) => cron.previousRuns(1, new Date(until + 1))[0]?.getTime() ?? null,
  };
}

function attempt<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (error) {
    throw new RangeError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
