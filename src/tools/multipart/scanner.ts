/** A body that is no well-formed `multipart/form-data`, in words for whoever sent it. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
}

/** Goes through a stream of bytes from one delimiter to the next, holding no more of it than it has to. */
export interface Scanner {
  /** The next bytes before a delimiter, never none; null once it was met, and passed. */
  before(delimiter: Uint8Array): Promise<Uint8Array | null>;
  /** All bytes before a delimiter, which is passed. @throws MultipartError if there are more than so many */
  upTo(delimiter: Uint8Array, limit: number): Promise<Uint8Array>;
  /** The next so many bytes. */
  take(count: number): Promise<Uint8Array>;
  /** Reads what is left, and forgets it. @throws MultipartError if that is more than so many bytes */
  finish(limit: number): Promise<void>;
}

/**
 * Scans what a reader gives, after the bytes in `start`. Whatever asks for more than there is fails with MultipartError.
 */
export function createScanner(reader: ReadableStreamDefaultReader<Uint8Array>, start: Uint8Array): Scanner {
  let held = start;

  const more = async (): Promise<void> => {
    const { value, done } = await reader.read();
    if (done) throw new MultipartError("it ends before its last boundary");
    held = held.length === 0 ? value : joined(held, value);
  };
  const pass = (count: number): Uint8Array => {
    const passed = held.subarray(0, count);
    held = held.subarray(count);
    return passed;
  };

  return {
    async before(delimiter) {
      for (;;) {
        const at = find(held, delimiter);
        if (at > 0) return pass(at);
        if (at === 0) {
          pass(delimiter.length);
          return null;
        }
        // the last bytes may be the beginning of the delimiter
        const safe = held.length - delimiter.length + 1;
        if (safe > 0) return pass(safe);
        await more();
      }
    },
    async upTo(delimiter, limit) {
      for (;;) {
        const at = find(held, delimiter);
        if (at > limit || (at < 0 && held.length > limit))
          throw new MultipartError(`a part has more than ${limit} bytes of headers`);
        if (at >= 0) {
          const found = pass(at);
          pass(delimiter.length);
          return found;
        }
        await more();
      }
    },
    async take(count) {
      while (held.length < count) await more();
      return pass(count);
    },
    async finish(limit) {
      for (let left = held.length; left <= limit; ) {
        const { value, done } = await reader.read();
        if (done) return;
        left += value.length;
      }
      throw new MultipartError("something follows its last boundary");
    },
  };
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

/** Where a delimiter stands whole; -1 if it does not. */
function find(bytes: Uint8Array, delimiter: Uint8Array): number {
  const [first = 0] = delimiter;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + delimiter.length > bytes.length) return -1;
    let same = 1;
    while (same < delimiter.length && bytes[at + same] === delimiter[same]) same += 1;
    if (same === delimiter.length) return at;
  }
  return -1;
}
