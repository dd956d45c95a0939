import { type Collection, MAX_LIMIT, type RecordData, type Records } from "../../core/collections/index.ts";
import { UsageError } from "../command.ts";
import { csvColumns, toCell } from "./csv-cells.ts";
import type { Format } from "./format.ts";
import type { Sink } from "./sink.ts";

/** What is to be exported, and how. */
export interface ExportJob {
  readonly records: Records;
  readonly collection: Collection;
  readonly format: Format;
  readonly sink: Sink;
  readonly filter?: string;
  readonly fields?: readonly string[];
  readonly onProgress?: (records: number) => void;
}

/** Writes records down in the order of their ids, page by page. Returns how many. */
export async function exportRecords(job: ExportJob): Promise<number> {
  const { records, sink, filter, fields } = job;
  const writer = writerOf(job);
  let done = 0;
  await sink.write(writer.begin);
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await records.list({
      sort: "id",
      limit: MAX_LIMIT,
      ...(filter === undefined ? {} : { filter }),
      ...(fields === undefined ? {} : { fields: [...new Set(["id", ...fields])] }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (page.items.length > 0) await sink.write(writer.page(page.items, done === 0));
    done += page.items.length;
    cursor = page.next;
    job.onProgress?.(done);
  }
  await sink.write(writer.end);
  return done;
}

interface Writer {
  readonly begin: string;
  readonly end: string;
  page(items: readonly RecordData[], first: boolean): string;
}

function writerOf({ format, collection, fields }: ExportJob): Writer {
  switch (format) {
    case "ndjson":
      return { begin: "", end: "", page: (items) => items.map((item) => `${JSON.stringify(item)}\n`).join("") };
    case "json":
      return {
        begin: "[",
        end: "\n]\n",
        page: (items, first) => `${first ? "" : ","}\n${items.map((item) => JSON.stringify(item)).join(",\n")}`,
      };
    case "csv": {
      const columns = columnsOf(collection, fields);
      return {
        begin: `${columns.map((column) => toCell(column.name, false)).join(",")}\n`,
        end: "",
        page: (items) =>
          items
            .map((item) => `${columns.map((column) => toCell(column.read(item), column.json)).join(",")}\n`)
            .join(""),
      };
    }
  }
}

interface Column {
  readonly name: string;
  readonly json: boolean;
  read(item: RecordData): unknown;
}

function columnsOf(collection: Collection, fields: readonly string[] | undefined): readonly Column[] {
  const wanted = fields === undefined ? undefined : new Set(["id", ...fields]);
  const names = csvColumns(collection).filter((name) => wanted === undefined || wanted.has(fieldOf(name)));
  if (wanted !== undefined) {
    const known = new Set(names.map(fieldOf));
    const other = [...wanted].find((name) => !known.has(name));
    if (other !== undefined) throw new UsageError(`--fields: ${collection.name} has no field "${other}"`);
  }
  return names.map((name): Column => {
    const [field = "", part] = name.split(".");
    const json = collection.field(field)?.definition.type === "json";
    if (part === undefined) return { name, json, read: (item) => item[field] };
    return { name, json, read: (item) => partOf(item[field], part) };
  });
}

const fieldOf = (column: string): string => column.split(".")[0] ?? column;

function partOf(value: unknown, part: string): unknown {
  return typeof value === "object" && value !== null ? (value as RecordData)[part] : undefined;
}
