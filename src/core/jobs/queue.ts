import { timePrefix } from "../../tools/index.ts";
import type { Database, Row, SqlValue, Statement } from "../database/index.ts";

/** Where a job stands. */
export type JobState = "queued" | "running" | "done" | "failed" | "canceled";

/** One job that is to be run, runs, or has run. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly key: string | null;
  readonly priority: number;
  readonly state: JobState;
  /** When it may run, in milliseconds since 1970. */
  readonly runAt: number;
  readonly tries: number;
  readonly maxTries: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly error: string | null;
  /** How many functions and jobs stand between a request and this, each set off by what the one before did. */
  readonly depth: number;
}

/** One try of a job. */
export interface JobRun {
  readonly id: number;
  readonly job: string;
  readonly name: string;
  readonly attempt: number;
  /**
   * `paused`: it goes on later, with its next step; `interrupted`: its process was stopped in order, and the try does not
   * count; `lost`: its process has ended.
   */
  readonly state: "running" | "done" | "failed" | "lost" | "canceled" | "paused" | "interrupted";
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly error: string | null;
  /** What it wrote to the log. */
  readonly lines: readonly string[];
}

/** A job that is to be queued. */
export interface NewJob {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  /** Of jobs of one name, as long as one waits or runs, no other of the same key is queued. */
  readonly key: string | null;
  readonly priority: number;
  readonly runAt: number;
  readonly maxTries: number;
  readonly createdAt: number;
  readonly depth: number;
}

/** What was claimed to be run by this process. */
export interface Claim {
  readonly job: Job;
  readonly run: number;
}

/** What can be run. */
export interface Runnable {
  /** The jobs of these names, those among `alone` one at a time. */
  readonly names: readonly string[];
  readonly alone: readonly string[];
  /** Whether what began outside the queue can be, too. */
  readonly others: boolean;
}

/** Jobs in the database. */
export interface Queue {
  /**
   * Queues a job; resolves to false if one of the same name and key waits or runs, or there is one of its id, ended or not.
   * `alongside` is committed with it.
   */
  add(job: NewJob, alongside?: readonly Statement[]): Promise<boolean>;
  /** Whether one of them is due, or one was left by a process that is not heard of any more. */
  hasWork(which: Runnable, now: number): Promise<boolean>;
  /** Takes the first of them that is due and may run; null if there is none. */
  claim(which: Runnable, until: number, now: number): Promise<Claim | null>;
  /** Lets a job run now whose steps wait for nothing any more. */
  hasten(id: string, now: number): Promise<void>;
  /** Keeps jobs for longer. Resolves to those of them that are still this process's: others were canceled, or taken from it. */
  keep(claims: readonly Claim[], until: number): Promise<ReadonlySet<Claim>>;
  /** Whether what was claimed is still this process's to run. */
  holds(claim: Claim): Promise<boolean>;
  /** Ends a try. Resolves to whether it was still this process's to end. */
  end(claim: Claim, outcome: Outcome, now: number): Promise<boolean>;
  /**
   * Tries whose process has not been heard of count as failed, and are made again: not those that run here, whatever the clock
   * says. Resolves to their jobs.
   */
  reclaim(here: readonly Claim[], now: number): Promise<readonly Job[]>;
  cancel(id: string, now: number): Promise<Job | null>;
  job(id: string): Promise<Job | null>;
  list(
    filter: { readonly name?: string; readonly state?: JobState },
    limit: number,
    before?: string,
  ): Promise<readonly Job[]>;
  runs(
    filter: { readonly name?: string; readonly job?: string },
    limit: number,
    before?: number,
  ): Promise<readonly JobRun[]>;
  /** What is noted of jobs: up to when their schedules have been followed, and whether they are paused. */
  names(): Promise<ReadonlyMap<string, { readonly scheduledTo: number | null; readonly paused: boolean }>>;
  pause(name: string, paused: boolean): Promise<void>;
  /** Forgets what ended before a moment. */
  prune(before: number): Promise<void>;
  /**
   * Forgets the steps of what began elsewhere before a moment, and neither waits here nor begins anew: it does for the events
   * whose `id`s the query gives.
   */
  pruneSteps(before: number, undelivered: Statement): Promise<void>;
}

/** How a try ended. */
export interface Outcome {
  readonly state: "done" | "failed" | "canceled" | "paused" | "interrupted";
  readonly error: string | null;
  readonly lines: readonly string[];
  /** When it is tried again; null for never. */
  readonly again: number | null;
}

const COLUMNS = `"id", "name", "payload", "key", "priority", "state", "runAt", "tries", "maxTries", "createdAt", "endedAt", "error", "depth"`;

/** Opens the queue of a database; `owner` names this process among others. */
export function createQueue(db: Database, owner: string): Queue {
  const one = async (statement: Statement): Promise<Job | null> => {
    const { rows } = await db.read(statement);
    return rows[0] ? toJob(rows[0]) : null;
  };
  return {
    async add({ id, name, payload, key, priority, runAt, maxTries, createdAt, depth }, alongside = []) {
      const results = await db.write([
        ...alongside,
        {
          sql: `INSERT INTO "_jobs" ("id", "name", "payload", "key", "priority", "state", "runAt", "tries", "maxTries", "createdAt", "depth") VALUES (?, ?, ?, ?, ?, 'queued', ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING`,
          params: [id, name, JSON.stringify(payload ?? null), key, priority, runAt, maxTries, createdAt, depth],
        },
      ]);
      return results.at(-1)?.changes === 1;
    },
    async hasWork({ names, others }, now) {
      const { rows } = await db.read({
        sql: `SELECT EXISTS (SELECT 1 FROM "_jobs" WHERE "state" = 'queued' AND "runAt" <= ? AND ("name" IN (SELECT value FROM json_each(?)) OR (? AND instr("name", ' '))) AND "name" NOT IN (SELECT "name" FROM "_job_names" WHERE "paused" = 1)) OR EXISTS (SELECT 1 FROM "_jobs" WHERE "state" = 'running' AND "until" < ?) AS "work"`,
        params: [now, JSON.stringify(names), Number(others), now],
      });
      return rows[0]?.work === 1;
    },
    async claim({ names, alone, others }, until, now) {
      const [claimed, run] = await db.write([
        {
          sql: `UPDATE "_jobs" SET "state" = 'running', "owner" = ?, "until" = ?, "tries" = "tries" + 1 WHERE "id" = (
            SELECT j."id" FROM "_jobs" AS j WHERE j."state" = 'queued' AND j."runAt" <= ? AND (j."name" IN (SELECT value FROM json_each(?)) OR (? AND instr(j."name", ' ')))
              AND NOT EXISTS (SELECT 1 FROM "_job_names" AS n WHERE n."name" = j."name" AND n."paused" = 1)
              AND NOT (j."name" IN (SELECT value FROM json_each(?)) AND EXISTS (SELECT 1 FROM "_jobs" AS r WHERE r."state" = 'running' AND r."name" = j."name"))
            ORDER BY j."priority" DESC, j."runAt", j."id" LIMIT 1) RETURNING ${COLUMNS}`,
          params: [owner, until, now, JSON.stringify(names), Number(others), JSON.stringify(alone)],
        },
        {
          sql: `INSERT INTO "_job_runs" ("job", "name", "attempt", "state", "startedAt", "lines") SELECT "id", "name", "tries", 'running', ?, '[]' FROM "_jobs" AS j WHERE "state" = 'running' AND "owner" = ? AND NOT EXISTS (SELECT 1 FROM "_job_runs" AS r WHERE r."job" = j."id" AND r."attempt" = j."tries") RETURNING "id"`,
          params: [now, owner],
        },
      ]);
      const [row, begun] = [claimed?.rows[0], run?.rows[0]];
      return row && begun ? { job: toJob(row), run: Number(begun.id) } : null;
    },
    async hasten(id, now) {
      await db.write([
        {
          sql: `UPDATE "_jobs" SET "runAt" = ? WHERE "id" = ? AND "state" = 'queued' AND NOT EXISTS (SELECT 1 FROM "_steps" WHERE "job" = "_jobs"."id" AND "value" IS NULL)`,
          params: [now, id],
        },
      ]);
    },
    async keep(claims, until) {
      const [kept] = await db.write([
        {
          sql: `UPDATE "_jobs" SET "until" = ? WHERE "owner" = ? AND "state" = 'running' AND "id" IN (SELECT value FROM json_each(?)) RETURNING "id", "tries"`,
          params: [until, owner, JSON.stringify(claims.map(({ job }) => job.id))],
        },
      ]);
      const ours = new Map(kept?.rows.map(({ id, tries }) => [id, tries]));
      return new Set(claims.filter(({ job }) => ours.get(job.id) === job.tries));
    },
    async holds({ job }) {
      const { rows } = await db.read({
        sql: `SELECT 1 FROM "_jobs" WHERE "id" = ? AND "owner" = ? AND "state" = 'running' AND "tries" = ?`,
        params: [job.id, owner, job.tries],
      });
      return rows.length > 0;
    },
    async end({ job, run }, { state, error, lines, again }, now) {
      const next = again === null ? state : "queued";
      const isPause = Number(state === "paused");
      const isNoTry = Number(state === "paused" || state === "interrupted");
      const [, ended] = await db.write([
        {
          // what was canceled stays so, and so does what was lost; what it has said is kept
          sql: `UPDATE "_job_runs" SET "lines" = ?, "endedAt" = iif("state" = 'running', ?, "endedAt"), "error" = iif("state" = 'running', ?, "error"), "state" = iif("state" = 'running', ?, "state") WHERE "id" = ?`,
          params: [JSON.stringify(lines), now, error, state, run],
        },
        {
          // what a pause was for may have happened by now
          sql: `UPDATE "_jobs" SET "state" = ?, "maxTries" = "maxTries" + ?, "runAt" = iif(? AND NOT EXISTS (SELECT 1 FROM "_steps" WHERE "job" = "_jobs"."id" AND "value" IS NULL), ?, coalesce(?, "runAt")), "endedAt" = ?, "error" = ?, "owner" = NULL WHERE "id" = ? AND "owner" = ? AND "state" = 'running' AND "tries" = ?`,
          params: [
            ...[next, isNoTry, isPause, now, again],
            ...[again === null ? now : null, error, job.id, owner, job.tries],
          ],
        },
        {
          sql: `DELETE FROM "_steps" WHERE "job" IN (SELECT "id" FROM "_jobs" WHERE "id" = ? AND "endedAt" IS NOT NULL)`,
          params: [job.id],
        },
      ]);
      return ended?.changes === 1;
    },
    async reclaim(here, now) {
      const isLost = `"state" = 'running' AND "until" < ? AND NOT ("owner" IS ? AND "id" IN (SELECT value FROM json_each(?)))`;
      const left = [now, owner, JSON.stringify(here.map(({ job }) => job.id))];
      const [, lost] = await db.write([
        {
          sql: `UPDATE "_job_runs" SET "state" = 'lost', "endedAt" = ?, "error" = 'The process that ran it has ended.' WHERE "state" = 'running' AND "job" IN (SELECT "id" FROM "_jobs" WHERE ${isLost})`,
          params: [now, ...left],
        },
        {
          // at its place: what has come due since then comes after it
          sql: `UPDATE "_jobs" SET "state" = iif("tries" < "maxTries", 'queued', 'failed'), "endedAt" = iif("tries" < "maxTries", NULL, ?), "error" = 'The process that ran it has ended.', "owner" = NULL WHERE ${isLost} RETURNING ${COLUMNS}`,
          params: [now, ...left],
        },
      ]);
      return lost?.rows.map(toJob) ?? [];
    },
    async cancel(id, now) {
      const [result] = await db.write([
        {
          sql: `UPDATE "_jobs" SET "state" = 'canceled', "endedAt" = ?, "owner" = NULL WHERE "id" = ? AND "state" IN ('queued', 'running') RETURNING ${COLUMNS}`,
          params: [now, id],
        },
        { sql: `DELETE FROM "_steps" WHERE "job" = ?`, params: [id] },
        {
          sql: `UPDATE "_job_runs" SET "state" = 'canceled', "endedAt" = ? WHERE "job" = ? AND "state" = 'running'`,
          params: [now, id],
        },
      ]);
      return result?.rows[0] ? toJob(result.rows[0]) : null;
    },
    job: (id) => one({ sql: `SELECT ${COLUMNS} FROM "_jobs" WHERE "id" = ?`, params: [id] }),
    async list({ name, state }, limit, before) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_jobs" WHERE (? IS NULL OR "name" = ?) AND (? IS NULL OR "state" = ?) AND (? IS NULL OR "id" < ?) ORDER BY "id" DESC LIMIT ?`,
        params: [...twice(name), ...twice(state), ...twice(before), limit],
      });
      return rows.map(toJob);
    },
    async runs({ name, job }, limit, before) {
      const { rows } = await db.read({
        sql: `SELECT * FROM "_job_runs" WHERE (? IS NULL OR "name" = ?) AND (? IS NULL OR "job" = ?) AND (? IS NULL OR "id" < ?) ORDER BY "id" DESC LIMIT ?`,
        params: [...twice(name), ...twice(job), ...twice(before), limit],
      });
      return rows.map(toRun);
    },
    async names() {
      const { rows } = await db.read({ sql: `SELECT "name", "scheduledTo", "paused" FROM "_job_names"`, params: [] });
      return new Map(
        rows.map(({ name, scheduledTo, paused }) => [
          String(name),
          { scheduledTo: scheduledTo === null ? null : Number(scheduledTo), paused: paused === 1 },
        ]),
      );
    },
    async pause(name, paused) {
      await db.write([
        {
          sql: `INSERT INTO "_job_names" ("name", "paused") VALUES (?, ?) ON CONFLICT ("name") DO UPDATE SET "paused" = excluded."paused"`,
          params: [name, Number(paused)],
        },
      ]);
    },
    async prune(before) {
      await db.write([
        {
          sql: `DELETE FROM "_job_runs" WHERE "job" IN (SELECT "id" FROM "_jobs" WHERE "endedAt" < ?)`,
          params: [before],
        },
        { sql: `DELETE FROM "_jobs" WHERE "endedAt" < ?`, params: [before] },
      ]);
    },
    async pruneSteps(before, undelivered) {
      await db.write([
        {
          // an id begins with the time, which that of a step's work shares with its event's
          sql: `DELETE FROM "_steps" WHERE "job" < ? AND "job" NOT IN (SELECT "id" FROM "_jobs" WHERE "endedAt" IS NULL) AND substr("job", 1, ${TIME_LENGTH}) NOT IN (SELECT substr("id", 1, ${TIME_LENGTH}) FROM (${undelivered.sql}))`,
          params: [timePrefix(before), ...undelivered.params],
        },
      ]);
    },
  };
}

/** Characters of a UUIDv7 that are its time. */
const TIME_LENGTH = 13;

function twice(value: SqlValue | undefined): readonly [SqlValue, SqlValue] {
  return [value ?? null, value ?? null];
}

function toJob(row: Row): Job {
  const text = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    id: String(row.id),
    name: String(row.name),
    payload: JSON.parse(String(row.payload)),
    key: text("key"),
    priority: Number(row.priority),
    state: String(row.state) as JobState,
    runAt: Number(row.runAt),
    tries: Number(row.tries),
    maxTries: Number(row.maxTries),
    createdAt: Number(row.createdAt),
    endedAt: row.endedAt === null ? null : Number(row.endedAt),
    error: text("error"),
    depth: Number(row.depth),
  };
}

function toRun(row: Row): JobRun {
  return {
    id: Number(row.id),
    job: String(row.job),
    name: String(row.name),
    attempt: Number(row.attempt),
    state: String(row.state) as JobRun["state"],
    startedAt: Number(row.startedAt),
    endedAt: row.endedAt === null ? null : Number(row.endedAt),
    error: row.error === null ? null : String(row.error),
    lines: JSON.parse(String(row.lines)),
  };
}
