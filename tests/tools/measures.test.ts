import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  formatByteSize,
  formatDuration,
  parseByteSize,
  parseDuration,
  parseIpRange,
  suggest,
} from "../../src/tools/index.ts";

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

describe("ranges of addresses", () => {
  const cases: [range: string, address: string, within: boolean][] = [
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["127.0.0.1", "::ffff:127.0.0.1", true],
    ["10.0.0.0/8", "10.255.1.2", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["192.168.4.0/22", "192.168.7.255", true],
    ["192.168.4.0/22", "192.168.8.0", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "::1", false],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["fd00::/8", "fdff:1::2", true],
    ["fd00::/8", "fe80::1", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::1", "nonsense", false],
    ["::1", "", false],
    ["64:ff9b::/96", "64:ff9b::10.0.0.1", true],
    ["64:ff9b::a00:1", "64:ff9b::10.0.0.1", true],
    ["::/96", "::127.0.0.1", true],
    ["127.0.0.1", "0:0:0:0:0:ffff:127.0.0.1", true],
    ["::/0", "::1.2.3", false],
    ["::/0", "1:2:3:4:5:6:7:1.2.3.4", false],
    ["::/0", "1.2.3.4::", false],
  ];
  for (const [range, address, within] of cases)
    test(`${address} in ${range}: ${within}`, () => assert.equal(parseIpRange(range)?.(address), within));

  const bad = [
    "",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4/33",
    "1.2.3.4/",
    "1.2.3.4/8/8",
    "::1/129",
    "1::2::3",
    "12345::",
    "1:2:3:4:5:6:7",
    "a.b.c.d",
    "10.0.0.0/-1",
  ];
  for (const text of bad) test(`${JSON.stringify(text)} is none`, () => assert.equal(parseIpRange(text), null));
});
