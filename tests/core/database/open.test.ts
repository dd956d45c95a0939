import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { openDatabase } from "../../../src/core/database/index.ts";
import { faultOf, sql } from "../../conformance/connection.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

const { sqlite } = await sqliteOnThisRuntime();

describe("openDatabase", () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-"));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string) => join(folder, name);

  /** Makes a database file with these statements, as another program would. */
  async function makeFile(name: string, ...texts: string[]): Promise<string> {
    const { read, write } = await sqlite(file(name), { threads: false }).open();
    for (const text of texts) await write.run(sql(text));
    await read.close();
    await write.close();
    return file(name);
  }

  for (const threads of [true, false]) {
    test(`a new file in a new folder is stamped and opens again (threads: ${threads})`, async () => {
      const path = join(folder, `new-${threads}`, "deep", "bakend.db");
      const first = await openDatabase(sqlite(path, { threads }));
      await first.alter([sql("CREATE TABLE t (n INTEGER)")]);
      await first.write([sql("INSERT INTO t VALUES (1)")]);
      await first.close();
      const second = await openDatabase(sqlite(path, { threads, durability: "normal" }));
      assert.deepEqual((await second.read(sql("SELECT n FROM t"))).rows, [{ n: 1 }]);
      assert.deepEqual((await second.readSlow(sql("PRAGMA application_id"))).rows, [{ application_id: 0x42414b45 }]);
      assert.deepEqual((await second.read(sql("PRAGMA user_version"))).rows, [{ user_version: 1 }]);
      assert.equal(second.durability, "normal");
      assert.match(second.description, /^SQLite .*bakend\.db$/);
      await second.close();
      assert.equal(existsSync(`${path}-wal`), false, "the log was not moved into the file");
    });
  }

  const refused: readonly (readonly [string, () => Promise<string> | string, RegExp])[] = [
    [
      "a newer format",
      () => makeFile("newer.db", `PRAGMA application_id = ${0x42414b45}`, "PRAGMA user_version = 2"),
      /newer\.db has format 2.*up to 1.*newer Bakend/,
    ],
    ["another program's mark", () => makeFile("marked.db", "PRAGMA application_id = 7"), /marked\.db is not a Bakend/],
    ["another program's tables", () => makeFile("tables.db", "CREATE TABLE t (n)"), /tables\.db is not a Bakend/],
    [
      "a file that is no database",
      () => text("text.db", "This is no database. ".repeat(100)),
      /text\.db": .*not a SQLite/,
    ],
    ["a directory", () => directory("folder.db"), /folder\.db": it is a directory/],
    ["a folder that is a file", () => join(text("plain", "x"), "a.db"), /a\.db": its folder cannot be made/],
    ["an empty path", () => "", /path is empty/],
  ];
  const text = (name: string, content: string) => {
    writeFileSync(file(name), content);
    return file(name);
  };
  const directory = (name: string) => {
    mkdirSync(file(name));
    return file(name);
  };
  for (const [what, make, message] of refused) {
    test(`${what} is refused, with the reason`, async () => {
      const path = await make();
      for (const threads of [true, false]) {
        assert.match((await faultOf(openDatabase(sqlite(path, { threads })))).message, message);
        if (what === "a directory") continue;
        if (what === "a file that is no database") assert.match(readFileSync(path, "utf8"), /^This is no database/);
      }
      if (what === "a directory") rmSync(path, { recursive: true });
    });
  }

  test("1,000 writes at once share few commits, and each has its own outcome", async () => {
    for (const path of [file("many.db"), ":memory:"]) {
      const database = await openDatabase(sqlite(path));
      await database.alter([sql("CREATE TABLE t (n INTEGER UNIQUE)")]);
      const writes = Array.from({ length: 1000 }, (_, i) =>
        database.write([sql("INSERT INTO t VALUES (?)", [i % 900])]),
      );
      const refusals = (await Promise.allSettled(writes)).filter(({ status }) => status === "rejected");
      assert.equal(refusals.length, 100);
      assert.deepEqual((await database.read(sql("SELECT count(*) AS n FROM t"))).rows, [{ n: 900 }]);
      const { commits, batches, waiting } = database.stats();
      assert.deepEqual([batches, waiting], [1000, 0]);
      assert.ok(commits <= 20, `${commits} commits`);
      await database.close();
    }
  });

  test("reads cannot write", async () => {
    for (const threads of [true, false]) {
      const database = await openDatabase(sqlite(file(`reads-${threads}.db`), { threads }));
      const write = sql("CREATE TABLE t (n)");
      assert.equal((await faultOf((async () => database.read(write))())).kind, "read_only");
      assert.equal((await faultOf(database.readSlow(write))).kind, "read_only");
      await database.close();
    }
  });

  test("a batch of reads on a reading connection sees one state of the data", async () => {
    const { read, write, slow } = await sqlite(file("snapshot.db"), { threads: false }).open();
    const results = await read.batch([sql("SELECT 1 AS n"), sql("SELECT 2 AS n", [], 1)]);
    assert.deepEqual(
      results.map(({ rows }) => rows),
      [[{ n: 1 }], [{ n: 2 }]],
    );
    for (const connection of new Set([read, slow, write])) await connection.close();
  });

  test("close commits what waits, refuses what comes after it, and may be called twice", async () => {
    const path = file("closing.db");
    const database = await openDatabase(sqlite(path));
    await database.alter([sql("CREATE TABLE t (n INTEGER)")]);
    const writes = Array.from({ length: 50 }, (_, n) => database.write([sql("INSERT INTO t VALUES (?)", [n])]));
    const closing = database.close();
    const late = faultOf(database.write([sql("INSERT INTO t VALUES (99)")]));
    await Promise.all([...writes, closing, database.close()]);
    assert.equal((await late).kind, "closed");
    assert.equal((await faultOf((async () => database.read(sql("SELECT 1")))())).kind, "closed");
    assert.equal((await faultOf(database.readSlow(sql("SELECT 1")))).kind, "closed");
    assert.equal((await faultOf(database.alter([]))).kind, "closed");
    const again = await openDatabase(sqlite(path));
    assert.deepEqual((await again.read(sql("SELECT count(*) AS n FROM t"))).rows, [{ n: 50 }]);
    await again.close();
  });

  test("a version is asked for once a turn, and anew after what was committed here", async () => {
    const db = await openDatabase(sqlite(file("version.db")));
    const other = await openDatabase(sqlite(file("version.db")));
    const version = db.version ?? assert.fail("a database on the calling thread has a version");
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await db.alter([sql("CREATE TABLE t (n INTEGER)")]);
    const seen = [version()];

    await db.write([sql("INSERT INTO t VALUES (1)")]);
    seen.push(version());
    await db.alter([sql("CREATE TABLE u (n INTEGER)")]);
    seen.push(version());
    await turn();
    assert.equal(version(), seen.at(-1), "nothing was committed");
    await other.write([sql("INSERT INTO t VALUES (2)")]);
    await turn();
    seen.push(version());
    assert.equal(new Set(seen).size, seen.length, `each of these is another: ${seen}`);

    await assert.rejects(db.write([sql("INSERT INTO nothing VALUES (1)")]));
    await turn();
    assert.equal(version(), seen.at(-1), "what fails commits nothing");
    await Promise.all([db.close(), other.close()]);
  });
});
