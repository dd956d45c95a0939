/**
 * The baseline: a server written by hand for this one table, with nothing around it. Same rows, same answers, same
 * columns and indexes as the product's; no validation, no rules, no events, no log.
 * usage: bun bare.ts DATABASE autocommit|grouped FULL|NORMAL [log]
 * With `log` it writes a line about each request, as the product does: id, method, path, status and duration.
 */
import { Database } from "bun:sqlite";
import { createIdGenerator } from "../../src/tools/index.ts";
import { type Handler, withLog } from "./request-log.ts";
import { ROWS, rowAt, uuidAt } from "./rows.ts";

const [file = "", mode = "autocommit", synchronous = "NORMAL", log = ""] = process.argv.slice(2);
const db = new Database(file, { create: true });
db.run("PRAGMA journal_mode = WAL");
db.run(`PRAGMA synchronous = ${synchronous}`);
db.run(
  "CREATE TABLE posts (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, status TEXT, body TEXT, views INTEGER, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID",
);
db.run("CREATE INDEX posts_status ON posts (status, createdAt)");
db.run("CREATE INDEX posts_created ON posts (createdAt)");
const insert = db.prepare("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
const view = db.prepare("SELECT * FROM posts WHERE id = ?");
const list = db.prepare("SELECT * FROM posts WHERE status = ? ORDER BY createdAt DESC, id DESC LIMIT 30");
const newId = createIdGenerator(Date.now, (bytes) => crypto.getRandomValues(bytes));

db.transaction(() => {
  for (let index = 0; index < ROWS; index += 1) {
    const { title, status, body, views } = rowAt(index);
    const time = new Date().toISOString();
    insert.run(uuidAt(index), title, status, body, views, time, time, 1);
  }
})();

type Row = Record<string, unknown>;

let requests = 0;
function requestId(): string {
  requests += 1;
  return `bare-${requests.toString(36)}`;
}

/** The headers that the product sends too: an answer is the same answer only with them. */
function answer(row: Row, status: number): Response {
  const headers = {
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
    "x-request-id": requestId(),
    etag: `"${row.version}"`,
  };
  return new Response(JSON.stringify(row), { status, headers });
}

interface Post {
  readonly title: string;
  readonly status: string;
  readonly body: string;
  readonly views: number;
}

interface Waiting {
  readonly row: Row;
  readonly done: (response: Response) => void;
}

let queue: Waiting[] = [];

function write({ row }: Pick<Waiting, "row">): void {
  insert.run(...(Object.values(row) as string[]));
}

const commitAll = db.transaction((group: readonly Waiting[]) => {
  for (const waiting of group) write(waiting);
});

function flush(): void {
  const group = queue;
  queue = [];
  commitAll(group);
  for (const { row, done } of group) done(answer(row, 201));
}

async function create(request: Request): Promise<Response> {
  const { title, status, body, views } = (await request.json()) as Post;
  const time = new Date().toISOString();
  const row = { id: newId(), title, status, body, views, createdAt: time, updatedAt: time, version: 1 };
  if (mode === "autocommit") {
    write({ row });
    return answer(row, 201);
  }
  return new Promise((done) => {
    if (queue.push({ row, done }) === 1) setImmediate(flush);
  });
}

const logged = <P extends string>(handle: Handler<P>): Handler<P> => (log === "log" ? withLog(handle) : handle);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/api/posts/:id": logged<"/api/posts/:id">((request) => answer(view.get(request.params.id) as Row, 200)),
    "/api/posts": {
      GET: logged<"/api/posts">(
        () =>
          new Response(JSON.stringify({ items: list.all("published"), next: null }), {
            headers: {
              "content-type": "application/json",
              "x-content-type-options": "nosniff",
              "x-request-id": requestId(),
            },
          }),
      ),
      POST: logged<"/api/posts">(create),
    },
  },
});
console.log(JSON.stringify({ url: server.url.origin }));
