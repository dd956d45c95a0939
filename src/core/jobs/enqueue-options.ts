import { toInstant } from "../../tools/index.ts";
import { invalidField } from "../errors.ts";

/** How a job is to be queued. */
export interface EnqueueOptions {
  /** When it may run, in milliseconds since 1970. */
  readonly runAt: number;
  /** While a job of the same name and key waits or runs, no second one is queued. */
  readonly key: string | null;
  /** Higher ones come first. */
  readonly priority: number;
}

const KNOWN = ["delay", "at", "key", "priority"];

/** The last moment that a date has four digits of a year for. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads how a job is to be queued, as an admin or a function has written it: `delay` in milliseconds from `now` on or a moment
 * `at`, a `key`, a `priority`; all may be left out.
 * @throws BakendError `validation_failed`
 */
export function readEnqueueOptions(written: unknown, now: number): EnqueueOptions {
  const options = written ?? {};
  if (typeof options !== "object" || Array.isArray(options)) throw invalidField("options", "type", "must be an object");
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined)
    throw invalidField(unknown.slice(0, 64).toWellFormed(), "unknown_field", "is not known here");
  const { delay, at, key = null, priority = 0 } = options as Readonly<Record<string, unknown>>;
  if (key !== null && typeof key !== "string") throw invalidField("key", "type", "must be a text");
  if (!isWhole(priority) || !Number.isSafeInteger(priority))
    throw invalidField("priority", "type", "must be a whole number");
  if (at === undefined) return { runAt: now + readDelay(delay, now), key, priority };
  if (delay !== undefined) throw invalidField("at", "refused", "cannot stand beside delay");
  return { runAt: readMoment(at), key, priority };
}

function readDelay(delay: unknown = 0, now: number): number {
  if (!isWhole(delay)) throw invalidField("delay", "type", "must be a whole number of milliseconds");
  if (delay < 0) throw invalidField("delay", "min", "must be a time from now on");
  if (now + delay > LAST) throw invalidField("delay", "max", "must end before the year 10000");
  return delay;
}

function readMoment(at: unknown): number {
  if (typeof at !== "string") throw invalidField("at", "type", "must be a moment");
  // a day alone is one, too, but begins at another time in each zone
  const instant = at.includes("T") ? toInstant(at) : undefined;
  if (instant !== undefined) return Date.parse(instant);
  throw invalidField("at", "pattern", "must be a moment in ISO 8601 with its zone, as 2026-03-01T12:00:00Z");
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}
