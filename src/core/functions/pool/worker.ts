import type { Ask, Fault, GuestLevel, GuestMessage, HostMessage, LoadFault } from "../messages.ts";
import { PROTOCOL } from "../messages.ts";
import { readGuestMessage } from "../read-message.ts";
import type { Child, FunctionRunner } from "../runner.ts";
import type { TriggerSpec } from "../trigger.ts";
import { askFault } from "./ask-fault.ts";
import type { Call, Outcome, Timers } from "./call.ts";
import { createLogLimit } from "./log-limit.ts";

/** What a child has said about itself once it has loaded the functions, or why it has not. */
export type Loaded =
  | {
      readonly ok: true;
      readonly triggers: readonly TriggerSpec[];
      readonly sandbox: string;
      readonly confined: boolean;
    }
  | { readonly ok: false; readonly faults: readonly LoadFault[] };

/** A call that a worker has not begun when its process ended: another one may take it. */
export type Ended = Outcome | { readonly unbegun: true };

/** One child process and the calls that run in it. */
export interface Worker {
  /** Resolves once, when the functions are loaded or cannot be. */
  readonly loaded: Promise<Loaded>;
  /** Calls that run. */
  readonly running: number;
  /** Whether it takes calls. */
  readonly open: boolean;
  /** Whether it will take none any more. */
  readonly leaving: boolean;
  /** Milliseconds for which it has not reacted to what was sent; 0 if it owes no reaction. */
  silence(): number;
  run(call: Call): Promise<Ended>;
  /** Takes no more calls, and ends once those that run have. */
  retire(): void;
  kill(reason: string): void;
  /** Resolves when the process is gone: whether it was at its work's end. */
  readonly gone: Promise<boolean>;
}

/** What a worker is made of. */
export interface WorkerDeps {
  readonly runner: FunctionRunner;
  readonly load: Extract<HostMessage, { type: "load" }>;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  readonly timers: Timers;
  onLog(level: GuestLevel, from: string, message: string): void;
  /** Something that a child of ours does not do. */
  onViolation(what: string): void;
}

interface Running {
  readonly call: Call;
  readonly timer: unknown;
  readonly abort: AbortController;
  begun: boolean;
  asks: number;
  resolve(ended: Ended): void;
}

/** Milliseconds that a child gets to say that it is alive, once a call of it is past its limit. */
const SIGN_OF_LIFE = 100;

/** Milliseconds that a child gets to start and to load the functions. */
const LOADING = 10_000;

/** Milliseconds that a child without a running call gets to begin one, at most: what keeps it busy then is nobody's call. */
const PROMPT = 500;

/** Things that one call may be asking for at once; its own side keeps to fewer. */
const MAX_ASKS = 64;

/** Starts a child, has it load the functions, and lets it run calls. */
export function createWorker(deps: WorkerDeps): Worker {
  const { timers, timeout } = deps;
  const calls = new Map<number, Running>();
  const loading = Promise.withResolvers<Loaded>();
  const gone = Promise.withResolvers<boolean>();
  const lines = createLogLimit(timers, deps.onLog);
  let state: "starting" | "greeted" | "open" | "leaving" | "gone" = "starting";
  let hello: Extract<GuestMessage, { type: "hello" }> | null = null;
  let nextCall = 0;
  let owesSince = 0;
  let lastWords = "";
  let prompting: unknown;

  const loadTimer = timers.set(() => kill(`loading took longer than ${LOADING} ms`), LOADING);
  const child: Child = deps.runner.spawn({ message, ended });

  function message(text: string): void {
    const told = state === "gone" ? null : readGuestMessage(text);
    if (told === null) {
      violate("a message that is none");
      return;
    }
    owesSince = 0;
    switch (told.type) {
      case "hello":
        greet(told);
        break;
      case "loaded":
      case "broken":
        if (state === "greeted") answered(told);
        else violate("it answered twice to being loaded");
        break;
      case "log":
        if (!lines.take(told.level, told.from, told.message)) violate("it floods the log");
        break;
      case "pong":
        break;
      case "spent":
        retire();
        break;
      default:
        inCall(told);
    }
  }

  function greet(told: Extract<GuestMessage, { type: "hello" }>): void {
    if (state === "starting" && told.version === PROTOCOL) {
      hello = told;
      state = "greeted";
      post(deps.load);
    } else violate("a greeting that was not due");
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

  /** What is said in the name of a call counts only while that call runs in this very child. */
  function inCall(told: Extract<GuestMessage, { call: number }>): void {
    const running = calls.get(told.call);
    if (!running) violate("it speaks for a call that it does not have");
    else if (told.type === "done") finish(told.call, { ok: true, value: told.value });
    else if (told.type === "failed") finish(told.call, { ok: false, reason: "thrown", fault: told.fault });
    else if (told.type === "ask") ask(running, told.call, told.ask, told.what);
    else running.begun = true;
  }

  function ask(running: Running, call: number, id: number, what: Ask): void {
    if (running.asks >= MAX_ASKS) {
      violate("it asks for too much at once");
      return;
    }
    running.begun = true;
    running.asks += 1;
    const reply = (answer: { readonly value: unknown } | { readonly fault: Fault }): void => {
      running.asks -= 1;
      if (calls.get(call) === running) post({ type: "answer", ask: id, ...answer });
    };
    running.call.answer(what, running.abort.signal).then(
      (value) => reply({ value }),
      (error: unknown) => reply({ fault: askFault(error) }),
    );
  }

  function finish(id: number, outcome: Ended): void {
    const running = calls.get(id);
    if (!running) return;
    calls.delete(id);
    timers.clear(running.timer);
    running.abort.abort();
    running.resolve(outcome);
    if (state === "leaving" && calls.size === 0) kill("it was retired");
  }

  /** The caller is told at once. Whether the others in this process can go on, its own reaction shows. */
  function expire(id: number): void {
    // what another call has kept from beginning has had no time of its own
    const begun = calls.get(id)?.begun === true;
    finish(
      id,
      begun ? { ok: false, reason: "timeout", detail: `it took longer than ${timeout} ms` } : { unbegun: true },
    );
    retire();
    if (state !== "leaving") return;
    post({ type: "drop", call: id });
    post({ type: "ping" });
    const asked = timers.now();
    owesSince = asked;
    timers.set(() => {
      if (owesSince === asked) kill("it does not react");
    }, SIGN_OF_LIFE);
  }

  function watch(since: number): void {
    timers.clear(prompting);
    prompting = timers.set(
      () => {
        const idle = ![...calls.values()].some(({ begun }) => begun);
        if (owesSince === since && idle) kill("it does not react");
      },
      Math.min(PROMPT, timeout / 4),
    );
  }

  function violate(what: string): void {
    if (state === "gone") return;
    deps.onViolation(what);
    kill(what);
  }

  function kill(reason: string): void {
    if (state === "gone") return;
    lastWords ||= reason;
    child.kill();
    ended(reason);
  }

  function ended(reason: string): void {
    if (state === "gone") return;
    const spared = state === "leaving" && calls.size === 0;
    state = "gone";
    lastWords ||= reason;
    timers.clear(loadTimer);
    timers.clear(prompting);
    loading.resolve({ ok: false, faults: [{ file: "", message: `the process ended: ${lastWords}` }] });
    for (const [id, { begun }] of calls) {
      finish(id, begun ? { ok: false, reason: "ended", detail: lastWords } : { unbegun: true });
    }
    gone.resolve(spared);
  }

  function retire(): void {
    if (state === "gone" || state === "leaving") return;
    state = "leaving";
    if (calls.size === 0) kill("it was retired");
  }

  function post(sent: HostMessage): void {
    child.send(JSON.stringify(sent));
  }

  return {
    loaded: loading.promise,
    gone: gone.promise,
    get running() {
      return calls.size;
    },
    get open() {
      return state === "open";
    },
    get leaving() {
      return state === "leaving" || state === "gone";
    },
    silence: () => (owesSince === 0 ? 0 : timers.now() - owesSince),
    run(call) {
      const id = ++nextCall;
      return new Promise((resolve) => {
        const timer = timers.set(() => expire(id), timeout);
        calls.set(id, { call, timer, abort: new AbortController(), begun: false, asks: 0, resolve });
        if (owesSince === 0) {
          owesSince = timers.now();
          watch(owesSince);
        }
        post({ type: "call", call: id, trigger: call.trigger.index, input: call.input });
      });
    },
    retire,
    kill,
  };
}
