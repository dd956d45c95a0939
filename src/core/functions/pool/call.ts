import type { Ask, CallInput, Fault } from "../messages.ts";
import type { Trigger } from "../registry.ts";

/** One call of a function, from the moment it is asked for. */
export interface Call {
  readonly trigger: Trigger;
  readonly input: CallInput;
  /** Whether somebody waits for the answer: such calls go before those that an event has set off. */
  readonly awaited: boolean;
  /** How many other calls wait for it, one for the other, down to a request: a hook before what a function writes has one. */
  readonly depth: number;
  /** Milliseconds that it may take, where that is not what all functions may. */
  readonly timeout?: number;
  /** Ends it before that. */
  readonly signal?: AbortSignal;
  /** Takes a line of its log. */
  log?(line: string): void;
  /** Answers what the function asks for while it runs. Rejections become faults in the function. */
  answer(ask: Ask, signal: AbortSignal): Promise<unknown>;
}

/** What decides about the places that a call takes. */
export type Standing = Pick<Call, "awaited" | "depth">;

/** How a call ended. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  /** `thrown`: by the function; `timeout`: past its limit; `canceled`: no longer wanted; `ended`: its process is gone; `overloaded`: never begun. */
  | { readonly ok: false; readonly reason: "thrown"; readonly fault: Fault }
  | { readonly ok: false; readonly reason: "timeout" | "canceled" | "ended" | "overloaded"; readonly detail: string };

/** Of a call that nobody wants any more. */
export const CANCELED: Outcome = Object.freeze({ ok: false, reason: "canceled", detail: "it was canceled" });

/** The time, so that a test can own it. */
export interface Timers {
  now(): number;
  set(callback: () => void, milliseconds: number): unknown;
  clear(handle: unknown): void;
}
