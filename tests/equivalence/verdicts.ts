import assert from "node:assert/strict";
import { BakendError } from "../../src/core/errors.ts";
import { SECRET } from "./random-case.ts";

/** What came of a call: its value, or the code of the refusal. */
export type Outcome<T> =
  | { readonly value: T; readonly code: null }
  | { readonly code: string; readonly detail: string };

/** Calls, and lets only refusals through: anything else that is thrown is a fault of the engine. */
export async function attempt<T>(work: () => Promise<T> | T): Promise<Outcome<T>> {
  try {
    const value = await work();
    assert.ok(!JSON.stringify(value ?? null).includes(SECRET), "an answer holds what is hidden");
    return { value, code: null };
  } catch (error) {
    if (!(error instanceof BakendError)) throw error;
    assert.ok(!(error.message + JSON.stringify(error.errors ?? [])).includes(SECRET), "a refusal tells what is hidden");
    assert.notEqual(error.code, "internal");
    return { code: error.code, detail: error.message };
  }
}

/** JSON with the keys of every object in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** Counts what was compared, by door. */
export class Mismatch extends Error {}

export type Counts = Record<string, number>;

/** Holds an answer against what was foretold. */
export type Agree = (door: string, actual: unknown, expected: unknown, about?: unknown) => void;

export function judge(counts: Counts): Agree {
  return (door, actual, expected, about) => {
    counts[door] = (counts[door] ?? 0) + 1;
    const [is, should] = [canonical(actual), canonical(expected)];
    if (is === should) return;
    throw new Mismatch(`${door} ${canonical(about) ?? ""}\n  the app says    ${is}\n  it should say   ${should}`);
  };
}

/** The codes of a refusal by the rule alone. */
export const CLOSED = ["forbidden", "unauthenticated"];
