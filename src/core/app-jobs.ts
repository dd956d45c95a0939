import { parseDuration } from "../tools/index.ts";
import type { Functions, JobOptions } from "./functions/index.ts";
import { defineJob, type JobDefinition, type JobInput, type Jobs, type JobsDeps, openJobs } from "./jobs/index.ts";

/** Why a job cannot be as it is written; null if it can. */
export function jobFault(name: string, options: JobOptions): string | null {
  try {
    defineJob(name, inputOf(options));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Opens the jobs that the project's files hold; they run where functions run. */
export async function openProjectJobs(
  deps: Omit<JobsDeps, "definitions" | "run">,
  functions: Pick<Functions, "jobs" | "runJob"> | null,
): Promise<Jobs> {
  let written: ReturnType<Functions["jobs"]> = [];
  let read: readonly JobDefinition[] = [];
  return openJobs({
    ...deps,
    definitions() {
      const now = functions?.jobs() ?? written;
      // read once for each version of the files
      if (now !== written) read = now.map(({ name, options }) => defineJob(name, inputOf(options)));
      written = now;
      return read;
    },
    run: (call) => functions?.runJob(call) ?? Promise.reject(new Error("There are no jobs here.")),
  });
}

/** @throws RangeError for a time that is none */
function inputOf({ timeout, ...options }: JobOptions): JobInput {
  if (timeout === undefined) return options as JobInput;
  const milliseconds = typeof timeout === "number" ? timeout : parseDuration(timeout);
  if (milliseconds === undefined) throw new RangeError('timeout must be a time such as "30s"');
  return { ...(options as JobInput), timeout: milliseconds };
}
