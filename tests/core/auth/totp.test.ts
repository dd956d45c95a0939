import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSeal } from "../../../src/core/auth/seal.ts";
import { codeAt, matchingStep, stepOf, toBase32 } from "../../../src/core/auth/totp.ts";

const SECRET = new TextEncoder().encode("12345678901234567890");

describe("codes of authenticator apps", () => {
  // RFC 4226, appendix D
  const hotp = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
  hotp.forEach((code, counter) => {
    test(`RFC 4226, counter ${counter}`, async () => assert.equal(await codeAt(SECRET, counter), code));
  });

  // RFC 6238, appendix B: the last six of its eight digits
  const totp: readonly (readonly [seconds: number, code: string])[] = [
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ];
  for (const [seconds, code] of totp)
    test(`RFC 6238, second ${seconds}`, async () => assert.equal(await codeAt(SECRET, stepOf(seconds * 1000)), code));

  // RFC 4648, section 10
  const base32 = {
    "": "",
    f: "MY",
    fo: "MZXQ",
    foo: "MZXW6",
    foob: "MZXW6YQ",
    fooba: "MZXW6YTB",
    foobar: "MZXW6YTBOI",
  };
  for (const [text, expected] of Object.entries(base32))
    test(`"${text}" in base32`, () => assert.equal(toBase32(new TextEncoder().encode(text)), expected));

  const now = 1_234_567_890_000;
  const step = stepOf(now);
  const cases: readonly (readonly [name: string, at: number, after: number, found: number | null])[] = [
    ["the present one", step, 0, step],
    ["the one before", step - 1, 0, step - 1],
    ["the one to come", step + 1, 0, step + 1],
    ["one too old", step - 2, 0, null],
    ["one too early", step + 2, 0, null],
    ["one that was used", step, step, null],
  ];
  for (const [name, at, after, found] of cases)
    test(name, async () => assert.equal(await matchingStep(SECRET, await codeAt(SECRET, at), now, after), found));
  for (const bad of ["", "12345", "1234567", "abcdef", " 12345"])
    test(`"${bad}" is none`, async () => assert.equal(await matchingStep(SECRET, bad, now, 0), null));
});

describe("the seal", () => {
  const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
  test("opens what it sealed, and nothing else", async () => {
    const one = await createSeal("0123456789abcdef0123456789abcdef", random);
    const other = await createSeal("another secret of some 32 letters", random);
    const text = await one.seal(SECRET);
    assert.notEqual(text, await one.seal(SECRET));
    assert.ok(!atob(text.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "").includes("1234567890"));
    assert.deepEqual(await one.open(text), SECRET);
    await assert.rejects(other.open(text));
    await assert.rejects(one.open(`${text.slice(0, -4)}AAAA`));
  });
});
