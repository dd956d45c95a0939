import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sqlite } from "../../src/adapters/bun/sqlite.ts";
import { type App, createApp } from "../../src/core/app.ts";
import { systemPrincipal } from "../../src/core/principal.ts";
import { median, type Server, startServer } from "./process.ts";

const CLIENTS = 1000;
const WRITES_PER_SECOND = 100;
const RECORDS = 50;
const SECONDS = 10;
/** A fifth of the clients, over the run. */
const RECONNECTS_PER_SECOND = CLIENTS / 5 / SECONDS;

/** Prints what realtime costs, who writes and who listens. */
export async function measureRealtime(folder: string, cli: string): Promise<void> {
  await measureFanOut("one rule for all", { read: "public" });
  await measureFanOut("a rule for each owner", { read: "author = @user.id || shared = true" });
  await measureRoom(200);
  await measureClients(folder, cli);
}

/** Broadcasts in a full room, to sockets that only count. */
async function measureRoom(members: number): Promise<void> {
  const app = await createApp({
    database: sqlite(":memory:"),
    realtime: { perAddress: members, members, messages: 10_000 },
    collections: [{ name: "rooms", fields: [], permissions: { join: "public", send: "public" } }],
  }).build();
  const { id } = await app.as(systemPrincipal("bench")).records("rooms").create({});
  let told = 0;
  const say: ((message: object) => void)[] = [];
  for (let n = 0; n < members; n += 1) {
    const open = await app.connect(new Request("http://localhost/api/realtime"));
    if (open instanceof Response) throw new Error(await open.text());
    const connection = open({
      send: () => {
        told += 1;
      },
      buffered: () => 0,
      close: () => undefined,
    });
    say.push((message) => connection.receive(JSON.stringify(message)));
    say[n]?.({ action: "subscribe", id: "r", channel: `rooms/${id}/room`, state: { n } });
  }
  await app.idle();
  const rates: number[] = [];
  const broadcasts = 1000;
  for (let round = 0; round < 5; round += 1) {
    told = 0;
    const started = performance.now();
    for (let n = 0; n < broadcasts; n += 1)
      say[n % members]?.({ action: "broadcast", id: "r", event: "cursor", payload: { x: n, y: n } });
    await app.idle();
    rates.push((told / (performance.now() - started)) * 1000);
    if (told !== broadcasts * (members - 1)) throw new Error(`${told} of ${broadcasts * (members - 1)} were told`);
  }
  await app.close();
  console.log(
    `broadcasts in a room of ${members} in process: ${Math.round(median(rates)).toLocaleString("en")} messages/s sent, ${Math.round(median(rates) / (members - 1)).toLocaleString("en")} broadcasts/s`,
  );
}

/** Deliveries a second to sockets that only count. */
async function measureFanOut(name: string, permissions: object): Promise<void> {
  const app = await createApp({
    database: sqlite(":memory:"),
    passwords: { hash: async () => "x", verify: async () => true, decoy: "x" },
    realtime: { perAddress: CLIENTS },
    limits: {},
    collections: [
      { name: "users", kind: "auth", fields: [] },
      {
        name: "posts",
        fields: [
          { name: "title", type: "text" },
          { name: "shared", type: "boolean" },
          { name: "author", type: "relation", collection: "users" },
        ],
        permissions,
      },
    ],
  }).build();
  let delivered = 0;
  const tokens = await signUp(app);
  for (const token of tokens) {
    const open = await app.connect(
      new Request("http://localhost/api/realtime", { headers: { authorization: `Bearer ${token}` } }),
    );
    if (open instanceof Response) throw new Error(await open.text());
    const connection = open({
      send: () => {
        delivered += 1;
      },
      buffered: () => 0,
      close: () => undefined,
    });
    connection.receive(JSON.stringify({ action: "subscribe", id: "s", channel: "posts.*" }));
  }
  await app.idle();
  const posts = app.as(systemPrincipal("bench")).records("posts");
  const rates: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    delivered = 0;
    const started = performance.now();
    await posts.createMany(Array.from({ length: 200 }, (_, n) => ({ title: `title ${n}`, shared: true })));
    await app.idle();
    rates.push((delivered / (performance.now() - started)) * 1000);
    if (delivered !== 200 * CLIENTS) throw new Error(`${delivered} of ${200 * CLIENTS} deliveries`);
  }
  await app.close();
  console.log(
    `fan-out to ${CLIENTS} subscribers in process, ${name}: ${Math.round(median(rates)).toLocaleString("en")} deliveries/s (aim 200,000 for one rule)`,
  );
}

async function signUp(app: App): Promise<readonly string[]> {
  const users = app.as(systemPrincipal("bench")).records("users");
  const password = "correct horse battery";
  const tokens: string[] = [];
  for (let n = 0; n < CLIENTS; n += 1) {
    await users.create({ email: `u${n}@example.com`, password });
    const answer = await app.fetch(
      new Request("http://localhost/api/auth/login", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: `u${n}@example.com`, password }),
      }),
      { address: `10.${n >> 8}.${n & 255}.1` },
    );
    const { token } = (await answer.json()) as { token?: string };
    if (token === undefined) throw new Error(`no login: ${answer.status}`);
    tokens.push(token);
  }
  return tokens;
}

/** Real connections: a process of subscribers, a writer, and what one costs the other. */
async function measureClients(folder: string, cli: string): Promise<void> {
  mkdirSync(join(folder, "collections"), { recursive: true });
  writeFileSync(join(folder, "bakend.json"), JSON.stringify({ port: 0, realtime: { perAddress: 2 * CLIENTS } }));
  const fields = [
    { name: "views", type: "integer" },
    { name: "body", type: "text" },
  ];
  const posts = { name: "posts", fields, permissions: { read: "public", create: "public", update: "public" } };
  writeFileSync(join(folder, "collections/posts.json"), JSON.stringify(posts));
  const server = await startServer([process.execPath, cli, "start", "--config", join(folder, "bakend.json"), "--json"]);
  const ids = await makeRecords(server);
  const views = new Map(ids.map((id) => [id, 0]));
  const alone = await writeFor(server, views);

  const script = new URL("./realtime-clients.ts", import.meta.url).pathname;
  // in life they are other machines: here they must not take the processors from those whom they are to measure
  const child = Bun.spawn(
    ["nice", "-n", "10", process.execPath, script, server.url, String(CLIENTS), String(RECONNECTS_PER_SECOND)],
    {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await lines.read();
  const heard = await writeFor(server, views);
  child.stdin.write(JSON.stringify(Object.fromEntries(views)));
  await child.stdin.end();
  let text = "";
  for (let part = await lines.read(); !part.done; part = await lines.read()) text += part.value;
  const result = JSON.parse(text) as Record<
    "delivered" | "lost" | "doubled" | "resets" | "reconnects" | "p50" | "p99",
    number
  >;
  await server.stop();
  console.log(
    [
      `${CLIENTS} subscribers over WebSockets, ${WRITES_PER_SECOND} writes/s for ${SECONDS} s, ${result.reconnects} reconnections, FULL, subscribers at a lower priority:`,
      `  ${result.delivered.toLocaleString("en")} deliveries, ${result.lost} lost, ${result.doubled} doubled or out of order, ${result.resets} resets`,
      `  from the request to write to delivery: p50 ${result.p50} ms, p99 ${result.p99} ms (aim 150)`,
      `  the writer's p50 ${alone.p50.toFixed(2)} -> ${heard.p50.toFixed(2)} ms, ratio ${(heard.p50 / alone.p50).toFixed(2)} (aim 1.5); p99 ${alone.p99.toFixed(2)} -> ${heard.p99.toFixed(2)} ms`,
    ].join("\n"),
  );
}

async function makeRecords(server: Server): Promise<readonly string[]> {
  const answer = await fetch(`${server.url}/api/posts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Array.from({ length: RECORDS }, () => ({ views: 0 }))),
  });
  return ((await answer.json()) as readonly { readonly id: string }[]).map(({ id }) => id);
}

/** Changes records in turn, evenly over the seconds; each change says when it was sent. */
async function writeFor(
  server: Server,
  views: Map<string, number>,
): Promise<{ readonly p50: number; readonly p99: number }> {
  const times: number[] = [];
  const ids = [...views.keys()];
  const began = performance.now();
  const running: Promise<void>[] = [];
  for (let n = 0; n < WRITES_PER_SECOND * SECONDS; n += 1) {
    const wait = began + (n * 1000) / WRITES_PER_SECOND - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    const id = ids[n % ids.length] ?? "";
    const next = (views.get(id) ?? 0) + 1;
    views.set(id, next);
    const started = performance.now();
    running.push(
      fetch(`${server.url}/api/posts/${id}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ views: next, body: String(Date.now()) }),
      }).then(async (answer) => {
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`a write answered ${answer.status}`);
        times.push(performance.now() - started);
      }),
    );
  }
  await Promise.all(running);
  times.sort((a, b) => a - b);
  return { p50: median(times), p99: times[Math.floor(times.length * 0.99)] ?? 0 };
}
