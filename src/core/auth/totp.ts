/** Seconds that one code is good for (RFC 6238, section 4). */
const STEP_SECONDS = 30;
const DIGITS = 6;
/** Codes of the step before and after are taken too: clocks differ, and people type slowly. */
const DRIFT = 1;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Bytes in base32 without padding (RFC 4648, section 6), as authenticator apps read them. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
}

/** The code of one step: HMAC-SHA-1, truncated (RFC 4226, section 5.3). */
export async function codeAt(secret: Uint8Array<ArrayBuffer>, step: number): Promise<string> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const offset = mac.getUint8(19) & 0xf;
  const number = (mac.getUint32(offset) & 0x7fffffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, "0");
}

/** The step of a time in milliseconds since 1970. */
export function stepOf(time: number): number {
  return Math.floor(time / 1000 / STEP_SECONDS);
}

/** The step whose code this is, around a time and later than `after`; null if it is none. A step's code is good once. */
export async function matchingStep(
  secret: Uint8Array<ArrayBuffer>,
  code: string,
  time: number,
  after: number,
): Promise<number | null> {
  if (!/^\d{6}$/.test(code)) return null;
  const now = stepOf(time);
  for (let step = now - DRIFT; step <= now + DRIFT; step += 1) {
    if (step > after && (await codeAt(secret, step)) === code) return step;
  }
  return null;
}
