import type { Database } from "../database/index.ts";
import type { EventLog } from "./log.ts";

/** What retention needs. */
export interface RetentionDeps {
  readonly db: Database;
  readonly log: EventLog;
  /** Milliseconds that an event is kept. */
  readonly keep: number;
  /** Bytes that events may take: their own, whatever the pages of a file that hold them leave free. */
  readonly size: number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Takes from the front of the log what is too old or too much. */
export interface Retention {
  /** The newest event stays, so that places go on ascending. Resolves to the number of events that went. */
  prune(): Promise<number>;
}

/** Events that are deleted in one commit, or measured in one go: what comes meanwhile waits for no more than these. */
const AT_ONCE = 1000;

/** The bytes of an event's row: its texts of changing length, and about as many as the others take with what SQLite adds. */
const BYTES = `120 + octet_length("payload") + coalesce(octet_length("previous"), 0) + coalesce(octet_length("actor"), 0)`;

/** Makes the retention of a log. It remembers what it has measured, so that each look reads what is new and what goes. */
export function createRetention({ db, log, keep, size, now }: RetentionDeps): Retention {
  /** The bytes of the events from one place to another, both included. */
  let measured = { first: 1, last: 0, bytes: 0 };

  const measure = async (first: number, last: number): Promise<number> => {
    const { rows } = await db.readSlow({
      sql: `SELECT sum(${BYTES}) AS "bytes" FROM "_events" WHERE "seq" BETWEEN ? AND ?`,
      params: [first, last],
    });
    return Number(rows[0]?.bytes ?? 0);
  };

  return {
    async prune() {
      const { oldest, newest } = await log.ends();
      if (oldest === newest) return 0;
      // 1. the first event that is young enough; the scan goes only through those that are not
      const young = await db.readSlow({
        sql: `SELECT "seq" FROM "_events" WHERE "timestamp" >= ? ORDER BY "seq" LIMIT 1`,
        params: [new Date(now() - keep).toISOString()],
      });
      let first = Math.min(newest, Number(young.rows[0]?.seq ?? newest));
      // 2. what those from there on take; all is measured anew if another process has taken from the front
      const known = measured.first === oldest ? measured : { first: oldest, last: oldest - 1, bytes: 0 };
      let bytes = known.bytes + (await measure(known.last + 1, newest)) - (await measure(oldest, first - 1));
      // 3. the first that fits with all after it into the size
      while (bytes > size && first < newest) {
        const { rows } = await db.readSlow({
          sql: `SELECT ${BYTES} AS "bytes" FROM "_events" WHERE "seq" BETWEEN ? AND ? ORDER BY "seq" LIMIT ${AT_ONCE}`,
          params: [first, newest - 1],
        });
        if (rows.length === 0) break;
        for (const row of rows) {
          if (bytes <= size) break;
          bytes -= Number(row.bytes);
          first += 1;
        }
      }
      // 4. away with those before it
      for (let from = oldest; from < first; from += AT_ONCE)
        await db.write([{ sql: `DELETE FROM "_events" WHERE "seq" < ?`, params: [Math.min(first, from + AT_ONCE)] }]);
      measured = { first, last: newest, bytes };
      return Math.max(0, first - oldest);
    },
  };
}
