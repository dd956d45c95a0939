import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seedFromEnvironment } from "../rules/random.ts";
import { type Ending, type Faults, playPool } from "./random-pool.ts";

const SEED = seedFromEnvironment();
const ENDINGS: readonly (readonly [ending: Ending, name: string])[] = [
  ["none", "in a pool that goes on"],
  ["retire", "in a pool that is retired"],
  ["kill", "in a pool that is ended at once"],
];

/** Of each kind. */
const CASES = Number(process.env.CASES ?? 200);

describe(`whatever processes do, each call is settled once and has its effects once, in ${CASES} random cases (SEED=${SEED})`, () => {
  for (const [ending, name] of ENDINGS)
    test(name, { timeout: 120_000 }, async () => {
      const faults: Faults = new Map();
      for (let n = 0; n < CASES; n += 1) await playPool(SEED + n, ending, faults);
      assert.deepEqual([...faults], []);
    });
});
