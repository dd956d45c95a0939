import { BakendError } from "../errors.ts";
import type { BakendEvent, EventBus, EventDetail } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import type { FunctionAccess } from "./access.ts";
import { type WriteHooks, writeHooks } from "./hooks.ts";
import { type HttpFunctions, httpFunctions } from "./http.ts";
import { createInvoke } from "./invoke.ts";
import { createLoader, type LoadReport } from "./loader.ts";
import type { Logger } from "./log.ts";
import type { CallInput, Data } from "./messages.ts";
import type { Timers } from "./pool/index.ts";
import type { FunctionRunner } from "./runner.ts";

/** The functions of a project: everything that runs user code. */
export interface Functions {
  /** Loads the files, or loads them anew: all of them, or the version before stays in force. */
  load(): Promise<LoadReport>;
  readonly report: LoadReport;
  /** The functions in force: the file without its ending, and what calls them. */
  list(): readonly FunctionInfo[];
  /** Whether a function is called by events of this type. */
  listens(type: string): boolean;
  /**
   * Calls the functions that an event calls. Resolves when they have ended, well or badly: what a function throws is its
   * own failure, and told as `function.failed`. @throws BakendError `unavailable` if some of them could not be run at all
   */
  handle(event: BakendEvent, detail: EventDetail): Promise<void>;
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

/** What functions are made of. */
export interface FunctionsDeps {
  readonly runner: FunctionRunner;
  readonly access: FunctionAccess;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  readonly processes: number;
  /** Called when other functions are in force: whoever asks `listens` asks again. */
  changed(): void;
}

const RECORD_EVENT = /\.(created|updated|deleted)$/;

/** Puts the functions of a project together. Nothing runs before `load`. */
export function createFunctions(deps: FunctionsDeps): Functions {
  const { access } = deps;
  const invoke = createInvoke(deps);
  const loader = createLoader(deps, () => deps.changed());

  return {
    load: () => loader.load(),
    get report() {
      return loader.report;
    },
    list: () => (loader.current?.registry.all ?? []).map(({ name, text }) => ({ name, trigger: text })),
    listens: (type) => (loader.current?.registry.onEvent(type).length ?? 0) > 0,
    async handle(event, detail) {
      const generation = loader.current;
      const triggers = generation?.registry.onEvent(event.type) ?? [];
      if (generation === null || triggers.length === 0) return;
      const input = await eventInput(access, event, detail);
      const depth = detail.actor?.depth ?? 0;
      const announced = event.source !== "functions";
      const outcomes = await Promise.all(
        triggers.map((trigger) =>
          invoke(generation, { trigger, input, awaited: false, caller: null, depth, announced }),
        ),
      );
      if (outcomes.some((outcome) => !outcome.ok && outcome.reason === "overloaded" && depth === 0))
        throw new BakendError("unavailable", "Functions could not be run.");
    },
    hooks: writeHooks(loader, invoke, userOf),
    http: httpFunctions(loader, invoke, userOf),
    retire: () => loader.retire(),
    kill: () => loader.kill(),
  };
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
