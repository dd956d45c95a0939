// Kills the server under load, again and again, and holds what it was told against what is there.
//   bun tests/torture/kill.ts [ROUNDS] [--bak FILE] [--seed N]
import { parseArgs } from "node:util";
import { createRandom, seedFromEnvironment } from "../core/rules/random.ts";
import { killRounds, type Report, terminateRounds, twoServers } from "./ordeal.ts";

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { bak: { type: "string" }, seed: { type: "string" } },
});
const rounds = Number(positionals[0] ?? 50);
const seed = values.seed === undefined ? seedFromEnvironment() : Number(values.seed);
const options = { random: createRandom(seed), ...(values.bak === undefined ? {} : { bak: values.bak }) };
const few = Math.max(2, Math.ceil(rounds / 10));

process.stdout.write(`seed ${seed}, ${values.bak ?? "from source"}\n`);
await run("kill -9", rounds, () => killRounds(rounds, options));
await run("SIGTERM", few, () => terminateRounds(few, options));
await run("two servers on one file, one killed", few, () => twoServers(few, options));

async function run(name: string, times: number, ordeal: () => Promise<Report>): Promise<void> {
  const started = performance.now();
  const { acknowledged, unanswered, happened, repeated, done } = await ordeal();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    `${name}: ${times} rounds, ${acknowledged} acknowledged writes checked, ${unanswered} unanswered ` +
      `(${happened} of them had happened), ${repeated} repeated with their key, ${seconds} s\n` +
      (done.events === 0
        ? ""
        : `  ${done.events} events, ${done.effects} effects of functions, ${done.runs} runs in steps, ${done.again} steps run again\n`),
  );
}
