import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { BakendError } from "../errors.ts";
import { HEAD } from "./media-type.ts";

/** What is known of bytes once they have all passed. */
export interface Passed {
  readonly size: number;
  /** SHA-256, in hexadecimal digits. */
  readonly checksum: string;
  /** The first of them. */
  readonly head: Uint8Array;
}

/** A body on its way, looked at as it passes. */
export interface Incoming {
  readonly body: ReadableStream<Uint8Array>;
  /** To be asked once the body has ended. */
  passed(): Passed;
}

/**
 * Looks at a body as it passes. It fails with BakendError `payload_too_large` at the first byte over the limit, before the
 * rest is read.
 */
export function lookAt(source: ReadableStream<Uint8Array>, limit: number): Incoming {
  const reader = source.getReader();
  const digest = sha256.create();
  const head = new Uint8Array(HEAD);
  let size = 0;

  const see = (bytes: Uint8Array): void => {
    if (size + bytes.length > limit) throw fileTooLarge(limit);
    if (size < HEAD) head.set(bytes.subarray(0, HEAD - size), size);
    size += bytes.length;
    digest.update(bytes);
  };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await reader.read();
        if (done) return controller.close();
        see(value);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { body, passed: () => ({ size, checksum: bytesToHex(digest.digest()), head: head.subarray(0, size) }) };
}

/** The refusal of a file that has more bytes than one may have. */
export function fileTooLarge(limit: number): BakendError {
  return new BakendError("payload_too_large", `A file may have at most ${limit} bytes.`);
}
