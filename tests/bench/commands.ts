import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, residentBytes, startServer } from "./process.ts";
import { ROWS, rowAt } from "./rows.ts";

const STARTS = 7;

/** Prints how long it takes from the spawn of a process to its first answer, and what memory it holds then. */
export async function measureStart(bak: readonly string[], config: string): Promise<void> {
  const times: number[] = [];
  const memory: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const started = performance.now();
    const server = await startServer([...bak, "start", "--config", config, "--json"]);
    const answer = await fetch(`${server.url}/health`);
    if (!answer.ok) throw new Error(`/health answered ${answer.status}`);
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 500));
    memory.push(residentBytes(server.pid));
    await server.stop();
  }
  const name = bak.length === 1 ? "dist/bak" : "from source";
  console.log(
    `\n${name}, over ${ROWS.toLocaleString("en")} rows: first answer ${Math.round(median(times))} ms after the spawn (aim 200), ` +
      `idle memory ${Math.round(median(memory) / 1e6)} MB (aim 90)`,
  );
}

/** Prints the rate of `bak import` into a collection with two indexes, the start of the process included. */
export async function measureImport(
  bak: readonly string[],
  folder: string,
  definition: { readonly name: string },
): Promise<void> {
  mkdirSync(join(folder, "collections"), { recursive: true });
  writeFileSync(join(folder, "bakend.json"), "{}");
  writeFileSync(join(folder, `collections/${definition.name}.json`), JSON.stringify(definition));
  const file = join(folder, "rows.ndjson");
  const lines = Array.from({ length: ROWS }, (_, index) => JSON.stringify(rowAt(index)));
  writeFileSync(file, `${lines.join("\n")}\n`);
  const started = performance.now();
  const args = ["import", definition.name, file, "--config", join(folder, "bakend.json"), "--json"];
  const child = Bun.spawn([...bak, ...args], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`the import failed: ${text}`);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `bak import, ${ROWS.toLocaleString("en")} rows, FULL: ${Math.round(ROWS / seconds).toLocaleString("en")} rows/s (aim 50,000)\n`,
  );
}
