import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { childAt, inPool, play, type Scene } from "./pool-scene.ts";

/** Calls that take every place of those that nobody but a request waits for, in a pool of two. */
const PLACES = 64;

/** A pool of one process that is ready. */
const inOne = (run: (scene: Scene) => Promise<void>) => (): Promise<void> =>
  play(async (scene) => {
    void scene.pool.start();
    await scene.ready(0);
    await run(scene);
  }, 1);

describe("places", () => {
  test(
    "of calls that nobody waits for are a few, however many others run and wait",
    inPool(async ({ children, call, time }) => {
      for (let count = 0; count < PLACES + 100; count += 1) call();
      for (let count = 0; count < 100; count += 1) call({ awaited: false });
      await time.pass(0);
      assert.deepEqual(
        children.slice(0, 2).map(({ calls }) => calls.length),
        [36, 36],
      );
      // one that ends makes room for another of its kind
      for (const id of [33, 1]) {
        childAt(children, 0).say({ type: "done", call: id });
        await time.pass(0);
      }
      assert.deepEqual(
        children.slice(0, 2).map(({ calls }) => calls.length),
        [38, 36],
      );
    }),
  );

  test(
    "to wait for one are always there for what a running call waits for",
    inPool(async ({ children, call, time }) => {
      const calls = Array.from({ length: PLACES + 1001 }, () => call());
      const hook = call({ depth: 1 });
      await time.pass(0);
      assert.deepEqual([calls.at(-1)?.outcome?.ok, hook.outcome], [false, undefined]);
      childAt(children, 0).say({ type: "done", call: 33, value: "of the hook" });
      await time.pass(0);
      assert.deepEqual(hook.outcome, { ok: true, value: "of the hook" });
    }),
  );

  test(
    "are kept by calls that a process gives back: those that came later are given out later",
    inOne(async ({ children, call, time }) => {
      const payload = (number: number) => ({ input: { user: null, payload: number } });
      for (let number = 0; number < 33; number += 1) call(payload(number));
      const child = childAt(children, 0);
      child.say({ type: "began", call: 1 });
      await time.pass(55);
      child.say({ type: "pong" });
      for (let id = 2; id <= 32; id += 1) child.say({ type: "done", call: id });
      await time.pass(25);
      const given = child.sent.flatMap((message) => (message.type === "call" ? [message.input.payload] : []));
      assert.deepEqual(
        given.slice(32),
        [...Array(31).keys()].map((number) => number + 1),
      );
    }),
  );
});

describe("the time of a call", () => {
  test(
    "that waits is the same however often a process gives it back",
    inOne(async ({ children, call, time }) => {
      call({ timeout: 60_000 });
      const child = childAt(children, 0);
      child.say({ type: "began", call: 1 });
      const waiting = call();
      let times = 0;
      for (let turn = 0; turn < 999; turn += 1) {
        await time.pass(5);
        if (child.sent.filter(({ type }) => type === "ping").length === times) continue;
        times += 1;
        child.say({ type: "pong" });
      }
      assert.deepEqual([waiting.outcome, times > 40, child.killed], [undefined, true, false]);
      await time.pass(60);
      assert.deepEqual(waiting.outcome, { ok: false, reason: "overloaded", detail: "no process was free for 5000 ms" });
    }),
  );

  test(
    "that others have kept from beginning is its own from its beginning on",
    inOne(async ({ children, call, time }) => {
      const calls: ReturnType<typeof call>[] = [];
      for (let count = 0; count < 20; count += 1) {
        calls.push(call());
        await time.pass(1);
      }
      const child = childAt(children, 0);
      for (let id = 1; id <= 20; id += 1) {
        child.say({ type: "began", call: id });
        await time.pass(50);
        if (id < 20) child.say({ type: "done", call: id });
      }
      assert.equal(child.calls.length, 20);
      await time.pass(949);
      assert.equal(calls.at(-1)?.outcome, undefined);
      await time.pass(1);
      assert.deepEqual(calls.at(-1)?.outcome, { ok: false, reason: "timeout", detail: "it took longer than 1000 ms" });
    }),
  );

  test(
    "is over where nobody wants it any more before it has begun, and nothing comes of that",
    inPool(async ({ children, call, time }) => {
      for (let count = 0; count < PLACES; count += 1) call();
      const canceling = new AbortController();
      const canceled = call({ signal: canceling.signal });
      canceling.abort();
      for (const child of children) for (const id of child.calls) child.say({ type: "done", call: id });
      await time.pass(1000);
      assert.deepEqual(canceled.outcome, { ok: false, reason: "canceled", detail: "it was canceled" });
      assert.deepEqual(
        children.map(({ killed, calls }) => [killed, calls.length]),
        [
          [false, 32],
          [false, 32],
        ],
      );
    }),
  );
});
