import type { Ask, Fault, GuestMessage } from "../messages.ts";
import { BakendError } from "./errors.ts";

/** What one running call asks of the parent. */
export interface CallAsks {
  ask(what: Ask): Promise<unknown>;
  /** What has no answer yet fails, and whatever is asked later. */
  end(): void;
}

/** The questions of all calls, and their answers. */
export interface Asks {
  of(call: number): CallAsks;
  answer(ask: number, answer: { readonly value?: unknown; readonly fault?: Fault }): void;
}

/** Questions of one call that are on their way at the same time; the others wait. */
const AT_ONCE = 32;

/** Milliseconds until what a call asks for after its end is refused. */
const SLOW = 1000;

/** Makes the questions of a child. */
export function createAsks(send: (message: GuestMessage) => void): Asks {
  const open = new Map<number, { resolve(value: unknown): void; reject(fault: Fault | Error): void }>();
  const later = setTimeout;
  let last = 0;

  return {
    of(call) {
      const mine = new Set<number>();
      let waiting: (() => void)[] = [];
      let over = false;

      const put = async (what: Ask): Promise<unknown> => {
        const id = ++last;
        mine.add(id);
        try {
          return await new Promise((resolve, reject) => {
            open.set(id, { resolve, reject });
            send({ type: "ask", call, ask: id, what });
          });
        } catch (fault) {
          // made here, where it is known who waits: the log tells the place in the function
          throw fault instanceof Error ? fault : new BakendError(fault as Fault);
        } finally {
          open.delete(id);
          mine.delete(id);
          waiting.shift()?.();
        }
      };

      return {
        async ask(what) {
          while (mine.size >= AT_ONCE && !over) await new Promise<void>((resolve) => waiting.push(resolve));
          if (!over) return await put(what);
          // whoever tries again and again would keep the process from all others
          await new Promise<void>((resolve) => later(resolve, SLOW));
          throw ended();
        },
        end() {
          over = true;
          for (const id of mine) open.get(id)?.reject(ended());
          const all = waiting;
          waiting = [];
          for (const go of all) go();
        },
      };
    },
    answer(ask, { value, fault }) {
      const asked = open.get(ask);
      if (fault) asked?.reject(fault);
      else asked?.resolve(value);
    },
  };
}

function ended(): Error {
  return new Error("The function has ended; await what it does before it returns.");
}
