/** An address as a number, and how many bits it has. */
interface Parsed {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** Tells whether an address lies in a range. */
export type IpRange = (address: string) => boolean;

/**
 * Reads an address (`127.0.0.1`, `::1`) or a range in CIDR notation (`10.0.0.0/8`, `fd00::/8`, RFC 4632); null for what is
 * neither. IPv4 addresses written in IPv6 (`::ffff:10.0.0.1`, `::ffff:a00:1`) are those IPv4 addresses; other IPv6 addresses may
 * end in one too (`64:ff9b::10.0.0.1`, RFC 4291, section 2.2).
 */
export function parseIpRange(text: string): IpRange | null {
  const [head = "", prefix, ...rest] = text.split("/");
  const base = parseIp(head);
  if (!base || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return null;
  const length = prefix === undefined ? base.bits : Number(prefix);
  if (length > base.bits) return null;
  const shift = BigInt(base.bits - length);
  return (address) => {
    const one = parseIp(address);
    return one !== null && one.bits === base.bits && one.value >> shift === base.value >> shift;
  };
}

function parseIp(text: string): Parsed | null {
  if (!text.includes(":")) return parseV4(text);
  const [, head, dotted] = /^(.*:)([^:]*\..*)$/.exec(text) ?? [];
  if (head === undefined || dotted === undefined) return parseV6(text);
  const tail = parseV4(dotted);
  return tail && parseV6(`${head}${(tail.value >> 16n).toString(16)}:${(tail.value & 0xffffn).toString(16)}`);
}

function parseV4(text: string): Parsed | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null;
  return { value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n), bits: 32 };
}

function parseV6(text: string): Parsed | null {
  const halves = text.split("::");
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const [left = [], right = []] = groups;
  const missing = 8 - left.length - right.length;
  if (halves.length > 2 || (halves.length === 1 ? missing !== 0 : missing < 1)) return null;
  const all = [...left, ...Array<string>(missing).fill("0"), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  const value = all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
  return value >> 32n === 0xffffn ? { value: value & 0xffffffffn, bits: 32 } : { value, bits: 128 };
}
