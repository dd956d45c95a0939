/** Fills an array with random bytes, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const POOL_BYTES = 8 * 512;

/**
 * Makes UUIDv7 strings (RFC 9562, section 5.7) that ascend strictly within one generator: 48 bits of milliseconds, then
 * a 12-bit counter that starts anew each millisecond (and borrows from the next one when it runs over), then 62
 * random bits.
 */
export function createIdGenerator(now: () => number, fillRandom: FillRandom): () => string {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let last = 0;
  let counter = 0;
  let prefix = "";

  const hex = (index: number): string => HEX[pool[index] ?? 0] ?? "00";

  return () => {
    const time = now();
    if (time > last) {
      last = time;
      counter = 0;
      prefix = timePrefix(last);
    } else if (++counter > 0xfff) {
      last += 1;
      counter = 0;
      prefix = timePrefix(last);
    }
    if (used === POOL_BYTES) {
      fillRandom(pool);
      used = 0;
    }
    const at = used;
    used += 8;
    const variant = HEX[0x80 | ((pool[at] ?? 0) & 0x3f)] ?? "80";
    const count = (HEX[counter >> 8] ?? "00").slice(1) + (HEX[counter & 0xff] ?? "00");
    return `${prefix}-7${count}-${variant}${hex(at + 1)}-${hex(at + 2)}${hex(at + 3)}${hex(at + 4)}${hex(at + 5)}${hex(at + 6)}${hex(at + 7)}`;
  };
}

function timePrefix(milliseconds: number): string {
  const text = milliseconds.toString(16).padStart(12, "0");
  return `${text.slice(0, 8)}-${text.slice(8)}`;
}

/** True for a UUID of any version in its canonical lower-case form. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && value.length === 36 && UUID.test(value);
}
