import assert from "node:assert/strict";
import { test } from "node:test";
import { seedFromEnvironment } from "../core/rules/random.ts";
import { playReplica, type Tally } from "./replica.ts";

const SEED = seedFromEnvironment();
const CASES = Number(process.env.CASES ?? 40);

test(`a copy that is kept by what is told is what a request shows, in ${CASES} random cases (SEED=${SEED})`, {
  timeout: 600_000,
}, async () => {
  const tally: Tally = { compared: 0, events: 0, resets: {} };
  for (let n = 0; n < CASES; n += 1) await playReplica(SEED + n, tally);
  console.log(`\nnote: replica: SEED=${SEED} CASES=${CASES} ${JSON.stringify(tally)}`);
  assert.ok(tally.compared >= CASES * 5, "each case compares many copies");
});
