/** Orders texts by code point, as SQLite orders UTF-8 bytes. (`<` in JavaScript orders UTF-16 units.) */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Units of a surrogate pair stand for code points above all others, but lie below U+E000.
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number) => (unit & 0xf800) === 0xd800;
