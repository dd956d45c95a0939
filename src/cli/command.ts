/** Exit codes of `bak`. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

/** One option of a command, in the words of `node:util` parseArgs. */
export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** What it takes, for the help: `FILE`. */
  readonly value?: string;
  /** It may be given several times: see `CommandInput.repeated`. */
  readonly multiple?: true;
  readonly summary: string;
}

/** What a command is given. */
export interface CommandInput {
  readonly positionals: readonly string[];
  /** Options by name; only those of the command's table, of the type said there. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** All values of the options marked `multiple`, in order. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  readonly io: Io;
}

/** One thing that `bak` can do. Each lives in a file of its own and is listed in `commands.ts`. */
export interface Command {
  /** One word, or two: `admin create`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** After `bak NAME`: `DIR`, `COLLECTION FILE`. */
  readonly usage: string;
  /** More for `bak help NAME`. */
  readonly details?: string;
  /** The least and the most words beside options. */
  readonly positionals: { readonly min: number; readonly max: number };
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Does it and resolves to the exit code. May throw `UsageError`, `ConfigError` or `CliError`. */
  run(input: CommandInput): Promise<number>;
}

/** The process's surroundings, as commands see them. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to the standard output, as it is. */
  out(text: string): void;
  /** Writes to the standard error, as it is. */
  err(text: string): void;
  /** Whether the standard error is a terminal. */
  readonly terminal: boolean;
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something failed that needs no stack to be understood: exit code 1. */
export class CliError extends Error {
  override readonly name = "CliError";
}
