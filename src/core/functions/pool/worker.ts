import { createLogLimit, MAX_LINE } from "../log-limit.ts";
import {
  type Fault,
  type GuestMessage,
  type HostMessage,
  type LoadFault,
  type LogLine,
  PROTOCOL,
} from "../messages.ts";
import { readGuestMessage } from "../read-message.ts";
import type { Child, FunctionRunner } from "../runner.ts";
import type { TriggerSpec } from "../trigger.ts";
import type { Call, Standing, Timers } from "./call.ts";
import { createRest } from "./rest.ts";
import { createRunningCalls, type Ended } from "./running-calls.ts";
import type { Turns } from "./turns.ts";

/** What a child has said about itself once it has loaded the functions, or why it has not. */
export type Loaded =
  | {
      readonly ok: true;
      readonly triggers: readonly TriggerSpec[];
      readonly sandbox: string;
      readonly confined: boolean;
    }
  /** `crashed`: the process was ended by a signal, which no file of functions asks for. */
  | { readonly ok: false; readonly faults: readonly LoadFault[]; readonly crashed?: true };

/** One child process and the calls that run in it. */
export interface Worker {
  /** Resolves once, when the functions are loaded or cannot be. */
  readonly loaded: Promise<Loaded>;
  /** Calls that run. */
  readonly running: number;
  /** Those of them that take the same places as this one would. */
  runningBeside(call: Standing): number;
  /** Those of them that nobody waits for. */
  readonly unawaited: number;
  /** Whether it takes calls. */
  readonly open: boolean;
  /** Whether it will take none any more. */
  readonly leaving: boolean;
  /** Milliseconds for which it has owed the beginning of a call, also of one that was taken back; 0 if it owes none. */
  silence(): number;
  run(call: Call): Promise<Ended>;
  /** Takes no more calls, and ends once those that run have. */
  retire(): void;
  /** Like `retire`, and until then all others go before it. */
  sacrifice(): void;
  kill(reason: string): void;
  /** Resolves when the process is gone: whether it was retired, with its calls at their end. */
  readonly gone: Promise<boolean>;
}

/** What a worker is made of. */
export interface WorkerDeps {
  readonly runner: FunctionRunner;
  readonly load: Extract<HostMessage, { type: "load" }>;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  readonly timers: Timers;
  readonly turns: Turns;
  onLog(line: LogLine): void;
  /** Something that a child of ours does not do. */
  onViolation(what: string): void;
}

/**
 * Milliseconds that a child gets to say that it is alive, once a call of it is past its limit; how much of that it has to have
 * had a processor, since others may have them all; and how often it gets them at most.
 */
const SIGN_OF_LIFE = 100;
const COULD_REACT = 20;
const MOST_SIGNS = 5;

/** Milliseconds that a child gets to start and to load the functions. */
const LOADING = 10_000;

/** Milliseconds after which a child that has not begun a call is busy with itself, and those that reading takes. */
const BUSY = 50;
const READ = 5;

/** Milliseconds more for one that has no other call: what keeps it busy is nobody's. */
const PROMPT = 250;

/** Why a process ends that has nothing more to do. */
const RETIRED = "it was retired";

/** Characters of an answer to what a function asks for: more would take the memory of every call in its process. */
const MAX_ANSWER = 16 * 1024 * 1024;
const TOO_LARGE: Fault = {
  kind: "error",
  message: "The answer has more than 16 MB; ask for fewer records or fields.",
  code: "payload_too_large",
  status: 413,
};

/** Starts a child, has it load the functions, and lets it run calls. */
export function createWorker(deps: WorkerDeps): Worker {
  const { timers, timeout } = deps;
  const loading = Promise.withResolvers<Loaded>();
  const gone = Promise.withResolvers<boolean>();
  const isConfined = (): boolean => hello?.confined ?? false;
  const calls = createRunningCalls({ timers, timeout, post, isConfined, onEnd: leaveWhenDone, onLate });
  const lines = createLogLimit(timers, (line) => {
    deps.onLog(line);
    calls.log(line);
  });
  let state: "starting" | "greeted" | "open" | "leaving" | "gone" = "starting";
  let hello: Extract<GuestMessage, { type: "hello" }> | null = null;
  let lastWords = "";
  /** Signs of life that it owes. */
  let pings = 0;
  /** The timer that ends it if it does not give one now; null if it does not have to. */
  let doubted: unknown = null;
  let watching: unknown;
  /** Since when it has said nothing, where calls were taken back for that; 0 otherwise. */
  let mute = 0;

  const loadTimer = timers.set(() => kill(`loading took longer than ${LOADING} ms`), LOADING);
  const child: Child = deps.runner.spawn({ message, looked, ended });
  const isBusy = (): boolean => calls.size > 0;
  const share = deps.turns.join(child, isBusy);
  const rest = createRest({ now: timers.now, processorTime: child.processorTime, isBusy });

  function message(text: string): void {
    if (state === "gone") return;
    const told = readGuestMessage(text);
    const fault = told === null ? "a message that is none" : take(told);
    if (fault === null) return;
    deps.onViolation(fault);
    kill(fault);
  }

  /** Takes what the child says. Returns what is wrong with it; null for nothing. */
  function take(told: GuestMessage): string | null {
    mute = 0;
    // lines of the log come of loops, too
    if (told.type !== "log") share.release();
    switch (told.type) {
      case "hello":
        if (state !== "starting" || told.version !== PROTOCOL) return "a greeting that was not due";
        hello = told;
        state = "greeted";
        post(deps.load);
        return null;
      case "loaded":
      case "broken":
        if (state !== "greeted") return "it answered twice to being loaded";
        answered(told);
        return null;
      case "log":
        if (told.message.length > MAX_LINE) return "a log line that is too long";
        return lines.take(told) ? null : "it floods the log";
      case "pong":
        if (pings === 0) return "a sign of life that was not due";
        pings -= 1;
        timers.clear(doubted);
        doubted = null;
        calls.reacted();
        leaveWhenDone();
        return null;
      case "spent":
        // it begins no more
        calls.withdraw();
        retire();
        return null;
      default:
        return calls.take(told);
    }
  }

  function answered(told: Extract<GuestMessage, { type: "loaded" | "broken" }>): void {
    timers.clear(loadTimer);
    if (told.type === "loaded" && hello) {
      state = "open";
      loading.resolve({ ok: true, triggers: told.triggers, sandbox: hello.sandbox, confined: hello.confined });
      return;
    }
    if (told.type === "broken") loading.resolve({ ok: false, faults: told.faults });
    kill("its functions cannot be loaded");
  }

  /** After a call that was late, only the process's own reaction shows what kept it, and whether the others can go on. */
  function onLate(): void {
    if (state === "gone") return;
    state = state === "open" ? "leaving" : state;
    // it has been asked, and that it reacts counts for all that are late until then
    if (doubted !== null) return;
    ping();
    doubt(child.processorTime());
  }

  function doubt(used: number, looks = 1): void {
    doubted = timers.set(() => {
      if (looks === MOST_SIGNS || child.processorTime() - used >= COULD_REACT) kill("it does not react");
      else doubt(used, looks + 1);
    }, SIGN_OF_LIFE);
  }

  function leaveWhenDone(): void {
    if (state === "leaving" && calls.size === 0 && doubted === null) kill(RETIRED);
  }

  function ping(): void {
    pings += 1;
    share.release();
    post({ type: "ping" });
  }

  /** Looks after a child that was given something to do, until it has begun it. */
  function watch(): void {
    const since = calls.owesSince;
    const owes = (): boolean => calls.owesSince === since && state === "open";
    timers.clear(watching);
    watching = timers.set(() => {
      // this process may have been the busy one: what the child has said meanwhile is read first
      watching = timers.set(() => {
        if (!owes()) {
          if (calls.owesSince > 0) watch();
        } else if (calls.anyBegun) {
          mute = since;
          calls.withdraw();
          ping();
        } else watching = timers.set(() => owes() && kill("it does not react"), PROMPT);
      }, READ);
    }, BUSY);
  }

  /** What computes for nobody's call ends with its process. */
  function looked(): void {
    const ran = rest.look();
    if (ran === null || state === "gone") return;
    const what = "a process of functions computes while no call runs in it; it is replaced";
    deps.onLog({ level: "warn", from: "", message: `${what} (last in it: ${ran.join(", ")})` });
    retire();
  }

  function kill(reason: string): void {
    if (state === "gone") return;
    lastWords ||= reason;
    child.kill();
    ended(reason);
  }

  function ended(reason: string): void {
    if (state === "gone") return;
    state = "gone";
    lastWords ||= reason;
    timers.clear(loadTimer);
    timers.clear(watching);
    timers.clear(doubted);
    const crashed = reason.startsWith("signal ") ? ({ crashed: true } as const) : {};
    loading.resolve({ ok: false, faults: [{ file: "", message: `the process ended: ${lastWords}` }], ...crashed });
    calls.end(lastWords);
    gone.resolve(lastWords === RETIRED);
  }

  function retire(): void {
    if (state === "gone" || state === "leaving") return;
    state = "leaving";
    leaveWhenDone();
  }

  function post(sent: HostMessage): void {
    const text = JSON.stringify(sent);
    const tooLarge = sent.type === "answer" && text.length > MAX_ANSWER;
    child.send(tooLarge ? JSON.stringify({ type: "answer", ask: sent.ask, fault: TOO_LARGE }) : text);
  }

  return {
    loaded: loading.promise,
    gone: gone.promise,
    get running() {
      return calls.size;
    },
    runningBeside: calls.countBeside,
    get unawaited() {
      return calls.unawaited;
    },
    get open() {
      return state === "open";
    },
    get leaving() {
      return state === "leaving" || state === "gone";
    },
    silence() {
      const since = mute === 0 ? calls.owesSince : mute;
      return since === 0 ? 0 : timers.now() - since;
    },
    run(call) {
      const first = calls.owesSince === 0;
      const ended = calls.run(call);
      rest.begin(call.trigger.name);
      if (first) watch();
      // a stopped process outlives this one, unless it is bound to it as confined ones are
      if (isConfined()) share.begin();
      return ended;
    },
    retire,
    sacrifice() {
      child.giveWay();
      share.distrust();
      retire();
    },
    kill,
  };
}
