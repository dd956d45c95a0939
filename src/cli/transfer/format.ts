import type { Collection } from "../../core/collections/index.ts";
import { type CommandOption, UsageError } from "../command.ts";
import { readCsv } from "./csv.ts";
import { cellsOf } from "./csv-cells.ts";
import type { EntryReader } from "./entry.ts";
import { readJsonArray } from "./json-array.ts";
import { readJsonLines } from "./json-lines.ts";

/** How records are written down. */
export type Format = "json" | "ndjson" | "csv";

/** The name that stands for the standard input or output. */
export const STANDARD = "-";

/** The option that says a format, the same for import and export. */
export const formatOption: CommandOption = {
  type: "string",
  value: "FORMAT",
  summary: "json (an array), ndjson (one record to a line) or csv; by default what the file's name says",
};

const ENDINGS: Readonly<Record<string, Format>> = { json: "json", jsonl: "ndjson", ndjson: "ndjson", csv: "csv" };

/** The format that is asked for, or that a file's name says. Throws `UsageError` where neither does. */
export function chooseFormat(asked: string | boolean | undefined, file: string): Format {
  if (typeof asked === "string") {
    const known = Object.values(ENDINGS).find((one) => one === asked);
    if (known === undefined) throw new UsageError(`--format ${asked}: it is json, ndjson or csv`);
    return known;
  }
  const ending = /\.([a-z]+)$/.exec(file.toLowerCase())?.[1] ?? "";
  const said = Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined;
  if (said !== undefined) return said;
  throw new UsageError(`say what ${file === STANDARD ? "is read or written" : file} is: --format json, ndjson or csv`);
}

/** A reader of one format, for records of one collection. */
export function createReader(format: Format, collection: Collection): EntryReader {
  switch (format) {
    case "json":
      return readJsonArray();
    case "ndjson":
      return readJsonLines();
    case "csv":
      return readCsv(cellsOf(collection));
  }
}
