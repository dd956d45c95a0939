import { compilePattern } from "../events/index.ts";
import { readSchedule, type Schedule } from "./schedule.ts";

/** What happens when a scheduled job is due while its last run has not ended: nothing, or one more at the same time. */
export type Overlap = "skip" | "allow";

/** What happens with times that passed while nobody was there to run the job: the last of them is made up for, or none. */
export type CatchUp = "once" | "none";

/** How a job is to be run, as it is written. */
export interface JobInput {
  readonly schedule?: string;
  readonly timezone?: string;
  /** Tries after the first. */
  readonly retries?: number;
  /** Milliseconds that one try may take. */
  readonly timeout?: number;
  readonly overlap?: Overlap;
  readonly catchUp?: CatchUp;
  /** Events that make a job of themselves: `users.created`, `auth.*`. */
  readonly on?: string;
}

/** A job that can be run. */
export interface JobDefinition {
  readonly name: string;
  readonly schedule: Schedule | null;
  readonly retries: number;
  readonly timeout: number | null;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  readonly on: string | null;
}

const NAME = /^[A-Za-z][\w./-]{0,99}$/;
const MAX_RETRIES = 100;

/** Milliseconds: no timer is longer. */
const LONGEST = 24 * 86_400_000;

/** Checks a job as it is written. @throws BakendError or RangeError with what is wrong, in words */
export function defineJob(name: string, input: JobInput): JobDefinition {
  const { schedule, timezone, retries = 3, timeout = null, overlap = "skip", catchUp = "once", on = null } = input;
  if (!NAME.test(name)) throw new RangeError(`"${name.slice(0, 100)}" is no name for a job`);
  if (!Number.isSafeInteger(retries) || retries < 0 || retries > MAX_RETRIES)
    throw new RangeError(`retries must be a whole number from 0 to ${MAX_RETRIES}`);
  if (timeout !== null && !(timeout > 0 && timeout <= LONGEST))
    throw new RangeError("timeout must be a time, 24 days at most");
  if (overlap !== "skip" && overlap !== "allow") throw new RangeError('overlap must be "skip" or "allow"');
  if (catchUp !== "once" && catchUp !== "none") throw new RangeError('catchUp must be "once" or "none"');
  if (on !== null) compilePattern(on);
  if (timezone !== undefined && schedule === undefined) throw new RangeError("timezone needs a schedule");
  return {
    name,
    schedule: schedule === undefined ? null : readSchedule(schedule, timezone),
    ...{ retries, timeout, overlap, catchUp, on },
  };
}
