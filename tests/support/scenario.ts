import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Answer, assertProblem, openApp, type TestApp, type TestAppOptions } from "./app.ts";

/** One request of a table and everything that must come of it. */
export interface Scenario {
  readonly name: string;
  /** Requests that must succeed first: method, path, body. Their events are not counted. */
  readonly before?: readonly (readonly [method: string, path: string, body?: unknown])[];
  /** Method and path, as they stand in the first line of a request. */
  readonly request: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** Headers of the answer; null where there must be none. */
  readonly answered?: Readonly<Record<string, string | RegExp | null>>;
  /** What the body must hold; see `assertHolds`. */
  readonly holds?: unknown;
  /** The code of a problem, for failures. */
  readonly code?: string;
  /** The types of record events, in order. None unless said. */
  readonly events?: readonly string[];
  readonly check?: (app: TestApp, answer: Answer) => Promise<void> | void;
}

/** Turns a table into tests, each with an app of its own. */
export function scenarios(
  title: string,
  options: TestAppOptions,
  seed: readonly (readonly [path: string, body: unknown])[],
  table: readonly Scenario[],
): void {
  describe(title, () => {
    for (const scenario of table) test(scenario.name, () => play(scenario, options, seed));
  });
}

async function play(
  scenario: Scenario,
  options: TestAppOptions,
  seed: readonly (readonly [path: string, body: unknown])[],
): Promise<void> {
  const app = await openApp(options);
  try {
    for (const [path, body] of seed) await succeed(app, "POST", path, body);
    for (const [method, path, body] of scenario.before ?? []) await succeed(app, method, path, body);
    await app.heard();
    const before = scenario.status >= 400 ? await app.dump() : "";
    const [method = "", path = ""] = scenario.request.split(/ (.*)/s);
    const { body, headers, status } = scenario;
    const answer = await app.call(method, path, { body, ...(headers ? { headers } : {}) });

    assert.equal(answer.status, status, answer.text.slice(0, 500));
    if (scenario.code !== undefined) assertProblem(answer, status, scenario.code);
    for (const [name, expected] of Object.entries(scenario.answered ?? {})) {
      const value = answer.headers.get(name);
      if (expected instanceof RegExp) assert.match(value ?? "", expected, name);
      else assert.equal(value, expected, name);
    }
    assert.match(answer.headers.get("x-request-id") ?? "", /^[\w.-]{8,64}$/);
    if ("holds" in scenario) assertHolds(answer.body, scenario.holds);
    assert.deepEqual(await app.types(), scenario.events ?? []);
    if (status >= 400) assert.equal(await app.dump(), before, "a refused request changed the database");
    await scenario.check?.(app, answer);
  } finally {
    await app.close();
  }
}

/** Sends a request that must succeed, and returns its body. */
export async function succeed(
  app: TestApp,
  method: string,
  path: string,
  body?: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
): Promise<any> {
  const answer = await app.call(method, path, body === undefined ? {} : { body });
  assert.ok(answer.status < 300, `${method} ${path} answered ${answer.status} ${answer.text.slice(0, 500)}`);
  return answer.body;
}

/** What must not be there. */
export const ABSENT = Symbol("absent");

/**
 * Checks that `actual` holds what `expected` says: objects may hold more, lists may not; a regular expression matches
 * a text, a function judges, `ABSENT` wants no such key.
 */
export function assertHolds(actual: unknown, expected: unknown, at = "body"): void {
  if (expected instanceof RegExp) assert.match(String(actual), expected, at);
  else if (typeof expected === "function") assert.ok(expected(actual), `${at}: ${JSON.stringify(actual)}`);
  else if (typeof expected !== "object" || expected === null) assert.deepEqual(actual, expected, at);
  else assertParts(actual, expected, at);
}

function assertParts(actual: unknown, expected: object, at: string): void {
  assert.ok(typeof actual === "object" && actual !== null, `${at} is ${JSON.stringify(actual)}`);
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual) && actual.length === expected.length, `${at}: ${JSON.stringify(actual)}`);
    for (const [index, one] of expected.entries()) assertHolds(actual[index], one, `${at}.${index}`);
    return;
  }
  for (const [key, one] of Object.entries(expected)) {
    if (one === ABSENT) assert.ok(!(key in actual), `${at}.${key} is there`);
    else assertHolds((actual as Record<string, unknown>)[key], one, `${at}.${key}`);
  }
}

/** A UUID that says its number. */
export function uuid(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}
