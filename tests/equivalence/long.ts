// The same for as long as wanted, going on after a mismatch: CASES=100000 SEED=1 bun tests/equivalence/long.ts
import { seedFromEnvironment } from "../core/rules/random.ts";
import { play } from "./play.ts";
import type { Counts } from "./verdicts.ts";

const SEED = seedFromEnvironment();
const CASES = Number(process.env.CASES ?? 100_000);
/** Mismatches that are shown. */
const SHOWN = 5;
/** Cases between two lines of progress. */
const STEP = 1000;

const counts: Counts = {};
const started = Date.now();
let failed = 0;
console.log(`SEED=${SEED} CASES=${CASES}`);
for (let played = 1; played <= CASES; played++) {
  try {
    await play(SEED + played - 1, counts);
  } catch (error) {
    failed += 1;
    if (failed <= SHOWN) console.log(String(error));
  }
  if (played % STEP === 0 || played === CASES) report(played);
}
for (const [door, count] of Object.entries(counts).sort()) console.log(`${String(count).padStart(10)}  ${door}`);
process.exitCode = failed === 0 ? 0 : 1;

function report(played: number): void {
  const decisions = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${played} cases, ${decisions} answers compared, ${failed} mismatches, ${seconds} s`);
}
