import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seedFromEnvironment } from "../rules/random.ts";
import { type Faults, playPool } from "./random-pool.ts";

const SEED = seedFromEnvironment();
/** Of each kind. */
const CASES = Number(process.env.CASES ?? 300);

describe(`whatever processes do, each call is settled once and has its effects once, in ${CASES} random cases (SEED=${SEED})`, () => {
  for (const retires of [false, true])
    test(retires ? "in a pool that is retired" : "in a pool that goes on", { timeout: 120_000 }, async () => {
      const faults: Faults = new Map();
      for (let n = 0; n < CASES; n += 1) await playPool(SEED + n, retires, faults);
      assert.deepEqual([...faults], []);
    });
});
