import type { StepQuestion, StepReply } from "../messages.ts";
import type { CallAsks } from "./asks.ts";
import { BakendError } from "./errors.ts";

/** What a step returns crosses to the parent and is kept as JSON: nobody may exchange what makes it. */
const { parse, stringify } = JSON;

/** Characters of JSON that a step may return. */
const MOST = 12 * 1024 * 1024;

/** The steps of a call. Each has a name that no other step of it has: by it, it is known when the call is made anew. */
export interface GuestSteps {
  /** What a function returns, as JSON has it; once it has, it is not called again, and its result stands. */
  run(name: string, work: () => unknown): Promise<unknown>;
  /** Ends here, and goes on after so many milliseconds. */
  sleep(name: string, milliseconds: number): Promise<void>;
  /** Ends here, and goes on when an event happens: resolves to it, or to null if none did in time. */
  waitForEvent(name: string, pattern: string, options?: { readonly timeout?: number }): Promise<unknown>;
}

/** Milliseconds that an event is waited for unless said. */
const PATIENCE = 7 * 86_400_000;

/** Where the steps of a call end it. */
export interface StepScope {
  /** Told when it ends here for now; nothing after that is reached. */
  pause(until: number): void;
  /** Told that a step is done whose result cannot be kept: if the call is made again, it is done again. */
  spoil(error: Error): void;
  /** Runs the work of a step, so that `isInStep` knows of it wherever it leads. */
  within<T>(work: () => T): T;
  isInStep(): boolean;
}

/** Makes the steps of a call. What is being done when it pauses is done first: its result would be lost, and it done again. */
export function createSteps({ ask }: Pick<CallAsks, "ask">, { pause, spoil, within, isInStep }: StepScope): GuestSteps {
  /** Steps that are being done. */
  let busy = 0;
  let until: number | null = null;
  const pauseIfIdle = (): void => {
    if (busy === 0 && until !== null) pause(until);
  };
  /** The result of a step that is done; undefined for one that is to be done now. */
  const resultOf = async (what: StepQuestion, doing = 0): Promise<{ readonly value: unknown } | undefined> => {
    const reply = (await ask({ op: "step", what })) as StepReply;
    if (reply.is === "open") return undefined;
    if (reply.is === "done") return reply;
    // one that the queue has the rest of is not done here
    busy -= doing;
    until = Math.min(until ?? reply.at, reply.at);
    pauseIfIdle();
    return new Promise(() => undefined);
  };
  const perform = async (name: string, work: () => unknown): Promise<unknown> => {
    const known = await resultOf({ do: "begin", name }, 1);
    if (known) return known.value;
    const result = await within(work);
    let value: unknown;
    try {
      value = throughJson(result);
    } catch (error) {
      const unkept = badRequest(`The step "${name}" is done, but ${reasonOf(error)}`);
      spoil(unkept);
      throw unkept;
    }
    await resultOf({ do: "end", name, value }, 1);
    return value;
  };
  const refuseInStep = (): void => {
    if (isInStep()) throw badRequest("What a step does cannot wait for something in steps: wait between them.");
  };
  return {
    async run(name, work) {
      busy += 1;
      try {
        return await perform(String(name), work);
      } finally {
        busy -= 1;
        pauseIfIdle();
      }
    },
    async sleep(name, milliseconds) {
      refuseInStep();
      await resultOf({ do: "sleep", name: String(name), milliseconds: timeOf(milliseconds) });
    },
    async waitForEvent(name, pattern, { timeout = PATIENCE } = {}) {
      refuseInStep();
      const what = { do: "wait", name: String(name), pattern: String(pattern), milliseconds: timeOf(timeout) } as const;
      return (await resultOf(what))?.value;
    },
  };
}

/** What will be found of a result when the call is made again. */
function throughJson(result: unknown): unknown {
  const text = stringify(result) ?? "null";
  if (text.length > MOST) throw new RangeError("it has more than 12 MB");
  return parse(text);
}

/** Why a result cannot be kept. Some engines draw a picture of it, of many lines. */
function reasonOf(error: unknown): string {
  const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
  return `JSON cannot hold what it has returned: ${line}`;
}

/** JSON knows no other numbers. */
function timeOf(milliseconds: number): number {
  if (Number.isFinite(milliseconds)) return milliseconds;
  throw badRequest("A step waits for milliseconds.");
}

function badRequest(message: string): BakendError {
  return new BakendError({ kind: "error", code: "bad_request", status: 400, message });
}
