import { CliError } from "../command.ts";
import { type Entry, type EntryReader, MAX_RECORD } from "./entry.ts";

/** Reads JSON Lines: one value to a line. Empty lines count, but are no records. */
export function readJsonLines(): EntryReader {
  let rest = "";
  let line = 0;

  function take(text: string, entries: Entry[]): void {
    line += 1;
    if (text.trim() !== "") entries.push(parseEntry(text, line));
  }

  return {
    push(text) {
      const entries: Entry[] = [];
      const all = rest + text;
      let at = 0;
      for (let end = all.indexOf("\n"); end !== -1; end = all.indexOf("\n", at)) {
        take(all.slice(at, end), entries);
        at = end + 1;
      }
      rest = all.slice(at);
      if (rest.length > MAX_RECORD) throw new CliError(`line ${line + 1} is longer than any record may be`);
      return entries;
    },
    end() {
      const entries: Entry[] = [];
      take(rest, entries);
      return entries;
    },
  };
}

/** The record that a piece of JSON says. */
export function parseEntry(text: string, line: number): Entry {
  try {
    return { line, value: JSON.parse(text) };
  } catch (error) {
    return { line, value: undefined, fault: `this is no JSON (${error instanceof Error ? error.message : error})` };
  }
}
