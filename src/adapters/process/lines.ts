/**
 * Cuts a stream of bytes into lines of text, one message each. Calls `overlong` once, and then nothing any more, if one
 * has more than `most` characters. Bytes become text as they come, so the end of a long line costs little more than any
 * other part of it. What a line's taker throws is thrown again in a turn of its own: the lines after it are others'.
 */
export function createLineReader(
  line: (text: string) => void,
  most: number = Number.POSITIVE_INFINITY,
  overlong: () => void = () => undefined,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let begun = "";
  let broken = false;

  /** Adds to the line that has begun; false if it is too long by now. */
  const add = (text: string): boolean => {
    begun += text;
    if (begun.length <= most) return true;
    broken = true;
    begun = "";
    overlong();
    return false;
  };

  return (chunk) => {
    if (broken) return;
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      if (!add(text.slice(start, end))) return;
      const whole = begun;
      begun = "";
      start = end + 1;
      try {
        line(whole);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    add(text.slice(start));
  };
}
