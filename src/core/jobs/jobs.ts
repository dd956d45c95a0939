import { createRounds, deriveId, isUuid } from "../../tools/index.ts";
import type { Database, Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import {
  type BakendEvent,
  compileInterest,
  type EventBus,
  type EventDetail,
  type EventStream,
  type Every,
  MAX_DEPTH,
} from "../events/index.ts";
import { type Attempt, createAttempts, type JobCall, setOff } from "./attempts.ts";
import { type Continuations, createContinuations, isContinuation } from "./continuations.ts";
import type { JobDefinition } from "./definition.ts";
import { type EnqueueOptions, readEnqueueOptions } from "./enqueue-options.ts";
import { type Claim, createQueue, type Job, type Queue, type Runnable } from "./queue.ts";
import { createSchedules, TICK } from "./schedules.ts";
import { createSteps, STEP_TABLE } from "./steps.ts";
import { JOB_TABLES, upgradeJobs } from "./tables.ts";
import { openWaits } from "./waits.ts";

/** What jobs are made of. */
export interface JobsDeps {
  readonly db: Database;
  readonly events: EventBus;
  /** What steps wait for. */
  readonly stream: EventStream;
  /** The jobs that there are, now. */
  definitions(): readonly JobDefinition[];
  /** Whether the project's code is loaded, now: what it does not hold is gone, and what began outside the queue can be gone on with. */
  ready(): boolean;
  /** Told that what began outside the queue was given up. */
  onGivenUp(call: Pick<JobCall, "name" | "payload">, error: string): void;
  /** A query for the `id`s of events that are not delivered yet: steps of what they call are kept. */
  readonly undelivered: Statement;
  /** Runs a job, or goes on with what began outside the queue, once. Resolves to when it is to go on, in milliseconds since 1970, or to null; rejects with why it failed. */
  run(call: JobCall): Promise<number | null>;
  newId(): string;
  every: Every;
  /** Milliseconds since 1970. */
  now(): number;
  onError(error: unknown): void;
}

/** A job, and how it stands with its schedule. */
export interface JobOverview {
  readonly name: string;
  readonly schedule: string | null;
  readonly timezone: string | null;
  readonly on: string | null;
  readonly paused: boolean;
  /** When it is due by its schedule, in milliseconds since 1970. */
  readonly nextAt: number | null;
}

/** Work that is done later, by a clock, or again: kept in the database, and run by one process at a time. */
export interface Jobs {
  /**
   * Queues a job, as the options say that came with the question; resolves to its id, or to null if one of the same key waits
   * or runs already.
   * @throws BakendError `not_found` if there is no such job, `validation_failed`
   */
  enqueue(name: string, payload: unknown, options?: unknown): Promise<string | null>;
  /** Whether some job is for events. */
  listens(): boolean;
  /** The jobs that are for events of a type. */
  targets(type: string): readonly string[];
  /** Queues a job for an event that it is for; once, as long as it is kept. Too long a chain of them ends here. */
  deliver(name: string, event: BakendEvent, detail: EventDetail): Promise<void>;
  /** @throws BakendError `not_found` if it does not wait or run */
  cancel(id: string): Promise<Job>;
  /** @throws BakendError `not_found` */
  pause(name: string, paused: boolean): Promise<void>;
  overview(): Promise<readonly JobOverview[]>;
  readonly continuations: Continuations;
  readonly queue: Pick<Queue, "list" | "runs" | "job">;
  /** Resolves when nothing that is due waits or runs here. */
  idle(): Promise<void>;
  /** Takes up nothing more and waits for what runs, so many milliseconds at most: then it is put back, for the next process. */
  stop(patience: number): Promise<void>;
}

/** Milliseconds after which a job is taken from a process that has not been heard of. */
export const LEASE = 15_000;

/** Jobs that run at the same time in one process. */
const AT_ONCE = 4;

/** Milliseconds that ended jobs and their runs are kept, and between two looks for older ones. */
const KEEP = 30 * 86_400_000;
const PRUNE_EVERY = 60 * 60_000;

const OWN_FAMILY = "job.";

/** Opens the jobs of a database. Nothing runs before the first tick. */
export async function openJobs(deps: JobsDeps): Promise<Jobs> {
  const { db, events, now, newId } = deps;
  await db.alter([...JOB_TABLES, ...STEP_TABLE]);
  await upgradeJobs(db);
  const waits = openWaits({ db, stream: deps.stream, now, onEnd: () => rounds.ask(), onError: deps.onError });
  const steps = createSteps({ db, waits, now });
  const queue = createQueue(db, newId());
  const continuations = createContinuations({ queue, steps, now, onAdded: () => rounds.ask() });
  const attempt = createAttempts({ ...deps, queue, steps });
  const followSchedules = createSchedules({ db, queue, newId, now });
  const rounds = createRounds({ round: work, goesOn: () => !stopped, onError: deps.onError });
  /** What runs here. A job that was taken from this process and has come back may be among it twice. */
  const running = new Set<Attempt>();
  let stopped = false;
  let pruned = Number.NEGATIVE_INFINITY;

  const find = (name: string): JobDefinition => {
    const known = deps.definitions().find((one) => one.name === name);
    if (!known) throw new BakendError("not_found", `There is no job ${name.slice(0, 100).toWellFormed()}.`);
    return known;
  };

  async function work(): Promise<void> {
    if (deps.ready()) await followSchedules(deps.definitions());
    const definitions = deps.definitions();
    const which = {
      names: definitions.map(({ name }) => name),
      alone: definitions.filter(({ overlap }) => overlap === "skip").map(({ name }) => name),
      others: deps.ready(),
    };
    if (!(await queue.hasWork(which, now()))) return;
    const here = [...running].map(({ claim }) => claim);
    for (const lost of await queue.reclaim(here, now())) tellLost(lost);
    await takeUp(definitions, which);
  }

  /** Of a try whose process has ended, this one tells. */
  function tellLost({ id, name, payload, tries, state, error, depth }: Job): void {
    const last = state === "failed";
    if (!isContinuation(name))
      events.emit("job.failed", { job: name, id, attempt: tries, error, last }, "jobs", setOff(depth));
    else if (last) deps.onGivenUp({ name, payload }, error ?? "");
  }

  async function takeUp(definitions: readonly JobDefinition[], which: Runnable): Promise<void> {
    while (!stopped && running.size < AT_ONCE) {
      const claim = await queue.claim(which, now() + LEASE, now());
      if (!claim) return;
      begin(claim, definitions.find(({ name }) => name === claim.job.name) ?? null);
    }
  }

  function begin(claim: Claim, definition: JobDefinition | null): void {
    const one = attempt(claim, definition);
    running.add(one);
    void one.done.then(() => {
      running.delete(one);
      rounds.ask();
    });
  }

  /** Ends what runs here and is this process's no longer: it was asleep for too long, or the job was canceled elsewhere. */
  async function keepRunning(): Promise<void> {
    const ours = [...running];
    const kept = await queue.keep(
      ours.map(({ claim }) => claim),
      now() + LEASE,
    );
    for (const one of ours) if (!kept.has(one.claim)) one.abort();
  }

  const offTick = deps.every(TICK, () => {
    waits.look();
    rounds.ask();
    if (running.size > 0) keepRunning().catch(deps.onError);
    if (now() - pruned < PRUNE_EVERY) return;
    pruned = now();
    waits.tidy().catch(deps.onError);
    queue.prune(pruned - KEEP).catch(deps.onError);
    queue.pruneSteps(pruned - PRUNE_EVERY, deps.undelivered).catch(deps.onError);
  });

  const add = async (
    { name, retries }: JobDefinition,
    payload: unknown,
    { key, priority, runAt }: EnqueueOptions,
    id = newId(),
    depth = 0,
  ): Promise<string | null> => {
    const job = { id, name, payload, key, priority, runAt, maxTries: retries + 1, createdAt: now(), depth };
    const added = await queue.add(job);
    if (added && runAt <= now()) rounds.ask();
    return added ? job.id : null;
  };

  return {
    async enqueue(name, payload, options) {
      const how = readEnqueueOptions(options, now());
      return add(find(name), payload, how);
    },
    listens: () => deps.definitions().some(({ on }) => on !== null),
    targets: (type) =>
      deps
        .definitions()
        .filter(({ on }) => on !== null && hears(on, type))
        .map(({ name }) => name),
    async deliver(name, event, { actor }) {
      const depth = actor?.depth ?? 0;
      const options = { key: null, priority: 0, runAt: now() };
      if (depth < MAX_DEPTH) await add(find(name), event, options, await deriveId(event.id, name), depth);
      else deps.onError(new Error(`${MAX_DEPTH} functions and jobs have set each other off: ${name} is not queued`));
    },
    async cancel(id) {
      const canceled = isUuid(id) ? await queue.cancel(id, now()) : null;
      if (!canceled) throw new BakendError("not_found", "No job of this id waits or runs.");
      for (const one of running) if (one.claim.job.id === id) one.abort();
      return canceled;
    },
    async pause(name, paused) {
      find(name);
      await queue.pause(name, paused);
      if (!paused) rounds.ask();
    },
    async overview() {
      const names = await queue.names();
      return deps.definitions().map(({ name, schedule, on }) => {
        const paused = names.get(name)?.paused ?? false;
        const nextAt = paused ? null : (schedule?.next(now()) ?? null);
        return { name, schedule: schedule?.text ?? null, timezone: schedule?.timezone ?? null, on, paused, nextAt };
      });
    },
    continuations,
    queue,
    async idle() {
      await waits.idle();
      while (rounds.underWay || running.size > 0) {
        await Promise.all([rounds.underWay, ...[...running].map((one) => one.done)]);
        await waits.idle();
      }
    },
    async stop(patience) {
      stopped = true;
      offTick();
      waits.stop();
      await Promise.all([rounds.underWay, waits.idle()]);
      const timer = setTimeout(() => {
        for (const one of running) one.interrupt();
      }, patience);
      await Promise.all([...running].map((one) => one.done));
      clearTimeout(timer);
    },
  };
}

/** Whether a job for events of a pattern is for those of a type: of what becomes of jobs only if it names them. */
function hears(pattern: string, type: string): boolean {
  if (type.startsWith(OWN_FAMILY) && !pattern.startsWith(OWN_FAMILY)) return false;
  return compileInterest(pattern)(type);
}
