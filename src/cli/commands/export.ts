import { resolve } from "node:path";
import { systemPrincipal } from "../../core/principal.ts";
import { type Command, EXIT } from "../command.ts";
import { openProjectApp } from "../open-app.ts";
import { createProgress } from "../progress.ts";
import { configOption, readProject } from "../project.ts";
import { chooseFormat, exportRecords, formatOption, openSink, SinkClosed, STANDARD } from "../transfer/index.ts";
import { requireCollection } from "./import.ts";

/** `bak export`. */
export const exportCommand: Command = {
  name: "export",
  summary: "writes the records of a collection into a file",
  usage: "COLLECTION [FILE] [--config FILE]",
  details: "Without a file, or with -, it writes to the standard output. Hidden fields are left out.",
  positionals: { min: 1, max: 2 },
  options: {
    config: configOption,
    format: formatOption,
    filter: {
      type: "string",
      value: "EXPRESSION",
      summary: "only records that it holds for: \"status = 'published'\"",
    },
    fields: { type: "string", value: "A,B", summary: "only these fields, and the id" },
  },
  async run({ positionals: [name = "", file = STANDARD], options, io }) {
    const format = chooseFormat(options.format, file);
    const app = await openProjectApp(await readProject(options.config, io), io);
    try {
      const collection = requireCollection(name, app.collections.schema.catalog().collections);
      const progress = createProgress({ label: `exporting ${name}`, unit: "records", io });
      const sink = openSink(file === STANDARD ? file : resolve(io.cwd, file));
      try {
        const done = await exportRecords({
          records: app.as(systemPrincipal("export")).records(name),
          collection,
          format,
          sink,
          ...(typeof options.filter === "string" ? { filter: options.filter } : {}),
          ...(typeof options.fields === "string" ? { fields: options.fields.split(",").map((one) => one.trim()) } : {}),
          onProgress: progress.update,
        });
        await sink.close();
        progress.finish(done);
      } catch (error) {
        await sink.discard();
        if (!(error instanceof SinkClosed)) throw error;
      }
      return EXIT.ok;
    } finally {
      await app.close();
    }
  },
};
