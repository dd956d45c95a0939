import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Call, Outcome } from "../../../src/core/functions/pool/index.ts";
import type { FakeChild } from "./fake-children.ts";
import { childAt, OTHER, play, type Scene, TRIGGERS } from "./pool-scene.ts";

const other = { trigger: OTHER };

/** Two calls that have begun in the only process, the first of `TRIGGER`, the second of another. */
interface Pair extends Scene {
  readonly bad: { outcome?: Outcome };
  readonly good: { outcome?: Outcome };
  readonly child: FakeChild;
}

const inPair =
  (run: (pair: Pair) => Promise<void>, confined = true, options: Partial<Call> = {}) =>
  (): Promise<void> =>
    play(async (scene) => {
      void scene.pool.start();
      const child = childAt(scene.children, 0);
      child.load(TRIGGERS, confined);
      await scene.time.pass(0);
      const good = scene.call({ ...other, ...options });
      const bad = scene.call();
      for (const id of [1, 2]) child.say({ type: "began", call: id });
      await run({ ...scene, bad, good, child });
    }, 1);

const ask = (op: "db" | "auth" | "storage", method: string, call = 1) =>
  ({ type: "ask", call, ask: 1, what: { op, method, collection: "posts", args: [] } }) as const;

/** The children from that one on say that they have loaded, as they come. */
async function load({ children, time }: Scene, ...numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    childAt(children, number).load(TRIGGERS, true);
    await time.pass(0);
  }
}

const ENDED = { ok: false, reason: "ended", detail: "signal SIGKILL" } as const;

describe("calls whose process ends with several", () => {
  test(
    "begin once more, each alone, and only the one that ends its process again has failed",
    inPair(async (pair) => {
      const { child, children, time, bad, good, said } = pair;
      child.end("signal SIGKILL");
      await time.pass(0);
      assert.deepEqual([bad.outcome, good.outcome], [undefined, undefined]);
      await load(pair, 1, 2);
      assert.deepEqual([childAt(children, 1).calls.length, childAt(children, 2).calls.length], [1, 1]);
      childAt(children, 1).say({ type: "done", call: 1, value: "well" });
      childAt(children, 2).say({ type: "began", call: 1 });
      childAt(children, 2).end("signal SIGKILL");
      await time.pass(0);
      assert.deepEqual(good.outcome, { ok: true, value: "well" });
      assert.deepEqual(bad.outcome, ENDED);
      assert.deepEqual(said, [
        "again: b posts.updated, signal SIGKILL",
        "again: a posts.created, signal SIGKILL",
        "guilty: a posts.created",
      ]);
    }),
  );

  const asked = [
    ["db", "list", true],
    ["db", "get", true],
    ["db", "count", true],
    ["db", "aggregate", true],
    ["db", "create", false],
    ["db", "batch", false],
    ["db", "somethingNew", false],
    ["auth", "user", true],
    ["auth", "verify", true],
    ["auth", "signIn", false],
    ["storage", "read", true],
    ["storage", "delete", false],
  ] as const;
  for (const [op, method, again] of asked)
    test(
      `${op}.${method}: a call that has asked for it ${again ? "begins once more" : "fails"}`,
      inPair(async ({ child, time, good }) => {
        child.say(ask(op, method));
        await time.pass(0);
        child.end("signal SIGKILL");
        await time.pass(0);
        assert.deepEqual(good.outcome, again ? undefined : ENDED);
      }),
    );

  for (const what of [
    { op: "enqueue", job: "a", payload: null, options: null },
    { op: "fetch", request: { method: "GET", url: "https://example.com/", headers: [] } },
    { op: "step", what: { do: "begin", name: "a" } },
    { op: "mail", method: "send", args: [] },
  ] as const)
    test(
      `${what.op}: a call that has asked for it fails`,
      inPair(async ({ child, time, good }) => {
        child.say({ type: "ask", call: 1, ask: 1, what });
        child.end("signal SIGKILL");
        await time.pass(0);
        assert.deepEqual(good.outcome, ENDED);
      }),
    );

  test(
    "fail where nothing confines the process: they may have changed something by themselves",
    inPair(async ({ child, time, bad, good }) => {
      child.end("signal SIGKILL");
      await time.pass(0);
      assert.deepEqual([bad.outcome, good.outcome], [ENDED, ENDED]);
    }, false),
  );

  test(
    "fail if the one left is the only one",
    inPair(async ({ child, time, bad, good }) => {
      child.say({ type: "done", call: 1, value: 1 });
      child.end("signal SIGKILL");
      await time.pass(0);
      assert.deepEqual([bad.outcome, good.outcome], [ENDED, { ok: true, value: 1 }]);
    }),
  );
});

describe("a call beside one that is over for its caller, and goes on in its process without end", () => {
  const again = "again: b posts.updated, it does not react";

  test(
    "begins once more, where that had written and was late",
    inPair(async ({ child, time, bad, good, said }) => {
      child.say(ask("db", "create", 2));
      await time.pass(1000);
      assert.equal(bad.outcome?.ok, false);
      child.processorTime += 20;
      await time.pass(100);
      assert.deepEqual([good.outcome, said], [undefined, [again]]);
    }),
  );

  test("begins once more, where that was canceled", () =>
    play(async ({ pool, children, time, call, said }) => {
      void pool.start();
      const child = childAt(children, 0);
      child.load(TRIGGERS, true);
      await time.pass(0);
      const canceling = new AbortController();
      const bad = call({ signal: canceling.signal });
      const good = call(other);
      for (const id of [1, 2]) child.say({ type: "began", call: id });
      canceling.abort();
      child.processorTime += 20;
      await time.pass(100);
      assert.deepEqual(bad.outcome, { ok: false, reason: "canceled", detail: "it was canceled" });
      assert.deepEqual([good.outcome, said], [undefined, [again]]);
    }, 1));
});

describe("a call that is past its limit beside another", () => {
  test(
    "begins once more if the process does not react: the other has kept it",
    inPair(
      async (pair) => {
        const { child, children, time, bad, good } = pair;
        await time.pass(500);
        assert.deepEqual(child.sent.at(-1), { type: "ping" });
        child.processorTime += 20;
        await time.pass(99);
        assert.equal(good.outcome, undefined);
        await time.pass(1);
        assert.equal(child.killed, true);
        await load(pair, 1, 2);
        childAt(children, 1).say({ type: "done", call: 1, value: "well" });
        childAt(children, 2).say({ type: "began", call: 1 });
        await time.pass(1000);
        assert.deepEqual(good.outcome, { ok: true, value: "well" });
        assert.deepEqual(bad.outcome, { ok: false, reason: "timeout", detail: "it took longer than 1000 ms" });
      },
      true,
      { timeout: 500 },
    ),
  );

  test(
    "is late if it reacts",
    inPair(
      async ({ child, time, good }) => {
        await time.pass(500);
        child.say({ type: "pong" });
        await time.pass(0);
        assert.deepEqual(good.outcome, { ok: false, reason: "timeout", detail: "it took longer than 500 ms" });
        assert.deepEqual(child.sent.slice(-2), [{ type: "ping" }, { type: "drop", call: 1 }]);
      },
      true,
      { timeout: 500 },
    ),
  );

  test(
    "has its answer if that comes before the sign of life",
    inPair(
      async ({ child, time, good }) => {
        await time.pass(500);
        child.say({ type: "done", call: 1, value: "just so" });
        child.say({ type: "pong" });
        await time.pass(0);
        assert.deepEqual(good.outcome, { ok: true, value: "just so" });
      },
      true,
      { timeout: 500 },
    ),
  );

  test(
    "changes nothing any more",
    inPair(
      async ({ child, time, good }) => {
        await time.pass(500);
        child.say(ask("db", "create"));
        assert.equal(child.sent.at(-1)?.type, "answer");
        child.say({ type: "pong" });
        await time.pass(0);
        assert.deepEqual(good.outcome, { ok: false, reason: "timeout", detail: "it took longer than 500 ms" });
      },
      true,
      {
        timeout: 500,
        answer: async () => {
          assert.fail("it was done");
        },
      },
    ),
  );

  test(
    "is late at once if it has changed something",
    inPair(
      async ({ child, time, good }) => {
        child.say(ask("db", "create"));
        await time.pass(500);
        assert.deepEqual(good.outcome, { ok: false, reason: "timeout", detail: "it took longer than 500 ms" });
      },
      true,
      { timeout: 500 },
    ),
  );
});
