/**
 * Bytes and messages that are read of a child in a millisecond, in the long run: reading costs the server time, which a child
 * that says something without end must not take.
 */
const BYTES = 12 * 1024;
const MESSAGES = 40;

/** Milliseconds' worth of them that come at once after it was quiet: a file of 8 MB, and the questions of a busy call. */
const BYTES_AT_ONCE = 2000;
const MESSAGES_AT_ONCE = 40;

/** Characters of a message that is understood in no time; what is longer counts twice. */
const SMALL = 64 * 1024;

/** How fast one child may be read. */
export interface Pace {
  /** What was read of it is paid for. */
  bytes(count: number): void;
  /** So is a whole message of so many characters. */
  message(length: number): void;
  /** Milliseconds until it may be read on; 0 for now. */
  wait(): number;
}

/** Makes the pace of a child that was quiet so far. `now` is in milliseconds. */
export function createPace(now: () => number): Pace {
  /** When what was read has been paid for. */
  let bytesPaid = 0;
  let messagesPaid = 0;
  const pay = (paid: number, milliseconds: number): number => Math.max(paid, now()) + milliseconds;
  return {
    bytes(count) {
      bytesPaid = pay(bytesPaid, count / BYTES);
    },
    message(length) {
      messagesPaid = pay(messagesPaid, 1 / MESSAGES);
      if (length > SMALL) bytesPaid = pay(bytesPaid, (length - SMALL) / BYTES);
    },
    wait: () => Math.max(0, bytesPaid - BYTES_AT_ONCE - now(), messagesPaid - MESSAGES_AT_ONCE - now()),
  };
}
