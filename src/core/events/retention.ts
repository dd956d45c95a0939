import type { Database } from "../database/index.ts";
import type { EventLog } from "./log.ts";

/** What retention needs. */
export interface RetentionDeps {
  readonly db: Database;
  readonly log: EventLog;
  /** Milliseconds that an event is kept. */
  readonly keep: number;
  /** Bytes that events may take, as far as that can be told from the newest of them. */
  readonly size: number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Events that are deleted in one commit: writes that come meanwhile wait for no more than these. */
const AT_ONCE = 1000;

/** Events by whose length all others are estimated. */
const SAMPLE = 1000;

/** Bytes of an event's row beside its texts of changing length. */
const OVERHEAD = 120;

/**
 * Takes from the front of the log what is too old or too much. The newest event stays, so that places go on ascending.
 * Resolves to the number of events that went.
 */
export async function pruneEvents({ db, log, keep, size, now }: RetentionDeps): Promise<number> {
  const { oldest, newest } = await log.ends();
  if (oldest === newest) return 0;
  // 1. the first event that is young enough; the scan goes only through those that are not
  const young = await db.readSlow({
    sql: `SELECT "seq" FROM "_events" WHERE "timestamp" >= ? ORDER BY "seq" LIMIT 1`,
    params: [new Date(now() - keep).toISOString()],
  });
  // 2. the first that fits into the size
  const length = await db.readSlow({
    sql: `SELECT avg(length("payload") + coalesce(length("previous"), 0)) AS "bytes" FROM (SELECT "payload", "previous" FROM "_events" ORDER BY "seq" DESC LIMIT ${SAMPLE})`,
    params: [],
  });
  const fitting = Math.floor(size / (Number(length.rows[0]?.bytes ?? 0) + OVERHEAD));
  const first = Math.min(newest, Math.max(Number(young.rows[0]?.seq ?? newest), newest - fitting + 1));
  // 3. away with those before it
  for (let from = oldest; from < first; from += AT_ONCE)
    await db.write([{ sql: `DELETE FROM "_events" WHERE "seq" < ?`, params: [Math.min(first, from + AT_ONCE)] }]);
  return Math.max(0, first - oldest);
}
