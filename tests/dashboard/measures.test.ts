import assert from "node:assert/strict";
import { test } from "node:test";
import { durationInWords, sizeInWords } from "../../dashboard/src/lib/operations/measures.ts";

test("sizes", () => {
  const sizes = [0, 1, 999, 1000, 1_440_000, 250_000_000, 5e15].map(sizeInWords);
  assert.deepEqual(sizes, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "1.4 MB", "250 MB", "5000 TB"]);
});

test("durations", () => {
  const durations = [-3, 12, 3400, 125_000, 7_260_000].map(durationInWords);
  assert.deepEqual(durations, ["0 ms", "12 ms", "3.4 s", "2 min 5 s", "2 h 1 min"]);
});
