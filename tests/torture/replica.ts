import { Database } from "bun:sqlite";

/** A record as events tell of it. */
interface Copy {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly n: number;
}

interface Told {
  readonly type: string;
  readonly cursor?: string;
  readonly event?: { readonly type: string; readonly payload: Copy };
}

/** Copies of tables, made of nothing but the events that a client is told, over as many servers as live and die. */
export interface Replica {
  /** Connects to a server, and goes on where it was. */
  connect(url: string): void;
  /** Waits until it has been told of everything; returns what is wrong with what it was told, and with the copies. */
  check(): Promise<readonly string[]>;
  stop(): void;
}

const COLLECTIONS = ["items", "teams"] as const;

/** Milliseconds in which a client must have been told of all that was committed. */
const PATIENCE = 20_000;

/** Makes a client that has seen nothing of this database yet. */
export function createReplica(database: string): Replica {
  const copies = new Map<string, Copy>();
  const faults: string[] = [];
  const { epoch } = one<{ epoch: string }>(database, `SELECT epoch FROM _event_log`);
  // each subscription catches up by itself, and so has a place of its own
  const cursors = new Map<string, string>(COLLECTIONS.map((name) => [name, `${epoch}-0`]));
  let socket: WebSocket | undefined;

  const take = ({ type, payload }: NonNullable<Told["event"]>): void => {
    const [collection = "", action = ""] = type.split(".");
    const key = `${collection}/${payload.id}`;
    const known = copies.get(key);
    const fits =
      action === "created"
        ? known === undefined && payload.version === 1
        : known !== undefined && payload.version === known.version + (action === "updated" ? 1 : 0);
    if (!fits) faults.push(`${type} ${payload.id} at version ${payload.version} after version ${known?.version}`);
    if (action === "deleted") copies.delete(key);
    else copies.set(key, payload);
  };

  return {
    connect(url) {
      socket?.close();
      const mine = new WebSocket(`${url.replace("http", "ws")}/api/realtime`);
      socket = mine;
      mine.onopen = () => {
        for (const [id, since] of cursors)
          mine.send(JSON.stringify({ action: "subscribe", id, channel: `${id}.*`, since }));
      };
      mine.onmessage = ({ data }) => {
        if (socket !== mine) return;
        const message = JSON.parse(String(data)) as Told;
        if (message.type === "reset" || message.type === "error") faults.push(`told ${String(data).slice(0, 200)}`);
        if (message.type !== "event" || !message.event || !message.cursor) return;
        take(message.event);
        cursors.set(message.event.type.split(".")[0] ?? "", message.cursor);
      };
    },
    async check() {
      const until = performance.now() + PATIENCE;
      for (const name of COLLECTIONS) {
        const newest = (): number => one<{ seq: number }>(database, newestOf(name)).seq;
        while (Number(cursors.get(name)?.split("-")[1]) < newest()) {
          if (performance.now() > until) return [...faults, `${name}: told up to ${cursors.get(name)} of ${newest()}`];
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      return [...faults, ...compare(database, copies), ...checkLog(database)];
    },
    stop() {
      socket?.close();
      socket = undefined;
    },
  };
}

/** The place of the newest event about a record of a collection. */
const newestOf = (name: string): string => `SELECT max(seq) AS seq FROM _events WHERE type LIKE '${name}.%'`;

function compare(database: string, copies: ReadonlyMap<string, Copy>): string[] {
  const faults: string[] = [];
  let count = 0;
  for (const collection of COLLECTIONS) {
    for (const row of all<Copy>(database, `SELECT id, version, title, n FROM ${collection}`)) {
      count += 1;
      const copy = copies.get(`${collection}/${row.id}`);
      const same = copy && copy.version === row.version && copy.title === row.title && copy.n === row.n;
      if (!same) faults.push(`${collection} ${row.id} is at version ${row.version}, told was ${copy?.version}`);
    }
  }
  if (copies.size !== count) faults.push(`${count} rows, ${copies.size} copies`);
  return faults;
}

/** Every version of every row that there was has exactly one event, and nothing else has any. */
function checkLog(database: string): string[] {
  const faults = all<{ id: string }>(
    database,
    `SELECT payload ->> 'id' AS id FROM _events WHERE source = 'collections' AND type NOT LIKE '%.deleted' AND type NOT LIKE 'system.%'
     GROUP BY id, payload ->> 'version' HAVING count(*) > 1`,
  ).map(({ id }) => `two events for one version of ${id}`);
  for (const collection of COLLECTIONS) {
    const missing = all<{ id: string; version: number; events: number }>(
      database,
      `SELECT r.id, r.version, e.events FROM ${collection} r JOIN
         (SELECT payload ->> 'id' AS id, count(*) AS events FROM _events WHERE type IN ('${collection}.created', '${collection}.updated') GROUP BY 1) e
       ON e.id = r.id WHERE e.events <> r.version`,
    );
    faults.push(
      ...missing.map(({ id, version, events }) => `${collection} ${id}: version ${version}, ${events} events`),
    );
  }
  return faults;
}

function all<T>(database: string, sql: string): T[] {
  const db = new Database(database);
  try {
    db.run("PRAGMA busy_timeout = 10000");
    return db.query(sql).all() as T[];
  } finally {
    db.close();
  }
}

function one<T>(database: string, sql: string): T {
  const [row] = all<T>(database, sql);
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row;
}
