import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load, median, type Server, startServer } from "./process.ts";
import { rowAt } from "./rows.ts";

const FUNCTIONS = `import { beforeCreate, onRequest } from "bakend";
beforeCreate("hooked", () => null);
onRequest("GET", "/hello", () => new Response("hello"));
onRequest("GET", "/count", async ({ db }) => Response.json(await db.collection("hooked").get("01890000-0000-7000-8000-000000000000").catch(() => null)));
`;

/**
 * Prints what a trivial hook costs a create, and what trivial HTTP functions can answer, alone and at 64 connections: the
 * boundary of the process, there and back.
 */
export async function measureFunctions(
  bak: readonly string[],
  folder: string,
  definition: object,
  rounds: number,
  seconds: number,
): Promise<void> {
  mkdirSync(join(folder, "collections"), { recursive: true });
  mkdirSync(join(folder, "functions"), { recursive: true });
  writeFileSync(join(folder, "bakend.json"), JSON.stringify({ port: 0 }));
  writeFileSync(join(folder, "functions/bench.ts"), FUNCTIONS);
  for (const name of ["hooked", "plain"])
    writeFileSync(join(folder, `collections/${name}.json`), JSON.stringify({ ...definition, name }));
  const server = await startServer([...bak, "start", "--config", join(folder, "bakend.json"), "--json"]);
  const body = JSON.stringify(rowAt(1));
  const create = { method: "POST", status: 201, body };
  console.log("\nfunctions, medians: 1 connection p50 | 64 connections");
  for (const [name, plan] of [
    ["POST without a hook", { path: "/api/plain", ...create }],
    ["POST with a hook that changes nothing", { path: "/api/hooked", ...create }],
    ["HTTP function that answers at once", { path: "/api/functions/hello" }],
    ["HTTP function that reads a record", { path: "/api/functions/count" }],
  ] as const) {
    console.log(`  ${name.padEnd(40)} ${await figures(server, plan, rounds, seconds)}`);
  }
  console.log(`  ${"one that answers at once, to a crowd".padEnd(40)} ${await crowded(server, rounds, seconds)}`);
  await server.stop();
}

/** What is left of the throughput where far more wait than run: the longest line that there is. */
async function crowded(server: Server, rounds: number, seconds: number): Promise<string> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const plan = { path: "/api/functions/hello", seconds };
    const few = await load(server, { ...plan, connections: 64 });
    const many = await load(server, { ...plan, connections: 1000 });
    if (few.errors + many.errors > 0) throw new Error(`a crowd: ${few.errors + many.errors} errors`);
    ratios.push(many.perSecond / few.perSecond);
  }
  return `${median(ratios).toFixed(2)} of the req/s at 64 connections, at 1,000`;
}

async function figures(
  server: Server,
  plan: { readonly path: string; readonly method?: string; readonly status?: number; readonly body?: string },
  rounds: number,
  seconds: number,
): Promise<string> {
  const alone: number[] = [];
  const [p50s, rates]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    alone.push((await load(server, { ...plan, connections: 1, seconds: seconds / 2 })).p50);
    const { p50, perSecond, errors } = await load(server, { ...plan, connections: 64, seconds });
    if (errors > 0) throw new Error(`${plan.path}: ${errors} errors`);
    p50s.push(p50);
    rates.push(perSecond);
  }
  const ms = (values: readonly number[]): string => median(values).toFixed(2);
  return `${ms(alone)} ms | p50 ${ms(p50s)} ms, ${Math.round(median(rates)).toLocaleString("en")} req/s`;
}
