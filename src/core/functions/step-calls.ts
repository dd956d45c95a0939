import type { Invocation, Invoke } from "./invoke.ts";
import type { Generation } from "./loader.ts";
import type { StepQuestion, StepReply } from "./messages.ts";
import type { Outcome } from "./pool/index.ts";

/** What a call that nobody waits for has beside its input. */
export interface CallSupport {
  /** Answers what it asks about its steps; without it there are none. */
  step?(ask: StepQuestion): Promise<StepReply>;
  /** Takes a line of its log. */
  log?(line: string): void;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** How a call ended; `until`, in milliseconds since 1970, if it has paused and is to go on. */
export interface StepOutcome {
  readonly outcome: Outcome;
  readonly until: number | null;
}

/** Calls that nobody waits for, which may have steps. */
export interface StepCalls {
  /** Makes one. A pause counts only as it was answered: what a child says by itself is not believed. */
  make(
    generation: Generation,
    call: Pick<Invocation, "trigger" | "input" | "depth" | "timeout" | "announced">,
    support: CallSupport,
  ): Promise<StepOutcome>;
  /** Hands on a line that a function has logged. */
  onLine(from: string, message: string): void;
}

/** Makes such calls. */
export function createStepCalls(invoke: Invoke): StepCalls {
  const listeners = new Set<{ readonly from: string; log(line: string): void }>();
  return {
    async make(generation, call, { step, log, signal }) {
      let until: number | null = null;
      const asked = step && {
        async step(ask: StepQuestion): Promise<StepReply> {
          const reply = await step(ask);
          if (reply.is === "until") until = Math.min(until ?? reply.at, reply.at);
          return reply;
        },
      };
      const listener = log && { from: call.trigger.name, log };
      if (listener) listeners.add(listener);
      try {
        const ends = signal && { signal };
        const outcome = await invoke(generation, { ...call, ...asked, ...ends, awaited: false, caller: null });
        return { outcome, until: outcome.ok && saysPaused(outcome.value) ? until : null };
      } finally {
        if (listener) listeners.delete(listener);
      }
    },
    onLine(from, message) {
      for (const one of listeners) if (one.from === from) one.log(message);
    },
  };
}

/** Whether a call has ended with a pause, as it says. */
function saysPaused(value: unknown): boolean {
  return typeof value === "object" && value !== null && "until" in value;
}
