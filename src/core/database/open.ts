import { DatabaseError } from "./connection.ts";
import type { Database, DatabaseConnections, DatabaseDriver } from "./database.ts";
import { ensureFormat } from "./format.ts";
import { createReader } from "./reader.ts";
import { versionOfTurn } from "./version-of-turn.ts";
import { afterThisTick, createWriteQueue, type WriteQueueOptions } from "./write-queue.ts";

/** What `openDatabase` may be given. */
export interface OpenOptions extends WriteQueueOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly stopwatch?: () => number;
}

/**
 * Opens a database, stamping it if it is new. Rejects with a `DatabaseError` if the driver cannot open it, if it
 * belongs to another program, or if a newer Bakend wrote it.
 */
export async function openDatabase(driver: DatabaseDriver, options: OpenOptions = {}): Promise<Database> {
  const connections = await driver.open();
  const { write, slow } = connections;
  try {
    await ensureFormat(write, driver.description);
  } catch (error) {
    await closeAll(connections);
    throw error;
  }
  const queue = createWriteQueue(write, options);
  const version = versionOfTurn(connections.read, options.defer ?? afterThisTick);
  let closing: Promise<void> | undefined;

  async function drainAndClose(): Promise<void> {
    await queue.idle();
    await closeAll(connections);
  }

  return {
    dialect: write.dialect,
    description: driver.description,
    durability: driver.durability,
    read: createReader(connections, options.stopwatch ?? (() => performance.now())),
    version: version?.read ?? null,
    readSlow: (statement) => slow.run(statement),
    async write(statements) {
      // Otherwise writes that keep arriving could put off the end for ever.
      if (closing !== undefined) {
        throw new DatabaseError({ kind: "closed", message: "The database is closing", statement: -1 });
      }
      const results = await queue.submit(statements);
      version?.forget();
      return results;
    },
    async alter(statements) {
      const results = await write.alter(statements);
      version?.forget();
      return results;
    },
    stats: () => queue.stats(),
    close() {
      closing ??= drainAndClose();
      return closing;
    },
  };
}

/** Closes each connection once. The writer goes last, so that it moves its log into the database file. */
async function closeAll({ read, slow, write }: DatabaseConnections): Promise<void> {
  for (const connection of new Set([read, slow])) {
    if (connection !== write) await connection.close();
  }
  await write.close();
}
