import { BakendError } from "../errors.ts";
import { type EventBus, MAX_DEPTH } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import type { FunctionAccess, FunctionAccounts, FunctionFiles, FunctionMails } from "./access.ts";
import { createAuthDoor } from "./answer-auth.ts";
import { createDbDoor, type DbDoor } from "./answer-db.ts";
import { createMailDoor } from "./answer-mail.ts";
import { createStorageDoor } from "./answer-storage.ts";
import type { Generation } from "./loader.ts";
import type { Logger } from "./log.ts";
import type { CallInput, StepQuestion, StepReply } from "./messages.ts";
import { faultWords } from "./outcome-error.ts";
import type { Outcome, Timers } from "./pool/index.ts";
import type { Trigger } from "./registry.ts";
import type { FunctionRunner } from "./runner.ts";

/** One call to be made. */
export interface Invocation {
  readonly trigger: Trigger;
  readonly input: CallInput;
  /** Whether somebody waits for the answer. */
  readonly awaited: boolean;
  /** Milliseconds that it may take, where that is not what all functions may. */
  readonly timeout?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Takes a line of its log. */
  log?(line: string): void;
  /** Answers what is asked about steps, of what has any. */
  step?(ask: StepQuestion): Promise<StepReply>;
  /** Whoever made the request that the call belongs to. */
  readonly caller: Principal | null;
  /** How many functions stand before this one. */
  readonly depth: number;
  /** False for calls that are about functions themselves: word of them would call them again. */
  readonly announced?: boolean;
}

/** What making calls needs. */
export interface InvokeDeps {
  readonly access: FunctionAccess;
  readonly accounts: FunctionAccounts;
  readonly mails: FunctionMails;
  readonly files: FunctionFiles;
  readonly runner: FunctionRunner;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Queues a job. @throws BakendError */
  enqueue(job: string, payload: unknown, options: unknown): Promise<unknown>;
}

/** Makes a call of one generation's function. Never rejects. */
export type Invoke = (generation: Generation, invocation: Invocation) => Promise<Outcome>;

function noSteps(): BakendError {
  return new BakendError("bad_request", "Only jobs, and functions of events that are kept, have steps.");
}

/** Makes calls, and tells what became of them: `function.started`, `.completed`, `.failed`, without any data. */
export function createInvoke(deps: InvokeDeps): Invoke {
  const { access, accounts, runner, events, logger, timers, enqueue } = deps;
  const mail = createMailDoor(deps.mails);
  return async (
    generation,
    { trigger, input, awaited, caller, depth, timeout, signal, log, step, announced = true },
  ) => {
    const { name, text } = trigger;
    const announce = (what: string, facts: () => object): void => {
      const type = `function.${what}`;
      if (announced && events.hears(type))
        events.emit(type, { function: name, trigger: text, ...facts() }, "functions");
    };
    let db: DbDoor | undefined;
    const by = { name, depth: depth + 1 };
    const started = timers.now();
    announce("started", () => ({}));
    const outcome: Outcome =
      depth >= MAX_DEPTH
        ? { ok: false, reason: "overloaded", detail: `${MAX_DEPTH} functions have set each other off` }
        : await generation.pool.run({
            trigger,
            input,
            awaited,
            depth,
            ...(timeout === undefined ? {} : { timeout }),
            ...(signal ? { signal } : {}),
            ...(log ? { log } : {}),
            async answer(ask, signal) {
              if (ask.op === "enqueue") return enqueue(ask.job, ask.payload, ask.options);
              if (ask.op === "step") {
                if (!step) throw noSteps();
                return step(ask.what);
              }
              if (ask.op === "fetch") return runner.fetch(ask.request, signal);
              if (ask.op === "mail") return mail(ask);
              if (ask.op === "storage") return createStorageDoor(deps.files, by)(ask);
              if (ask.op === "auth") return createAuthDoor({ access, accounts, by })(ask);
              db ??= createDbDoor(access, { ...by, caller });
              return db(ask);
            },
          });
    const ms = Math.round((timers.now() - started) * 100) / 100;
    if (outcome.ok) {
      announce("completed", () => ({ ms }));
      return outcome;
    }
    if (awaited && outcome.reason === "thrown" && outcome.fault.kind !== "error") {
      // a refusal is an answer to whoever waits for one
      announce("completed", () => ({ ms, refused: true }));
      return outcome;
    }
    const error = outcome.reason === "thrown" ? (outcome.fault.stack ?? faultWords(outcome.fault)) : outcome.detail;
    const facts = { function: name, trigger: text, reason: outcome.reason, error };
    // what somebody has canceled is no error
    if (outcome.reason === "canceled") logger.info(`the function ${name} was canceled`, facts);
    else logger.error(`the function ${name} failed`, facts);
    announce("failed", () => ({ ms, reason: outcome.reason }));
    return outcome;
  };
}
