import assert from "node:assert/strict";
import { test } from "node:test";
import { createSha256 } from "../../src/tools/index.ts";

const hexOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

/** Bytes that differ from place to place. */
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 151 + (index >> 8)) & 255);

test("the digest is that of the platform, whatever the length and the pieces", async () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 4096, 70_001]) {
    const bytes = bytesOf(length);
    const wanted = await hexOf(bytes);
    for (const piece of [1, 7, 63, 64, 65, 4096, 1 << 20]) {
      if (piece === 1 && length > 5000) continue;
      const digest = createSha256();
      for (let at = 0; at < length; at += piece) digest.update(bytes.subarray(at, at + piece));
      assert.equal(digest.hex(), wanted, `${length} bytes in pieces of ${piece}`);
    }
  }
});
