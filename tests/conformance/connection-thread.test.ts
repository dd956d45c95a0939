import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { openThreadedConnection } from "../../src/adapters/sqlite/index.ts";
import type { Thread } from "../../src/adapters/thread.ts";
import { faultOf, sql } from "./connection.ts";
import { sqliteOnThisRuntime } from "./connection-platform.ts";

const { startThread } = await sqliteOnThisRuntime();
const options = { durability: "full", busyTimeout: 1000, readOnly: false } as const;

describe("a SQLite connection on a thread", () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-"));
  after(() => rmSync(folder, { recursive: true }));
  const open = (thread: Thread, name: string) => openThreadedConnection(thread, join(folder, name), options);

  test("a thread that dies rejects every call that waits, and every later one", async () => {
    const thread = startThread();
    const connection = await open(thread, "killed.db");
    await connection.run(sql("CREATE TABLE kept (n)"));
    await connection.batch([sql("INSERT INTO kept VALUES (1)")]);
    const slow =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n";
    const waiting = Array.from({ length: 20 }, () => connection.run(sql(slow)));
    const faults = Promise.all(waiting.slice(-10).map(faultOf));
    const settled = Promise.allSettled(waiting);
    await thread.kill();
    await settled;
    assert.deepEqual([...new Set((await faults).map(({ kind }) => kind))], ["closed"]);
    const later = [connection.run(sql("SELECT 1")), connection.batch([]), connection.alter([])];
    for (const call of later) assert.equal((await faultOf(call)).kind, "closed");
    await connection.close();

    const reopened = await open(startThread(), "killed.db");
    assert.deepEqual((await reopened.run(sql("SELECT n FROM kept"))).rows, [{ n: 1 }]);
    await reopened.close();
  });

  test("a thread that fails to start rejects the opening", async () => {
    const broken: Thread = {
      post: () => {},
      onMessage: () => {},
      onEnd: (listener) => void setTimeout(() => listener(new Error("no such module")), 1),
      hold: () => {},
      kill: async () => {},
    };
    const fault = await faultOf(open(broken, "never.db"));
    assert.equal(fault.kind, "closed");
    assert.match(fault.message, /no such module/);
  });

  test("more texts than both sides remember, known ones among them", async () => {
    const connection = await open(startThread(), "texts.db");
    for (let from = 0; from < 5000; from += 500) {
      const texts = Array.from({ length: 500 }, (_, n) => from + n);
      const results = await connection.batch(texts.flatMap((n) => [sql(`SELECT ${n} AS n`), sql("SELECT -1 AS n")]));
      assert.deepEqual(
        results.map(({ rows }) => rows[0]?.n),
        texts.flatMap((n) => [n, -1]),
      );
    }
    await connection.close();
  });

  test("a value that cannot cross refuses its own call only", async () => {
    const connection = await open(startThread(), "values.db");
    const bad = { sql: "SELECT ? AS unsent", params: [10n as unknown as number] };
    const calls = [connection.run(sql("SELECT 1 AS n")), connection.run(bad), connection.run(sql("SELECT 2 AS n"))];
    const [first, refused, last] = await Promise.allSettled(calls);
    assert.ok(first?.status === "fulfilled" && last?.status === "fulfilled");
    assert.deepEqual([first.value.rows, last.value.rows], [[{ n: 1 }], [{ n: 2 }]]);
    assert.equal(refused?.status, "rejected");
    await connection.close();
  });

  test("it is held while calls wait, and let go when none does", async () => {
    const thread = startThread();
    const held: boolean[] = [];
    const watched: Thread = {
      ...thread,
      hold(alive) {
        held.push(alive);
        thread.hold(alive);
      },
    };
    const connection = await open(watched, "held.db");
    await Promise.all([connection.run(sql("SELECT 1")), connection.run(sql("SELECT 2"))]);
    await connection.run(sql("SELECT 3"));
    assert.deepEqual(held, [true, false, true, false, true, false]);
    await connection.close();
  });
});
