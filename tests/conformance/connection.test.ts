import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { DatabaseConnections } from "../../src/core/database/index.ts";
import { type ConnectionSubject, connectionConformance, faultOf, sql } from "./connection.ts";
import { sqliteOnThisRuntime } from "./connection-platform.ts";

const { sqlite } = await sqliteOnThisRuntime();

async function closeAll(opened: readonly DatabaseConnections[]): Promise<void> {
  for (const { read, slow, write } of opened) {
    for (const connection of [read, slow, write]) await connection.close();
  }
}

async function openFile(threads: boolean): Promise<ConnectionSubject & { readonly connections: DatabaseConnections }> {
  const folder = mkdtempSync(join(tmpdir(), "bakend-"));
  const driver = sqlite(join(folder, "data", "test.db"), { threads });
  const connections = await driver.open();
  const opened = [connections];
  return {
    connections,
    connection: connections.write,
    async another() {
      const more = await driver.open();
      opened.push(more);
      return more.write;
    },
    async release() {
      await closeAll(opened);
      rmSync(folder, { recursive: true });
    },
  };
}

async function openMemory(): Promise<ConnectionSubject> {
  const { write } = await sqlite(":memory:").open();
  return { connection: write, release: () => write.close() };
}

connectionConformance("SQLite file on this thread", () => openFile(false));
connectionConformance("SQLite file on a thread of its own", () => openFile(true));
connectionConformance("SQLite in memory", openMemory);

describe("the version of a database", () => {
  for (const threads of [false, true]) {
    test(`is another after each commit of anybody, and only then; threads: ${threads}`, async () => {
      const subject = await openFile(threads);
      const other = await subject.another?.();
      const { read, write } = subject.connections;
      const version = (): number => read.version?.() ?? assert.fail("connections that only read have a version");
      await write.run(sql("CREATE TABLE notes (value)"));
      const seen = [version()];
      for (const change of [
        () => write.run(sql("INSERT INTO notes VALUES (1)")),
        () => write.batch([sql("UPDATE notes SET value = 2"), sql("DELETE FROM notes")]),
        () => other?.run(sql("INSERT INTO notes VALUES (3)")),
        () => write.group?.([[sql("INSERT INTO notes VALUES (4)")], [sql("INSERT INTO nowhere VALUES (5)")]]),
        () => write.alter([sql("ALTER TABLE notes ADD COLUMN more")]),
      ]) {
        await change();
        seen.push(version());
        await read.run(sql("SELECT * FROM notes"));
        assert.equal(version(), seen.at(-1), "reading is no commit");
        await assert.rejects(write.run(sql("INSERT INTO nowhere VALUES (1)")));
        assert.equal(version(), seen.at(-1), "neither is what fails");
      }
      assert.equal(new Set(seen).size, seen.length, seen.join(" "));
      assert.equal(write.version, undefined, "what a connection commits itself does not count for it");
      await subject.release();
    });
  }

  test("is not to be had where one connection reads and writes", async () => {
    const { read, write } = await sqlite(":memory:").open();
    assert.equal(read.version, undefined);
    await write.close();
  });
});

describe("an alteration that finds all as it should be", () => {
  for (const threads of [false, true]) {
    test(`looks at no row: a start takes no longer over more data; threads: ${threads}`, async () => {
      const subject = await openFile(threads);
      const { write } = subject.connections;
      const schema = [
        sql("CREATE TABLE IF NOT EXISTS teams (id INTEGER PRIMARY KEY)"),
        sql("CREATE TABLE IF NOT EXISTS people (team INTEGER REFERENCES teams (id))"),
        sql("INSERT OR IGNORE INTO teams VALUES (1)"),
      ];
      await write.alter(schema);
      // as a program that does not enforce references may have left it: whoever looks, finds it
      for (const text of ["PRAGMA foreign_keys = OFF", "INSERT INTO people VALUES (7)", "PRAGMA foreign_keys = ON"])
        await write.run(sql(text));
      await write.alter(schema);
      for (const change of ["CREATE TABLE other (id)", "UPDATE people SET team = 8", "INSERT INTO teams VALUES (2)"])
        assert.equal((await faultOf(write.alter([...schema, sql(change)]))).kind, "foreign_key", change);
      await subject.release();
    });
  }
});
