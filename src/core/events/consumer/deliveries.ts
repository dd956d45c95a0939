import type { Database, Row, SqlValue, Statement } from "../../database/index.ts";
import type { BakendEvent, EventDetail } from "../event.ts";
import type { LoggedEvent } from "../log.ts";

/** A delivery that is kept: it waits to be tried, or has been given up. */
export interface Delivery {
  readonly id: number;
  /** What it is to be delivered to. */
  readonly target: string;
  /** What happens in order: the record that the event is about. */
  readonly key: string;
  readonly state: "waiting" | "dead";
  readonly tries: number;
  /** When it is tried, in milliseconds since 1970; null while it waits for an earlier one of its target and key. */
  readonly nextAt: number | null;
  readonly error: string | null;
  readonly logged: LoggedEvent;
}

/** What tells a delivery from all others of its consumer. */
export type Place = Pick<Delivery, "target" | "key" | "logged">;

/** A delivery as it is kept first. */
export interface NewDelivery extends Place {
  readonly state: Delivery["state"];
  readonly tries: number;
  readonly nextAt: number;
  readonly error: string | null;
}

/**
 * The deliveries of one consumer that are still to be made, kept until they are. Of those of one target and key only the
 * first has a time: what waits behind it is never found, however much that is.
 */
export interface Deliveries {
  /** The statements that keep a delivery, unless it is kept already. */
  keep(delivery: NewDelivery): readonly Statement[];
  retry(place: Place, tries: number, nextAt: number, error: string): readonly Statement[];
  /** The next one of its target and key may come at a time; the last statement changes nothing if there is none. */
  giveUp(place: Place, tries: number, error: string, at: number): readonly Statement[];
  done(place: Place, at: number): readonly Statement[];
  /** Those of a target whose time has come, the longest due first. */
  due(target: string, now: number, limit: number): Promise<readonly Delivery[]>;
  /** The targets that something waits for. */
  targets(): Promise<readonly string[]>;
  /** So many keys at most of what waits for a target. */
  keys(target: string, limit: number): Promise<readonly string[]>;
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
  // with the id after it
  { sql: `CREATE INDEX IF NOT EXISTS "_deliveries:state" ON "_deliveries" ("state")`, params: [] },
  {
    sql: `CREATE INDEX IF NOT EXISTS "_deliveries:line" ON "_deliveries" ("consumer", "target", "key", "seq") WHERE "state" = 'waiting'`,
    params: [],
  },
  {
    sql: `CREATE INDEX IF NOT EXISTS "_deliveries:due" ON "_deliveries" ("consumer", "target", "nextAt", "seq") WHERE "state" = 'waiting'`,
    params: [],
  },
];

/** The time of what waits for an earlier one. */
const NEVER = Number.MAX_SAFE_INTEGER;

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

/** Those of one target and key. */
const LINE = `"consumer" = ? AND "state" = 'waiting' AND "target" = ? AND "key" = ?`;

/** A time for the first of its target and key, and none for any other. */
const TIME = `CASE WHEN EXISTS (SELECT 1 FROM "_deliveries" WHERE ${LINE} AND "seq" < ?) THEN ${NEVER} ELSE ? END`;

/** The deliveries of the consumer of this name. */
export function deliveriesOf(db: Database, consumer: string): Deliveries {
  const line = ({ target, key }: Place): string[] => [consumer, target, key];
  const time = (place: Place, at: number): SqlValue[] => [...line(place), place.logged.seq, at];
  const AT = `"consumer" = ? AND "state" = 'waiting' AND "seq" = ? AND "target" = ?`;
  const at = ({ target, logged }: Place): SqlValue[] => [consumer, logged.seq, target];
  const next = (place: Place, now: number): Statement => ({
    sql: `UPDATE "_deliveries" SET "nextAt" = min("nextAt", ?) WHERE "id" = (SELECT "id" FROM "_deliveries" WHERE ${LINE} ORDER BY "seq" LIMIT 1)`,
    params: [now, ...line(place)],
  });
  return {
    keep(delivery) {
      const { target, key, state, tries, nextAt, error, logged } = delivery;
      const { seq, event, detail } = logged;
      return [
        {
          sql: `INSERT OR IGNORE INTO "_deliveries" ("consumer", "target", "key", "state", "tries", "nextAt", "error", "seq", "event", "detail") VALUES (?, ?, ?, ?, ?, ${TIME}, ?, ?, ?, ?)`,
          params: [
            ...[consumer, target, key, state, tries, ...time(delivery, nextAt), error, seq],
            ...[JSON.stringify(event), JSON.stringify(detail)],
          ],
        },
        // one that was kept before it, and comes after it
        {
          sql: `UPDATE "_deliveries" SET "nextAt" = ${NEVER} WHERE ? = 'waiting' AND "id" = (SELECT "id" FROM "_deliveries" WHERE ${LINE} AND "seq" > ? ORDER BY "seq" LIMIT 1)`,
          params: [state, ...line(delivery), seq],
        },
      ];
    },
    retry: (place, tries, nextAt, error) => [
      {
        sql: `UPDATE "_deliveries" SET "tries" = ?, "nextAt" = ${TIME}, "error" = ? WHERE ${AT}`,
        params: [tries, ...time(place, nextAt), error, ...at(place)],
      },
    ],
    // one that came again after a crash may have been given up before: the newer word counts
    giveUp: (place, tries, error, now) => [
      {
        sql: `UPDATE OR REPLACE "_deliveries" SET "state" = 'dead', "tries" = ?, "error" = ? WHERE ${AT}`,
        params: [tries, error, ...at(place)],
      },
      next(place, now),
    ],
    done: (place, now) => [{ sql: `DELETE FROM "_deliveries" WHERE ${AT}`, params: at(place) }, next(place, now)],
    async due(target, now, limit) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_deliveries" WHERE "consumer" = ? AND "state" = 'waiting' AND "target" = ? AND "nextAt" <= ? ORDER BY "nextAt", "seq" LIMIT ?`,
        params: [consumer, target, now, limit],
      });
      return rows.map(toDelivery);
    },
    async targets() {
      const first = (after: string): string =>
        `SELECT min("target") FROM "_deliveries" WHERE "consumer" = ? AND "state" = 'waiting'${after}`;
      // from one to the next by the index, whatever waits for each
      const { rows } = await db.read({
        sql: `WITH RECURSIVE "found" ("target") AS (${first("")} UNION ALL SELECT (${first(` AND "target" > "found"."target"`)}) FROM "found" WHERE "target" IS NOT NULL) SELECT "target" FROM "found" WHERE "target" IS NOT NULL`,
        params: [consumer, consumer],
      });
      return rows.map(({ target }) => String(target));
    },
    async keys(target, limit) {
      const { rows } = await db.read({
        sql: `SELECT "key" FROM "_deliveries" WHERE "consumer" = ? AND "state" = 'waiting' AND "target" = ? AND "nextAt" < ${NEVER} LIMIT ?`,
        params: [consumer, target, limit],
      });
      return rows.map(({ key }) => String(key));
    },
  };
}

/** Whether one that waits has an earlier one of its target and key before it. */
const IS_BEHIND = `EXISTS (SELECT 1 FROM "_deliveries" AS "other" WHERE "other"."consumer" = "_deliveries"."consumer" AND "other"."state" = 'waiting' AND "other"."target" = "_deliveries"."target" AND "other"."key" = "_deliveries"."key" AND "other"."seq" < "_deliveries"."seq")`;

/** The second of the target and key of one. */
const SECOND = `SELECT "other"."id" FROM "_deliveries" AS "one" JOIN "_deliveries" AS "other" USING ("consumer", "target", "key") WHERE "one"."id" = ? AND "other"."state" = 'waiting' ORDER BY "other"."seq" LIMIT 1 OFFSET 1`;

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
  return {
    async list(state, limit, before = Number.MAX_SAFE_INTEGER) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_deliveries" WHERE "state" = ? AND "id" < ? ORDER BY "id" DESC LIMIT ?`,
        params: [state, before, limit],
      });
      return rows.map(toDelivery);
    },
    async replay(id) {
      const [replayed] = await db.write([
        {
          sql: `UPDATE OR REPLACE "_deliveries" SET "state" = 'waiting', "tries" = 0, "nextAt" = CASE WHEN ${IS_BEHIND} THEN ${NEVER} ELSE 0 END WHERE "id" = ? AND "state" = 'dead'`,
          params: [id],
        },
        // what has come first so far waits for it
        { sql: `UPDATE "_deliveries" SET "nextAt" = ${NEVER} WHERE "id" = (${SECOND})`, params: [id] },
      ]);
      return replayed?.changes === 1;
    },
    async drop(id) {
      const [dropped] = await db.write([
        { sql: `DELETE FROM "_deliveries" WHERE "id" = ? AND "state" = 'dead'`, params: [id] },
      ]);
      return dropped?.changes === 1;
    },
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
    nextAt: Number(row.nextAt) < NEVER ? Number(row.nextAt) : null,
    error: row.error === null ? null : String(row.error),
    logged: { seq: Number(row.seq), event, detail },
  };
}
