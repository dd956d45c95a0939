import { FinalError } from "../errors.ts";
import { type BakendEvent, type EventBus, type EventDetail, MAX_DEPTH } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import type { FunctionAccess, FunctionAccounts, FunctionFiles, FunctionMails } from "./access.ts";
import { type WriteHooks, writeHooks } from "./hooks.ts";
import { type HttpFunctions, httpFunctions } from "./http.ts";
import { createInvoke } from "./invoke.ts";
import { createLoader, type LoadReport } from "./loader.ts";
import type { Logger } from "./log.ts";
import type { CallInput, Data, StepQuestion, StepReply } from "./messages.ts";
import { faultWords } from "./outcome-error.ts";
import type { Outcome, Timers } from "./pool/index.ts";
import type { FunctionRunner } from "./runner.ts";
import { type CallSupport, createStepCalls } from "./step-calls.ts";
import type { JobOptions } from "./trigger.ts";

/** The functions of a project: everything that runs user code. */
export interface Functions {
  /** Loads the files, or loads them anew: all of them, or the version before stays in force. */
  load(): Promise<LoadReport>;
  readonly report: LoadReport;
  /** The functions in force: the file without its ending, and what calls them. */
  list(): readonly FunctionInfo[];
  /** The functions that events of this type call, by names that stay the same as long as their files declare the same. */
  targets(type: string): readonly string[];
  /** Whether events call any function, or may do so once what is broken is mended. */
  listens(): boolean;
  /**
   * Calls one of them for an event. Resolves to when it is to go on, in milliseconds since 1970, if it pauses, or to null.
   * Rejects if it fails; a chain of functions that set each other off just ends.
   */
  deliver(target: string, event: BakendEvent, detail: EventDetail, support?: CallSupport): Promise<number | null>;
  /** Whether it is known what there is: some version of the functions is loaded. */
  readonly ready: boolean;
  /** The jobs that there are, with what is written beside them: the same list as long as the same version is in force. */
  jobs(): readonly { readonly name: string; readonly options: JobOptions }[];
  /** Runs a job. Resolves to when it is to go on, in milliseconds since 1970, or to null; rejects if it fails. */
  runJob(call: JobRun): Promise<number | null>;
  readonly hooks: WriteHooks;
  readonly http: HttpFunctions;
  /** Takes no more calls and lets those that run end; `kill` does not wait for them. */
  retire(): Promise<void>;
  kill(): void;
}

/** A function as it is listed. */
export interface FunctionInfo {
  readonly name: string;
  /** `posts.created`, `before posts.create`, `GET /hello/:name`. */
  readonly trigger: string;
}

/** One run of a job. */
export interface JobRun {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly attempt: number;
  /** How many functions and jobs stand before it. */
  readonly depth: number;
  /** Milliseconds; null for as long as functions may take. */
  readonly timeout: number | null;
  /** Takes a line of its log. */
  log(line: string): void;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Answers what it asks about its steps. */
  step(ask: StepQuestion): Promise<StepReply>;
}

/** What functions are made of. */
export interface FunctionsDeps {
  readonly runner: FunctionRunner;
  readonly access: FunctionAccess;
  readonly accounts: FunctionAccounts;
  readonly mails: FunctionMails;
  readonly files: FunctionFiles;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  readonly processes: number;
  /** Why a job cannot be as it is written; null if it can. */
  jobFault(name: string, options: JobOptions): string | null;
  /** Queues a job. @throws BakendError */
  enqueue(job: string, payload: unknown, options: unknown): Promise<unknown>;
  /** Called when other functions are in force: whoever asks for `targets` asks again. */
  changed(): void;
}

const NO_JOBS: readonly never[] = [];
const RECORD_EVENT = /\.(created|updated|deleted)$/;

/** Puts the functions of a project together. Nothing runs before `load`. */
export function createFunctions(deps: FunctionsDeps): Functions {
  const { access } = deps;
  const invoke = createInvoke(deps);
  const calls = createStepCalls(invoke);
  const onLoaded = ({ ok, files, functions, faults }: LoadReport): void =>
    void deps.events.emit("system.functions_loaded", { ok, files, functions, faults }, "functions");
  const loader = createLoader({ ...deps, onLoaded }, () => deps.changed());

  return {
    load: () => loader.load(),
    get report() {
      return loader.report;
    },
    list: () => (loader.current?.registry.all ?? []).map(({ name, text }) => ({ name, trigger: text })),
    targets: (type) => loader.current?.registry.onEvent(type).map(({ id }) => id) ?? [],
    listens: () =>
      !loader.report.ok || (loader.current?.registry.all.some(({ spec }) => spec.kind === "event") ?? false),
    get ready() {
      // where there are no files, that is all that there is
      return loader.current !== null || loader.report.ok;
    },
    async deliver(target, event, detail, support = {}) {
      const generation = loader.current;
      const trigger = generation?.registry.onEvent(event.type).find(({ id }) => id === target);
      if (!generation || !trigger) throw new Error(`There is no such function any more: ${target}.`);
      const input = await eventInput(access, event, detail);
      const depth = detail.actor?.depth ?? 0;
      const announced = event.source !== "functions";
      const { outcome, until } = await calls.make(generation, { trigger, input, depth, announced }, support);
      if (!outcome.ok && depth < MAX_DEPTH) throw failureOf(outcome);
      return until;
    },
    jobs: () => loader.current?.registry.jobs ?? NO_JOBS,
    async runJob({ id, name, payload, attempt, depth, timeout, signal, log, step }) {
      const generation = loader.current;
      const trigger = generation?.registry.jobs.find((one) => one.name === name)?.trigger;
      if (!generation || !trigger) throw new Error("There is no such job any more.");
      const input = { user: null, payload, job: { id, name, attempt } };
      const limit = timeout === null ? {} : { timeout };
      const { outcome, until } = await calls.make(
        generation,
        { trigger, input, depth, ...limit },
        { step, log, signal },
      );
      if (!outcome.ok) throw failureOf(outcome);
      return until;
    },
    hooks: writeHooks(loader, invoke, userOf),
    http: httpFunctions(loader, invoke, userOf),
    retire: () => loader.retire(),
    kill: () => loader.kill(),
  };
}

/** Why a call failed, in words for admins. */
function failureOf(outcome: Extract<Outcome, { ok: false }>): Error {
  if (outcome.reason !== "thrown") return new Error(outcome.detail);
  const words = faultWords(outcome.fault);
  return outcome.fault.final ? new FinalError(words) : new Error(words);
}

/** What a handler sees of whoever asks: a user's record, without what is hidden. */
function userOf(principal: Principal): Data | null {
  return principal.kind === "user" ? { ...principal.record, collection: principal.collection } : null;
}

async function eventInput(
  access: FunctionAccess,
  event: BakendEvent,
  { previous, actor }: EventDetail,
): Promise<CallInput> {
  const { id, type, timestamp, source } = event;
  const payload = event.payload as Data;
  const shown = { id, type, timestamp, source, payload, ...(actor ? { actor: { ...actor } } : {}) };
  if (RECORD_EVENT.test(type) && source === "collections") {
    const record = { user: null, event: shown, record: payload };
    return previous ? { ...record, previous } : record;
  }
  return { user: type === "auth.login" ? await accountOf(access, payload) : null, event: shown };
}

async function accountOf(access: FunctionAccess, payload: unknown): Promise<Data | null> {
  if (typeof payload !== "object" || payload === null || !("user" in payload) || !("collection" in payload))
    return null;
  return access.account(String(payload.collection), String(payload.user));
}
