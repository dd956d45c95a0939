import { createReadStream } from "node:fs";
import { CliError } from "../command.ts";
import type { Entry, EntryReader } from "./entry.ts";
import { STANDARD } from "./format.ts";

/** Bytes that are read at once. */
const PIECE = 256 * 1024;

/** The bytes of a file, or of the standard input for `-`. */
export function openBytes(path: string): AsyncIterable<Uint8Array> {
  return path === STANDARD ? process.stdin : createReadStream(path, { highWaterMark: PIECE });
}

/**
 * The records of a text in UTF-8, in groups of `size`, read as far as they are asked for.
 * Throws `CliError` for what cannot be read.
 */
export async function* readEntries(
  bytes: AsyncIterable<Uint8Array>,
  reader: EntryReader,
  size: number,
): AsyncGenerator<readonly Entry[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let waiting: Entry[] = [];
  const groups = function* (entries: readonly Entry[]): Generator<readonly Entry[]> {
    for (const entry of entries) {
      waiting.push(entry);
      if (waiting.length < size) continue;
      yield waiting;
      waiting = [];
    }
  };
  for await (const piece of readable(bytes)) yield* groups(reader.push(decode(decoder, piece)));
  yield* groups(reader.push(decode(decoder)));
  yield* groups(reader.end());
  if (waiting.length > 0) yield waiting;
}

async function* readable(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw new CliError(`it cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** The next piece of text; without bytes, what an unfinished character at the end leaves. A byte order mark is dropped. */
function decode(decoder: TextDecoder, piece?: Uint8Array): string {
  try {
    return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
  } catch {
    throw new CliError("it is not text in UTF-8");
  }
}
