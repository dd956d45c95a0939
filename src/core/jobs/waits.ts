import type { Database, Statement } from "../database/index.ts";
import { type BakendEvent, compilePattern, type EventStream } from "../events/index.ts";

/** What steps wait for: each wait ends with the first event of its kind after the place where it began. */
export interface Waits {
  /** Where the stream stands: a wait that begins here misses nothing that happens from now on. */
  place(): Promise<string>;
  /** Looks for waits that have begun, here or in another process, and for the events that end them. */
  look(): void;
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

interface Wait {
  readonly job: string;
  readonly name: string;
  readonly matches: (type: string) => boolean;
  /** It is for events after this place. */
  readonly since: number;
}

/** Events that are read at once. */
const PAGE = 100;

const OPEN = `"pattern" IS NOT NULL AND "value" IS NULL`;

/** Finds the waits that are open. */
export const WAIT_INDEX: Statement = {
  sql: `CREATE INDEX IF NOT EXISTS "_steps:waits" ON "_steps" ("job", "name") WHERE ${OPEN}`,
  params: [],
};

/**
 * Opens the waits of a database. Every process ends what it finds, its own or another's: that one was quicker, or is
 * gone, makes no difference.
 */
export function openWaits({ db, stream, now, onEnd, onError }: WaitsDeps): Waits {
  let waits = new Map<string, Wait>();
  /** No event up to here ends any of them. */
  let looked = 0;
  let offNews: (() => void) | null = null;
  let working: Promise<void> | null = null;
  let again = false;
  /** Whether others may have begun some. */
  let stale = true;
  let stopped = false;

  async function refresh(): Promise<void> {
    stale = false;
    const { rows } = await db.read({
      sql: `SELECT "job", "name", "pattern", "since" FROM "_steps" WHERE ${OPEN}`,
      params: [],
    });
    const { newest } = await stream.ends();
    if (waits.size === 0) looked = newest;
    const found = new Map<string, Wait>();
    for (const { job, name, pattern, since } of rows) {
      const key = `${job} ${name}`;
      const known = waits.get(key);
      const wait = known ?? {
        ...{ job: String(job), name: String(name), matches: compilePattern(String(pattern)) },
        since: placeOf(String(since), stream.epoch) ?? newest,
      };
      found.set(key, wait);
      if (!known) looked = Math.min(looked, wait.since);
    }
    waits = found;
  }

  async function follow(): Promise<void> {
    while (waits.size > 0 && !stopped) {
      const events = await stream.read(looked, PAGE);
      if (events === null) {
        // what is deleted by now, nobody can be told
        looked = Math.max(0, (await stream.ends()).oldest - 1);
        continue;
      }
      if (events.length === 0) return;
      for (const { seq, event } of events) {
        for (const [key, wait] of waits) {
          if (seq <= wait.since || !wait.matches(event.type)) continue;
          await end(wait, event);
          waits.delete(key);
        }
        looked = seq;
      }
    }
  }

  async function end({ job, name }: Wait, event: BakendEvent): Promise<void> {
    await db.write([
      {
        sql: `UPDATE "_steps" SET "value" = ? WHERE "job" = ? AND "name" = ? AND "value" IS NULL`,
        params: [JSON.stringify(event), job, name],
      },
      { sql: `UPDATE "_jobs" SET "runAt" = ? WHERE "id" = ? AND "state" = 'queued'`, params: [now(), job] },
    ]);
    onEnd();
  }

  function work(): void {
    again = true;
    if (stopped) return;
    working ??= (async () => {
      // not before it is known to be under way
      await null;
      try {
        while (again && !stopped) {
          again = false;
          if (stale) await refresh();
          // to be called for every event costs every write: only while something is waited for
          if (waits.size > 0) offNews ??= stream.onNews(work);
          else rest();
          await follow();
        }
      } catch (error) {
        stale = true;
        onError(error);
      } finally {
        working = null;
      }
    })();
  }

  function rest(): void {
    offNews?.();
    offNews = null;
  }

  return {
    place: async () => `${stream.epoch}:${(await stream.ends()).newest}`,
    look() {
      stale = true;
      work();
    },
    async idle() {
      while (working) await working;
    },
    stop() {
      stopped = true;
      rest();
    },
  };
}

/** A place in this stream; null for one in another, which says nothing here. */
function placeOf(since: string, epoch: string): number | null {
  const at = since.lastIndexOf(":");
  return since.slice(0, at) === epoch ? Number(since.slice(at + 1)) : null;
}
