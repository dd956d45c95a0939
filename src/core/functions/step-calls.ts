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
}

/** Makes such calls. */
export function createStepCalls(invoke: Invoke): StepCalls {
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
      const more = { ...asked, ...(signal && { signal }), ...(log && { log }) };
      const outcome = await invoke(generation, { ...call, ...more, awaited: false, caller: null });
      return { outcome, until: outcome.ok && saysPaused(outcome.value) ? until : null };
    },
  };
}

/** Whether a call has ended with a pause, as it says. */
function saysPaused(value: unknown): boolean {
  return typeof value === "object" && value !== null && "until" in value;
}
