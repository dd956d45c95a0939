import type { CallAsks } from "./asks.ts";

/** The steps of a job. Each has a name that no other step of the job has: by it, it is known when the job begins anew. */
export interface GuestSteps {
  /** What a function returns; once it has, it is not called again, and its result stands. */
  run(name: string, work: () => unknown): Promise<unknown>;
  /** Ends here, and goes on after so many milliseconds. */
  sleep(name: string, milliseconds: number): Promise<void>;
  /** Ends here, and goes on when an event happens: resolves to it, or to null if none did in time. */
  waitForEvent(name: string, pattern: string, options?: { readonly timeout?: number }): Promise<unknown>;
}

interface Answer {
  readonly is: "done" | "open" | "until";
  readonly value?: unknown;
  readonly at?: number;
}

/** Milliseconds that an event is waited for unless said. */
const PATIENCE = 7 * 86_400_000;

/** Makes the steps of a call. `pause` is told when it ends here for now; nothing after that is reached. */
export function createSteps({ ask }: Pick<CallAsks, "ask">, pause: (until: number) => void): GuestSteps {
  const about = async (what: object): Promise<Answer> => (await ask({ op: "step", what } as never)) as Answer;
  const later = async (what: object): Promise<unknown> => {
    const answer = await about(what);
    if (answer.is !== "until") return answer.value;
    pause(Number(answer.at));
    return new Promise(() => undefined);
  };
  return {
    async run(name, work) {
      const known = await about({ do: "begin", name: String(name) });
      if (known.is === "done") return known.value;
      const value = await work();
      await about({ do: "end", name: String(name), value });
      return value;
    },
    sleep: async (name, milliseconds) =>
      void (await later({ do: "sleep", name: String(name), milliseconds: Number(milliseconds) })),
    waitForEvent: (name, pattern, { timeout = PATIENCE } = {}) =>
      later({ do: "wait", name: String(name), pattern: String(pattern), milliseconds: Number(timeout) }),
  };
}
