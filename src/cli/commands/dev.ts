import { serveBun } from "../../adapters/bun/serve.ts";
import type { Logger } from "../../core/logging/index.ts";
import type { AppHost } from "../app-host.ts";
import type { Command, Io } from "../command.ts";
import { openLogger } from "../logger.ts";
import { openApp } from "../open-app.ts";
import { type Project, readProject } from "../project.ts";
import { newSecret } from "../secret.ts";
import { serveUntilSignal } from "../serve.ts";
import { watchProject } from "../watch.ts";
import { listenOptions, withListenOptions } from "./start.ts";

/** `bak dev`. */
export const devCommand: Command = {
  name: "dev",
  summary: "serves a project and follows its changes",
  usage: "[--config FILE]",
  details:
    "Reloads when the configuration or a file in collections/ or mails/ changes. If the new state does not start, the old one goes on.",
  positionals: { min: 0, max: 0 },
  options: listenOptions,
  async run({ options, io }) {
    const read = async () => withListenOptions(await readProject(options.config, io), options);
    const project = await read();
    const logger = openLogger(project.config, io.env);
    const setupToken = newSecret();
    return serveUntilSignal({
      config: project.config,
      file: project.file,
      logger,
      io,
      serve: serveBun,
      json: options.json === true,
      open: () => openApp(project, logger, setupToken, io.env),
      listening: (host) => watchProject(project, createReload({ first: project, read, host, logger, setupToken, io })),
    });
  },
};

/** What a reload needs. */
interface ReloadDeps {
  readonly first: Project;
  readonly host: AppHost;
  readonly logger: Logger;
  /** The same for as long as the process runs: what was printed stays good. */
  readonly setupToken: string;
  readonly io: Io;
  read(): Promise<Project>;
}

/** Makes the function that reloads. Reloads never overlap: a change during one leads to one more after it. */
function createReload({ first, read, host, logger, setupToken, io }: ReloadDeps): () => void {
  let running = false;
  let again = false;
  return () => {
    again = true;
    if (!running) void run();
  };

  async function run(): Promise<void> {
    running = true;
    while (again) {
      again = false;
      try {
        await reload();
      } catch (error) {
        io.err(`The change was not taken over; the old state goes on.\n${messageOf(error)}\n`);
      }
    }
    running = false;
  }

  async function reload(): Promise<void> {
    const started = performance.now();
    const project = await read();
    const app = await openApp(project, logger, setupToken, io.env);
    const ms = Math.round(performance.now() - started);
    io.err(`Reloaded in ${ms} ms: ${app.collections} collections\n`);
    const fixed = (["host", "port", "logging"] as const).filter((key) => changed(project, key));
    if (fixed.length > 0) io.err(`A change of ${fixed.join(", ")} needs a restart.\n`);
    await host.swap(app);
  }

  function changed(project: Project, key: "host" | "port" | "logging"): boolean {
    return JSON.stringify(project.config[key]) !== JSON.stringify(first.config[key]);
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
