import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Load, type LoadPlan, load, median, type Server, startServer } from "./process.ts";
import { rowAt } from "./rows.ts";

/** What hostile functions do, by their names. */
const HOSTILE: Readonly<Record<string, string>> = {
  loop: "for (;;);",
  memory: "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1));",
  crash: `process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`,
  timers: `for (let i = 0; i < 5000; i += 1) setInterval(() => {}, 0); return new Response("done");`,
  log: `for (;;) { for (let i = 0; i < 1000; i += 1) console.log("x".repeat(1000)); await new Promise((done) => setTimeout(done, 1)); }`,
  never: "await new Promise(() => {});",
};

const FUNCTIONS = `import { onRequest } from "bakend";
onRequest("GET", "/hello", () => new Response("hello"));
${Object.entries(HOSTILE)
  .map(([name, body]) => `onRequest("GET", "/${name}", async () => { ${body} });`)
  .join("\n")}
`;

/** Calls of functions a second, good ones and hostile ones. */
const GOOD = 20;
const BAD = 6;

/** What the p99 may grow by: two processors, of which hostile code would have all that there is. */
const AIM = 1.5;

const CONNECTIONS = 16;

/**
 * Prints the p99 of reads and writes beside functions that loop, take memory, crash and flood, as a multiple of what it is
 * beside functions that do nothing of the kind. Each figure is the median of pairs measured one right after the other.
 */
export async function measureHostile(
  bak: readonly string[],
  folder: string,
  definition: object,
  rounds: number,
  seconds: number,
): Promise<void> {
  mkdirSync(join(folder, "collections"), { recursive: true });
  mkdirSync(join(folder, "functions"), { recursive: true });
  writeFileSync(join(folder, "bakend.json"), JSON.stringify({ port: 0, functions: { timeout: "1s" } }));
  writeFileSync(join(folder, "functions/all.ts"), FUNCTIONS);
  writeFileSync(join(folder, "collections/posts.json"), JSON.stringify({ ...definition, name: "posts" }));
  const server = await startServer([...bak, "start", "--config", join(folder, "bakend.json"), "--json"]);
  const body = JSON.stringify(rowAt(1));
  const create = { path: "/api/posts", method: "POST", status: 201, body };
  const { id } = (await (await fetch(`${server.url}/api/posts`, posted(body))).json()) as { id: string };
  console.log(`\nbeside hostile functions, ${CONNECTIONS} connections, p99 as a multiple of that beside good ones`);
  for (const [name, plan] of [
    ["GET by id", { path: `/api/posts/${id}` }],
    ["POST, FULL", create],
  ] as const)
    await compareBeside(server, name, { ...plan, connections: CONNECTIONS, seconds }, rounds);
  await server.stop();
}

const posted = (body: string) => ({ method: "POST", headers: { "content-type": "application/json" }, body });

async function compareBeside(server: Server, name: string, plan: LoadPlan, rounds: number): Promise<void> {
  const good = Array.from({ length: GOOD }, () => "hello");
  const bad = Array.from(
    { length: BAD },
    (_, index) => Object.keys(HOSTILE)[index % Object.keys(HOSTILE).length] ?? "",
  );
  const pairs: [base: Load, beside: Load][] = [];
  for (let round = 0; round < rounds; round += 1)
    pairs.push([await beside(server, plan, good), await beside(server, plan, [...good, ...bad])]);
  const ratio = median(pairs.map(([base, hostile]) => hostile.p99 / base.p99));
  const errors = pairs.flat().reduce((sum, one) => sum + one.errors, 0);
  const figures = (pick: (pair: [Load, Load]) => Load): string =>
    `p50 ${median(pairs.map((pair) => pick(pair).p50)).toFixed(2)}, p99 ${median(pairs.map((pair) => pick(pair).p99)).toFixed(2)} ms, ` +
    `${Math.round(median(pairs.map((pair) => pick(pair).perSecond))).toLocaleString("en")} req/s`;
  const verdict =
    errors > 0 ? `VOID, ${errors} errors` : `${ratio.toFixed(2)} (aim <= ${AIM}${ratio > AIM ? ", MISSED" : ""})`;
  console.log(
    `  ${name.padEnd(12)} ${verdict.padEnd(24)} ${figures(([base]) => base)} | ${figures(([, hostile]) => hostile)}`,
  );
}

/** One run of the load, while these functions are called in turn, all of them each second. */
async function beside(server: Server, plan: LoadPlan, calls: readonly string[]): Promise<Load> {
  let turn = 0;
  const open = new Set<Promise<unknown>>();
  const timer = setInterval(() => {
    const call = fetch(`${server.url}/api/functions/${calls[turn++ % calls.length]}`)
      .then((answer) => answer.arrayBuffer())
      .catch(() => undefined)
      .finally(() => open.delete(call));
    open.add(call);
  }, 1000 / calls.length);
  // what hostile code does to its processes has begun
  await Bun.sleep(1000);
  const result = await load(server, plan);
  clearInterval(timer);
  await Promise.all(open);
  return result;
}
