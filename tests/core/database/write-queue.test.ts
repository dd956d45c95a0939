import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Connection, DatabaseError, type Outcome, type Statement } from "../../../src/core/database/index.ts";
import { createWriteQueue } from "../../../src/core/database/write-queue.ts";

type Batch = readonly Statement[];

const write = (name: string, statements = 1): Batch =>
  Array.from({ length: statements }, () => ({ sql: name, params: [] }));
const refused = new DatabaseError({ kind: "unique", message: "taken", statement: 0 });
const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A connection that keeps the groups it is given until they are let through. Batches named "bad" are refused. */
function recorder() {
  const groups: string[][] = [];
  const pending: (() => void)[] = [];
  const outcome = (batch: Batch): Outcome =>
    batch[0]?.sql === "bad" ? { fault: refused.fault } : { results: batch.map(() => ({ rows: [], changes: 1 })) };
  const group = (batches: readonly Batch[]) => {
    groups.push(batches.map((batch) => batch[0]?.sql ?? ""));
    return new Promise<readonly Outcome[]>((resolve) => pending.push(() => resolve(batches.map(outcome))));
  };
  const letThrough = async () => {
    pending.shift()?.();
    await tick();
  };
  return { groups, letThrough, connection: { group, batch: () => Promise.reject(refused) } };
}

describe("write queue", () => {
  test("what arrives in one tick shares a commit; what arrives during it shares the next", async () => {
    const { groups, letThrough, connection } = recorder();
    const queue = createWriteQueue(connection);
    const done: string[] = [];
    const submit = (name: string) => void queue.submit(write(name)).then(() => done.push(name));
    submit("a");
    submit("b");
    assert.deepEqual(groups, [], "nothing is sent before the tick is over");
    await tick();
    await tick();
    submit("c");
    await tick();
    submit("d");
    assert.deepEqual([groups, done], [[["a", "b"]], []]);
    assert.deepEqual(queue.stats(), { waiting: 4, commits: 1, batches: 2 });
    await letThrough();
    assert.deepEqual(
      [groups, done],
      [
        [
          ["a", "b"],
          ["c", "d"],
        ],
        ["a", "b"],
      ],
    );
    await letThrough();
    assert.deepEqual(done, ["a", "b", "c", "d"]);
    assert.deepEqual(queue.stats(), { waiting: 0, commits: 2, batches: 4 });
  });

  test("each caller gets the outcome of its own batch", async () => {
    const { letThrough, connection } = recorder();
    const queue = createWriteQueue(connection, { defer: (task) => task() });
    const first = queue.submit(write("first"));
    const answers = Promise.allSettled([
      queue.submit(write("a", 2)),
      queue.submit(write("bad")),
      queue.submit(write("c")),
    ]);
    await letThrough();
    await letThrough();
    assert.equal((await first).length, 1);
    const [a, bad, c] = await answers;
    assert.deepEqual(a, {
      status: "fulfilled",
      value: [
        { rows: [], changes: 1 },
        { rows: [], changes: 1 },
      ],
    });
    assert.ok(bad?.status === "rejected" && bad.reason instanceof DatabaseError);
    assert.equal(bad.reason.fault.kind, "unique");
    assert.equal(c?.status, "fulfilled");
  });

  const caps: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ["they fit", [3, 3, 4], [3]],
    ["one too many", [3, 3, 5], [2, 1]],
    ["one larger than the cap goes alone", [1, 25, 1, 1], [1, 1, 2]],
    ["each as large as the cap", [10, 10, 10], [1, 1, 1]],
  ];
  for (const [what, sizes, expected] of caps) {
    test(`a commit has at most 10 statements: ${what}`, async () => {
      const { groups, letThrough, connection } = recorder();
      const queue = createWriteQueue(connection, { maxStatements: 10 });
      for (const size of sizes) void queue.submit(write("w", size));
      await tick();
      await tick();
      for (const _ of sizes) await letThrough();
      assert.deepEqual(
        groups.map((group) => group.length),
        expected,
      );
      await queue.idle();
    });
  }

  test("idle waits for everything, and for nothing if nothing waits", async () => {
    const { letThrough, connection } = recorder();
    const queue = createWriteQueue(connection);
    await queue.idle();
    let idle = false;
    void queue.submit(write("a"));
    void queue.idle().then(() => {
      idle = true;
    });
    await tick();
    await tick();
    assert.equal(idle, false);
    await letThrough();
    assert.equal(idle, true);
  });

  test("a connection without groups gets one batch after the other", async () => {
    const sent: string[] = [];
    let running = 0;
    const connection: Pick<Connection, "batch"> = {
      async batch(batch) {
        running += 1;
        assert.equal(running, 1, "batches overlap");
        await tick();
        running -= 1;
        sent.push(batch[0]?.sql ?? "");
        if (batch[0]?.sql === "bad") throw refused;
        return [];
      },
    };
    const queue = createWriteQueue(connection);
    const answers = await Promise.allSettled(["a", "bad", "c"].map((name) => queue.submit(write(name))));
    assert.deepEqual(
      answers.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(sent, ["a", "bad", "c"]);
    assert.deepEqual(queue.stats(), { waiting: 0, commits: 3, batches: 3 });
  });

  test("a connection that breaks rejects all who wait for it, and the queue goes on", async () => {
    let broken = true;
    const group = async (batches: readonly Batch[]): Promise<readonly Outcome[]> => {
      if (broken) throw new DatabaseError({ kind: "closed", message: "gone", statement: -1 });
      return batches.map(() => ({ results: [] }));
    };
    const queue = createWriteQueue({ group, batch: async () => [] });
    const answers = await Promise.allSettled([queue.submit(write("a")), queue.submit(write("b"))]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    broken = false;
    assert.deepEqual(await queue.submit(write("c")), []);
  });
});
