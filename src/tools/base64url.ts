const ALPHABET = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/** What each character stands for, of plain base64 too; 64 for those that stand for nothing. */
const VALUES = new Uint8Array(128).fill(64);
for (const [value, code] of ALPHABET.entries()) VALUES[code] = value;
VALUES[0x2b] = 62;
VALUES[0x2f] = 63;

/** Bytes as base64url without padding (RFC 4648, section 5). Takes no more memory than its result twice. */
export function toBase64Url(bytes: Uint8Array): string {
  const { length } = bytes;
  const codes = new Uint8Array(Math.ceil((length * 4) / 3));
  const put = (at: number, bits: number): void => {
    codes[at] = ALPHABET[bits & 63] ?? 0;
  };
  for (let from = 0, to = 0; from < length; from += 3, to += 4) {
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    put(to, bits >> 18);
    put(to + 1, bits >> 12);
    // beyond the end there is nothing to write to
    put(to + 2, bits >> 6);
    put(to + 3, bits);
  }
  return new TextDecoder().decode(codes);
}

/** The bytes of a base64url text, padded or not. Throws for what is none. Takes no more memory than its result. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  let end = text.length;
  while (end > 0 && text.length - end < 2 && text[end - 1] === "=") end -= 1;
  if (end % 4 === 1 || (end < text.length && text.length % 4 !== 0)) throw new TypeError("This is no base64url.");
  const bytes = new Uint8Array(Math.floor((end * 3) / 4));
  let bits = 0;
  for (let from = 0, to = 0; from < end; from += 1) {
    const value = VALUES[text.charCodeAt(from)] ?? 64;
    if (value === 64) throw new TypeError("This is no base64url.");
    bits = (bits << 6) | value;
    // the first of four characters completes no byte
    if (from % 4 === 0) continue;
    bytes[to] = bits >> (6 - 2 * (from % 4));
    to += 1;
  }
  return bytes;
}
