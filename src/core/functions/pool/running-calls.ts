import type { Ask, Fault, GuestMessage, HostMessage, LogLine } from "../messages.ts";
import { askFault } from "./ask-fault.ts";
import { CANCELED, type Call, type Outcome, type Standing, type Timers } from "./call.ts";
import { isRead } from "./is-read.ts";

/**
 * How a call ended in one process. One that was not begun may be given to another: because this one ended (`lost`), or
 * because it is busy with itself. Should it begin the call after all, nothing of what the call asks for is done.
 * `undone`: the process ended with several, one of which has ended it, and this one had changed nothing yet.
 */
export type Ended =
  | Outcome
  | { readonly unbegun: true; readonly lost: boolean }
  | { readonly undone: true; readonly detail: string };

/** The calls that run in one process. What the process says counts only for calls that are here. */
export interface RunningCalls {
  readonly size: number;
  /** Those that take the same places as this one would. */
  countBeside(call: Standing): number;
  /** Those that nobody waits for. */
  readonly unawaited: number;
  /** Whether some call has begun. */
  readonly anyBegun: boolean;
  /** Since when the process owes the beginning of a call; 0 if it owes none. */
  readonly owesSince: number;
  run(call: Call): Promise<Ended>;
  /** Takes what the process says of a call. Returns what is wrong with it; null for nothing. */
  take(told: Exclude<Extract<GuestMessage, { call: number }>, LogLine>): string | null;
  /** Hands a line to the call that has written it, if it still runs. */
  log(line: LogLine): void;
  /** Takes back what has not begun. */
  withdraw(): void;
  /** The process reacts: what is past its limit has only itself to blame. */
  reacted(): void;
  /** Ends all, as the process has. */
  end(detail: string): void;
}

/** What they are made of. */
export interface RunningCallsDeps {
  readonly timers: Timers;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  post(message: HostMessage): void;
  /** Whether what calls do reaches nothing but the process, unless they ask for it. */
  isConfined(): boolean;
  /** A call has ended. */
  onEnd(): void;
  /** A call took longer than it may, or did not begin in that time: the process has to show that it reacts, or to end. */
  onLate(): void;
}

interface Running {
  readonly call: Call;
  timer: unknown;
  /** When it began: what it waited for before that is not its own time. */
  begun: number;
  readonly abort: AbortController;
  asks: number;
  /** Whether it has asked for anything that is not to be done twice. */
  changes: boolean;
  /** Whether it is past its limit, and it is not known yet whether another has kept it. */
  overdue: boolean;
  resolve(ended: Ended): void;
}

/** Things that one call may be asking for at once; its own side keeps to fewer. */
const MAX_ASKS = 64;

const OVER: Fault = Object.freeze({ kind: "error", message: "The call was ended, or given to another process." });

/** Which places a call takes: never those of a call that waits for it, nor, if nobody does, those of one that somebody waits for. */
const placesOf = ({ awaited, depth }: Standing): number => (awaited ? depth : UNAWAITED);
const UNAWAITED = -1;

/** Makes an empty table. */
export function createRunningCalls(deps: RunningCallsDeps): RunningCalls {
  const { timers, timeout, post, onEnd, onLate } = deps;
  const calls = new Map<number, Running>();
  /** Those that have not begun, with the time at which they were sent, the oldest first. */
  const unbegun = new Map<number, number>();
  /** Those that the process was told to drop: what it has said of them may still be on its way. */
  const dropped = new Set<number>();
  /** Those of them that had begun: they may go on, and keep the others. */
  const lingering = new Set<number>();
  /** How many there are in each kind of places. */
  const counts = new Map<number, number>();
  let last = 0;

  const countAt = (places: number): number => counts.get(places) ?? 0;

  function count(call: Call, more: number): void {
    counts.set(placesOf(call), countAt(placesOf(call)) + more);
  }

  function finish(id: number, ended: Ended): void {
    const running = calls.get(id);
    if (!running) return;
    calls.delete(id);
    count(running.call, -1);
    unbegun.delete(id);
    timers.clear(running.timer);
    running.abort.abort();
    running.resolve(ended);
    onEnd();
  }

  /** Whether it is one of several that have begun, and may be begun once more. */
  const isRepeatable = ({ changes }: Running): boolean =>
    deps.isConfined() && !changes && calls.size - unbegun.size + lingering.size > 1;

  /** What another call has kept from beginning has had no time of its own; what one may have kept from ending, neither. */
  function expire(id: number): void {
    const running = calls.get(id);
    if (!running) return;
    const left = unbegun.has(id) ? 0 : running.begun + limitOf(running) - timers.now();
    if (left > 0) {
      running.timer = timers.set(() => expire(id), left);
      return;
    }
    running.overdue = !unbegun.has(id) && isRepeatable(running);
    if (running.overdue) onLate();
    else endLate(id, unbegun.has(id) ? { unbegun: true, lost: true } : timeoutOf(running));
  }

  /** Nobody wants it any more. */
  function cancel(id: number): void {
    if (calls.has(id)) endLate(id, CANCELED);
  }

  /** The caller is told at once. */
  function endLate(id: number, ended: Ended): void {
    drop(id);
    onLate();
    finish(id, ended);
  }

  const limitOf = ({ call }: Pick<Running, "call">): number => call.timeout ?? timeout;

  function timeoutOf(running: Running): Outcome {
    return { ok: false, reason: "timeout", detail: `it took longer than ${limitOf(running)} ms` };
  }

  /** How a call ends with its process. */
  function endOf(id: number, running: Running, detail: string): Ended {
    if (unbegun.has(id)) return { unbegun: true, lost: true };
    if (isRepeatable(running)) return { undone: true, detail };
    return running.overdue ? timeoutOf(running) : { ok: false, reason: "ended", detail };
  }

  function drop(id: number): void {
    dropped.add(id);
    if (!unbegun.has(id)) lingering.add(id);
    post({ type: "drop", call: id });
  }

  /** What goes wrong with it, at once or later, is the fault of this question alone. */
  async function answer(running: Running, call: number, ask: number, what: Ask): Promise<void> {
    running.asks += 1;
    const told = await replyTo(running, what);
    running.asks -= 1;
    if (calls.get(call) === running) post({ type: "answer", ask, ...told });
  }

  /** What is asked when the time is up is not done if it would change anything, whoever has kept the call. */
  function hear(running: Running, { call, ask, what }: Extract<GuestMessage, { type: "ask" }>): void {
    const changes = !isRead(what);
    if (running.overdue && changes) {
      post({ type: "answer", ask, fault: OVER });
      return;
    }
    running.changes ||= changes;
    void answer(running, call, ask, what);
  }

  /** It goes on with a call that it was told to drop: nothing comes of it. */
  function refuse(told: Extract<GuestMessage, { call: number }>): void {
    if (told.type === "began") lingering.add(told.call);
    else if (told.type !== "ask") {
      dropped.delete(told.call);
      lingering.delete(told.call);
    }
    if (told.type === "ask") post({ type: "answer", ask: told.ask, fault: OVER });
  }

  return {
    get size() {
      return calls.size;
    },
    countBeside: (call) => countAt(placesOf(call)),
    get unawaited() {
      return countAt(UNAWAITED);
    },
    get anyBegun() {
      return calls.size > unbegun.size;
    },
    get owesSince() {
      for (const since of unbegun.values()) return since;
      return 0;
    },
    run(call) {
      const id = ++last;
      return new Promise((resolve) => {
        const timer = timers.set(() => expire(id), limitOf({ call }));
        const fresh = { begun: 0, asks: 0, changes: false, overdue: false };
        count(call, 1);
        calls.set(id, { call, timer, abort: new AbortController(), ...fresh, resolve });
        unbegun.set(id, timers.now());
        call.signal?.addEventListener("abort", () => cancel(id), { once: true });
        post({ type: "call", call: id, trigger: call.trigger.index, input: call.input });
      });
    },
    take(told) {
      const running = calls.get(told.call);
      if (!running && dropped.has(told.call)) refuse(told);
      else if (!running) return "it speaks for a call that it does not have";
      else if (told.type === "done") finish(told.call, { ok: true, value: told.value });
      else if (told.type === "failed") finish(told.call, { ok: false, reason: "thrown", fault: told.fault });
      else {
        if (unbegun.delete(told.call)) running.begun = timers.now();
        else if (told.type === "began") return "it began a call twice";
        if (told.type === "ask" && running.asks >= MAX_ASKS) return "it asks for too much at once";
        if (told.type === "ask") hear(running, told);
      }
      return null;
    },
    log({ call = 0, message }) {
      calls.get(call)?.call.log?.(message);
    },
    withdraw() {
      for (const id of [...unbegun.keys()]) {
        drop(id);
        finish(id, { unbegun: true, lost: false });
      }
    },
    reacted() {
      for (const [id, running] of [...calls]) {
        if (!running.overdue) continue;
        drop(id);
        finish(id, timeoutOf(running));
      }
    },
    end(detail) {
      // all of them first: each counts for the others
      const ends = [...calls].map(([id, running]): [number, Ended] => [id, endOf(id, running, detail)]);
      for (const [id, ended] of ends) finish(id, ended);
    },
  };
}

async function replyTo(
  { call, abort }: Running,
  what: Ask,
): Promise<{ readonly value: unknown } | { readonly fault: Fault }> {
  try {
    return { value: await call.answer(what, abort.signal) };
  } catch (error) {
    return { fault: askFault(error) };
  }
}
