import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseConnections } from "../../src/core/database/index.ts";
import { type ConnectionSubject, connectionConformance } from "./connection.ts";
import { sqliteOnThisRuntime } from "./connection-platform.ts";

const { sqlite } = await sqliteOnThisRuntime();

async function closeAll(opened: readonly DatabaseConnections[]): Promise<void> {
  for (const { read, slow, write } of opened) {
    for (const connection of [read, slow, write]) await connection.close();
  }
}

async function openFile(threads: boolean): Promise<ConnectionSubject> {
  const folder = mkdtempSync(join(tmpdir(), "bakend-"));
  const driver = sqlite(join(folder, "data", "test.db"), { threads });
  const opened = [await driver.open()];
  return {
    connection: (opened[0] as DatabaseConnections).write,
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
