import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seedFromEnvironment } from "../core/rules/random.ts";
import { playRemoval, type Tally } from "./removal.ts";

const SEED = seedFromEnvironment();
/** Of each kind. */
const CASES = Number(process.env.CASES ?? 60);

describe(`what a deletion takes along is told to whoever could see it, in ${CASES} random cases (SEED=${SEED})`, () => {
  for (const homes of [false, true]) {
    const kind = homes ? "rules that lead through the caller's record" : "rules that ask who the caller is";
    test(kind, { timeout: 600_000 }, async () => {
      const tally: Tally = { compared: {}, told: 0, most: 0 };
      for (let n = 0; n < CASES; n++) await playRemoval(SEED + n, homes, tally);
      const compared = Object.values(tally.compared).reduce((sum, count) => sum + count, 0);
      const came = `${compared} compared, ${tally.told} told, deletions of up to ${tally.most} changes`;
      console.log(`\nnote: removal: ${kind}, SEED=${SEED} CASES=${CASES}, ${came}`);
      assert.ok(compared >= CASES * 20, "each case compares many subscriptions");
    });
  }
});
