import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Database, openDatabase } from "../../src/core/database/index.ts";
import { sqliteOnThisRuntime } from "./connection-platform.ts";

const { sqlite } = await sqliteOnThisRuntime();
const writer = fileURLToPath(new URL("./connection-writer.ts", import.meta.url));

describe("a SQLite file and several processes", () => {
  let folder: string;
  let path: string;
  let database: Database;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bakend-"));
    path = join(folder, "test.db");
    database = await openDatabase(sqlite(path));
    await database.alter([{ sql: "CREATE TABLE rows (label TEXT, n INTEGER, PRIMARY KEY (label, n))", params: [] }]);
  });
  after(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const startWriter = (label: string, count: number) =>
    spawn(process.execPath, [writer, path, label, String(count)], { stdio: ["ignore", "pipe", "inherit"] });
  const rowsOf = async (label: string) => {
    const { rows } = await database.read({ sql: "SELECT count(*) AS n FROM rows WHERE label = ?", params: [label] });
    return Number(rows[0]?.n);
  };

  test("two processes and this one write at once: no row is lost, and each process ends by itself unclosed", async () => {
    const ended = [startWriter("one", 150), startWriter("two", 150)].map(exitCode);
    for (let n = 1; n <= 150; n += 1) {
      await database.write([{ sql: "INSERT INTO rows (label, n) VALUES ('here', ?)", params: [n] }]);
    }
    assert.deepEqual(await Promise.all(ended), [0, 0]);
    for (const label of ["one", "two", "here"]) assert.equal(await rowsOf(label), 150, label);
  });

  test("a process killed in the middle of writing keeps every row it had acknowledged", async () => {
    const child = startWriter("killed", 0);
    let said = "";
    child.stdout?.on("data", (chunk) => {
      said += chunk;
      if (said.length > 500) child.kill("SIGKILL");
    });
    await exitCode(child);
    const acknowledged = said.split("\n").slice(0, -1).length;
    assert.ok(acknowledged > 50, said);
    assert.ok((await rowsOf("killed")) >= acknowledged);
    const { rows } = await database.readSlow({ sql: "PRAGMA integrity_check", params: [] });
    assert.deepEqual(rows, [{ integrity_check: "ok" }]);
  });
});

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("close", resolve));
}
