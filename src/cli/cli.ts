import { ConfigError } from "../core/config/index.ts";
import { BakendError } from "../core/errors.ts";
import { parseCommandLine } from "./args.ts";
import { CliError, EXIT, type Io, UsageError } from "./command.ts";
import { commands } from "./commands/index.ts";
import { commandHelp, overview } from "./help.ts";

/** Other ways to ask for a command. */
const ALIASES: Readonly<Record<string, string>> = {
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-v": "version",
};

/** Runs one command line to its end. Resolves to the exit code: 0 done, 1 failed, 2 wrongly asked or wrongly configured. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  try {
    const [first, ...rest] = args;
    if (first === undefined) {
      io.err(overview(commands));
      return EXIT.usage;
    }
    const { command, help, positionals, options, repeated } = parseCommandLine(
      [ALIASES[first] ?? first, ...rest],
      commands,
    );
    if (help) {
      io.out(commandHelp(command));
      return EXIT.ok;
    }
    return await command.run({ positionals, options, repeated, io });
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, io: Io): number {
  if (error instanceof UsageError) {
    io.err(`bak: ${error.message}\nTry "bak help".\n`);
    return EXIT.usage;
  }
  if (error instanceof ConfigError) {
    io.err(`bak: ${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof BakendError && error.status === 400) {
    const fields = (error.errors ?? []).map(({ field, message }) => `  ${field}: ${message}\n`);
    io.err(`bak: ${error.message}\n${fields.join("")}`);
    return EXIT.usage;
  }
  const known = error instanceof CliError || error instanceof BakendError;
  io.err(`bak: ${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.failure;
}
