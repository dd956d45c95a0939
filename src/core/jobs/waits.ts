import { createRounds, getOrAdd } from "../../tools/index.ts";
import type { Database, Statement } from "../database/index.ts";
import { type BakendEvent, compilePattern, type EventStream } from "../events/index.ts";

/** What steps wait for: each wait ends with the first event of its kind after the place where it began. */
export interface Waits {
  /** The statement that begins a wait of a step that is kept and not done; once. What happens from now on is not missed. */
  begin(job: string, name: string, pattern: string): Promise<Statement>;
  /** The statement that ends a wait without an event. */
  end(job: string, name: string): Statement;
  /** Looks for waits that have begun, here or in another process, and for the events that end them. */
  look(): void;
  /** Notes how far events were looked through, and forgets what has ended elsewhere: for now and then. */
  tidy(): Promise<void>;
  /** Resolves when nothing is being looked for. */
  idle(): Promise<void>;
  stop(): void;
}

/** What waits need. */
export interface WaitsDeps {
  readonly db: Database;
  readonly stream: EventStream;
  /** Milliseconds since 1970. */
  now(): number;
  /** Called when a job may go on. */
  onEnd(): void;
  onError(error: unknown): void;
}

/** Waits for the same kind of event. */
interface Kind {
  readonly matches: (type: string) => boolean;
  /** The place after which an event is for it, by the number of the wait. */
  readonly since: Map<number, number>;
}

/** Events that are read, and waits that are ended, at once. */
const PAGE = 100;
const ENDED = 500;

/** Makes the table of waits where it is missing. Their numbers ascend in the order of commits, and are never used again. */
export const WAIT_TABLE: Statement = {
  sql: `CREATE TABLE IF NOT EXISTS "_waits" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "job" TEXT NOT NULL, "name" TEXT NOT NULL, "pattern" TEXT NOT NULL, "epoch" TEXT NOT NULL, "since" INTEGER NOT NULL, UNIQUE ("job", "name"), FOREIGN KEY ("job", "name") REFERENCES "_steps" ("job", "name") ON DELETE CASCADE) STRICT`,
  params: [],
};

/**
 * Opens the waits of a database. Every process ends what it finds, its own or another's: that one was quicker, or is
 * gone, makes no difference.
 */
export function openWaits({ db, stream, now, onEnd, onError }: WaitsDeps): Waits {
  const kinds = new Map<string, Kind>();
  /** Waits up to this number are known. */
  let known = 0;
  /** No event up to here ends any of them. */
  let looked = 0;
  let offNews: (() => void) | null = null;
  /** Whether others may have begun some. */
  let stale = true;
  let stopped = false;

  async function refresh(): Promise<void> {
    stale = false;
    const { rows } = await db.read({
      sql: `SELECT "id", "pattern", "epoch", "since" FROM "_waits" WHERE "id" > ? ORDER BY "id"`,
      params: [known],
    });
    if (rows.length === 0) return;
    const { newest } = await stream.ends();
    if (kinds.size === 0) looked = newest;
    for (const { id, pattern, epoch, since } of rows) {
      // a place in another stream says nothing here
      const place = epoch === stream.epoch ? Number(since) : newest;
      const kind = getOrAdd(kinds, String(pattern), () => ({
        matches: compilePattern(String(pattern)),
        since: new Map<number, number>(),
      }));
      kind.since.set(Number(id), place);
      looked = Math.min(looked, place);
      known = Number(id);
    }
  }

  async function follow(): Promise<void> {
    while (kinds.size > 0 && !stopped) {
      const events = await stream.read(looked, PAGE);
      if (events === null) {
        // what is deleted by now, nobody can be told
        looked = Math.max(0, (await stream.ends()).oldest - 1);
        continue;
      }
      for (const { seq, event } of events) {
        await take(seq, event);
        looked = seq;
      }
      if (events.length < PAGE) return;
      // reading may take no time of its own: others have their turn between two pages
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  async function take(seq: number, event: BakendEvent): Promise<void> {
    for (const [pattern, { matches, since }] of kinds) {
      if (!matches(event.type)) continue;
      const ended = [...since].filter(([, place]) => seq > place).map(([id]) => id);
      for (let from = 0; from < ended.length; from += ENDED) await endAll(ended.slice(from, from + ENDED), event);
      for (const id of ended) since.delete(id);
      if (since.size === 0) kinds.delete(pattern);
    }
  }

  async function endAll(ids: readonly number[], event: BakendEvent): Promise<void> {
    const these = `FROM "_waits" WHERE "id" IN (SELECT value FROM json_each(?))`;
    const list = JSON.stringify(ids);
    await db.write([
      {
        sql: `UPDATE "_steps" SET "value" = ? WHERE ("job", "name") IN (SELECT "job", "name" ${these}) AND "value" IS NULL`,
        params: [JSON.stringify(event), list],
      },
      {
        sql: `UPDATE "_jobs" SET "runAt" = ? WHERE "id" IN (SELECT "job" ${these}) AND "state" = 'queued'`,
        params: [now(), list],
      },
      { sql: `DELETE ${these}`, params: [list] },
    ]);
    onEnd();
  }

  async function work(): Promise<void> {
    if (stale) await refresh();
    await follow();
    // to be called for every event costs every write: only while something is waited for
    if (kinds.size === 0 || stopped) rest();
    else if (offNews === null) {
      offNews = stream.onNews(rounds.ask);
      rounds.ask();
    }
  }

  const rounds = createRounds({
    round: work,
    goesOn: () => !stopped,
    onError(error) {
      stale = true;
      onError(error);
    },
  });

  function rest(): void {
    offNews?.();
    offNews = null;
  }

  return {
    async begin(job, name, pattern) {
      compilePattern(pattern);
      const { newest } = await stream.ends();
      return {
        sql: `INSERT INTO "_waits" ("job", "name", "pattern", "epoch", "since") SELECT "job", "name", ?, ?, ? FROM "_steps" WHERE "job" = ? AND "name" = ? AND "value" IS NULL ON CONFLICT DO NOTHING`,
        params: [pattern, stream.epoch, newest, job, name],
      };
    },
    end: (job, name) => ({ sql: `DELETE FROM "_waits" WHERE "job" = ? AND "name" = ?`, params: [job, name] }),
    look() {
      stale = true;
      rounds.ask();
    },
    async tidy() {
      const [newest, place] = [known, looked];
      await db.write([
        {
          sql: `UPDATE "_waits" SET "since" = ? WHERE "epoch" = ? AND "since" < ? AND "id" <= ?`,
          params: [place, stream.epoch, place, newest],
        },
      ]);
      const { rows } = await db.read({ sql: `SELECT "id" FROM "_waits"`, params: [] });
      const open = new Set(rows.map(({ id }) => Number(id)));
      for (const [pattern, { since }] of kinds) {
        for (const id of since.keys()) if (id <= newest && !open.has(id)) since.delete(id);
        if (since.size === 0) kinds.delete(pattern);
      }
    },
    async idle() {
      while (rounds.underWay) await rounds.underWay;
    },
    stop() {
      stopped = true;
      rest();
    },
  };
}
