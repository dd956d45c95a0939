import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOutbox, createRender, type Letter, type Mail } from "../../../src/core/mail/index.ts";

const LETTER: Letter = { name: "otp", to: "ann@example.com", values: { code: "012345", lifetime: "1 minute" } };

/** An outbox whose time and server a test owns. */
function bench(failures: number, { mailer = true } = {}) {
  const sent: Mail[] = [];
  const lost: object[] = [];
  const tasks: (() => void)[] = [];
  const timers: { callback: () => void; milliseconds: number; cleared: boolean }[] = [];
  let tries = 0;
  const send = async (mail: Mail): Promise<void> => {
    tries += 1;
    if (tries <= failures) throw Object.assign(new Error(`no such user <${mail.to}>`), { code: "EENVELOPE" });
    sent.push(mail);
  };
  const outbox = createOutbox({
    mailer: mailer ? { send } : undefined,
    render: createRender("https://example.com"),
    defer: (task) => tasks.push(task),
    timers: {
      set: (callback, milliseconds) => timers.push({ callback, milliseconds, cleared: false }) - 1,
      clear: (index) => {
        const timer = timers[Number(index)];
        if (timer) timer.cleared = true;
      },
    },
    onLost: (facts) => lost.push(facts),
  });
  const turn = async (): Promise<void> => {
    for (const task of tasks.splice(0)) task();
    await outbox.idle();
  };
  return { outbox, sent, lost, timers, turn, tasks, tries: () => tries };
}

describe("the outbox", () => {
  test("writes and sends only once the task at hand is over", async () => {
    const { outbox, sent, turn, tasks } = bench(0);
    let written = 0;
    outbox.post(async () => {
      written += 1;
      return LETTER;
    });
    assert.deepEqual([written, tasks.length], [0, 1]);
    await turn();
    assert.deepEqual([written, sent.map(({ to }) => to)], [1, ["ann@example.com"]]);
  });

  test("sends nothing where there is nothing to say", async () => {
    const { outbox, turn, tries, lost } = bench(0);
    outbox.post(async () => null);
    await turn();
    assert.deepEqual([tries(), lost], [0, []]);
  });

  test("takes no more than there is room for, and says so", async () => {
    const { outbox, sent, turn, lost } = bench(0);
    const half = 16 * 1024 * 1024;
    const post = (size: number): boolean => outbox.post(async () => LETTER, size);
    assert.deepEqual([post(half), post(half), post(1)], [true, true, false]);
    assert.deepEqual(lost, [{ mail: "unwritten", tries: 0, reason: "the outbox is full" }]);
    await turn();
    assert.deepEqual([sent.length, post(half)], [2, true]);
    assert.equal(
      bench(0, { mailer: false }).outbox.post(async () => LETTER),
      false,
    );
  });

  test("has room again for what was given up", async () => {
    const { outbox, timers, turn } = bench(5);
    assert.equal(
      outbox.post(async () => LETTER, 32 * 1024 * 1024),
      true,
    );
    await turn();
    for (let tries = 1; tries < 5; tries += 1) {
      assert.equal(
        outbox.post(async () => LETTER, 1),
        false,
      );
      timers.at(-1)?.callback();
      await outbox.idle();
    }
    assert.equal(
      outbox.post(async () => LETTER, 1),
      true,
    );
  });

  test("tries again, later each time, and writes only once", async () => {
    const { outbox, sent, timers, turn, lost } = bench(3);
    let written = 0;
    outbox.post(async () => {
      written += 1;
      return LETTER;
    });
    await turn();
    for (let index = 0; index < 3; index += 1) {
      assert.equal(sent.length, 0);
      timers[index]?.callback();
      await outbox.idle();
    }
    assert.deepEqual(
      timers.map(({ milliseconds }) => milliseconds),
      [1000, 10_000, 60_000],
    );
    assert.deepEqual([sent.length, written, lost], [1, 1, []]);
  });

  test("gives up after five tries, and tells neither address nor code", async () => {
    const { outbox, timers, turn, lost, tries } = bench(100);
    outbox.post(async () => LETTER);
    await turn();
    for (let index = 0; index < timers.length; index += 1) {
      timers[index]?.callback();
      await outbox.idle();
    }
    assert.equal(tries(), 5);
    assert.deepEqual(lost, [{ mail: "otp", tries: 5, reason: "EENVELOPE" }]);
  });

  test("tries the last time when it is closed", async () => {
    const { outbox, timers, turn, sent, lost } = bench(1);
    outbox.post(async () => LETTER);
    await turn();
    await outbox.close();
    assert.deepEqual([sent.length, timers.map(({ cleared }) => cleared), lost], [1, [true], []]);
    timers[0]?.callback();
    await outbox.idle();
    assert.equal(sent.length, 1);
  });

  test("is bounded", async () => {
    const { outbox, lost, turn, sent } = bench(0);
    for (let count = 0; count < 1010; count += 1) outbox.post(async () => LETTER);
    assert.equal(lost.length, 10);
    await turn();
    assert.equal(sent.length, 1000);
  });

  test("without a mailer there is none", async () => {
    const { outbox, turn, lost } = bench(0, { mailer: false });
    outbox.post(() => Promise.reject(new Error("must not be written")));
    await turn();
    assert.deepEqual([outbox.enabled, lost], [false, []]);
  });
});
