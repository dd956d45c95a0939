import { type Command, EXIT } from "../command.ts";
import { VERSION } from "../version.ts";

/** `bak version`. */
export const versionCommand: Command = {
  name: "version",
  summary: "prints the version",
  usage: "[--json]",
  positionals: { min: 0, max: 0 },
  options: { json: { type: "boolean", summary: "as JSON" } },
  async run({ options, io }) {
    const runtime =
      process.versions.bun === undefined ? `node ${process.versions.node}` : `bun ${process.versions.bun}`;
    const platform = `${process.platform}-${process.arch}`;
    io.out(
      options.json
        ? `${JSON.stringify({ version: VERSION, runtime, platform })}\n`
        : `bakend ${VERSION} (${runtime}, ${platform})\n`,
    );
    return EXIT.ok;
  },
};
