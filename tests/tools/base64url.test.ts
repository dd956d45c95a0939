import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromBase64Url, toBase64Url } from "../../src/tools/index.ts";

describe("base64url", () => {
  test("of every length is what others make of the same bytes, and is read again, padded and in plain base64 too", () => {
    for (let length = 0; length < 300; length += 1) {
      const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 89 + length * 7) & 255));
      assert.equal(toBase64Url(bytes), bytes.toString("base64url"));
      for (const form of ["base64url", "base64"] as const)
        assert.deepEqual(Buffer.from(fromBase64Url(bytes.toString(form))), bytes);
    }
  });

  for (const text of ["a", "aaaaa", "aa a", "aa\n", "aé", "a猫aa", "aa=a", "a===", "=", "aa.a", "\u0000aaa"])
    test(`${JSON.stringify(text)} is none`, () => assert.throws(() => fromBase64Url(text)));
});
