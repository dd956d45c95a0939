import { suggest } from "../../tools/index.ts";
import type { ConfigProblem } from "./problem.ts";
import type { EnvForm } from "./setting.ts";
import { createFinder, type Setting } from "./settings.ts";

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting's value from the environment, with the variable that it came from. */
export interface Override {
  readonly path: string;
  readonly variable: string;
  readonly value: unknown;
}

/** Reads a file that holds a value, such as a mounted secret. May throw. */
export type ReadSecret = (path: string) => string;

const PREFIX = "BAKEND_";
const FILE = "_FILE";

/**
 * Reads `BAKEND_*` variables. `NAME_FILE` names a file with the value; both set is a mistake, as is an unknown name.
 * An empty variable counts as not set.
 */
export function readEnvironment(
  env: Environment,
  settings: Iterable<Setting>,
  readSecret: ReadSecret,
): { overrides: Override[]; problems: ConfigProblem[] } {
  const all = [...settings];
  const find = createFinder(all);
  const overrides: Override[] = [];
  const problems: ConfigProblem[] = [];
  for (const [variable, value] of Object.entries(env).sort(byName)) {
    if (!variable.startsWith(PREFIX) || value === undefined || value === "") continue;
    const direct = find(variable);
    // `logging.file` is itself a setting, so a name that ends in _FILE may still be a direct one.
    const viaFile = direct === undefined && variable.endsWith(FILE);
    const named = viaFile ? variable.slice(0, -FILE.length) : variable;
    const setting = viaFile ? find(named) : direct;
    if (setting === undefined) {
      problems.push({
        path: variable,
        message: unknownVariable(
          variable,
          all.map((one) => one.variable),
        ),
      });
    } else if (viaFile && (env[named] ?? "") !== "") {
      problems.push({ path: variable, message: `${named} is set too; only one of them may be` });
    } else {
      const text = viaFile ? readFile(value, readSecret) : { text: value };
      if (text.text === undefined) problems.push({ path: variable, message: text.problem });
      else overrides.push({ path: setting.path, variable, value: interpret(text.text, setting.info.env) });
    }
  }
  return { overrides, problems };
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

function unknownVariable(variable: string, known: Iterable<string>): string {
  const meant = suggest(variable, known);
  return `there is no such setting${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

function readFile(path: string, read: ReadSecret): { text: string } | { text?: undefined; problem: string } {
  try {
    // Files end with a newline that is no part of the value.
    return { text: read(path).replace(/\r?\n$/, "") };
  } catch (error) {
    return { problem: `cannot read ${path} (${error instanceof Error ? error.message : String(error)})` };
  }
}

/** Turns a variable's text into what JSON would say. What cannot be turned stays text, and the schema refuses it. */
function interpret(text: string, form: EnvForm): unknown {
  switch (form) {
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
    case "boolean":
      return BOOLEANS.get(text.trim().toLowerCase()) ?? text;
    case "list":
      return text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    case "text":
      return text;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["no", false],
  ["off", false],
]);
