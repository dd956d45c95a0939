import { CliError } from "../command.ts";
import { type Entry, type EntryReader, MAX_RECORD } from "./entry.ts";
import { parseEntry } from "./json-lines.ts";

const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [0x22, 0x5c, 0x2c, 0x0a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads a JSON array, element by element, without ever holding it whole. Only the limits of elements are looked for
 * here; what stands between them is left to `JSON.parse`.
 */
export function readJsonArray(): EntryReader {
  let rest = "";
  let line = 1;
  let state: "before" | "inside" | "after" = "before";
  let depth = 0;
  let inText = false;
  let escaped = false;
  let empty = true;

  function element(text: string, from: number, last: boolean, entries: Entry[]): void {
    const blank = text.trim() === "";
    if (!(blank && last && empty)) {
      const leading = text.length - text.trimStart().length;
      entries.push(parseEntry(text, from + count(text, leading)));
    }
    empty = false;
  }

  function push(text: string): Entry[] {
    const entries: Entry[] = [];
    const all = rest + text;
    let start = 0;
    let startLine = line - count(rest, rest.length);
    for (let at = rest.length; at < all.length; at += 1) {
      const code = all.charCodeAt(at);
      if (code === NEWLINE) line += 1;
      if (state === "inside" && inText) {
        if (escaped) escaped = false;
        else if (code === BACKSLASH) escaped = true;
        else if (code === QUOTE) inText = false;
      } else if (state !== "inside") {
        if (code <= 0x20) continue;
        if (state === "after" || code !== OPEN_ARRAY) throw notArray(state, line);
        state = "inside";
        start = at + 1;
        startLine = line;
      } else if (code === QUOTE) inText = true;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth += 1;
      else if (depth > 0) {
        if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= 1;
      } else if (code === COMMA || code === CLOSE_ARRAY) {
        element(all.slice(start, at), startLine, code === CLOSE_ARRAY, entries);
        start = at + 1;
        startLine = line;
        if (code === CLOSE_ARRAY) state = "after";
      }
    }
    rest = state === "inside" ? all.slice(start) : "";
    if (rest.length > MAX_RECORD) throw new CliError(`line ${startLine} begins a record longer than any may be`);
    return entries;
  }

  return {
    push,
    end() {
      if (state === "after") return [];
      throw new CliError(`line ${line}: the text ends before the array does`);
    },
  };
}

function notArray(state: "before" | "after", line: number): CliError {
  const text = state === "after" ? "there is more after the array" : "this is no JSON array";
  return new CliError(`line ${line}: ${text}; one record to a line is --format ndjson`);
}

/** Line ends among the first characters. */
function count(text: string, length: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < length; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
