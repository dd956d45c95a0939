import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toDay } from "../../../src/core/rules/instant.ts";
import { toInstant } from "../../../src/tools/index.ts";

describe("toInstant", () => {
  const cases: readonly [string, string | undefined][] = [
    ["2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000Z"],
    ["2024-01-01", "2024-01-01T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2024-01-01T10:00Z", "2024-01-01T10:00:00.000Z"],
    ["2024-01-01T10:00:00.5Z", "2024-01-01T10:00:00.500Z"],
    ["2024-01-01T10:00:00.123999Z", "2024-01-01T10:00:00.123Z"],
    ["2024-01-01T01:30:00+02:00", "2023-12-31T23:30:00.000Z"],
    ["2023-12-31T20:30:00-0330", "2024-01-01T00:00:00.000Z"],
    ["0050-01-01", "0050-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
    ["9999-12-31T23:59:59-01:00", undefined],
    ["0000-01-01T00:00:00+01:00", undefined],
    ["2023-02-29", undefined],
    ["2024-13-01", undefined],
    ["2024-00-10", undefined],
    ["2024-1-1", undefined],
    ["2024-01-01T24:00:00Z", undefined],
    ["2024-01-01T10:60:00Z", undefined],
    ["2024-01-01T10:00:60Z", undefined],
    ["2024-01-01T10:00:00", undefined],
    ["2024-01-01T10:00:00+24:00", undefined],
    ["2024-01-01T10:00:00+01:60", undefined],
    ["2024-01-01 10:00:00Z", undefined],
    ["2024-01-01T10:00:00z", undefined],
    ["+002024-01-01T10:00:00Z", undefined],
    ["2024", undefined],
    ["", undefined],
    ["now", undefined],
  ];
  for (const [text, expected] of cases) test(JSON.stringify(text), () => assert.equal(toInstant(text), expected));
});

test("toDay keeps a time that is not midnight", () => {
  assert.equal(toDay("2024-01-01"), "2024-01-01");
  assert.equal(toDay("2024-01-01T02:00:00+02:00"), "2024-01-01");
  assert.equal(toDay("2024-01-01T00:00:00.001Z"), "2024-01-01T00:00:00.001Z");
  assert.equal(toDay("x"), undefined);
});
