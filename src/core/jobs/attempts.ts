import { BakendError, FinalError } from "../errors.ts";
import type { EventBus, EventDetail } from "../events/index.ts";
import { isContinuation, MAX_TRIES } from "./continuations.ts";
import type { JobDefinition } from "./definition.ts";
import type { Claim, Outcome, Queue } from "./queue.ts";
import type { StepAnswer, StepAsk, Steps } from "./steps.ts";

/** What a job is run with. */
export interface JobCall {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly attempt: number;
  /** How many functions and jobs stand before this one, each set off by what the one before did. */
  readonly depth: number;
  /** Milliseconds that it may take; null for as long as functions may. */
  readonly timeout: number | null;
  /** Aborted when the job is canceled, or when another process goes on with it. */
  readonly signal: AbortSignal;
  log(line: string): void;
  /** Asks about a step. @throws BakendError `bad_request` */
  step(ask: StepAsk): Promise<StepAnswer>;
}

/** A try under way. */
export interface Attempt {
  readonly claim: Claim;
  /** Ends it: the job was canceled, or is another process's by now. */
  abort(): void;
  /** Ends it, and puts the job back as if this try had not been; what it has logged, and its steps, are kept. */
  interrupt(): void;
  readonly done: Promise<void>;
}

/** What trying jobs needs. */
export interface AttemptsDeps {
  readonly queue: Pick<Queue, "holds" | "end" | "job">;
  readonly steps: Steps;
  readonly events: EventBus;
  /** Runs a job, or goes on with what began outside the queue, once. */
  run(call: JobCall): Promise<number | null>;
  onGivenUp(call: Pick<JobCall, "name" | "payload">, error: string): void;
  /** Milliseconds since 1970. */
  now(): number;
  onError(error: unknown): void;
}

/** Milliseconds before the second try; each further time it is twice as long. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60 * 60_000;

/** Lines, and characters of each, that a run may write to its log. */
const MAX_LINES = 500;
const LINE_LENGTH = 2000;

const INTERRUPTED = Symbol("interrupted");

/** Makes what tries a job that was claimed, once; null stands for what began outside the queue, or a job that is gone. */
export function createAttempts(deps: AttemptsDeps): (claim: Claim, definition: JobDefinition | null) => Attempt {
  const { queue, steps, events, now } = deps;

  async function attempt(
    claim: Claim,
    definition: JobDefinition | null,
    signal: AbortSignal,
    interruption: Promise<never>,
  ): Promise<void> {
    const { id, name, payload, tries, maxTries, depth, runAt } = claim.job;
    const timeout = definition?.timeout ?? null;
    // each pause has made one more of both; the file may have said another number when the job was queued
    const pauses = Math.max(0, maxTries - (definition ? definition.retries + 1 : MAX_TRIES));
    const lines: string[] = [];
    const log = (line: string): void => {
      if (lines.length < MAX_LINES) lines.push(line.slice(0, LINE_LENGTH));
    };
    // of what began elsewhere nothing is told: it could be about events of this kind
    const other = isContinuation(name);
    const tell = (what: string, facts: object = {}): void => {
      if (!other) events.emit(`job.${what}`, { job: name, id, attempt: tries, ...facts }, "jobs", setOff(depth));
    };
    const step = async (ask: StepAsk): Promise<StepAnswer> => {
      if (!(await queue.holds(claim))) throw new BakendError("conflict", "This try has ended: the job is not its own.");
      return steps.ask(id, ask);
    };
    tell("started");
    const started = now();
    let outcome: Outcome;
    try {
      const run = deps.run({ id, name, payload, attempt: tries, depth, timeout, signal, log, step });
      const again = await Promise.race([run, interruption]);
      if (signal.aborted) throw new Error("It was canceled.");
      outcome = { state: again === null ? "done" : "paused", error: null, lines, again };
    } catch (error) {
      outcome = failed(error);
    }
    const isOurs = await queue.end(claim, outcome, now());
    // whoever goes on with it tells of it
    if (!isOurs && (await queue.job(id))?.state !== "canceled") return;
    const { state, error, again } = outcome;
    const ms = now() - started;
    if (state === "paused" || state === "interrupted") tell(state, { ms });
    else if (state === "done") tell("completed", { ms });
    else tell("failed", { ms, error, last: again === null });
    if (other && state === "failed" && again === null) deps.onGivenUp({ name, payload }, error ?? "");

    function failed(error: unknown): Outcome {
      if (error === INTERRUPTED) return { state: "interrupted", error: null, lines, again: runAt };
      const words = (error instanceof Error ? error.message : String(error)).slice(0, LINE_LENGTH);
      if (signal.aborted) return { state: "canceled", error: words, lines, again: null };
      const isLast = tries >= maxTries || error instanceof FinalError;
      const again = isLast ? null : now() + pauseAfter(tries - pauses);
      return { state: "failed", error: words, lines, again };
    }
  }

  return (claim, definition) => {
    const canceling = new AbortController();
    const interruption = Promise.withResolvers<never>();
    return {
      claim,
      abort: () => canceling.abort(),
      interrupt() {
        interruption.reject(INTERRUPTED);
        canceling.abort();
      },
      done: attempt(claim, definition, canceling.signal, interruption.promise).catch(deps.onError),
    };
  };
}

/** What a job tells of is one further from whoever began it all. */
export function setOff(depth: number): EventDetail {
  return { actor: { kind: "system", depth: depth + 1 } };
}

function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, failures - 1));
}
