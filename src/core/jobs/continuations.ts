import type { Queue } from "./queue.ts";
import type { StepAnswer, StepAsk, Steps } from "./steps.ts";

/** Work that began outside the queue: the call of a function for an event. */
export interface Begun {
  /** A UUID that begins with the time of the event, the same each time that the work is begun anew. */
  readonly id: string;
  /** Has a space in it, which no job's name has. */
  readonly name: string;
  /** What is needed to go on. */
  readonly payload: unknown;
}

/** Steps of work that begins outside the queue, and goes on from it after its first pause. */
export interface Continuations {
  /**
   * Answers about a step. `until`, whatever is asked, where the queue has the work already: the one who asks ends there.
   * @throws BakendError `bad_request`
   */
  step(id: string, ask: StepAsk): Promise<StepAnswer>;
  /** Has the work go on from the queue, at a time in milliseconds since 1970; once for each id. */
  takeOver(begun: Begun, at: number): Promise<void>;
}

/** What continuations need. */
export interface ContinuationsDeps {
  readonly queue: Queue;
  readonly steps: Steps;
  now(): number;
  /** Called when something may be due. */
  onAdded(): void;
}

/** How often the rest of some work is tried: as often as it would have been at the place where it began. */
export const MAX_TRIES = 10;

/** Whether a name in the queue is that of work that began elsewhere, and not a job's. */
export function isContinuation(name: string): boolean {
  return name.includes(" ");
}

/** Makes the continuations of a queue. */
export function createContinuations({ queue, steps, now, onAdded }: ContinuationsDeps): Continuations {
  return {
    async step(id, ask) {
      const taken = await queue.job(id);
      return taken ? { is: "until", at: taken.runAt } : steps.ask(id, ask);
    },
    async takeOver({ id, name, payload }, at) {
      await queue.add({
        ...{ id, name, payload, key: null, priority: 0, depth: 0 },
        ...{ runAt: at, maxTries: MAX_TRIES, createdAt: now() },
      });
      // what was waited for may have happened before it was in the queue
      await queue.hasten(id, now());
      onAdded();
    },
  };
}
