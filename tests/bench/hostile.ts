import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostileFile, hostileHere } from "../support/hostile-functions.ts";
import { type Load, type LoadPlan, load, median, type Server, startServer } from "./process.ts";
import { rowAt } from "./rows.ts";

/** What needs most of the processors: each is called once a second, all the time. */
const WORST: readonly string[] = [
  "a loop that never yields",
  "a bomb of bytes",
  "nonsense on the wire",
  "a flood of timers",
  "a flood of log lines without an end",
  "a promise that never settles",
];

const GOOD_ONE = `import { onRequest } from "bakend";
onRequest("GET", "/hello", () => new Response("hello"));
`;

/** Calls of a good function a second, beside which there are bad ones or not. */
const GOOD = 20;

/** What the p99 may grow by: two processors, of which hostile code would have all that there is. */
const AIM = 1.5;

const CONNECTIONS = 16;

/** A run beside the worst is so many times as long as others. */
const LONGER = 5;

/** Who calls hostile functions until they are told to stop. Says how many calls were made. */
type Caller = (server: Server, stop: AbortSignal) => Promise<number>;

/** The limit of calls where many functions are to have their turn, and the one that projects begin with. */
const SHORT = "1s";
const DEFAULT = "10s";

/**
 * Prints the p99 of reads and writes beside hostile functions, as a multiple of what it is beside good ones alone: beside
 * a caller that goes through all of the hostile and broken functions that the tests know, one after another; beside
 * the six worst, once a second each; and beside a loop without an end, for as long as calls may take by default. Each figure is
 * the median of pairs measured one right after the other.
 */
export async function measureHostile(
  bak: readonly string[],
  folder: string,
  definition: object,
  rounds: number,
  seconds: number,
): Promise<void> {
  console.log(`\nbeside hostile functions, ${CONNECTIONS} connections, p99 as a multiple of that beside good ones`);
  const long = seconds * LONGER;
  const server = await startHostile(bak, join(folder, "short"), definition, SHORT);
  // a run meets every function once: the ones that loop for a second, and the ones that end at once
  const turn = await secondsOf(async () => {
    for (const { name } of hostileHere) await call(server, pathOf(name));
  });
  const all = `all ${hostileHere.length} in turn, one after another, ${turn.toFixed(0)} s`;
  await compareAll(server, all, allInTurn(), AIM, turn, rounds);
  await compareAll(server, `the ${WORST.length} worst, each once a second`, theWorst, null, long, rounds);
  await server.stop();
  const patient = await startHostile(bak, join(folder, "default"), definition, DEFAULT);
  await compareAll(patient, `a loop without an end, ended after ${DEFAULT}`, aLoop, null, long, rounds);
  await patient.stop();
}

/** Starts a server that has the good function and the bad ones. */
function startHostile(bak: readonly string[], folder: string, definition: object, timeout: string): Promise<Server> {
  mkdirSync(join(folder, "collections"), { recursive: true });
  mkdirSync(join(folder, "functions"), { recursive: true });
  writeFileSync(join(folder, "bakend.json"), JSON.stringify({ port: 0, functions: { timeout } }));
  writeFileSync(join(folder, "functions/good.ts"), GOOD_ONE);
  writeFileSync(join(folder, "functions/hostile.ts"), hostileFile(hostileHere));
  writeFileSync(join(folder, "collections/posts.json"), JSON.stringify({ ...definition, name: "posts" }));
  return startServer([...bak, "start", "--config", join(folder, "bakend.json"), "--json"]);
}

/** Compares reads, then writes. */
async function compareAll(
  server: Server,
  who: string,
  caller: Caller,
  aim: number | null,
  seconds: number,
  rounds: number,
): Promise<void> {
  const body = JSON.stringify(rowAt(1));
  const { id } = (await (await fetch(`${server.url}/api/posts`, posted(body))).json()) as { id: string };
  const common = { connections: CONNECTIONS, seconds };
  console.log(` ${who}`);
  await compareBeside(server, "GET by id", caller, aim, { path: `/api/posts/${id}`, ...common }, rounds);
  const create = { path: "/api/posts", method: "POST", status: 201, body, ...common };
  await compareBeside(server, "POST, FULL", caller, aim, create, rounds);
}

const posted = (body: string) => ({ method: "POST", headers: { "content-type": "application/json" }, body });

/** How long something takes. */
async function secondsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Goes on where it was in each run: one that is over a little early or late leaves none out. */
function allInTurn(): Caller {
  let turn = 0;
  return async (server, stop) => {
    let calls = 0;
    for (; !stop.aborted; calls += 1) await call(server, pathOf(hostileHere[turn++ % hostileHere.length]?.name ?? ""));
    return calls;
  };
}

const theWorst: Caller = async (server, stop) => {
  const paths = WORST.map(pathOf);
  return every(paths, stop, (path) => call(server, path));
};

const aLoop: Caller = async (server, stop) => {
  let calls = 0;
  for (; !stop.aborted; calls += 1) await call(server, pathOf("a loop that never yields"));
  return calls;
};

/** Where a hostile function answers. */
function pathOf(name: string): string {
  const number = hostileHere.findIndex((one) => one.name === name);
  if (number < 0) throw new RangeError(`There is no hostile function "${name}".`);
  return `case/${number}`;
}

/** Calls these in turn, each once a second, whether or not the ones before have been answered. */
async function every(
  names: readonly string[],
  stop: AbortSignal,
  make: (name: string) => Promise<unknown>,
): Promise<number> {
  const open = new Set<Promise<unknown>>();
  let calls = 0;
  for (; !stop.aborted; calls += 1) {
    const made = make(names[calls % names.length] ?? "").finally(() => open.delete(made));
    open.add(made);
    await Bun.sleep(1000 / names.length);
  }
  await Promise.all(open);
  return calls;
}

/** The status that a function answers with; 0 for none. */
async function call(server: Server, name: string): Promise<number> {
  try {
    const answer = await fetch(`${server.url}/api/functions/${name}`);
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

/** What one run found: of the load, of the good calls beside it, of the bad ones. */
interface Run {
  readonly load: Load;
  readonly good: number;
  readonly failed: number;
  readonly bad: number;
}

async function compareBeside(
  server: Server,
  name: string,
  caller: Caller,
  aim: number | null,
  plan: LoadPlan,
  rounds: number,
): Promise<void> {
  const pairs: [base: Run, beside: Run][] = [];
  for (let round = 0; round < rounds; round += 1)
    pairs.push([await run(server, plan, async () => 0), await run(server, plan, caller)]);
  const ratio = median(pairs.map(([base, hostile]) => hostile.load.p99 / base.load.p99));
  const sum = (pick: (one: Run) => number): number => pairs.flat().reduce((total, one) => total + pick(one), 0);
  const figures = (pick: (pair: [Run, Run]) => Run): string => {
    const middle = (figure: (one: Load) => number): number => median(pairs.map((pair) => figure(pick(pair).load)));
    const perSecond = Math.round(middle((one) => one.perSecond)).toLocaleString("en");
    return `p50 ${middle((one) => one.p50).toFixed(2)}, p99 ${middle((one) => one.p99).toFixed(2)} ms, ${perSecond} req/s`;
  };
  const errors = sum((one) => one.load.errors);
  const aimed = aim === null ? "" : ` (aim <= ${aim}${ratio > aim ? ", MISSED" : ""})`;
  const verdict = errors > 0 ? `VOID, ${errors} errors` : `${ratio.toFixed(2)}${aimed}`;
  console.log(
    `  ${name.padEnd(12)} ${verdict.padEnd(24)} ${figures(([base]) => base)} | ${figures(([, hostile]) => hostile)}`,
  );
  console.log(
    `  ${"".padEnd(12)} ${sum((one) => one.bad)} hostile calls; ${sum((one) => one.failed)} of ${sum((one) => one.good)} good calls failed`,
  );
}

/** One run of the load, with good calls beside it, and whatever a caller does. */
async function run(server: Server, plan: LoadPlan, caller: Caller): Promise<Run> {
  const over = new AbortController();
  let failed = 0;
  const good = every(
    Array.from({ length: GOOD }, () => "hello"),
    over.signal,
    async (name) => {
      if ((await call(server, name)) !== 200) failed += 1;
    },
  );
  const bad = caller(server, over.signal);
  // what hostile code does to its processes has begun
  await Bun.sleep(1000);
  const result = await load(server, plan);
  over.abort();
  return { load: result, good: await good, failed, bad: await bad };
}
