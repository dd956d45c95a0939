/** One record as it stands in a file. */
export interface Entry {
  /** The line that it begins on, from 1. */
  readonly line: number;
  /** As the file has it: an object if it is any good. Undefined where the text itself is faulty. */
  readonly value: unknown;
  /** Why the text is no record. */
  readonly fault?: string;
}

/** Takes text in pieces of any size and gives the records that are complete, in order. */
export interface EntryReader {
  /** Throws `CliError` where nothing after this point can be made sense of. */
  push(text: string): Entry[];
  /** The records that only the end of the text completes. */
  end(): Entry[];
}

/** Characters that one record may have; a longer one means that the file is not what it is taken for. */
export const MAX_RECORD = 16 * 1024 * 1024;
