import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatByteSize, formatDuration, parseByteSize, parseDuration, suggest } from "../../src/tools/index.ts";

describe("durations", () => {
  const cases: [input: string | number, expected: number | undefined][] = [
    ["250ms", 250],
    ["30s", 30_000],
    ["10m", 600_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
    [" 5 S ", 5000],
    ["12", 12],
    [12, 12],
    [0, 0],
    [-1, undefined],
    [1.5, undefined],
    [Number.NaN, undefined],
    ["", undefined],
    ["s", undefined],
    ["1y", undefined],
    ["-1s", undefined],
    ["1e3s", undefined],
    ["99999999999999d", undefined],
  ];
  for (const [input, expected] of cases) {
    test(`${JSON.stringify(input)} is ${expected}`, () => assert.equal(parseDuration(input), expected));
  }

  const texts: [ms: number, text: string][] = [
    [0, "0ms"],
    [999, "999ms"],
    [1000, "1.0s"],
    [59_949, "59.9s"],
    [59_960, "1m 00s"],
    [245_000, "4m 05s"],
    [12_000_000, "3h 20m"],
  ];
  for (const [ms, text] of texts) test(`${ms} reads ${text}`, () => assert.equal(formatDuration(ms), text));
});

describe("byte sizes", () => {
  const cases: [input: string | number, expected: number | undefined][] = [
    ["512", 512],
    ["64kb", 65_536],
    ["10MB", 10_485_760],
    ["1.5 gb", 1_610_612_736],
    [2048, 2048],
    [-1, undefined],
    [0.5, undefined],
    ["10 m", undefined],
    ["", undefined],
    ["0x10", undefined],
    ["9999999999tb", undefined],
  ];
  for (const [input, expected] of cases) {
    test(`${JSON.stringify(input)} is ${expected}`, () => assert.equal(parseByteSize(input), expected));
  }

  const texts: [bytes: number, text: string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KB"],
    [1_572_864, "1.5 MB"],
    [1024 ** 5, "1024 TB"],
  ];
  for (const [bytes, text] of texts) test(`${bytes} reads ${text}`, () => assert.equal(formatByteSize(bytes), text));
});

describe("suggestions", () => {
  const words = ["port", "host", "logging", "database", "BAKEND_PORT"];
  const cases: [word: string, expected: string | undefined][] = [
    ["prot", "port"],
    ["PORT", "port"],
    ["hots", "host"],
    ["loging", "logging"],
    ["databsae", "database"],
    ["BAKEND_PRT", "BAKEND_PORT"],
    ["xylophone", undefined],
    ["", undefined],
    ["abc", undefined],
  ];
  for (const [word, expected] of cases)
    test(`"${word}" -> ${expected}`, () => assert.equal(suggest(word, words), expected));
});
