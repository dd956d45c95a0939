import assert from "node:assert/strict";
import { type Call, createPool, type Outcome, type Pool } from "../../../src/core/functions/pool/index.ts";
import { createRegistry } from "../../../src/core/functions/registry.ts";
import { type FakeChild, type FakeTime, fakeRunner, fakeTime } from "./fake-children.ts";

/** What the functions of these tests are called for. */
export const TRIGGERS = [
  { kind: "event", pattern: "posts.created", file: "a.ts" },
  { kind: "event", pattern: "posts.updated", file: "b.ts" },
  { kind: "event", pattern: "posts.deleted", file: "c.ts" },
] as const;
const [first, second, third] = createRegistry(TRIGGERS).all;
assert.ok(first && second && third);
/** The functions; the first is what is called where nothing else is said. */
export const [TRIGGER, OTHER, THIRD] = [first, second, third];

/** A pool whose children and time a test owns. */
export interface Scene {
  readonly pool: Pool;
  readonly time: FakeTime;
  readonly children: FakeChild[];
  /** What the processors of the machine have done; a test adds to it. */
  readonly machine: { busy: number; idle: number };
  readonly said: string[];
  /** Calls a function; the outcome is there once it is known. */
  call(options?: Partial<Call>): { outcome?: Outcome };
  /** The child with that number has loaded. */
  ready(...numbers: readonly number[]): Promise<void>;
}

/** Makes a pool that has not started. */
export async function play(run: (scene: Scene) => Promise<void>, processes = 2): Promise<void> {
  const time = fakeTime();
  const runner = fakeRunner();
  const said: string[] = [];
  const pool = createPool({
    runner,
    timers: time,
    processes,
    timeout: 1000,
    load: { type: "load", version: 1, files: [], texts: {}, env: {}, memory: 1 },
    onLog: ({ level, from, message }) => said.push(`${level} ${from} ${message}`),
    onViolation: (what) => said.push(`violation: ${what}`),
    onGuilty: ({ name, text }) => said.push(`guilty: ${name} ${text}`),
    onAgain: ({ name, text }, detail) => said.push(`again: ${name} ${text}, ${detail}`),
    onFailedStart: (reason, pause) => said.push(`failed: ${reason}; pause ${pause}`),
  });
  await run({
    pool,
    time,
    children: runner.children,
    machine: runner.machine,
    said,
    call(options = {}) {
      const box: { outcome?: Outcome } = {};
      const answer = async (): Promise<unknown> => "answered";
      void pool
        .run({ trigger: TRIGGER, input: { user: null }, awaited: true, depth: 0, answer, ...options })
        .then((outcome) => {
          box.outcome = outcome;
        });
      return box;
    },
    async ready(...numbers) {
      for (const number of numbers) {
        childAt(runner.children, number).load(TRIGGERS);
        await time.pass(0);
      }
    },
  });
}

/** The child that was started as that one of all, from 0. */
export function childAt(children: readonly FakeChild[], number: number): FakeChild {
  const child = children[number];
  assert.ok(child, `there is no child ${number}`);
  return child;
}

/** A pool of two that are ready. */
export const inPool = (run: (scene: Scene) => Promise<void>) => (): Promise<void> =>
  play(async (scene) => {
    void scene.pool.start();
    await scene.ready(0);
    await scene.ready(1);
    await run(scene);
  });
