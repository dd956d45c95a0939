/** One mistake in the configuration. */
export interface ConfigProblem {
  /** The setting's dotted path, or the environment variable that is at fault. Empty for the whole. */
  readonly path: string;
  /** One line, with what was given; complete without the path. */
  readonly message: string;
  /** What is allowed instead, for people. */
  readonly allowed?: string;
}

/** Everything that is wrong with a configuration, all at once. Its message is made for a terminal. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const count = problems.length === 1 ? "one mistake" : `${problems.length} mistakes`;
    super(`The configuration has ${count}:\n${problems.map(line).join("\n")}`, options);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

function line({ path, message, allowed }: ConfigProblem): string {
  return `  ${path === "" ? "" : `${path}: `}${message}${allowed === undefined ? "" : `; expected ${allowed}`}`;
}
