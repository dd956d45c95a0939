/**
 * The baseline for requests of somebody: same tables and answers as the product's, by hand. It asks nobody who they are:
 * where a rule is checked, it is for the one user it was started with. Given the secret that tokens are signed with, it
 * learns from the token who asks to create a task, as a server has to that checks for many. It logs requests as the
 * product does.
 * usage: bun bare-auth.ts DATABASE USER MEMBERSHIPS [SECRET]
 */
import { Database } from "bun:sqlite";
import { createHmac, timingSafeEqual } from "node:crypto";
import { createIdGenerator } from "../../src/tools/index.ts";
import { withLog } from "./request-log.ts";
import { ROWS, uuidAt } from "./rows.ts";

const [file = "", me = "", memberships = "0", secret] = process.argv.slice(2);
const db = new Database(file, { create: true });
db.run("PRAGMA journal_mode = WAL");
db.run("PRAGMA synchronous = FULL");
const tail = "createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID";
db.run(`CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, title TEXT, status TEXT, author TEXT, ${tail}`);
db.run("CREATE INDEX notes_created ON notes (createdAt)");
db.run("CREATE INDEX notes_author ON notes (author)");
db.run(`CREATE TABLE memberships (id TEXT NOT NULL PRIMARY KEY, team TEXT, user TEXT, ${tail}`);
db.run("CREATE INDEX memberships_team ON memberships (team)");
db.run("CREATE INDEX memberships_user ON memberships (user)");
db.run(`CREATE TABLE tasks (id TEXT NOT NULL PRIMARY KEY, title TEXT, team TEXT, ${tail}`);
db.run("CREATE INDEX tasks_team ON tasks (team)");
const newId = createIdGenerator(Date.now, (bytes) => crypto.getRandomValues(bytes));

const fill = db.transaction(() => {
  const note = db.prepare("INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, 1)");
  const member = db.prepare("INSERT INTO memberships VALUES (?, ?, ?, ?, ?, 1)");
  const time = new Date().toISOString();
  if (memberships === "0") {
    for (let index = 0; index < ROWS; index += 1) {
      const author = index % 1000 === 0 ? me : uuidAt(index % 1000);
      note.run(uuidAt(index), `Title ${index}`, index % 3 === 1 ? "published" : "draft", author, time, time);
    }
  }
  for (let index = 0; index < Number(memberships); index += 1) {
    const user = index === 0 ? me : uuidAt(index % 500);
    member.run(newId(), index % 2 === 0 ? uuidAt(1) : uuidAt(2), user, time, time);
  }
});
fill();

const view = db.prepare("SELECT * FROM notes WHERE id = ?");
const list = db.prepare(
  "SELECT * FROM notes WHERE status = 'published' OR author = ? ORDER BY createdAt DESC, id DESC LIMIT 30",
);
const insert = db.prepare(
  "INSERT INTO tasks SELECT ?, ?, ?, ?, ?, 1 WHERE EXISTS (SELECT 1 FROM memberships WHERE team = ? AND user = ?)",
);

let requests = 0;
function headers(more: Record<string, string>): Record<string, string> {
  requests += 1;
  const fixed = { "content-type": "application/json", "x-content-type-options": "nosniff" };
  return { ...fixed, "x-request-id": `bare-${requests.toString(36)}`, ...more };
}

interface Task {
  readonly id: string;
  readonly title: string;
  readonly team: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: 1;
}

/** Whose token it is; null for one that is not good. */
function userOf(request: Request): string | null {
  if (secret === undefined) return me;
  const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
  const end = token.lastIndexOf(".");
  const given = Buffer.from(token.slice(end + 1), "base64url");
  const made = createHmac("sha256", secret).update(token.slice(0, end)).digest();
  if (given.length !== made.length || !timingSafeEqual(given, made)) return null;
  const claims = Buffer.from(token.slice(token.indexOf(".") + 1, end), "base64url").toString();
  const { sub, exp } = JSON.parse(claims) as { sub: string; exp: number };
  return exp * 1000 > Date.now() ? sub : null;
}

let queue: { readonly task: Task; readonly user: string; readonly done: (response: Response) => void }[] = [];
const commitAll = db.transaction((group: typeof queue) => {
  for (const { task, user } of group)
    insert.run(task.id, task.title, task.team, task.createdAt, task.updatedAt, task.team, user);
});

function flush(): void {
  const group = queue;
  queue = [];
  commitAll(group);
  for (const { task, done } of group)
    done(new Response(JSON.stringify(task), { status: 201, headers: headers({ etag: '"1"' }) }));
}

async function create(request: Request): Promise<Response> {
  const user = userOf(request);
  if (user === null) return new Response(null, { status: 401 });
  const { title, team } = (await request.json()) as Task;
  const time = new Date().toISOString();
  const task: Task = { id: newId(), title, team, createdAt: time, updatedAt: time, version: 1 };
  return new Promise((done) => {
    if (queue.push({ task, user, done }) === 1) setImmediate(flush);
  });
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/api/notes/:id": withLog<"/api/notes/:id">(
      (request) => new Response(JSON.stringify(view.get(request.params.id)), { headers: headers({ etag: '"1"' }) }),
    ),
    "/api/notes": withLog<"/api/notes">(
      () => new Response(JSON.stringify({ items: list.all(me), next: null }), { headers: headers({}) }),
    ),
    "/api/tasks": { POST: withLog<"/api/tasks">(create) },
  },
});
console.log(JSON.stringify({ url: server.url.origin }));
