/** Fills an array with random bytes, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const VARIANTS = ["8", "9", "a", "b"] as const;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Random numbers drawn at once; each id takes six. */
const POOL = 6 * 256;

/**
 * Makes UUIDv7 strings (RFC 9562, section 5.7) that ascend strictly within one generator: 48 bits of milliseconds, then
 * a 12-bit counter that starts anew each millisecond (and borrows from the next one when it runs over), then 62
 * random bits.
 */
export function createIdGenerator(now: () => number, fillRandom: FillRandom): () => string {
  // all groups of three hexadecimal digits
  const groups = Array.from({ length: 4096 }, (_, number) => number.toString(16).padStart(3, "0"));
  const bytes = new Uint8Array(POOL * 2);
  const pool = new Uint16Array(bytes.buffer);
  let used = POOL;
  let last = 0;
  let counter = 0;
  let prefix = "";

  const hex3 = (index: number): string => groups[(pool[index] ?? 0) & 0xfff] ?? "";

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
    if (used === POOL) {
      fillRandom(bytes);
      used = 0;
    }
    const at = used;
    used += 6;
    const variant = VARIANTS[(pool[at] ?? 0) & 3] ?? "8";
    return `${prefix}-7${groups[counter]}-${variant}${hex3(at + 1)}-${hex3(at + 2)}${hex3(at + 3)}${hex3(at + 4)}${hex3(at + 5)}`;
  };
}

/** How the UUIDv7s of a millisecond begin: `0195514f-9480`. Ids of earlier ones sort before it, its own after it. */
export function timePrefix(milliseconds: number): string {
  const text = milliseconds.toString(16).padStart(12, "0");
  return `${text.slice(0, 8)}-${text.slice(8)}`;
}

/**
 * A UUIDv7 with the time and the counter of another, and with the digest of that one and a text in the place of the rest:
 * always the same, and in the order of those that it is derived of.
 */
export async function deriveId(id: string, text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${id}\n${text}`));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${id.slice(0, 18)}-8${hex.slice(0, 3)}-${hex.slice(3, 15)}`;
}

/** True for a UUID of any version in its canonical lower-case form. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && value.length === 36 && UUID.test(value);
}
