import type { Database, Statement } from "../database/index.ts";
import type { BlobStore } from "./blob-store.ts";

/** The key under which a store remembers the database that its files belong to. */
export const MARK = "database";

/**
 * Whose a store is. What no row of *its* database tells of may go; a database that knows nothing of the store, be it empty,
 * restored or named by mistake, must take nothing from it.
 */
export interface Belonging {
  /** Marks a store that is not marked yet. */
  claim(): Promise<void>;
  /** Whose mark the store has: that of this database, that of another one, or none yet. */
  owner(): Promise<"this" | "another" | "none">;
}

/** The table that names a database for as long as it lives. */
const STORAGE_TABLE: Statement = {
  sql: `CREATE TABLE IF NOT EXISTS "_storage" ("id" INTEGER PRIMARY KEY CHECK ("id" = 1), "name" TEXT NOT NULL) STRICT`,
  params: [],
};

/** Makes the belonging of a store; nothing is asked of either before it is needed. */
export function createBelonging(db: Database, blobs: BlobStore, newId: () => string): Belonging {
  let claiming: Promise<void> | undefined;

  const nameOfDatabase = async (): Promise<string> => {
    await db.alter([STORAGE_TABLE]);
    await db.write([{ sql: `INSERT OR IGNORE INTO "_storage" ("id", "name") VALUES (1, ?)`, params: [newId()] }]);
    const { rows } = await db.read({ sql: `SELECT "name" FROM "_storage"`, params: [] });
    return String(rows[0]?.name);
  };
  const nameInStore = async (): Promise<string | null> => {
    const found = await blobs.get(MARK);
    return found && new Response(found.body).text();
  };
  const claim = async (): Promise<void> => {
    if ((await nameInStore()) !== null) return;
    const name = await nameOfDatabase();
    await blobs.put(MARK, new Blob([name]).stream(), { mimeType: "text/plain" });
  };

  return {
    claim() {
      // tried again with the next file if it failed
      claiming ??= claim().catch((error: unknown) => {
        claiming = undefined;
        throw error;
      });
      return claiming;
    },
    async owner() {
      const name = await nameInStore();
      if (name === null) return "none";
      return name === (await nameOfDatabase()) ? "this" : "another";
    },
  };
}
