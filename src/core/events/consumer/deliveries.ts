import type { Database, Row, Statement } from "../../database/index.ts";
import type { BakendEvent, EventDetail } from "../event.ts";
import type { LoggedEvent } from "../log.ts";

/** A delivery that did not succeed at once: it waits to be tried again, or has been given up. */
export interface Delivery {
  readonly id: number;
  /** What it is to be delivered to. */
  readonly target: string;
  /** What happens in order: the record that the event is about. */
  readonly key: string;
  readonly state: "waiting" | "dead";
  readonly tries: number;
  /** When it is tried again, in milliseconds since 1970. */
  readonly nextAt: number;
  readonly error: string | null;
  readonly logged: LoggedEvent;
}

/** The deliveries of one consumer that are still to be made, kept until they are. */
export interface Deliveries {
  /** The statement that keeps a delivery. */
  keep(delivery: Omit<Delivery, "id">): Statement;
  retry(id: number, tries: number, nextAt: number, error: string): Statement;
  giveUp(id: number, tries: number, error: string): Statement;
  done(id: number): Statement;
  /** The oldest that wait, so many at most, but for those of some targets. */
  waiting(limit: number, except: readonly string[]): Promise<readonly Delivery[]>;
  /** How many wait, of each target and key. */
  counts(): Promise<readonly { readonly target: string; readonly key: string; readonly count: number }[]>;
}

/** Makes the tables of consumers where they are missing. */
export const CONSUMER_TABLES: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_consumers" ("name" TEXT NOT NULL PRIMARY KEY, "position" INTEGER NOT NULL, "owner" TEXT, "until" INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID`,
    params: [],
  },
  {
    sql: `CREATE TABLE IF NOT EXISTS "_deliveries" ("id" INTEGER PRIMARY KEY, "consumer" TEXT NOT NULL, "target" TEXT NOT NULL, "key" TEXT NOT NULL, "state" TEXT NOT NULL DEFAULT 'waiting', "tries" INTEGER NOT NULL, "nextAt" INTEGER NOT NULL, "error" TEXT, "seq" INTEGER NOT NULL, "event" TEXT NOT NULL, "detail" TEXT NOT NULL) STRICT`,
    params: [],
  },
  {
    sql: `CREATE UNIQUE INDEX IF NOT EXISTS "_deliveries:place" ON "_deliveries" ("consumer", "state", "seq", "target")`,
    params: [],
  },
];

/**
 * A query for the `id`s of the events of a log that a consumer has not delivered everywhere yet, those that were given up
 * included.
 */
export function undeliveredBy(consumer: string): Statement {
  return {
    sql: `SELECT json_extract("event", '$.id') AS "id" FROM "_deliveries" WHERE "consumer" = ? UNION ALL SELECT "id" FROM "_events" WHERE "seq" > (SELECT "position" FROM "_consumers" WHERE "name" = ?)`,
    params: [consumer, consumer],
  };
}

/** The statement that forgets all that is kept for a target: there will be none of its name any more. */
export function forgetDeliveries(target: string): Statement {
  return { sql: `DELETE FROM "_deliveries" WHERE "target" = ?`, params: [target] };
}

/**
 * The statements that let a new consumer begin where another stands, and give it what that one has kept for targets whose
 * names begin so. Of one that is there already they change nothing.
 */
export function splitOff(consumer: string, from: string, targets: string): readonly Statement[] {
  return [
    {
      sql: `INSERT OR IGNORE INTO "_consumers" ("name", "position") SELECT ?, "position" FROM "_consumers" WHERE "name" = ?`,
      params: [consumer, from],
    },
    {
      sql: `UPDATE OR IGNORE "_deliveries" SET "consumer" = ? WHERE "consumer" = ? AND substr("target", 1, ?) = ?`,
      params: [consumer, from, targets.length, targets],
    },
  ];
}

const COLUMNS = `"id", "target", "key", "state", "tries", "nextAt", "error", "seq", "event", "detail"`;

/** The deliveries of the consumer of this name. */
export function deliveriesOf(db: Database, consumer: string): Deliveries {
  return {
    keep: ({ target, key, state, tries, nextAt, error, logged: { seq, event, detail } }) => ({
      sql: `INSERT OR IGNORE INTO "_deliveries" ("consumer", "target", "key", "state", "tries", "nextAt", "error", "seq", "event", "detail") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      params: [consumer, target, key, state, tries, nextAt, error, seq, JSON.stringify(event), JSON.stringify(detail)],
    }),
    retry: (id, tries, nextAt, error) => ({
      sql: `UPDATE "_deliveries" SET "tries" = ?, "nextAt" = ?, "error" = ? WHERE "id" = ?`,
      params: [tries, nextAt, error, id],
    }),
    // one that came again after a crash may have been given up before: the newer word counts
    giveUp: (id, tries, error) => ({
      sql: `UPDATE OR REPLACE "_deliveries" SET "state" = 'dead', "tries" = ?, "error" = ? WHERE "id" = ?`,
      params: [tries, error, id],
    }),
    done: (id) => ({ sql: `DELETE FROM "_deliveries" WHERE "id" = ?`, params: [id] }),
    async waiting(limit, except) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_deliveries" WHERE "consumer" = ? AND "state" = 'waiting' AND "target" NOT IN (SELECT value FROM json_each(?)) ORDER BY "seq" LIMIT ?`,
        params: [consumer, JSON.stringify(except), limit],
      });
      return rows.map(toDelivery);
    },
    async counts() {
      const { rows } = await db.read({
        sql: `SELECT "target", "key", count(*) AS "count" FROM "_deliveries" WHERE "consumer" = ? AND "state" = 'waiting' GROUP BY "target", "key"`,
        params: [consumer],
      });
      return rows.map(({ target, key, count }) => ({ target: String(target), key: String(key), count: Number(count) }));
    },
  };
}

/** What admins may see and do of deliveries that did not succeed. */
export interface DeliveryOffice {
  /** Those in one state, the newest first; `before` is the id to go on from. */
  list(state: Delivery["state"], limit: number, before?: number): Promise<readonly Delivery[]>;
  /** Lets one that was given up be tried again. Resolves to false if there is none of this id. */
  replay(id: number): Promise<boolean>;
  /** Forgets one that was given up. Resolves to false if there is none of this id. */
  drop(id: number): Promise<boolean>;
}

/** The deliveries of all consumers, for admins. */
export function openDeliveryOffice(db: Database): DeliveryOffice {
  const change = async (sql: string, id: number): Promise<boolean> =>
    (await db.write([{ sql, params: [id] }]))[0]?.changes === 1;
  return {
    async list(state, limit, before = Number.MAX_SAFE_INTEGER) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_deliveries" WHERE "state" = ? AND "id" < ? ORDER BY "id" DESC LIMIT ?`,
        params: [state, before, limit],
      });
      return rows.map(toDelivery);
    },
    replay: (id) =>
      change(
        `UPDATE OR REPLACE "_deliveries" SET "state" = 'waiting', "tries" = 0, "nextAt" = 0 WHERE "id" = ? AND "state" = 'dead'`,
        id,
      ),
    drop: (id) => change(`DELETE FROM "_deliveries" WHERE "id" = ? AND "state" = 'dead'`, id),
  };
}

function toDelivery(row: Row): Delivery {
  const event: BakendEvent = JSON.parse(String(row.event));
  const detail: EventDetail = JSON.parse(String(row.detail));
  return {
    id: Number(row.id),
    target: String(row.target),
    key: String(row.key),
    state: row.state === "dead" ? "dead" : "waiting",
    tries: Number(row.tries),
    nextAt: Number(row.nextAt),
    error: row.error === null ? null : String(row.error),
    logged: { seq: Number(row.seq), event, detail },
  };
}
