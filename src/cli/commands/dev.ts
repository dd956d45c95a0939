import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveBun } from "../../adapters/bun/serve.ts";
import { changedSettings } from "../../core/config/index.ts";
import type { KeptFunctions } from "../../core/functions/index.ts";
import type { AppHost } from "../app-host.ts";
import type { Command, Io } from "../command.ts";
import { TYPES_FILE } from "../environment-types/index.ts";
import { openLogger } from "../logger.ts";
import { openApp } from "../open-app.ts";
import { type Project, readProject } from "../project.ts";
import { newSecret } from "../secret.ts";
import { serveUntilSignal } from "../serve.ts";
import type { ServedApp } from "../served-app.ts";
import { watchProject } from "../watch.ts";
import { watchFunctions } from "../watch-functions.ts";
import { listenOptions, withListenOptions } from "./start.ts";

/** `bak dev`. */
export const devCommand: Command = {
  name: "dev",
  summary: "serves a project and follows its changes",
  usage: "[--config FILE]",
  details:
    "Reloads when the configuration or a file in collections/, mails/, functions/ or jobs/ changes, and keeps bakend-env.d.ts current. If the new state does not start, the old one goes on.",
  positionals: { min: 0, max: 0 },
  options: listenOptions,
  async run({ options, io }) {
    const read = async () => withListenOptions(await readProject(options.config, io), options);
    const since = Date.now();
    const project = await read();
    const log = openLogger(project.config, io.env);
    const setupToken = newSecret();
    const kept: KeptFunctions = { source: null };
    const openAnew = (now: Project, stopping?: AbortSignal) =>
      openApp(now, log, setupToken, io.env, { kept, ...(stopping ? { stopping } : {}) });
    return serveUntilSignal({
      config: project.config,
      file: project.file,
      logger: log.logger,
      io,
      serve: serveBun,
      json: options.json === true,
      open: (stopping) => openAnew(project, stopping),
      listening(host) {
        writeTypes(project, host.current);
        const reload = createReload({ first: project, read, open: openAnew, host, io });
        const ends = [
          watchProject(project, since, reload.project),
          watchFunctions(project.config.functions.folder, reload.functions),
          watchFunctions(join(project.folder, "jobs"), reload.functions),
        ];
        return () => {
          for (const end of ends) end();
        };
      },
    });
  },
};

/** The parts of the configuration that stay as they were at the start. */
const FIXED = ["host", "port", "logging"] as const;
const isFixed = (path: string): boolean => FIXED.some((key) => path.split(".")[0] === key);

/** What a reload needs. */
interface ReloadDeps {
  readonly first: Project;
  readonly host: AppHost;
  readonly io: Io;
  read(): Promise<Project>;
  /** Opens what was read. What is printed of it stays good, and functions in force stay so, for as long as the process runs. */
  open(project: Project): Promise<ServedApp>;
}

/** What can be loaded anew: all of the project, or its functions alone, which leaves the rest as it is. */
interface Reload {
  project(): void;
  functions(): void;
}

/** Makes what reloads. Reloads never overlap: a change during one leads to one more after it. */
function createReload({ first, read, open, host, io }: ReloadDeps): Reload {
  let project = first;
  let running = false;
  let next: "project" | "functions" | null = null;
  const ask = (what: "project" | "functions"): void => {
    if (next !== "project") next = what;
    if (!running) void run();
  };
  return { project: () => ask("project"), functions: () => ask("functions") };

  async function run(): Promise<void> {
    running = true;
    while (next !== null) {
      const what = next;
      next = null;
      try {
        await (what === "project" ? reload() : reloadFunctions());
      } catch (error) {
        io.err(`The change was not taken over; the old state goes on.\n${messageOf(error)}\n`);
      }
    }
    running = false;
  }

  async function reloadFunctions(): Promise<void> {
    const started = performance.now();
    const { ok, functions, files } = await host.current.loadFunctions();
    const ms = Math.round(performance.now() - started);
    // there may have been none before
    writeTypes(project, host.current);
    // what is wrong with them is in the log, with file and line
    if (ok) io.err(`Functions loaded in ${ms} ms: ${functions} in ${files} files\n`);
  }

  async function reload(): Promise<void> {
    const started = performance.now();
    const now = await read();
    const app = await open(now);
    const changes = changedSettings(project.config, now.config).filter((path) => !isFixed(path));
    if (changes.length > 0) app.tellChanged(changes);
    project = now;
    const ms = Math.round(performance.now() - started);
    io.err(`Reloaded in ${ms} ms: ${app.collections} collections\n`);
    const fixed = FIXED.filter((key) => changed(project, key));
    if (fixed.length > 0) io.err(`A change of ${fixed.join(", ")} needs a restart.\n`);
    writeTypes(project, app);
    await host.swap(app);
  }

  function changed(project: Project, key: (typeof FIXED)[number]): boolean {
    return JSON.stringify(project.config[key]) !== JSON.stringify(first.config[key]);
  }
}

/** Keeps the types that editors complete by; a project without functions has no use for them. */
function writeTypes({ folder, config }: Project, app: ServedApp): void {
  const file = join(folder, TYPES_FILE);
  if (![config.functions.folder, join(folder, "jobs"), file].some((path) => existsSync(path))) return;
  const text = app.types();
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
