import { addColumn, type Database, type Row, type SqlValue, type Statement } from "../database/index.ts";
import type { BakendEvent, EventDetail } from "./event.ts";
import { compilePattern } from "./pattern.ts";

/** An event as the log keeps it. */
export interface LoggedEvent {
  /** Ascends in the order of commits, across all processes on one database. */
  readonly seq: number;
  readonly event: BakendEvent;
  readonly detail: EventDetail;
}

/**
 * Events on disk: those of records, files and accounts are committed with the change that they tell of, so that neither is
 * ever there without the other.
 */
export interface EventLog {
  /** Names this log for as long as the database lives. */
  readonly epoch: string;
  /** The statement that keeps one event, for the batch of what it tells of. */
  insert(event: BakendEvent, detail: EventDetail): Statement;
  /**
   * The statement that keeps an event for each row of a query for `payload` and `previous` (JSON texts), and returns the
   * `id`, `timestamp`, `payload` and `previous` of each.
   */
  insertFrom(rows: Statement, event: Pick<BakendEvent, "type" | "source"> & Omit<EventDetail, "previous">): Statement;
  /** Keeps an event that tells of nothing that is committed. */
  append(event: BakendEvent, detail: EventDetail): Promise<void>;
  /** Calls back after each `append`. Returns the way to stop. */
  onAppended(listener: () => void): () => void;
  /** Up to so many events after a place in the log, the oldest first; from where something was done is left out. */
  read(after: number, limit: number): Promise<readonly LoggedEvent[]>;
  /** The newest that fit, the newest first. It may read far back: not on the caller's thread. */
  find(wanted: EventsWanted, limit: number): Promise<readonly LoggedEvent[]>;
  /** The places of the oldest and the newest event; 0 in an empty log. */
  ends(): Promise<{ readonly oldest: number; readonly newest: number }>;
}

/** Which events are looked for. */
export interface EventsWanted {
  /** `*`, `auth.*` or `posts.created`. */
  readonly type?: string;
  /** The id of the record that they are about, or of the account. */
  readonly about?: string;
  /** The id of the account or the key that did it. */
  readonly by?: string;
  /** Only those before this place. */
  readonly before?: number;
}

/** What a log is made with. */
export interface EventLogDeps {
  readonly db: Database;
  newId(): string;
  timestamp(): string;
}

/**
 * `previous` is the row before an update; `actor` is who did it, and `from` where; `removal` is the deletion that it is a part of. Numbers ascend without a gap and are never used again:
 * what is not committed leaves none, and retention takes from the front and spares the newest.
 */
export const EVENT_TABLES: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_events" ("seq" INTEGER PRIMARY KEY, "id" TEXT NOT NULL, "type" TEXT NOT NULL, "timestamp" TEXT NOT NULL, "source" TEXT NOT NULL, "payload" TEXT NOT NULL, "previous" TEXT, "actor" TEXT, "removal" TEXT) STRICT`,
    params: [],
  },
  {
    sql: `CREATE TABLE IF NOT EXISTS "_event_log" ("id" INTEGER PRIMARY KEY CHECK ("id" = 1), "epoch" TEXT NOT NULL) STRICT`,
    params: [],
  },
];

/** The place of the newest event, within a statement; 0 in an empty log. */
export const NEWEST_PLACE = `coalesce((SELECT max("seq") FROM "_events"), 0)`;

const COLUMNS = `"id", "type", "timestamp", "source", "payload", "previous", "actor", "removal"`;
const INSERT = `INSERT INTO "_events" (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const READ = `SELECT "seq", ${COLUMNS} FROM "_events" WHERE "seq" > ? ORDER BY "seq" LIMIT ?`;

const EPOCH_LENGTH = 8;

/** The first characters of a UUIDv7: 48 bits of milliseconds, with the version after them. */
const TIME_PREFIX = 15;

/** A UUIDv7 made in the database: the time of one made outside, and random bits of its own. */
const FRESH_ID = `? || substr(lower(hex(randomblob(2))), 2) || '-a' || substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6)))`;

/** Opens the log of a database. */
export async function openEventLog({ db, newId, timestamp }: EventLogDeps): Promise<EventLog> {
  await db.alter([
    ...EVENT_TABLES,
    { sql: `INSERT OR IGNORE INTO "_event_log" ("id", "epoch") VALUES (1, ?)`, params: [newId().slice(-EPOCH_LENGTH)] },
  ]);
  await addColumn(db, "_events", "removal", "TEXT");
  const { rows: names } = await db.read({ sql: `SELECT "epoch" FROM "_event_log"`, params: [] });
  const listeners = new Set<() => void>();
  const insert = (event: BakendEvent, detail: EventDetail): Statement => ({
    sql: INSERT,
    params: [
      event.id,
      event.type,
      event.timestamp,
      event.source,
      JSON.stringify(event.payload ?? null),
      json(detail.previous),
      actorJson(detail),
      detail.removal ?? null,
    ],
  });
  return {
    epoch: String(names[0]?.epoch),
    insert,
    insertFrom: (rows, { type, source, ...detail }) => ({
      sql: `INSERT INTO "_events" (${COLUMNS}) SELECT ${FRESH_ID}, ?, ?, ?, "payload", "previous", ?, ? FROM (${rows.sql}) WHERE true RETURNING "id", "timestamp", "payload", "previous"`,
      params: [
        newId().slice(0, TIME_PREFIX),
        type,
        timestamp(),
        source,
        actorJson(detail),
        detail.removal ?? null,
        ...rows.params,
      ],
    }),
    async append(event, detail) {
      await db.write([insert(event, detail)]);
      for (const listener of [...listeners]) listener();
    },
    onAppended(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async read(after, limit) {
      const { rows } = await db.read({ sql: READ, params: [after, limit] });
      return rows.map((row) => logged(row));
    },
    async find({ type = "*", about, by, before }, limit) {
      compilePattern(type);
      const family = type.endsWith(".*") ? type.slice(0, -1) : null;
      const conditions: [sql: string, ...params: SqlValue[]][] = [];
      if (before !== undefined) conditions.push([`"seq" < ?`, before]);
      if (family !== null) conditions.push([`substr("type", 1, ${family.length}) = ?`, family]);
      else if (type !== "*") conditions.push([`"type" = ?`, type]);
      if (about !== undefined) conditions.push([`? IN ("payload" ->> 'id', "payload" ->> 'user')`, about]);
      if (by !== undefined) conditions.push([`? IN ("actor" ->> 'id', "actor" ->> 'key')`, by]);
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(([sql]) => sql).join(" AND ")} `;
      const { rows } = await db.readSlow({
        sql: `SELECT "seq", ${COLUMNS} FROM "_events" ${where}ORDER BY "seq" DESC LIMIT ?`,
        params: [...conditions.flatMap(([, ...params]) => params), limit],
      });
      return rows.map((row) => logged(row, true));
    },
    async ends() {
      const { rows } = await db.read({
        sql: `SELECT (SELECT min("seq") FROM "_events") AS "oldest", (SELECT max("seq") FROM "_events") AS "newest"`,
        params: [],
      });
      return { oldest: Number(rows[0]?.oldest ?? 0), newest: Number(rows[0]?.newest ?? 0) };
    },
  };
}

function json(value: object | undefined): SqlValue {
  return value === undefined ? null : JSON.stringify(value);
}

/** The address stands beside the ids of who it was. */
function actorJson({ actor, from }: EventDetail): SqlValue {
  return json(actor && from !== undefined ? { ...actor, from } : actor);
}

function logged(row: Row, whence = false): LoggedEvent {
  const { seq, previous, removal } = row;
  const { from, ...actor } = JSON.parse(String(row.actor ?? "{}"));
  const event = {
    id: String(row.id),
    type: String(row.type),
    timestamp: String(row.timestamp),
    source: String(row.source),
    payload: JSON.parse(String(row.payload)),
  };
  const detail = {
    ...(previous === null ? {} : { previous: JSON.parse(String(previous)) }),
    ...(row.actor === null ? {} : { actor }),
    ...(removal === null ? {} : { removal: String(removal) }),
    ...(whence && from !== undefined ? { from } : {}),
  };
  return { seq: Number(seq), event, detail };
}
