const NEWLINE = 10;

/**
 * Cuts a stream of bytes into lines of text, one message each. Calls `overlong` once, and then nothing any more, if one
 * has more than `most` bytes.
 */
export function createLineReader(
  line: (text: string) => void,
  most: number = Number.POSITIVE_INFINITY,
  overlong: () => void = () => undefined,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let size = 0;
  let broken = false;

  const take = (): string => {
    const [only] = parts;
    const whole = parts.length === 1 && only ? only : concat(parts, size);
    parts = [];
    size = 0;
    return decoder.decode(whole);
  };

  return (chunk) => {
    let start = 0;
    while (!broken) {
      const end = chunk.indexOf(NEWLINE, start);
      const part = end < 0 ? chunk.subarray(start) : chunk.subarray(start, end);
      parts.push(part);
      size += part.length;
      if (size > most) {
        broken = true;
        parts = [];
        overlong();
        return;
      }
      if (end < 0) return;
      start = end + 1;
      line(take());
    }
  };
}

function concat(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
