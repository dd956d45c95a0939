import { get, post } from "../api/request.ts";
import type { Job, JobRun, Queued, QueuedWhole } from "./types.ts";

type LogPage<T> = { readonly items: readonly T[]; readonly next: number | null };
type Place = string | number | undefined;

const pathOf = (name: string): string => `/api/admin/jobs/${encodeURIComponent(name)}`;

/** The project's jobs. */
export const readJobs = async (): Promise<readonly Job[]> =>
  (await get<{ items: readonly Job[] }>("/api/admin/jobs")).items;

/** One job. */
export const readJob = (name: string): Promise<Job> => get<Job>(pathOf(name));

/** What the tries of a job came to, the newest first. */
export const readRuns = (name: string, limit: number, before?: Place): Promise<LogPage<JobRun>> =>
  get(`${pathOf(name)}/runs`, { limit, before });

/** Queues a job, for now or for a moment to come; resolves to its id in the queue. */
export const runJob = async (name: string, payload: unknown, at: Date | null): Promise<string> =>
  (await post<{ id: string }>(`${pathOf(name)}/run`, { payload, ...(at === null ? {} : { at }) })).id;

/** Has the schedule and the events of a job pass without it, or no longer. */
export const pauseJob = (name: string, paused: boolean): Promise<Job> =>
  post<Job>(`${pathOf(name)}/${paused ? "pause" : "resume"}`);

/** What waits, runs and has run, the newest first. */
export const readQueue = (state: string, name: string, before: Place): Promise<LogPage<Queued>> =>
  get("/api/admin/queue", { state, name, before });

/** One of the queue, with its tries. */
export const readQueued = (id: string): Promise<QueuedWhole> => get(`/api/admin/queue/${encodeURIComponent(id)}`);

/** Colours of the states that jobs, and their tries, are in. */
export const STATE_COLOURS: Readonly<Record<string, string>> = {
  queued: "blue",
  running: "violet",
  done: "green",
  failed: "red",
  lost: "red",
  canceled: "",
  paused: "amber",
  interrupted: "amber",
};

/** The job that an event of `job.*` tells of; null for another event. */
export function jobOf(payload: unknown): string | null {
  if (typeof payload !== "object" || payload === null || !("job" in payload)) return null;
  return typeof payload.job === "string" ? payload.job : null;
}
