import { resolve } from "node:path";
import type { Collection } from "../../core/collections/index.ts";
import { systemPrincipal } from "../../core/principal.ts";
import { createIdGenerator, suggest } from "../../tools/index.ts";
import { CliError, type Command, EXIT, type Io, UsageError } from "../command.ts";
import { openProjectApp } from "../open-app.ts";
import { createProgress } from "../progress.ts";
import { configOption, readProject } from "../project.ts";
import {
  CHUNK,
  chooseFormat,
  createReader,
  type FaultyRecord,
  formatOption,
  type ImportCounts,
  ImportStopped,
  importRecords,
  openBytes,
  openFaultsFile,
  parseKeyRules,
  readEntries,
  STANDARD,
} from "../transfer/index.ts";

/** Faulty records that are told of, one by one, where no file takes them. */
const TOLD = 10;

/** `bak import`. */
export const importCommand: Command = {
  name: "import",
  summary: "brings records from a file into a collection",
  usage: "COLLECTION FILE [--config FILE]",
  details: `Reads a JSON array, JSON Lines or CSV with a header; - is the standard input. ${CHUNK.toLocaleString("en-US")} records share a transaction.
The first faulty record ends the import: nothing of its ${CHUNK.toLocaleString("en-US")} is written, what came before stays.`,
  positionals: { min: 2, max: 2 },
  options: {
    config: configOption,
    format: formatOption,
    key: {
      type: "string",
      value: "RELATION=FIELD",
      multiple: true,
      summary: "the file names the related record by this field instead of its id: country=code; may be repeated",
    },
    upsert: { type: "string", value: "FIELD", summary: "updates the record with the same value of this field, if any" },
    "skip-errors": { type: "boolean", summary: "goes on after faulty records" },
    errors: { type: "string", value: "FILE", summary: "with --skip-errors: takes the faulty records and the reasons" },
    json: { type: "boolean", summary: "prints the result in one line of JSON" },
  },
  async run({ positionals: [name = "", file = ""], options, repeated, io }) {
    const format = chooseFormat(options.format, file);
    if (options.errors !== undefined && options["skip-errors"] !== true)
      throw new UsageError("--errors needs --skip-errors");
    const app = await openProjectApp(await readProject(options.config, io), io);
    try {
      const catalog = app.collections.schema.catalog();
      const collection = requireCollection(name, catalog.collections);
      const keys = parseKeyRules(repeated.key ?? [], collection, catalog);
      const upsert = upsertField(options.upsert, collection);
      const progress = createProgress({ label: `importing ${name}`, unit: "records", io });
      const faults = options["skip-errors"] === true ? collectFaults(options.errors, io) : undefined;
      const counts: ImportCounts = { created: 0, updated: 0, failed: 0 };
      const started = performance.now();
      const path = file === STANDARD ? file : resolve(io.cwd, file);
      try {
        await importRecords(
          {
            access: app.as(systemPrincipal("import")),
            collection,
            entries: readEntries(openBytes(path), createReader(format, collection), CHUNK),
            keys,
            ...(upsert === undefined ? {} : { upsert }),
            newId: createIdGenerator(Date.now, (bytes) => crypto.getRandomValues(bytes)),
            ...(faults ? { onFault: faults.take } : {}),
            onProgress: progress.update,
          },
          counts,
        );
        progress.finish(counts.created + counts.updated);
      } catch (error) {
        throw stopped(error, file, counts, options.json === true ? io : undefined);
      } finally {
        await faults?.close();
      }
      if (options.json === true) {
        io.out(
          `${JSON.stringify({ collection: name, ...counts, milliseconds: Math.round(performance.now() - started) })}\n`,
        );
      }
      if (counts.failed === 0) return EXIT.ok;
      io.err(`${counts.failed.toLocaleString("en-US")} records were faulty and left out\n`);
      return EXIT.failure;
    } finally {
      await app.close();
    }
  },
};

/** The collection of that name. Throws `UsageError`. */
export function requireCollection(name: string, collections: readonly Collection[]): Collection {
  const found = collections.find((one) => one.name === name);
  if (found !== undefined) return found;
  const meant = suggest(
    name,
    collections.map((one) => one.name),
  );
  throw new UsageError(`there is no collection "${name}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`);
}

function upsertField(field: string | boolean | undefined, collection: Collection): string | undefined {
  if (typeof field !== "string") return undefined;
  const known = collection.schema.fields.get(field);
  if (known !== undefined && (known.kind === "value" || known.kind === "one")) return field;
  throw new UsageError(`--upsert ${field}: ${collection.name} has no field of this name with a single value`);
}

/** Takes faulty records: into the file, or to the terminal as far as a person can read. */
function collectFaults(path: string | boolean | undefined, io: Io) {
  const file = typeof path === "string" ? openFaultsFile(resolve(io.cwd, path)) : undefined;
  let told = 0;
  return {
    async take(fault: FaultyRecord): Promise<void> {
      if (file) return file.write(fault);
      told += 1;
      if (told <= TOLD) io.err(`line ${fault.line}: ${fault.reason}\n`);
      if (told === TOLD + 1) io.err("... --errors FILE takes all of them\n");
    },
    close: async () => file?.close(),
  };
}

/** The error in words that say what has become of the records before it. */
function stopped(error: unknown, file: string, counts: ImportCounts, io: Io | undefined): unknown {
  if (!(error instanceof CliError)) return error;
  if (io) {
    const fault = error instanceof ImportStopped ? { line: error.fault.line, reason: error.fault.reason } : {};
    io.out(`${JSON.stringify({ ...counts, stopped: { message: error.message, ...fault } })}\n`);
  }
  const done = (counts.created + counts.updated).toLocaleString("en-US");
  return new CliError(`${file}: ${error.message}\n${done} records before it were imported and stay.`);
}
