import { parseDuration } from "../tools/index.ts";
import { describeError } from "./app-defaults.ts";
import { type EventsDeps, type KeptEvents, TOGETHER, tellGivenUp } from "./app-events.ts";
import { undeliveredBy } from "./events/index.ts";
import { continueFunction, givenUpOf } from "./function-runs.ts";
import type { Functions, JobOptions } from "./functions/index.ts";
import { defineJob, isContinuation, type JobDefinition, type JobInput, type Jobs, openJobs } from "./jobs/index.ts";

/** Why a job cannot be as it is written; null if it can. */
export function jobFault(name: string, options: JobOptions): string | null {
  try {
    defineJob(name, inputOf(options));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where events are not kept, none is still to be delivered. */
const NONE = { sql: `SELECT NULL AS "id" WHERE false`, params: [] };

/** Opens the jobs that the project's files hold, and the queue that functions go on from; both run where functions run. */
export async function openProjectJobs(
  deps: EventsDeps,
  { log, stream }: KeptEvents,
  functions: Functions | null,
): Promise<Jobs> {
  const { db, events, newId, every, now, logger } = deps;
  let written: ReturnType<Functions["jobs"]> = [];
  let read: readonly JobDefinition[] = [];
  return openJobs({
    ...{ db, events, stream, newId, every, now },
    definitions() {
      const current = functions?.jobs() ?? written;
      // read once for each version of the files
      if (current !== written) read = current.map(({ name, options }) => defineJob(name, inputOf(options)));
      written = current;
      return read;
    },
    ready: () => functions?.ready ?? false,
    async run(call) {
      if (!functions) throw new Error("There are no jobs here.");
      return isContinuation(call.name) ? continueFunction(functions, call) : functions.runJob(call);
    },
    onGivenUp(call, error) {
      const { target, event } = givenUpOf(call);
      tellGivenUp(deps, target, event, error);
    },
    undelivered: log ? undeliveredBy(TOGETHER) : NONE,
    onError: (error) => logger.error("jobs cannot be run", { error: describeError(error) }),
  });
}

/** @throws RangeError for a time that is none */
function inputOf({ timeout, ...options }: JobOptions): JobInput {
  if (timeout === undefined) return options as JobInput;
  const milliseconds = typeof timeout === "number" ? timeout : parseDuration(timeout);
  if (milliseconds === undefined) throw new RangeError('timeout must be a time such as "30s"');
  return { ...(options as JobInput), timeout: milliseconds };
}
