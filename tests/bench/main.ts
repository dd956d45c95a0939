/**
 * Measures this product against hand-written servers doing the same work, in one run. Machines differ and are noisy, so the
 * figures to read are the ratios: each is the median of pairs measured one right after the other.
 * usage: bun tests/bench/main.ts [ROUNDS] [SECONDS]
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "../../src/adapters/bun/sqlite.ts";
import { createApp } from "../../src/core/app.ts";
import { systemPrincipal } from "../../src/core/principal.ts";
import { measureAuth } from "./auth.ts";
import { measureImport, measureStart } from "./commands.ts";
import { compare } from "./compare.ts";
import { measureEvents } from "./events.ts";
import { measureFunctions } from "./functions.ts";
import { measureHostile } from "./hostile.ts";
import { type LoadPlan, type Server, startServer } from "./process.ts";
import { measureRealtime } from "./realtime.ts";
import { ROWS, rowAt, uuidAt } from "./rows.ts";

const [rounds = "3", seconds = "2"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "bakend-bench-"));
const cli = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const bare = new URL("./bare.ts", import.meta.url).pathname;
const executable = new URL("../../dist/bak", import.meta.url).pathname;

const posts = {
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true },
    { name: "status", type: "select", options: ["draft", "published"] },
    { name: "body", type: "text" },
    { name: "views", type: "integer" },
  ],
  indexes: [{ fields: ["status", "createdAt"] }],
  permissions: { read: "public", create: "public" },
};

console.log(
  `Bun ${Bun.version}, ${navigator.hardwareConcurrency} cores, ${rounds} rounds of ${seconds} s; ratios are medians of pairs; all log requests unless said\n`,
);

// 1. the product's database, filled through the product's own door
const project = join(folder, "project");
mkdirSync(join(project, "collections"), { recursive: true });
writeFileSync(join(project, "bakend.json"), JSON.stringify({ port: 0 }));
writeFileSync(join(project, "collections/posts.json"), JSON.stringify(posts));
const filled = await fill(join(project, "bakend.db"));
console.log(
  `create, 1,000 at a time, FULL, in process, two indexes   ${Math.round(filled).toLocaleString("en")} rows/s`,
);

// 2. the servers
const start = [process.execPath, cli, "start", "--config", join(project, "bakend.json"), "--json"];
const product = await startServer(start);
const quiet = await startServer(start, { BAKEND_LOGGING_REQUESTS: "false" });
const unlogged = await startServer(start, { BAKEND_EVENTS_DURABLE: "false" });
const hand = (...args: string[]): string[] => [process.execPath, bare, ...args];
const silent = await startServer(hand(join(folder, "silent.db"), "autocommit", "NORMAL"));
const autocommit = await startServer(hand(join(folder, "autocommit.db"), "autocommit", "NORMAL", "log"));
const grouped = await startServer(hand(join(folder, "grouped.db"), "grouped", "NORMAL", "log"));
const groupedFull = await startServer(hand(join(folder, "grouped-full.db"), "grouped", "FULL", "log"));

// 3. the same requests to both, in turn
const id = uuidAt(ROWS / 2);
const list = `/api/posts?filter=${encodeURIComponent("status = 'published'")}&sort=-createdAt`;
const body = JSON.stringify(rowAt(1));
const at64 = { connections: 64, seconds: Number(seconds) };
const create = { path: "/api/posts", method: "POST", status: 201, body };
const measure = (
  name: string,
  plan: LoadPlan,
  theirs: Server,
  label: string,
  aim: number | null,
  ours = product,
): Promise<void> => compare({ name, plan, ours, theirs, label, aim, rounds: Number(rounds) });
const get = { path: `/api/posts/${id}`, ...at64 };
await measure("GET by id, 64 connections", get, autocommit, "bare", 0.7);
await measure("GET by id, 64 connections, neither logs requests", get, silent, "bare, no log", 0.7, quiet);
await measure("GET by id, 64 connections, only ours logs requests", get, silent, "bare, no log", null);
await measure("list of 30, filter and sort, 64 connections", { path: list, ...at64 }, autocommit, "bare", 0.7);
await measure("POST, 64 connections, FULL", { ...create, ...at64 }, autocommit, "bare autocommit, NORMAL", 1);
await measure("POST, 64 connections, events kept", { ...create, ...at64 }, unlogged, "ours, events not kept", 0.75);
await measure("POST, 64 connections, FULL", { ...create, ...at64 }, grouped, "bare grouped, NORMAL", 0.6);
await measure("POST, 64 connections, FULL", { ...create, ...at64 }, groupedFull, "bare grouped, FULL", 0.6);
await measure(
  "POST, 1 connection, FULL",
  { ...create, connections: 1, seconds: Number(seconds) },
  groupedFull,
  "bare grouped, FULL",
  null,
);
for (const server of [product, quiet, silent, autocommit, grouped, groupedFull, unlogged]) await server.stop();

// 4. the commands
const bak = existsSync(executable) ? [executable] : [process.execPath, cli];
await measureStart(bak, join(project, "bakend.json"));
await measureImport(bak, join(folder, "import"), posts);

// 5. people: rules over their records, memberships, logins
await measureAuth(join(folder, "auth"), Number(rounds), Number(seconds));

// 6. those who listen
await measureRealtime(join(folder, "realtime"), cli);

// 7. user code
await measureFunctions(bak, join(folder, "functions"), posts, Number(rounds), Number(seconds));
await measureHostile(bak, join(folder, "hostile"), posts, Number(rounds), Number(seconds));

// 8. what needs no server
await measureEvents();
rmSync(folder, { recursive: true, force: true });

async function fill(file: string): Promise<number> {
  const app = await createApp({ database: sqlite(file), collections: [posts] }).build();
  const records = app.as(systemPrincipal("bench")).records("posts");
  const started = performance.now();
  for (let from = 0; from < ROWS; from += 1000) {
    await records.createMany(
      Array.from({ length: 1000 }, (_, index) => ({ id: uuidAt(from + index), ...rowAt(from + index) })),
    );
  }
  const elapsed = (performance.now() - started) / 1000;
  await app.close();
  return ROWS / elapsed;
}
