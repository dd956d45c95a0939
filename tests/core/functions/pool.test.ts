import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GuestMessage } from "../../../src/core/functions/index.ts";
import type { FakeChild, FakeTime } from "./fake-children.ts";
import { childAt, inPool, OTHER, play, type Scene, THIRD, TRIGGER, TRIGGERS } from "./pool-scene.ts";

describe("starting", () => {
  test("the others are started once the first has loaded", () =>
    play(async ({ pool, children, ready }) => {
      const started = pool.start();
      assert.equal(children.length, 1);
      await ready(0);
      assert.equal(children.length, 2);
      await ready(1);
      assert.deepEqual(await started, { ok: true, triggers: TRIGGERS, sandbox: "none", confined: false });
      assert.deepEqual(childAt(children, 0).sent, [
        { type: "load", version: 1, files: [], texts: {}, env: {}, memory: 1 },
      ]);
    }));

  const failures: readonly (readonly [
    name: string,
    act: (child: FakeChild, time: FakeTime) => unknown,
    reason: RegExp,
  ])[] = [
    [
      "faults",
      (child) => {
        child.say({ type: "hello", version: 1, sandbox: "", confined: false });
        child.say({ type: "broken", faults: [{ file: "a.ts", line: 3, message: "no" }] });
      },
      /^no$/,
    ],
    ["an end", (child) => child.end("exit code 1"), /exit code 1/],
    ["another version", (child) => child.say({ type: "hello", version: 2, sandbox: "", confined: false }), /greeting/],
    ["no greeting", (child) => child.say({ type: "loaded", triggers: [] }), /answered/],
    ["nonsense", (child) => child.say("{"), /none/],
    ["silence", (_child, time) => time.pass(10_000), /longer than 10000 ms/],
    [
      "silence after the greeting",
      async (child, time) => {
        child.say({ type: "hello", version: 1, sandbox: "", confined: false });
        await time.pass(10_000);
      },
      /longer than 10000 ms/,
    ],
  ];
  for (const [name, act, reason] of failures) {
    test(`${name}: the first child's failure is the pool's`, () =>
      play(async ({ pool, children, time }) => {
        const started = pool.start();
        await act(childAt(children, 0), time);
        const loaded = await started;
        assert.equal(loaded.ok, false);
        assert.match(loaded.ok ? "" : (loaded.faults[0]?.message ?? ""), reason);
        assert.equal(childAt(children, 0).killed, true);
        assert.equal(children.length, 1);
      }));
  }

  for (const [crashes, ok] of [
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    test(`a first child that crashes ${crashes} times ${ok ? "is started again" : "is given up"}`, () =>
      play(async ({ pool, children, time }) => {
        const started = pool.start();
        for (let number = 0; number < crashes; number += 1) {
          childAt(children, number).end("signal SIGABRT");
          await time.pass(0);
        }
        if (ok) childAt(children, crashes).load(TRIGGERS);
        assert.equal((await started).ok, ok);
        assert.equal(children.length, ok ? crashes + 1 : 3);
      }, 1));
  }

  test("a further child that declares something else is not used, and the next one waits longer each time", () =>
    play(async ({ pool, children, time, said, ready }) => {
      void pool.start();
      await ready(0);
      for (let number = 1; number <= 6; number += 1) {
        childAt(children, number).load([]);
        await time.pass(0);
        await time.pass(number <= 3 ? 0 : 100 * 2 ** (number - 4));
      }
      assert.equal(children.length, 8);
      assert.match(said.at(-1) ?? "", /not those of the first process; pause 400/);
    }));
});

describe("calls", () => {
  test(
    "go to the process that has the fewest",
    inPool(async ({ children, call, time }) => {
      for (let index = 0; index < 4; index += 1) call();
      await time.pass(0);
      assert.deepEqual(
        children.map(({ calls }) => calls),
        [
          [1, 2],
          [1, 2],
        ],
      );
    }),
  );

  test(
    "end with a value, or with what was thrown",
    inPool(async ({ children, call, time }) => {
      const [one, two] = [call(), call()];
      childAt(children, 0).say({ type: "done", call: 1, value: { a: 1 } });
      childAt(children, 1).say({ type: "failed", call: 1, fault: { kind: "error", message: "x" } });
      await time.pass(0);
      assert.deepEqual(one.outcome, { ok: true, value: { a: 1 } });
      assert.deepEqual(two.outcome, { ok: false, reason: "thrown", fault: { kind: "error", message: "x" } });
    }),
  );

  test(
    "get answers to what they ask, and none once they have ended",
    inPool(async ({ children, call, time }) => {
      call();
      const child = childAt(children, 0);
      const what = { op: "db", method: "count", collection: "posts", args: [] } as const;
      child.say({ type: "ask", call: 1, ask: 7, what });
      await time.pass(0);
      assert.deepEqual(child.sent.at(-1), { type: "answer", ask: 7, value: "answered" });
      child.say({ type: "ask", call: 1, ask: 8, what });
      child.say({ type: "done", call: 1 });
      await time.pass(0);
      assert.deepEqual(child.sent.at(-1), { type: "answer", ask: 7, value: "answered" });
    }),
  );

  test(
    "are told what goes wrong with what they ask, however it does",
    inPool(async ({ children, call, time, said }) => {
      const refusal = { code: "bad_request", status: 400, message: "no" };
      for (const [id, answer] of [
        () => Promise.reject(refusal),
        () => {
          throw refusal;
        },
      ].entries()) {
        call({ answer });
        const child = childAt(children, id);
        const what = { op: "enqueue", job: "a", payload: null, options: { dealy: 1 } } as const;
        for (let ask = 0; ask < 200; ask += 1) {
          child.say({ type: "ask", call: 1, ask, what });
          await time.pass(0);
          assert.deepEqual(child.sent.at(-1), { type: "answer", ask, fault: { kind: "error", ...refusal } });
        }
      }
      assert.deepEqual(said, []);
    }),
  );

  test(
    "are not given more than their process could hold",
    inPool(async ({ children, call, time }) => {
      call({ answer: async () => "x".repeat(17 * 1024 * 1024) });
      const child = childAt(children, 0);
      child.say({ type: "ask", call: 1, ask: 1, what: { op: "db", method: "list", collection: "posts", args: [] } });
      await time.pass(0);
      const last = child.sent.at(-1);
      assert.equal(last?.type === "answer" ? last.fault?.code : undefined, "payload_too_large");
    }),
  );

  test(
    "past their limit are answered at once; a process that reacts may end its others, then it goes",
    inPool(async ({ children, call, time }) => {
      const child = childAt(children, 0);
      const late = call();
      call();
      for (const one of children) one.say({ type: "began", call: 1 });
      await time.pass(500);
      const other = call();
      child.say({ type: "began", call: 2 });
      await time.pass(500);
      assert.deepEqual(late.outcome, { ok: false, reason: "timeout", detail: "it took longer than 1000 ms" });
      assert.deepEqual(child.sent.slice(-2), [{ type: "drop", call: 1 }, { type: "ping" }]);
      child.say({ type: "pong" });
      await time.pass(200);
      assert.equal(child.killed, false);
      child.say({ type: "done", call: 2, value: "fine" });
      await time.pass(0);
      assert.deepEqual(other.outcome, { ok: true, value: "fine" });
      assert.equal(child.killed, true);
    }),
  );

  test(
    "of a process that does not react end with it",
    inPool(async ({ children, call, time }) => {
      const [late, , beside] = [call(), call(), call()];
      const child = childAt(children, 0);
      child.say({ type: "began", call: 1 });
      await time.pass(1);
      child.say({ type: "began", call: 2 });
      await time.pass(999);
      assert.equal(late?.outcome?.ok, false);
      child.processorTime += 20;
      await time.pass(100);
      assert.deepEqual(beside?.outcome, { ok: false, reason: "timeout", detail: "it took longer than 1000 ms" });
      assert.equal(child.killed, true);
    }),
  );

  for (const [what, afterwards, reacts] of [
    ["of a process that could not react yet go on", 400, true],
    ["of one that has not reacted for half a second end with it", 500, false],
  ] as const)
    test(
      what,
      inPool(async ({ children, call, time }) => {
        const [late] = [call(), call()];
        const child = childAt(children, 0);
        child.say({ type: "began", call: 1 });
        childAt(children, 1).say({ type: "began", call: 1 });
        await time.pass(500);
        const beside = call();
        child.say({ type: "began", call: 2 });
        await time.pass(500);
        assert.equal(late?.outcome?.ok, false);
        // others have the processors
        child.processorTime += 10;
        await time.pass(afterwards - 1);
        assert.deepEqual([child.killed, beside.outcome], [false, undefined]);
        if (reacts) child.say({ type: "pong" });
        await time.pass(1);
        assert.deepEqual([child.killed, beside.outcome === undefined], [!reacts, reacts]);
      }),
    );

  test(
    "that are late one after the other end no process that reacts, whenever it does",
    inPool(async ({ children, call, time }) => {
      const child = childAt(children, 0);
      const write = (id: number): void => {
        child.say({ type: "began", call: id });
        const what = { op: "db", method: "create", collection: "posts", args: [] } as const;
        child.say({ type: "ask", call: id, ask: id, what });
      };
      const first = call();
      call();
      write(1);
      await time.pass(95);
      const second = call();
      write(2);
      await time.pass(905);
      assert.deepEqual([first.outcome?.ok, child.sent.at(-1)?.type], [false, "ping"]);
      child.say({ type: "pong" });
      await time.pass(95);
      assert.deepEqual([second.outcome?.ok, child.sent.at(-1)?.type], [false, "ping"]);
      // the first would have had to answer by now
      await time.pass(50);
      assert.equal(child.killed, false);
    }),
  );

  test(
    "that others wait for have places of their own: what a call waits for never waits for that call's",
    inPool(async ({ children, call, time }) => {
      for (let count = 0; count < 100; count += 1) call();
      const hook = call({ depth: 1 });
      await time.pass(0);
      assert.deepEqual(
        children.map(({ calls }) => calls.length),
        [33, 32],
      );
      childAt(children, 0).say({ type: "done", call: 33, value: 1 });
      await time.pass(0);
      assert.equal(hook.outcome?.ok, true);
    }),
  );

  test(
    "that something keeps from beginning are taken back; begun after all, they are nobody's and do nothing",
    inPool(async ({ children, call, time, said }) => {
      call();
      call();
      const asked: unknown[] = [];
      const moved = call({ answer: async (what) => asked.push(what) });
      const busy = childAt(children, 0);
      busy.say({ type: "began", call: 1 });
      childAt(children, 1).say({ type: "done", call: 1 });
      await time.pass(55);
      assert.deepEqual(busy.sent.slice(-2), [{ type: "drop", call: 2 }, { type: "ping" }]);
      assert.deepEqual(childAt(children, 1).calls, [1, 2]);
      busy.say({ type: "began", call: 2 });
      busy.say({
        type: "ask",
        call: 2,
        ask: 1,
        what: { op: "db", method: "delete", collection: "posts", args: ["x"] },
      });
      assert.deepEqual(busy.sent.at(-1), {
        type: "answer",
        ask: 1,
        fault: { kind: "error", message: "The call was ended, or given to another process." },
      });
      busy.say({ type: "done", call: 2, value: "from the wrong one" });
      await time.pass(0);
      assert.deepEqual([asked, said, busy.killed, moved.outcome], [[], [], false, undefined]);
      childAt(children, 1).say({ type: "done", call: 2, value: "from the right one" });
      await time.pass(0);
      assert.deepEqual(moved.outcome, { ok: true, value: "from the right one" });
    }),
  );

  test(
    "that a process without others does not begin in time go to another",
    inPool(async ({ children, call, time }) => {
      const moved = call();
      await time.pass(304);
      assert.equal(childAt(children, 0).killed, false);
      await time.pass(1);
      assert.equal(childAt(children, 0).killed, true);
      const child = childAt(children, 1);
      child.say({ type: "done", call: 1, value: "moved" });
      await time.pass(0);
      assert.deepEqual(moved.outcome, { ok: true, value: "moved" });
    }),
  );

  test(
    "that an ended process had begun fail, the others are begun elsewhere",
    inPool(async ({ children, call, time }) => {
      const begun = call();
      call();
      const waiting = call();
      const child = childAt(children, 0);
      child.say({ type: "began", call: 1 });
      child.end("signal SIGSEGV");
      await time.pass(0);
      assert.deepEqual(begun.outcome, { ok: false, reason: "ended", detail: "signal SIGSEGV" });
      assert.equal(waiting.outcome, undefined);
      assert.deepEqual(childAt(children, 1).calls, [1, 2]);
      childAt(children, 1).say({ type: "done", call: 2, value: 2 });
      await time.pass(0);
      assert.deepEqual(waiting.outcome, { ok: true, value: 2 });
    }),
  );

  test(
    "that were taken back do not go where they came from before it says something, and further ones stand in",
    inPool(async ({ children, call, time, ready }) => {
      for (const child of [0, 1]) {
        call();
        childAt(children, child).say({ type: "began", call: 1 });
      }
      const next = call();
      await time.pass(55);
      // taken back from the first, tried with the second, and taken back there
      await time.pass(55);
      await ready(2);
      assert.deepEqual(
        children.map(({ calls }) => calls.length),
        [2, 2, 1, 0],
      );
      childAt(children, 2).say({ type: "done", call: 1, value: 1 });
      await time.pass(0);
      assert.equal(next.outcome?.ok, true);
      // one that says something takes calls again
      childAt(children, 1).say({ type: "pong" });
      for (let count = 0; count < 3; count += 1) call();
      assert.deepEqual([childAt(children, 0).calls.length, childAt(children, 1).calls.length], [2, 3]);
    }),
  );

  test(
    "do not go to a process that owes a reaction, and further ones stand in",
    inPool(async ({ children, call, time, ready }) => {
      call();
      call();
      await time.pass(30);
      const next = call();
      assert.deepEqual(
        children.map(({ calls }) => calls.length),
        [1, 1, 0, 0],
      );
      await ready(2);
      assert.deepEqual(childAt(children, 2).calls, [1]);
      childAt(children, 2).say({ type: "done", call: 1, value: 1 });
      await time.pass(0);
      assert.equal(next.outcome?.ok, true);
    }),
  );

  test(
    "wait for as long as their caller would, and no more than there is room for",
    inPool(async ({ pool, call, time, children }) => {
      for (let index = 0; index < 64; index += 1) call();
      const all = Array.from({ length: 1002 }, () => call());
      await time.pass(0);
      assert.equal(all.filter(({ outcome }) => outcome !== undefined).length, 2);
      assert.deepEqual(all.at(-1)?.outcome, { ok: false, reason: "overloaded", detail: "too many calls wait" });
      for (const child of children) for (const id of child.calls) child.say({ type: "began", call: id });
      await time.pass(999);
      assert.equal(all[0]?.outcome, undefined);
      pool.kill();
      await time.pass(0);
      assert.deepEqual(all[0]?.outcome, { ok: false, reason: "overloaded", detail: "functions are being stopped" });
    }),
  );

  test(
    "of events leave room for those that somebody waits for",
    inPool(async ({ children, call, time }) => {
      for (let index = 0; index < 100; index += 1) call({ awaited: false });
      await time.pass(0);
      assert.deepEqual(
        children.map(({ calls }) => calls.length),
        [16, 16],
      );
      call();
      assert.deepEqual(
        children.map(({ calls }) => calls.length),
        [17, 16],
      );
    }),
  );
});

test("a process that ends while it works is replaced at once; after several in a row, until one succeeds, a little later", () =>
  play(async ({ pool, children, call, time, ready }) => {
    void pool.start();
    await ready(0);
    const functions = [TRIGGER, OTHER];
    const fine = { trigger: THIRD };
    const crash = async (number: number): Promise<number> => {
      call({ trigger: functions[number % 2] ?? THIRD });
      const child = childAt(children, number);
      child.say({ type: "began", call: 1 });
      child.end("signal SIGSEGV");
      await time.pass(0);
      return children.length;
    };
    for (const number of [0, 1, 2]) {
      assert.equal(await crash(number), number + 2);
      await ready(number + 1);
    }
    assert.equal(await crash(3), 4);
    await time.pass(99);
    assert.equal(children.length, 4);
    await time.pass(1);
    await ready(4);
    call(fine);
    childAt(children, 4).say({ type: "done", call: 1 });
    await time.pass(0);
    childAt(children, 4).end("signal SIGSEGV");
    await time.pass(0);
    assert.equal(children.length, 6);
  }, 1));

describe("a function whose process has ended while it ran", () => {
  const other = { trigger: OTHER };

  /** A pool of one process, in place of one that has ended with calls of both functions. */
  const afterCrash = (run: (scene: Scene) => Promise<void>) => (): Promise<void> =>
    play(async (scene) => {
      const { pool, children, call, time, ready } = scene;
      void pool.start();
      await ready(0);
      const ended = [call(), call(other)];
      for (const id of [1, 2]) childAt(children, 0).say({ type: "began", call: id });
      childAt(children, 0).end("signal SIGKILL");
      await time.pass(0);
      await ready(1);
      for (const { outcome } of ended) assert.equal(outcome?.ok, false);
      await run(scene);
    }, 1);
  const given = (children: readonly FakeChild[]): readonly number[] => children.map(({ calls }) => calls.length);

  test(
    "runs alone until its process has survived it; what waits for that gets a process of its own",
    afterCrash(async ({ children, call, time, ready }) => {
      const [mine, theirs] = [call(), call(other)];
      await time.pass(0);
      assert.deepEqual(given(children), [2, 1, 0]);
      await ready(2);
      assert.deepEqual(given(children), [2, 1, 1]);
      childAt(children, 2).say({ type: "done", call: 1, value: 2 });
      await time.pass(0);
      assert.deepEqual([mine.outcome, theirs.outcome?.ok], [undefined, true]);
      for (let count = 0; count < 3; count += 1) call(other);
      await time.pass(0);
      // the other one is known not to have been it, and shares again; but not with the one that still may have
      assert.deepEqual(given(children), [2, 1, 4]);
      childAt(children, 1).say({ type: "done", call: 1, value: 1 });
      await time.pass(0);
      assert.equal(mine.outcome?.ok, true);
      call();
      call();
      await time.pass(0);
      assert.equal(children.length, 3);
    }),
  );

  test(
    "and was alone gets a process to itself for a minute, which all others go before and which then is replaced",
    afterCrash(async ({ children, call, time, ready, said }) => {
      const run = async (number: number): Promise<FakeChild> => {
        call();
        await time.pass(0);
        const child = childAt(children, number);
        child.say({ type: "began", call: 1 });
        return child;
      };
      const first = await run(1);
      assert.equal(first.gaveWay, false);
      assert.deepEqual(said, []);
      first.end("exit code 1");
      await time.pass(0);
      assert.deepEqual(said, ["guilty: a posts.created"]);
      await ready(2);
      for (const [later, number, guilty] of [
        [0, 2, true],
        [59_000, 3, true],
        [1000, 4, false],
      ] as const) {
        await time.pass(later);
        const child = await run(number);
        assert.deepEqual([child.gaveWay, children.length], [guilty, guilty ? number + 2 : number + 1]);
        if (guilty) await ready(number + 1);
        child.say({ type: "done", call: 1 });
        await time.pass(0);
        assert.equal(child.killed, guilty);
      }
      call();
      call();
      await time.pass(0);
      assert.equal(childAt(children, 4).calls.length, 3);
    }),
  );

  test(
    "leaves processes to the others, however many of its calls there are",
    afterCrash(async ({ children, call, time, ready }) => {
      call(other);
      await time.pass(0);
      childAt(children, 1).say({ type: "done", call: 1 });
      await time.pass(0);
      for (let count = 0; count < 5; count += 1) call();
      await time.pass(0);
      await ready(2);
      await ready(3);
      assert.deepEqual(given(children), [2, 2, 1, 0]);
      for (let count = 0; count < 5; count += 1) call(other);
      await time.pass(0);
      assert.deepEqual(given(children), [2, 2, 1, 5]);
    }),
  );

  test(
    "runs beside others after a while, if those that run alone take long",
    afterCrash(async ({ children, call, time, ready }) => {
      call();
      call(other);
      await time.pass(0);
      await ready(2);
      assert.deepEqual(given(children), [2, 1, 1]);
      for (const number of [1, 2]) childAt(children, number).say({ type: "began", call: 1 });
      const next = call();
      await time.pass(0);
      await ready(3);
      await time.pass(900);
      assert.deepEqual(given(children), [2, 1, 1, 0]);
      await time.pass(125);
      assert.deepEqual(given(children), [2, 1, 1, 1]);
      childAt(children, 3).say({ type: "done", call: 1, value: 1 });
      await time.pass(0);
      assert.equal(next.outcome?.ok, true);
    }),
  );

  for (const [reacts, what] of [
    [true, "a process that reacts after a call was late has not ended for it"],
    [false, "one that does not react has"],
  ] as const) {
    test(what, () =>
      play(async ({ pool, children, call, time, ready }) => {
        void pool.start();
        await ready(0);
        const child = childAt(children, 0);
        const late = call();
        child.say({ type: "began", call: 1 });
        await time.pass(1000);
        assert.deepEqual([late.outcome?.ok, child.killed], [false, false]);
        if (reacts) child.say({ type: "pong" });
        else child.processorTime += 20;
        await time.pass(reacts ? 0 : 100);
        assert.equal(child.killed, true);
        await ready(1);
        call();
        call(other);
        await time.pass(0);
        assert.deepEqual(given(children), reacts ? [1, 2] : [1, 1, 0]);
      }, 1),
    );
  }
});

describe("a process that computes without pause", () => {
  /** Half a second in which it takes what it can get, and says something now and then. */
  async function compute(
    { time, machine, children, pool, call }: Scene,
    confined: boolean,
    say: (child: FakeChild) => void,
  ): Promise<FakeChild> {
    void pool.start();
    const child = childAt(children, 0);
    child.load(TRIGGERS, confined);
    await time.pass(0);
    call();
    child.say({ type: "began", call: 1 });
    await time.pass(25);
    for (let look = 0; look < 10; look += 1) {
      machine.busy += 100;
      child.processorTime += child.paused ? 0 : 40;
      say(child);
      await time.pass(50);
    }
    return child;
  }
  const log: GuestMessage = { type: "log", level: "info", from: "a.ts", message: "still here" };

  const cases: readonly (readonly [name: string, confined: boolean, say: (child: FakeChild) => void, held: boolean])[] =
    [
      ["takes turns", true, () => undefined, true],
      ["takes turns although it logs", true, (child) => child.say(log), true],
      ["is not stopped where it would outlive the server", false, () => undefined, false],
    ];
  for (const [name, confined, say, held] of cases)
    test(name, () =>
      play(async (scene) => {
        const child = await compute(scene, confined, say);
        assert.equal(child.paused, held);
      }),
    );

  test("goes on at once when it answers", () =>
    play(async (scene) => {
      const child = await compute(scene, true, () => undefined);
      child.say({ type: "done", call: 1, value: 1 });
      assert.equal(child.paused, false);
    }));

  test("goes on while it has to give a sign of life", () =>
    play(async (scene) => {
      const child = await compute(scene, true, () => undefined);
      await scene.time.pass(475);
      assert.equal(child.sent.at(-1)?.type, "ping");
      assert.equal(child.paused, false);
    }));
});

describe("a process that computes while no call runs in it", () => {
  const said =
    /^warn {2}a process of functions computes while no call runs in it; it is replaced \(last in it: a, b\)$/;

  /** Two seconds, looked at four times each, of which the process computes a part. */
  const pass = async ({ time }: Scene, child: FakeChild, part: number): Promise<void> => {
    for (let look = 0; look < 8 && !child.killed; look += 1) {
      child.processorTime += 250 * part;
      await time.pass(250);
      child.look();
    }
  };
  const playOne = (run: (scene: Scene, child: FakeChild) => Promise<void>) => (): Promise<void> =>
    play(async (scene) => {
      void scene.pool.start();
      await scene.ready(0);
      await run(scene, childAt(scene.children, 0));
    }, 1);
  const runBoth = async ({ call, time }: Scene, child: FakeChild): Promise<void> => {
    const first = child.calls.length + 1;
    call();
    call({ trigger: OTHER });
    for (const id of [first, first + 1]) child.say({ type: "done", call: id });
    await time.pass(0);
  };

  test(
    "is replaced, and the log says so",
    playOne(async (scene, child) => {
      await runBoth(scene, child);
      await pass(scene, child, 0.6);
      assert.equal(child.killed, true);
      assert.match(scene.said.join(), said);
      await scene.ready(1);
      await runBoth(scene, childAt(scene.children, 1));
    }),
  );

  test(
    "is replaced although it rested at first",
    playOne(async (scene, child) => {
      await runBoth(scene, child);
      await pass(scene, child, 0);
      await pass(scene, child, 0);
      assert.equal(child.killed, false);
      await pass(scene, child, 1);
      await pass(scene, child, 1);
      assert.equal(child.killed, true);
      assert.match(scene.said.join(), said);
    }),
  );

  test(
    "goes on if it computes little, a call runs, or it has had none yet",
    playOne(async (scene, child) => {
      await pass(scene, child, 1);
      await runBoth(scene, child);
      await pass(scene, child, 0.4);
      const running = scene.call({ timeout: 60_000 });
      child.say({ type: "began", call: 3 });
      await pass(scene, child, 1);
      child.say({ type: "done", call: 3 });
      await scene.time.pass(0);
      assert.equal(running.outcome?.ok, true);
      await pass(scene, child, 0.1);
      assert.deepEqual([child.killed, scene.said], [false, []]);
    }),
  );
});

describe("what a child may not say", () => {
  const ask = { op: "db", method: "list", collection: "posts", args: [] } as const;
  const table: readonly (readonly [name: string, message: GuestMessage | string])[] = [
    ["the end of a call that it does not have", { type: "done", call: 2 }],
    ["the failure of a call that it does not have", { type: "failed", call: 2, fault: { kind: "error", message: "" } }],
    ["a question for a call that it does not have", { type: "ask", call: 2, ask: 1, what: ask }],
    ["the beginning of a call that it does not have", { type: "began", call: 2 }],
    ["a second greeting", { type: "hello", version: 1, sandbox: "all of it", confined: true }],
    ["other functions", { type: "loaded", triggers: [] }],
    ["a late fault", { type: "broken", faults: [] }],
    ["the beginning of a call once more", { type: "began", call: 1 }],
    ["a sign of life that nobody waits for", { type: "pong" }],
    ["a line that its own side would have cut", { type: "log", level: "info", from: "a", message: "x".repeat(8193) }],
    ["nothing", ""],
    ["half a message", `{"type":"done","ca`],
    ["a list", "[]"],
    ["a type of message that is none", `{"type":"kill"}`],
    ["a type that every object has", `{"type":"constructor"}`],
    ["a call that is no number", `{"type":"done","call":"1"}`],
    ["a question without a method", `{"type":"ask","call":1,"ask":1,"what":{"op":"db","collection":"x","args":[]}}`],
    ["a question of another kind", `{"type":"ask","call":1,"ask":1,"what":{"op":"sql","text":"SELECT 1"}}`],
    [
      "a question as somebody without an id",
      `{"type":"ask","call":1,"ask":1,"what":{"op":"db","method":"list","collection":"x","args":[],"as":{"role":"admin"}}}`,
    ],
    [
      "headers that are none",
      `{"type":"ask","call":1,"ask":1,"what":{"op":"fetch","request":{"url":"http://a","method":"GET","headers":{"a":"b"}}}}`,
    ],
    ["a fault of another kind", `{"type":"failed","call":1,"fault":{"kind":"system","message":"x"}}`],
    ["a level that is none", `{"type":"log","level":"fatal","from":"a","message":"x"}`],
  ];
  for (const [name, message] of table) {
    test(
      name,
      inPool(async ({ children, call, time, said }) => {
        const [mine, others] = [call(), call()];
        const child = childAt(children, 0);
        child.say({ type: "began", call: 1 });
        child.say(message);
        await time.pass(0);
        assert.equal(child.killed, true);
        assert.equal(mine.outcome?.ok, false);
        assert.match(said.join("\n"), /violation: /);
        childAt(children, 1).say({ type: "done", call: 1, value: "mine" });
        await time.pass(0);
        assert.deepEqual(others.outcome, { ok: true, value: "mine" });
      }),
    );
  }

  test(
    "more questions at once than its own side lets through",
    inPool(async ({ children, call, time }) => {
      call({ answer: () => new Promise(() => {}) });
      const child = childAt(children, 0);
      for (let id = 0; id < 64; id += 1) child.say({ type: "ask", call: 1, ask: id, what: ask });
      assert.equal(child.killed, false);
      child.say({ type: "ask", call: 1, ask: 64, what: ask });
      await time.pass(0);
      assert.equal(child.killed, true);
    }),
  );

  test(
    "more log lines a second than anybody reads: they are dropped, counted, and then it is ended",
    inPool(async ({ children, time, said }) => {
      const child = childAt(children, 0);
      const line: GuestMessage = { type: "log", level: "info", from: "a", message: "x".repeat(8192) };
      for (let count = 0; count < 2000; count += 1) child.say(line);
      assert.equal(said.length, 500);
      await time.pass(1000);
      child.say(line);
      assert.deepEqual(said.slice(500, 501), ["warn a 1500 log lines were dropped"]);
      for (let count = 0; count < 4999; count += 1) child.say(line);
      assert.equal(child.killed, false);
      child.say(line);
      assert.equal(child.killed, true);
    }),
  );

  test(
    "what it says of itself when it is spent takes it out of use, and what it has not begun goes to another",
    inPool(async ({ children, call, time }) => {
      const [running, , unbegun] = [call(), call(), call()];
      const child = childAt(children, 0);
      child.say({ type: "began", call: 1 });
      child.say({ type: "spent" });
      await time.pass(0);
      assert.deepEqual(
        children.slice(0, 2).map(({ calls }) => calls.length),
        [2, 2],
      );
      assert.deepEqual(child.sent.at(-1), { type: "drop", call: 2 });
      childAt(children, 1).say({ type: "done", call: 2, value: 2 });
      child.say({ type: "done", call: 1, value: 1 });
      await time.pass(0);
      assert.equal(running?.outcome?.ok, true);
      assert.equal(unbegun?.outcome?.ok, true);
      assert.equal(child.killed, true);
      assert.equal(children.length, 3);
    }),
  );
});

describe("stopping", () => {
  test("while processes start is no fault of theirs", () =>
    play(async ({ pool, children, ready, said, time }) => {
      void pool.start();
      await ready(0);
      assert.equal(children.length, 2);
      let isOver = false;
      void pool.retire().then(() => {
        isOver = true;
      });
      await time.pass(0);
      assert.deepEqual([isOver, said], [true, []]);
    }));

  test(
    "running calls end, those that wait are run, new ones are refused, then the processes go",
    inPool(async ({ pool, children, call, time }) => {
      const running = call();
      const retired = pool.retire();
      const late = call();
      await time.pass(0);
      assert.deepEqual(late.outcome, { ok: false, reason: "overloaded", detail: "functions are being stopped" });
      assert.deepEqual(
        children.map(({ killed }) => killed),
        [false, true],
      );
      childAt(children, 0).say({ type: "done", call: 1, value: 1 });
      await retired;
      assert.equal(running.outcome?.ok, true);
      assert.deepEqual(
        children.map(({ killed }) => killed),
        [true, true],
      );
    }),
  );

  test("what waits is refused once no process can load what it is for", () =>
    play(async ({ pool, children, call, time, ready }) => {
      void pool.start();
      await ready(0);
      for (let count = 0; count < 32; count += 1) call();
      const waiting = call({ awaited: false });
      const retired = pool.retire();
      childAt(children, 0).end("exit code 1");
      for (let number = 1; number <= 4; number += 1) {
        await time.pass(100);
        childAt(children, number).end("exit code 1");
      }
      await time.pass(100);
      assert.deepEqual(waiting.outcome, { ok: false, reason: "overloaded", detail: "the process ended: exit code 1" });
      await retired;
    }, 1));

  test(
    "nothing is started in the place of what is ended",
    inPool(async ({ pool, children, time }) => {
      pool.kill();
      await time.pass(60_000);
      assert.equal(children.length, 2);
    }),
  );
});
