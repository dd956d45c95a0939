// The same for as long as wanted, going on after a mismatch: SEED=1 CASES=100000 MINUTES=10 bun tests/equivalence/long.ts
import { seedFromEnvironment } from "../core/rules/random.ts";
import { play } from "./play.ts";
import type { Counts } from "./verdicts.ts";

const SEED = seedFromEnvironment();
const CASES = Number(process.env.CASES ?? 100_000);
const MINUTES = Number(process.env.MINUTES ?? 1440);
const SHOWN = Number(process.env.SHOWN ?? 5);
const counts: Counts = {};
const started = Date.now();
let failed = 0;
let played = 0;
for (; played < CASES && Date.now() - started < MINUTES * 60_000; played++) {
  try {
    await play(SEED + played, counts);
  } catch (error) {
    failed += 1;
    if (failed <= SHOWN) console.log(String(error));
  }
  if ((played + 1) % 500 === 0) report();
}
report();
console.log(JSON.stringify(counts));
process.exitCode = failed === 0 ? 0 : 1;

function report(): void {
  const decisions = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`SEED=${SEED} cases=${played} decisions=${decisions} failed=${failed} seconds=${seconds}`);
}
