import type { StepQuestion, StepReply } from "../messages.ts";
import type { CallAsks } from "./asks.ts";
import { BakendError } from "./errors.ts";

/** The steps of a call. Each has a name that no other step of it has: by it, it is known when the call is made anew. */
export interface GuestSteps {
  /** What a function returns; once it has, it is not called again, and its result stands. */
  run(name: string, work: () => unknown): Promise<unknown>;
  /** Ends here, and goes on after so many milliseconds. */
  sleep(name: string, milliseconds: number): Promise<void>;
  /** Ends here, and goes on when an event happens: resolves to it, or to null if none did in time. */
  waitForEvent(name: string, pattern: string, options?: { readonly timeout?: number }): Promise<unknown>;
}

/** Milliseconds that an event is waited for unless said. */
const PATIENCE = 7 * 86_400_000;

/** Makes the steps of a call. `pause` is told when it ends here for now; nothing after that is reached. */
export function createSteps({ ask }: Pick<CallAsks, "ask">, pause: (until: number) => void): GuestSteps {
  /** The result of a step that is done; undefined for one that is to be done now. */
  const resultOf = async (what: StepQuestion): Promise<{ readonly value: unknown } | undefined> => {
    const reply = (await ask({ op: "step", what })) as StepReply;
    if (reply.is === "open") return undefined;
    if (reply.is === "done") return reply;
    pause(reply.at);
    return new Promise(() => undefined);
  };
  return {
    async run(name, work) {
      const known = await resultOf({ do: "begin", name: String(name) });
      if (known) return known.value;
      const value = await work();
      await resultOf({ do: "end", name: String(name), value });
      return value;
    },
    sleep: async (name, milliseconds) =>
      void (await resultOf({ do: "sleep", name: String(name), milliseconds: timeOf(milliseconds) })),
    async waitForEvent(name, pattern, { timeout = PATIENCE } = {}) {
      const what = { do: "wait", name: String(name), pattern: String(pattern), milliseconds: timeOf(timeout) } as const;
      return (await resultOf(what))?.value;
    },
  };
}

/** JSON knows no other numbers. */
function timeOf(milliseconds: number): number {
  if (Number.isFinite(milliseconds)) return milliseconds;
  throw new BakendError({ kind: "error", code: "bad_request", status: 400, message: "A step waits for milliseconds." });
}
