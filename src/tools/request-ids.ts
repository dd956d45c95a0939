import type { FillRandom } from "./ids.ts";

/**
 * Makes short ids that are unique among all processes for practical purposes, and cheap: 12 random characters for the
 * process, then a counter.
 */
export function createRequestIds(fillRandom: FillRandom): () => string {
  const prefix = Array.from(fillRandom(new Uint8Array(12)), (byte) => (byte % 36).toString(36)).join("");
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
