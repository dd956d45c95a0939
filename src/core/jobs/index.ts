export type { JobCall } from "./attempts.ts";
export { type Begun, type Continuations, isContinuation } from "./continuations.ts";
export { type CatchUp, defineJob, type JobDefinition, type JobInput, type Overlap } from "./definition.ts";
export {
  type JobOverview,
  type Jobs,
  type JobsDeps,
  LEASE,
  openJobs,
} from "./jobs.ts";
export type { Job, JobRun, JobState } from "./queue.ts";
export { readSchedule, type Schedule } from "./schedule.ts";
export type { StepAnswer, StepAsk } from "./steps.ts";
