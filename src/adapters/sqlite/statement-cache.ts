import type { Engine, EngineStatement } from "./engine.ts";
import { type StatementShape, statementShape } from "./statement-shape.ts";

/** A prepared statement with what its text says about it. */
export interface CachedStatement {
  readonly prepared: EngineStatement;
  readonly shape: StatementShape;
}

/** Prepared statements by SQL text, the least recently used given up first. */
export interface StatementCache {
  /** The statement of that text, prepared if it is not at hand. Throws what the engine throws on bad SQL. */
  get(sql: string): CachedStatement;
  /** Finalises all of them. */
  clear(): void;
}

/** Makes a cache that keeps at most `capacity` statements. */
export function createStatementCache(engine: Engine, capacity: number): StatementCache {
  // A Map iterates in order of insertion, so taking an entry out and putting it back makes it the newest.
  const entries = new Map<string, CachedStatement>();

  return {
    get(sql) {
      const known = entries.get(sql);
      if (known !== undefined) {
        // while there is room nothing is given up, so the order need not be kept
        if (entries.size < capacity) return known;
        entries.delete(sql);
        entries.set(sql, known);
        return known;
      }
      const entry = { prepared: engine.prepare(sql), shape: statementShape(sql) };
      entries.set(sql, entry);
      if (entries.size > capacity) evictOldest(entries);
      return entry;
    },
    clear() {
      for (const entry of entries.values()) entry.prepared.finalize();
      entries.clear();
    },
  };
}

function evictOldest(entries: Map<string, CachedStatement>): void {
  for (const [sql, entry] of entries) {
    entries.delete(sql);
    entry.prepared.finalize();
    return;
  }
}
