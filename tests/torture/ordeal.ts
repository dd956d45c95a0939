import { randomUUID } from "node:crypto";
import type { Random } from "../core/rules/random.ts";
import { type Clients, send, startClients } from "./clients.ts";
import { checkEffects } from "./effects.ts";
import { createLedger, type Ledger, type Row } from "./ledger.ts";
import { makeProject } from "./project.ts";
import { createReplica } from "./replica.ts";
import { type ServerProcess, startServer } from "./server.ts";
import { checkSteps } from "./steps.ts";
import { type Verdict, verify } from "./verify.ts";
import { bodyOf } from "./writes.ts";

/** How hard it gets. */
export interface OrdealOptions {
  readonly random: Random;
  /** The executable to run; from source without it. */
  readonly bak?: string;
  readonly connections?: number;
}

/** What an ordeal has shown. */
export interface Report {
  readonly acknowledged: number;
  readonly unanswered: number;
  readonly happened: number;
  readonly repeated: number;
  /** What was done beside the writes, where that was looked at. */
  readonly done: Done;
}

/** What was done beside the writes. */
export interface Done {
  readonly events: number;
  /** Calls of the function that is called for every item, by what they have done. */
  readonly effects: number;
  /** Runs in steps, of functions and of jobs. */
  readonly runs: number;
  /** Steps that were run again, as the server was killed before it had noted their end. */
  readonly again: number;
}

const NOTHING: Done = { events: 0, effects: 0, runs: 0, again: 0 };
const EMPTY: Report = { acknowledged: 0, unanswered: 0, happened: 0, repeated: 0, done: NOTHING };

/** After so many rounds the project is made anew, so that checking does not get slow. */
const ROUNDS_PER_PROJECT = 10;
const CONNECTIONS = 64;

/** Clients that are told of events, and go on where they were. */
const REPLICAS = 3;

/** A database with its ledger. */
interface Bench {
  readonly config: string;
  readonly database: string;
  readonly ledger: Ledger;
  start(): Promise<ServerProcess>;
  work(urls: readonly string[]): Clients;
  check(server: ServerProcess, options?: { readonly allAnswered: boolean }): Promise<Verdict>;
  remove(): Promise<void>;
}

/** Kills the server under load, starts it again and checks; so many times. @throws Error on the first fault */
export async function killRounds(rounds: number, options: OrdealOptions): Promise<Report> {
  let report = EMPTY;
  for (let left = rounds; left > 0; left -= ROUNDS_PER_PROJECT) {
    const bench = await makeBench(options);
    try {
      let server = await bench.start();
      for (let round = 0; round < Math.min(left, ROUNDS_PER_PROJECT); round += 1) {
        const clients = bench.work([server.url]);
        await pause(50 + options.random.below(750));
        await server.end("SIGKILL");
        noFaults(await clients.done, "answers under load");
        noFaults(errorsOf(server), "log under load");
        const unanswered = bench.ledger.unanswered.length;
        server = await bench.start();
        const verdict = await bench.check(server);
        report = added(report, { ...verdict, unanswered });
      }
      report = { ...report, acknowledged: report.acknowledged + bench.ledger.acknowledged };
      await endInOrder(server);
      report = { ...report, done: plus(report.done, await allDone(bench)) };
    } finally {
      await bench.remove();
    }
  }
  return report;
}

/** Asks the server to end under load: what it has written, it has answered. @throws Error on the first fault */
export async function terminateRounds(rounds: number, options: OrdealOptions): Promise<Report> {
  const bench = await makeBench(options);
  try {
    let report = EMPTY;
    for (let round = 0; round < rounds; round += 1) {
      const server = await bench.start();
      const clients = bench.work([server.url]);
      await pause(50 + options.random.below(450));
      await endInOrder(server);
      // a client that is told "unavailable" goes on until its connection is refused
      noFaults(
        (await clients.done).filter((line) => !line.includes(": 503 ")),
        "answers under load",
      );
      const unanswered = bench.ledger.unanswered.length;
      const next = await bench.start();
      report = added(report, { ...(await bench.check(next, { allAnswered: true })), unanswered });
      await endInOrder(next);
    }
    return { ...report, acknowledged: bench.ledger.acknowledged, done: await allDone(bench) };
  } finally {
    await bench.remove();
  }
}

/** Two servers over one file, both under load; then one of them is killed. @throws Error on the first fault */
export async function twoServers(rounds: number, options: OrdealOptions): Promise<Report> {
  const bench = await makeBench(options);
  try {
    let report = EMPTY;
    for (let round = 0; round < rounds; round += 1) {
      const [left, right] = await Promise.all([bench.start(), bench.start()]);
      const clients = bench.work([left.url, right.url]);
      await pause(400 + options.random.below(800));
      await left.end("SIGKILL");
      await pause(200);
      clients.stop();
      noFaults(await clients.done, "answers under load");
      noFaults([...errorsOf(left), ...errorsOf(right)], "log under load");
      const unanswered = bench.ledger.unanswered.length;
      report = added(report, { ...(await bench.check(right)), unanswered });
      await endInOrder(right);
    }
    return { ...report, acknowledged: bench.ledger.acknowledged, done: await allDone(bench) };
  } finally {
    await bench.remove();
  }
}

/** What functions and jobs have done of all that was written, once a server has had the time. @throws Error for what they have not */
async function allDone(bench: Bench): Promise<Done> {
  const server = await bench.start();
  const done = await checkDone(bench.database);
  await endInOrder(server);
  return done;
}

async function makeBench({ random, bak, connections = CONNECTIONS }: OrdealOptions): Promise<Bench> {
  const { config, database, remove } = makeProject();
  const started: ServerProcess[] = [];
  const start = async () => {
    const server = await startServer(config, bak);
    started.push(server);
    return server;
  };
  const teams = fixedRows("teams", 10);
  const hot = fixedRows("items", 4);
  const server = await start();
  for (const row of [...teams, ...hot])
    await send(server.url, { method: "POST", path: `/api/${row.collection}`, body: bodyOf(row), headers: {} });
  await endInOrder(server);
  const replicas = Array.from({ length: REPLICAS }, () => createReplica(database));
  const ledger = createLedger(
    [...teams, ...hot],
    hot.map((row) => row.code),
  );
  let number = 0;
  const next = () => {
    number += 1;
    return number;
  };
  return {
    config,
    database,
    ledger,
    start,
    work(urls) {
      for (const replica of replicas) replica.connect(urls.at(-1) ?? "");
      return startClients({ urls, connections, ledger, random, teams, hot, next });
    },
    async check(running, checked) {
      const verdict = await verify({ ledger, database, url: running.url, random, ...checked });
      noFaults(verdict.faults, "database");
      for (const replica of replicas) replica.connect(running.url);
      for (const replica of replicas) noFaults(await replica.check(), "events");
      noFaults(errorsOf(running), "log after the start");
      return verdict;
    },
    async remove() {
      for (const replica of replicas) replica.stop();
      // after a fault one may still be running
      for (const one of started) await one.end("SIGKILL");
      remove();
    },
  };
}

/** Rows that are there from the start and are never deleted. */
function fixedRows(collection: Row["collection"], count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    collection,
    id: randomUUID(),
    code: `fixed-${collection}-${index}`,
    version: 1,
    title: "fixed",
    n: 0,
    team: null,
    tags: [],
    batch: null,
  }));
}

async function endInOrder(server: ServerProcess): Promise<void> {
  const code = await server.end("SIGTERM");
  noFaults(errorsOf(server), "log");
  if (code !== 0) throw new Error(`SIGTERM: the server ended with ${code}`);
}

/** What a server has logged that it should not have. A try that a kill has ended is told as failed, and made again. */
function errorsOf(server: ServerProcess): readonly string[] {
  return server.errors().filter((line) => !line.includes('"message":"job.failed"'));
}

function noFaults(faults: readonly string[], where: string): void {
  if (faults.length === 0) return;
  throw new Error(`${faults.length} faults, ${where}:\n  ${faults.slice(0, 12).join("\n  ")}`);
}

/** Waits until functions and jobs are through, and looks at what they have done. @throws Error on the first fault */
async function checkDone(database: string): Promise<Done> {
  const { faults, events, effects } = await checkEffects(database);
  noFaults(faults, "functions");
  const { faults: torn, runs, again } = await checkSteps(database);
  noFaults(torn, "steps");
  return { events, effects, runs, again };
}

function plus(left: Done, right: Done): Done {
  return {
    events: left.events + right.events,
    effects: left.effects + right.effects,
    runs: left.runs + right.runs,
    again: left.again + right.again,
  };
}

function added(report: Report, more: Omit<Report, "acknowledged" | "done">): Report {
  return {
    ...report,
    unanswered: report.unanswered + more.unanswered,
    happened: report.happened + more.happened,
    repeated: report.repeated + more.repeated,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
