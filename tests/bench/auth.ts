import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bunPasswords } from "../../src/adapters/bun/passwords.ts";
import { sqlite } from "../../src/adapters/bun/sqlite.ts";
import { type App, createApp } from "../../src/core/app.ts";
import { systemPrincipal } from "../../src/core/principal.ts";
import { compare } from "./compare.ts";
import { type Load, load, median, type Server, startServer } from "./process.ts";
import { ROWS, uuidAt } from "./rows.ts";

const PASSWORD = "correct horse battery";
const USERS = 1000;
/** Those who sign in beside the reads; each may do so ten times at once. */
const PEOPLE = 200;
const LOGINS_PER_SECOND = 20;
const MEMBERSHIPS = [1, 10_000, 1_000_000];
/** With it the baseline can tell from a token who asks. */
const SECRET = "only for measuring, of 32 characters and more";

const collections = [
  {
    name: "notes",
    fields: [
      { name: "title", type: "text" },
      { name: "status", type: "select", options: ["draft", "published"] },
      { name: "author", type: "relation", collection: "users" },
    ],
    permissions: { list: "status = 'published' || author = @user.id", view: "owner" },
    indexes: [{ fields: ["createdAt"] }],
  },
  { name: "teams", fields: [{ name: "name", type: "text" }] },
  {
    name: "memberships",
    fields: [
      { name: "team", type: "relation", collection: "teams" },
      { name: "user", type: "relation", collection: "users" },
    ],
  },
  {
    name: "tasks",
    fields: [
      { name: "title", type: "text" },
      { name: "team", type: "relation", collection: "teams" },
    ],
    permissions: { create: "team.memberships_via_team.user = @user.id" },
  },
];

const cli = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const bare = new URL("./bare-auth.ts", import.meta.url).pathname;
const TEAM = uuidAt(1);

/** Prints what rules about the caller cost, against servers that ask nobody who they are, or find out and check by hand. */
export async function measureAuth(folder: string, rounds: number, seconds: number): Promise<void> {
  mkdirSync(join(folder, "collections"), { recursive: true });
  writeFileSync(join(folder, "bakend.json"), JSON.stringify({ port: 0, proxies: ["127.0.0.1"], secret: SECRET }));
  for (const one of collections) writeFileSync(join(folder, `collections/${one.name}.json`), JSON.stringify(one));
  const file = join(folder, "bakend.db");
  const filled = await withApp(file, fillNotes);
  const [me = ""] = filled;
  const at64 = { connections: 64, seconds };
  const start = (): Promise<Server> =>
    startServer([process.execPath, cli, "start", "--config", join(folder, "bakend.json"), "--json"]);

  const theirs = await startServer([process.execPath, bare, join(folder, "bare.db"), me, "0"]);
  const ours = await start();
  const token = await signIn(ours, "user0@example.com", 0);
  await compare({
    name: "\nauthenticated GET by id under an owner rule, 64 connections",
    ...{ plan: { path: `/api/notes/${uuidAt(0)}`, ...at64, token }, ours, theirs, rounds },
    ...{ label: "bare, nobody asked", aim: 0.6 },
  });
  await compare({
    name: "authenticated list of 30 of 100,000 under published || owner, 64 connections",
    ...{ plan: { path: "/api/notes?sort=-createdAt", ...at64, token }, ours, theirs, rounds },
    ...{ label: "bare, the same condition", aim: 0.5 },
  });
  await measureLogins(ours, token, rounds, seconds);
  await Promise.all([ours.stop(), theirs.stop()]);

  for (const [index, count] of MEMBERSHIPS.entries()) {
    await withApp(file, (app) => fillMemberships(app, me, MEMBERSHIPS[index - 1] ?? 0, count));
    const product = await start();
    const body = JSON.stringify({ title: "task", team: TEAM });
    const member = await signIn(product, "user0@example.com", 0);
    const plan = { path: "/api/tasks", method: "POST", status: 201, body, ...at64, token: member };
    const baselines = [
      { label: "bare grouped, FULL, by hand", secret: [SECRET], aim: 0.5 },
      { label: "bare grouped, nobody asked", secret: [], aim: null },
    ];
    for (const { label, secret, aim } of baselines) {
      const database = join(folder, `bare-${count}-${secret.length}.db`);
      const theirs = await startServer([process.execPath, bare, database, me, String(count), ...secret]);
      const name = `authenticated POST under a membership rule, ${count.toLocaleString("en")} memberships, FULL`;
      await compare({ name, plan, ours: product, theirs, rounds, label, aim });
      await theirs.stop();
    }
    await product.stop();
  }
}

async function withApp<T>(file: string, work: (app: App) => Promise<T>): Promise<T> {
  const app = await createApp({ database: sqlite(file), collections, passwords: bunPasswords }).build();
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Makes users and their notes; resolves to the users' ids. */
async function fillNotes(app: App): Promise<readonly string[]> {
  const access = app.as(systemPrincipal("bench"));
  const people = Array.from({ length: USERS }, (_, index) => ({
    email: `user${index}@example.com`,
    ...(index < PEOPLE ? { password: PASSWORD } : {}),
  }));
  const ids = (await access.records("users").createMany(people)).map((one) => String(one.id));
  for (let from = 0; from < ROWS; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      id: uuidAt(from + index),
      title: `Title ${from + index}`,
      status: index % 3 === 1 ? "published" : "draft",
      author: ids[(from + index) % USERS],
    }));
    await access.records("notes").createMany(rows);
  }
  return ids;
}

/** Adds memberships: the first is of the one who asks, the rest are of others in other teams. */
async function fillMemberships(app: App, me: string, from: number, to: number): Promise<void> {
  const access = app.as(systemPrincipal("bench"));
  if (from === 0) {
    await access.records("teams").create({ id: TEAM, name: "mine" });
    await access.records("teams").create({ id: uuidAt(2), name: "theirs" });
    await access.records("memberships").create({ team: TEAM, user: me });
  }
  const { items } = await access.records("users").list({ limit: 500, fields: ["id"] });
  const others = items.map((one) => one.id).filter((id) => id !== me);
  for (let start = Math.max(from, 1); start < to; start += 1000) {
    const rows = Array.from({ length: Math.min(1000, to - start) }, (_, index) => ({
      // half of them in the same team
      team: index % 2 === 0 ? TEAM : uuidAt(2),
      user: others[index % others.length],
    }));
    await access.records("memberships").createMany(rows);
  }
}

async function signIn(server: Server, email: string, from: number): Promise<string> {
  const answer = await fetch(`${server.url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": `10.1.${from >> 8}.${from & 255}` },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`login answered ${answer.status}`);
  return ((await answer.json()) as { token: string }).token;
}

/** Reads with and without a steady stream of logins beside them, in pairs one right after the other. */
async function measureLogins(server: Server, token: string, rounds: number, seconds: number): Promise<void> {
  const plan = { path: `/api/notes/${uuidAt(0)}`, connections: 4, seconds: Math.max(4, seconds), token };
  const pairs: [quiet: Load, busy: Load][] = [];
  let logins = 0;
  for (let round = 0; round < rounds; round += 1) {
    const quiet = await load(server, plan);
    const pending: Promise<unknown>[] = [];
    const timer = setInterval(() => {
      pending.push(signIn(server, `user${1 + (logins % (PEOPLE - 1))}@example.com`, logins));
      logins += 1;
    }, 1000 / LOGINS_PER_SECOND);
    const busy = await load(server, plan);
    clearInterval(timer);
    await Promise.all(pending);
    pairs.push([quiet, busy]);
  }
  const ratio = median(pairs.map(([quiet, busy]) => busy.p99 / quiet.p99));
  const errors = pairs.flat().reduce((sum, one) => sum + one.errors, 0);
  const p99 = (which: 0 | 1): string => median(pairs.map((pair) => pair[which].p99)).toFixed(2);
  console.log(
    `${LOGINS_PER_SECOND} logins a second beside reads, 4 connections: p99 of reads ${p99(0)} -> ${p99(1)} ms, ` +
      `ratio ${ratio.toFixed(2)} (aim below 1.5); ${logins} logins, ${errors} errors`,
  );
}
