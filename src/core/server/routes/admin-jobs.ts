import { BakendError, invalidField } from "../../errors.ts";
import type { EventBus } from "../../events/index.ts";
import type { Job, JobRun, JobState, Jobs } from "../../jobs/index.ts";
import { adminOnly } from "../admin-only.ts";
import { readJson } from "../body.ts";
import { doneIn } from "../done-in.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { pageOf, type RequestContext, readPage, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";

const STATES: readonly JobState[] = ["queued", "running", "done", "failed", "canceled"];

/** What the routes need. */
export interface AdminJobsDeps {
  readonly jobs: Jobs;
  readonly events: EventBus;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
}

/** `/api/admin/jobs`: the jobs and their runs; `/api/admin/queue`: what waits, runs and has run. */
export function adminJobRoutes({ jobs, events, bodyLimit }: AdminJobsDeps): readonly Route[] {
  const tell = (context: RequestContext, action: string, job: object): void =>
    void events.emit("system.job_managed", { action, ...job }, "jobs", doneIn(context));
  const route = (method: Method, path: string, handle: Route["handle"]): Route => ({ method, path, handle });
  const find = async (name = "") => {
    const found = (await jobs.overview()).find((one) => one.name === name);
    if (!found) throw new BakendError("not_found", `There is no job ${name.slice(0, 100).toWellFormed()}.`);
    return { ...found, nextAt: iso(found.nextAt) };
  };
  const pause =
    (paused: boolean): Route["handle"] =>
    async (context) => {
      const { name = "" } = context.params;
      await jobs.pause(name, paused);
      tell(context, paused ? "pause" : "resume", { job: name });
      return json(await find(name));
    };
  return adminOnly([
    route("GET", "/api/admin/jobs", async ({ query }) => {
      readQuery(query, []);
      const items = await jobs.overview();
      return json({ items: items.map((one) => ({ ...one, nextAt: iso(one.nextAt) })) });
    }),
    route("GET", "/api/admin/jobs/:name", async ({ params, query }) => {
      readQuery(query, []);
      return json(await find(params.name));
    }),
    route("POST", "/api/admin/jobs/:name/run", async (context) => {
      const { name = "" } = context.params;
      await find(name);
      const { value } = await readJson(context.request, bodyLimit);
      if (typeof value !== "object" || value === null || Array.isArray(value))
        throw invalidField("body", "type", "must be an object");
      const { payload = null, ...options } = value as Readonly<Record<string, unknown>>;
      const id = await jobs.enqueue(name, payload, options);
      tell(context, "run", { job: name, id });
      return json({ id }, 202);
    }),
    route("POST", "/api/admin/jobs/:name/pause", pause(true)),
    route("POST", "/api/admin/jobs/:name/resume", pause(false)),
    route("GET", "/api/admin/jobs/:name/runs", async ({ params: { name = "" }, query }) => {
      const { limit, before } = readPage(readQuery(query, ["limit", "before"]));
      await find(name);
      const found = await jobs.queue.runs({ name }, limit + 1, before);
      const { items, next } = pageOf(found, limit, ({ id }) => id);
      return json({ items: items.map(shownRun), next });
    }),
    route("GET", "/api/admin/queue", async ({ query }) => {
      const { name, state, limit, before } = readQuery(query, ["name", "state", "limit", "before"]);
      const known = STATES.find((one) => one === state);
      if (state !== undefined && known === undefined)
        throw new BakendError("bad_request", `state must be one of ${STATES.join(", ")}.`);
      const { limit: count } = readPage(limit === undefined ? {} : { limit });
      const filter = { ...(name === undefined ? {} : { name }), ...(known === undefined ? {} : { state: known }) };
      const found = await jobs.queue.list(filter, count + 1, before);
      const items = found.slice(0, count);
      return json({ items: items.map(shownJob), next: found.length > count ? (items.at(-1)?.id ?? null) : null });
    }),
    route("GET", "/api/admin/queue/:id", async ({ params: { id = "" }, query }) => {
      readQuery(query, []);
      const job = await jobs.queue.job(id);
      if (!job) throw new BakendError("not_found", `There is no job of the id ${id.slice(0, 64).toWellFormed()}.`);
      const runs = await jobs.queue.runs({ job: id }, 100);
      return json({ ...shownJob(job), payload: job.payload, runs: runs.map(shownRun) });
    }),
    route("DELETE", "/api/admin/queue/:id", async (context) => {
      const { id = "" } = context.params;
      await jobs.cancel(id);
      tell(context, "cancel", { id });
      return NO_CONTENT;
    }),
  ]);
}

function shownJob({ payload: _payload, depth: _depth, runAt, createdAt, endedAt, ...job }: Job) {
  return { ...job, runAt: iso(runAt), createdAt: iso(createdAt), endedAt: iso(endedAt) };
}

function shownRun({ startedAt, endedAt, ...run }: JobRun) {
  return { ...run, startedAt: iso(startedAt), endedAt: iso(endedAt) };
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
