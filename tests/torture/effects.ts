import { Database } from "bun:sqlite";

/** Milliseconds without any progress after which functions count as stuck on what servers that were killed have left. */
const PATIENCE = 60_000;

/** What a function has done for events. */
export interface Effects {
  readonly faults: readonly string[];
  /** Events of all kinds that are kept. */
  readonly events: number;
  /** Events that the function was called for, each of which has its effect once. */
  readonly effects: number;
}

/**
 * Waits until the project's function has run for every item that was made, and returns what is wrong with what it has done:
 * it writes a record under the id of each event, so that one that was missed is missing, and one that came twice shows
 * nothing.
 */
export async function checkEffects(database: string): Promise<Effects> {
  let until = performance.now() + PATIENCE;
  let left = Number.POSITIVE_INFINITY;
  for (;;) {
    const { events, made, missing, stray, dead } = read(database);
    if (missing < left) until = performance.now() + PATIENCE;
    left = missing;
    const told = (...faults: readonly string[]): Effects => ({ faults, events, effects: made - missing });
    if (stray > 0 || dead > 0) return told(`${stray} records of no event, ${dead} deliveries that were given up`);
    if (missing === 0) return made === 0 ? told("no item was made") : told();
    if (performance.now() > until) return told(`the function has not run for ${missing} of ${made} items`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function read(database: string) {
  const db = new Database(database);
  try {
    db.run("PRAGMA busy_timeout = 10000");
    return db
      .query(
        `SELECT (SELECT count(*) FROM _events) AS events, (SELECT count(*) FROM _events WHERE type = 'items.created') AS made,
          (SELECT count(*) FROM _events e WHERE e.type = 'items.created' AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.id = e.id)) AS missing,
          (SELECT count(*) FROM seen WHERE id NOT IN (SELECT id FROM _events WHERE type = 'items.created')) AS stray,
          (SELECT count(*) FROM _deliveries WHERE state = 'dead') AS dead`,
      )
      .get() as Record<"events" | "made" | "missing" | "stray" | "dead", number>;
  } finally {
    db.close();
  }
}
