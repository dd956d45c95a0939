import { parseArgs } from "node:util";
import { suggest } from "../tools/index.ts";
import { type Command, UsageError } from "./command.ts";

/** A command line, taken apart. */
export interface ParsedCommand {
  readonly command: Command;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** All values of the options marked `multiple`, in order. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  /** `--help` or `-h` stands among the options. */
  readonly help: boolean;
}

/** Finds the command (of two words or one) and reads its options. Throws `UsageError`. */
export function parseCommandLine(args: readonly string[], commands: readonly Command[]): ParsedCommand {
  const command = findCommand(args, commands);
  const rest = args.slice(command.name.split(" ").length);
  const { tokens } = parseArgs({
    args: [...rest],
    options: { ...parserOptions(command), help: { type: "boolean", short: "h" } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const options: Record<string, string | boolean> = {};
  const repeated: Record<string, string[]> = {};
  const positionals: string[] = [];
  let help = false;
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help") {
      help = true;
      continue;
    }
    const value = readOption(command, token.name, token.rawName, token.value);
    options[token.name] = value;
    if (command.options[token.name]?.multiple) repeated[token.name] = [...(repeated[token.name] ?? []), String(value)];
  }
  if (!help) checkPositionals(command, positionals);
  return { command, positionals, options, repeated, help };
}

/** The parts of an option that `parseArgs` knows. */
function parserOptions({ options }: Command) {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
}

function findCommand(args: readonly string[], commands: readonly Command[]): Command {
  const pair = args.slice(0, 2).join(" ");
  const [word = ""] = args;
  const found = commands.find(({ name }) => name === pair) ?? commands.find(({ name }) => name === word);
  if (found !== undefined) return found;
  const family = commands.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => `bak ${name}`);
  if (family.length > 0) throw new UsageError(`"${word}" needs one more word: ${family.join(", ")}`);
  const names = commands.map(({ name }) => name);
  throw new UsageError(`there is no command "${word}"${didYouMean(suggest(word, names), "bak ")}`);
}

function readOption(command: Command, name: string, raw: string, value: string | undefined): string | boolean {
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (option === undefined) {
    const meant = raw.startsWith("--") ? suggest(name, [...Object.keys(command.options), "help"]) : undefined;
    throw new UsageError(`"bak ${command.name}" has no option ${raw}${didYouMean(meant, "--")}`);
  }
  if (option.type === "string" && (value === undefined || value === "")) {
    throw new UsageError(`${raw} needs a value: ${raw} ${option.value ?? "VALUE"}`);
  }
  if (option.type === "boolean" && value !== undefined) throw new UsageError(`${raw} takes no value`);
  return value ?? true;
}

function checkPositionals({ name, usage, positionals: { min, max } }: Command, given: readonly string[]): void {
  const extra = given[max];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many for "bak ${name}"`);
  if (given.length < min) throw new UsageError(`"bak ${name}" needs more: bak ${name} ${usage}`);
}

function didYouMean(meant: string | undefined, prefix: string): string {
  return meant === undefined ? "" : `; did you mean "${prefix}${meant}"?`;
}
