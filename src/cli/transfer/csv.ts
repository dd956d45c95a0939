import { CliError } from "../command.ts";
import { type Entry, type EntryReader, MAX_RECORD } from "./entry.ts";

/** Makes a record of the cells of one row; throws nothing, a fault is said in the entry. */
export type FromCells = (cells: readonly string[]) => Pick<Entry, "value" | "fault">;

/**
 * Reads CSV (RFC 4180): a header, then rows; cells may stand in quotes and then hold commas, line ends and doubled
 * quotes. Lines end with LF or CRLF; empty ones are no rows. `open` is given the header's names and may throw.
 */
export function readCsv(open: (names: readonly string[]) => FromCells): EntryReader {
  let rest = "";
  let line = 1;
  let columns = 0;
  let convert: FromCells | undefined;

  function row(cells: readonly string[], from: number, entries: Entry[]): void {
    if (cells.length === 1 && cells[0] === "") return;
    if (convert === undefined) {
      columns = cells.length;
      convert = open(headerNames(cells));
    } else if (cells.length !== columns) {
      entries.push({
        line: from,
        value: undefined,
        fault: `the header has ${columns} cells, this row ${cells.length}`,
      });
    } else entries.push({ line: from, ...convert(cells) });
  }

  function read(all: string, final: boolean): Entry[] {
    const entries: Entry[] = [];
    let at = 0;
    let quote = all.indexOf('"');
    while (at < all.length) {
      const end = all.indexOf("\n", at);
      if (end === -1 && !final) break;
      const stop = end === -1 ? all.length : end;
      if (quote !== -1 && quote < at) quote = all.indexOf('"', at);
      // Most rows hold no quote, and the platform splits them faster than any loop
      if (quote === -1 || quote > stop) {
        row(withoutReturn(all.slice(at, stop)).split(","), line, entries);
        line += 1;
        at = stop + 1;
        continue;
      }
      const quoted = readQuoted(all, at, final, line);
      if (quoted === null) break;
      row(quoted.cells, line, entries);
      line += quoted.lines;
      at = quoted.end;
    }
    rest = all.slice(at);
    if (rest.length > MAX_RECORD) throw new CliError(`line ${line} begins a row longer than any may be`);
    return entries;
  }

  return {
    push: (text) => read(rest + text, false),
    end() {
      const entries = read(rest, true);
      if (convert === undefined) throw new CliError("the CSV has no header");
      return entries;
    },
  };
}

interface QuotedRow {
  readonly cells: readonly string[];
  /** Where the next row begins. */
  readonly end: number;
  readonly lines: number;
}

/** One row that holds quotes, cell by cell; null if its end is not there yet. */
function readQuoted(text: string, start: number, final: boolean, line: number): QuotedRow | null {
  const cells: string[] = [];
  let lines = 1;
  let at = start;
  for (;;) {
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      // a quote that is the last character so far may turn out to be the first of two
      if (close === -1 || (close === text.length - 1 && !final)) {
        if (final && close === -1) throw new CliError(`line ${line}: a quote is not closed`);
        return null;
      }
      const cell = text.slice(at + 1, close);
      for (let end = cell.indexOf("\n"); end !== -1; end = cell.indexOf("\n", end + 1)) lines += 1;
      cells.push(cell.replaceAll('""', '"'));
      at = close + 1;
      if (text[at] === "\r") at += 1;
      if (at >= text.length && !final) return null;
      if (at < text.length && text[at] !== "," && text[at] !== "\n")
        throw new CliError(`line ${line + lines - 1}: text follows a closing quote`);
    } else {
      const end = endOfCell(text, at);
      if (end === text.length && !final) return null;
      cells.push(text[end] === "," ? text.slice(at, end) : withoutReturn(text.slice(at, end)));
      at = end;
    }
    if (text[at] !== ",") return { cells, end: at + 1, lines };
    at += 1;
  }
}

/** The quote that ends a cell: the first that no other follows. -1 if there is none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function endOfCell(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "," && text[at] !== "\n") at += 1;
  return at;
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

function headerNames(cells: readonly string[]): readonly string[] {
  const names = cells.map((cell) => cell.trim());
  const empty = names.indexOf("");
  if (empty !== -1) throw new CliError(`the CSV header: column ${empty + 1} has no name`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CliError(`the CSV header: "${twice}" is there twice`);
  return names;
}
