import assert from "node:assert/strict";
import { test } from "node:test";
import { seedFromEnvironment } from "../core/rules/random.ts";
import { play } from "./play.ts";
import type { Counts } from "./verdicts.ts";

const SEED = seedFromEnvironment();
/** On each of two runtimes: 1,000 in all. */
const CASES = Number(process.env.CASES ?? 500);

test(`no door forgets the rule, in ${CASES} random cases (SEED=${SEED})`, { timeout: 600_000 }, async () => {
  const counts: Counts = {};
  for (let n = 0; n < CASES; n++) await play(SEED + n, counts);
  const decisions = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.log(`\nnote: equivalence: SEED=${SEED} CASES=${CASES}, ${decisions} answers compared`);
  assert.ok(decisions >= CASES * 20, "each case opens many doors");
});
