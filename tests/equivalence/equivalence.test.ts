import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seedFromEnvironment } from "../core/rules/random.ts";
import { play } from "./play.ts";
import type { Counts } from "./verdicts.ts";

const SEED = seedFromEnvironment();
const CASES = Number(process.env.CASES ?? 40);

describe("no door forgets the rule", () => {
  test(`in ${CASES} random cases (SEED=${SEED})`, { timeout: 86_400_000 }, async () => {
    const counts: Counts = {};
    for (let n = 0; n < CASES; n++) await play(SEED + n, counts);
    const decisions = Object.values(counts).reduce((sum, count) => sum + count, 0);
    console.log(`SEED=${SEED} CASES=${CASES} decisions=${decisions}`);
    assert.ok(decisions >= CASES * 25, "each case opens many doors");
  });
});
