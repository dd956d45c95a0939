import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { holds } from "../adapters/process/linked-packages.ts";
import { type Config, ConfigError, loadConfig, type SettingSources, settingSources } from "../core/config/index.ts";
import type { MailFiles } from "../core/mail/index.ts";
import { type CommandOption, type Io, UsageError } from "./command.ts";
import { importDefault } from "./import-default.ts";

/** A user's project, read from its folder. Every path in `config` is absolute. */
export interface Project {
  /** The configuration file. */
  readonly file: string;
  readonly folder: string;
  readonly config: Config;
  /** Where the settings' values come from. */
  readonly sources: SettingSources;
  readonly collections: readonly CollectionFile[];
  /** The files of `mails/`, by name. */
  readonly mails: MailFiles;
  /** What is the server's alone: no function may read it. */
  readonly closed: readonly string[];
}

/** One definition, as parsed and not yet validated. */
export interface CollectionFile {
  /** From the project's folder: `collections/posts.json`. */
  readonly file: string;
  readonly definition: unknown;
}

/** The option that names a project, the same for every command. */
export const configOption: CommandOption = {
  type: "string",
  short: "c",
  value: "FILE",
  summary: "the configuration (default: bakend.json or bakend.config.ts in this folder)",
};

const CONFIG_FILES = ["bakend.json", "bakend.config.ts"];

/** Reads a project anew. Throws `UsageError` without one, `ConfigError` for a bad one. */
export async function readProject(named: string | boolean | undefined, io: Pick<Io, "cwd" | "env">): Promise<Project> {
  const file = findConfig(named, io.cwd);
  const folder = dirname(file);
  const raw = file.endsWith(".json") ? parseJson(readFileSync(file, "utf8"), file) : await importConfig(file);
  const secrets: string[] = [];
  const readSecret = (path: string): string => {
    secrets.push(resolve(folder, path));
    return readFileSync(resolve(folder, path), "utf8");
  };
  const config = absolute(loadConfig({ raw, env: io.env, readSecret }), folder);
  const closed = [file, ...secrets, ...closedOf(config)];
  checkFunctionsFolder(config, closed);
  const sources = settingSources(raw, io.env);
  const [collections, mails] = [await readCollections(folder), await readMails(folder)];
  return { file, folder, config, sources, collections, mails, closed };
}

function findConfig(named: string | boolean | undefined, cwd: string): string {
  if (typeof named === "string") {
    const file = resolve(cwd, named);
    if (!existsSync(file)) throw new UsageError(`the configuration ${file} does not exist`);
    return file;
  }
  const found = CONFIG_FILES.map((name) => join(cwd, name)).filter((file) => existsSync(file));
  const [file] = found;
  if (file === undefined) {
    throw new UsageError(`there is no ${CONFIG_FILES.join(" or ")} in ${cwd}; "bak init DIR" makes a project`);
  }
  if (found.length > 1) throw new UsageError(`there are both ${CONFIG_FILES.join(" and ")}; name one with --config`);
  return file;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError([{ path: file, message: `this is no JSON (${messageOf(error)})` }]);
  }
}

async function importConfig(file: string): Promise<unknown> {
  const exported = await importDefault(file).catch((error: unknown) => {
    throw new ConfigError([{ path: file, message: `this cannot be loaded (${messageOf(error)})` }]);
  });
  if (exported !== undefined) return exported;
  throw new ConfigError([
    { path: file, message: "there is no default export", allowed: "export default defineConfig({ ... })" },
  ]);
}

/** Paths in the configuration, and in variables that stand for it, start at the configuration's folder. */
function absolute(config: Config, folder: string): Config {
  const { file } = config.logging;
  const { functions } = config;
  return {
    ...config,
    database: config.database === ":memory:" ? config.database : resolve(folder, config.database),
    storage: resolve(folder, config.storage),
    plugins: config.plugins.map((path) => resolve(folder, path)),
    mail: { ...config.mail, folder: resolve(folder, config.mail.folder) },
    functions: {
      ...functions,
      folder: resolve(folder, functions.folder),
      folders: functions.folders.map((path) => resolve(folder, path)),
    },
    logging: { ...config.logging, file: file === false ? false : { ...file, path: resolve(folder, file.path) } },
  };
}

/** Where the server keeps what is its own. */
function closedOf({ database, storage, mail, logging }: Config): readonly string[] {
  const log = logging.file === false ? [] : [logging.file.path];
  return [storage, mail.folder, ...log, ...(database === ":memory:" ? [] : [database])];
}

/** Functions may read their folder: nothing that is not theirs may lie in it. Throws `ConfigError`. */
function checkFunctionsFolder({ functions }: Config, closed: readonly string[]): void {
  const inside = closed.find((path) => holds(functions.folder, path));
  if (inside === undefined) return;
  const message = `functions may read this folder, and ${inside} lies in it`;
  throw new ConfigError([{ path: "functions.folder", message, allowed: "a folder of their own, such as ./functions" }]);
}

async function readCollections(folder: string): Promise<CollectionFile[]> {
  const directory = join(folder, "collections");
  const names = existsSync(directory) ? await readdir(directory) : [];
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    files.map(async (name) => {
      const path = join(directory, name);
      return { file: relative(folder, path), definition: parseJson(await readFile(path, "utf8"), path) };
    }),
  );
}

async function readMails(folder: string): Promise<MailFiles> {
  const directory = join(folder, "mails");
  const names = existsSync(directory) ? await readdir(directory) : [];
  const files = names.filter((name) => /\.(txt|html)$/.test(name));
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await readFile(join(directory, name), "utf8")])),
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
