import type { Engine } from "./engine.ts";

/** The statements that frame a transaction, prepared once. Each throws what the engine throws. */
export interface Transaction {
  begin(): void;
  commit(): void;
  /** Undoes everything; does nothing if SQLite has already done so itself. */
  rollback(): void;
  savepoint(): void;
  /** Keeps what was done since the savepoint. */
  release(): void;
  /** Undoes what was done since the savepoint, and gives the savepoint up. */
  revert(): void;
  /** Releases the prepared statements. */
  finalize(): void;
}

/**
 * Frames transactions on an engine. Writers begin IMMEDIATE: they wait for their turn at the start, where waiting
 * works, instead of failing when a read inside the transaction is followed by a write.
 */
export function createTransaction(engine: Engine, readOnly: boolean): Transaction {
  const begin = engine.prepare(readOnly ? "BEGIN" : "BEGIN IMMEDIATE");
  const commit = engine.prepare("COMMIT");
  const rollback = engine.prepare("ROLLBACK");
  const savepoint = engine.prepare("SAVEPOINT batch");
  const release = engine.prepare("RELEASE batch");
  const revert = engine.prepare("ROLLBACK TO batch");
  return {
    begin: () => void begin.run([]),
    commit: () => void commit.run([]),
    rollback: () => {
      if (engine.inTransaction()) rollback.run([]);
    },
    savepoint: () => void savepoint.run([]),
    release: () => void release.run([]),
    revert: () => {
      revert.run([]);
      release.run([]);
    },
    finalize: () => {
      for (const statement of [begin, commit, rollback, savepoint, release, revert]) statement.finalize();
    },
  };
}
