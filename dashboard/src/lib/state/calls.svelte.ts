import { SvelteMap } from "svelte/reactivity";
import type { LiveEvent } from "../../../../sdk/javascript/index.ts";
import { follow } from "../api/live.ts";

/** What has come of the calls of a function since the page was opened. */
export interface Calls {
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  /** Of the last that ended: how long it took, in milliseconds, and when it ended. */
  readonly ms: number | null;
  readonly at: string | null;
  /** Why the last failed, if it did. */
  readonly reason: string | null;
}

interface Told {
  readonly function: string;
  readonly trigger: string;
  readonly ms?: number;
  readonly reason?: string;
}

const NONE: Calls = { running: 0, done: 0, failed: 0, ms: null, at: null, reason: null };

/** Counts calls by function, as long as it is watched. */
export class CallCounts {
  readonly #calls = new SvelteMap<string, Calls>();

  /** Of a file's function with this trigger; several with the same count as one. */
  of(name: string, trigger: string): Calls {
    return this.#calls.get(`${name} ${trigger}`) ?? NONE;
  }

  watch(): () => void {
    return follow("function.*", { event: (event) => this.#count(event as LiveEvent<Told>) });
  }

  #count({ type, timestamp, payload }: LiveEvent<Told>): void {
    const before = this.of(payload.function, payload.trigger);
    const key = `${payload.function} ${payload.trigger}`;
    if (type === "function.started") {
      this.#calls.set(key, { ...before, running: before.running + 1 });
      return;
    }
    const failed = type === "function.failed";
    this.#calls.set(key, {
      running: Math.max(0, before.running - 1),
      done: before.done + 1,
      failed: before.failed + (failed ? 1 : 0),
      ms: payload.ms ?? null,
      at: timestamp,
      reason: failed ? (payload.reason ?? null) : null,
    });
  }
}
