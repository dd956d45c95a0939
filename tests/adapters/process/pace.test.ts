import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPace } from "../../../src/adapters/process/pace.ts";

const MB = 1024 * 1024;

/** A child that says messages of so many characters, as fast as it may: how many came in each of some seconds. */
function flood(length: number, seconds: number): readonly number[] {
  let now = 1000;
  const pace = createPace(() => now);
  return Array.from({ length: seconds }, () => {
    const end = now + 1000;
    let count = 0;
    while (now < end) {
      const wait = pace.wait();
      if (wait > 0) now += wait;
      else {
        pace.bytes(length);
        pace.message(length);
        count += 1;
      }
    }
    return count;
  });
}

describe("the pace at which a child is read", () => {
  const cases: readonly (readonly [what: string, length: number, first: number, then: number])[] = [
    ["small messages: by their number", 20, 41_600, 40_000],
    ["those of some kilobytes: by their bytes", 10_000, 3686, 1229],
    ["those of a megabyte count twice", MB, 18, 6],
  ];
  for (const [what, length, first, then] of cases)
    test(what, () => {
      const [burst = 0, ...rest] = flood(length, 4);
      assert.ok(Math.abs(burst - first) <= first * 0.05 + 1, String(burst));
      for (const count of rest) assert.ok(Math.abs(count - then) <= then * 0.05 + 1, String(count));
    });

  test("a file of 8 MB comes at once, as base64, and another once the first is paid for", () => {
    let now = 0;
    const pace = createPace(() => now);
    const file = Math.ceil((8 * MB) / 3) * 4;
    pace.bytes(file);
    pace.message(file);
    assert.equal(pace.wait(), 0);
    pace.bytes(file);
    pace.message(file);
    const wait = pace.wait();
    assert.ok(wait > 1000 && wait < 2000, String(wait));
    now += wait;
    assert.equal(pace.wait(), 0);
  });
});
