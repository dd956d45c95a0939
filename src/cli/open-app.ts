import { join } from "node:path";
import { blobFolder } from "../adapters/bun/blob-folder.ts";
import { functionProcesses } from "../adapters/bun/functions.ts";
import { bunImages } from "../adapters/bun/images.ts";
import { bunPasswords } from "../adapters/bun/passwords.ts";
import { sqlite } from "../adapters/bun/sqlite.ts";
import { consoleSink } from "../adapters/node/console.ts";
import { mailFolder } from "../adapters/node/mail-folder.ts";
import { smtp } from "../adapters/node/smtp.ts";
import { readPanel } from "../adapters/panel.ts";
import { sendWebhooks } from "../adapters/process/outbound.ts";
import { type App, createApp } from "../core/app.ts";
import type { Config } from "../core/config/index.ts";
import type { FunctionRunner, KeptFunctions } from "../core/functions/index.ts";
import { createLogger, type Logger, type RecentLog } from "../core/logging/index.ts";
import type { Mailer } from "../core/mail/index.ts";
import type { Plugin } from "../core/plugins/index.ts";
import { PANEL_PATH } from "../core/server/index.ts";
import type { BlobStore, ImageMaker } from "../core/storage/index.ts";
import type { Io } from "./command.ts";
import { environmentTypes } from "./environment-types/index.ts";
import type { ServerLog } from "./logger.ts";
import { readPlugins } from "./plugins.ts";
import type { Project } from "./project.ts";
import type { ServedApp } from "./served-app.ts";

/** What a project's application is served with, beside the project itself. */
export interface ServedWith {
  readonly logger?: Logger;
  readonly recentLog?: RecentLog;
  /** Opens the way to the first admin. */
  readonly setupToken?: string;
  readonly runner?: FunctionRunner;
  /** Only for what is served: other commands need no files, and some have another database than these belong to. */
  readonly blobs?: BlobStore;
  readonly images?: ImageMaker;
  readonly panel?: string | undefined;
  readonly plugins?: readonly Plugin[];
}

/** The application of a project, not yet built: the one place where the command line meets `createApp`. */
export function createProjectApp({ config, sources, collections, mails }: Project, served: ServedWith = {}): App {
  const { logger } = served;
  const { database, port: _port, host: _host, plugins: _files, ...settings } = config;
  return createApp({
    ...settings,
    database: sqlite(database, { durability: config.durability }),
    url: config.url ?? `http://localhost:${config.port}`,
    passwords: bunPasswords,
    ...(logger ? { mailer: mailerOf(config, logger) } : {}),
    mails,
    sendOut: sendWebhooks(config.webhooks.hosts),
    settingSources: sources,
    collections: collections.map(({ definition }) => definition),
    ...served,
  });
}

/** Through the mail server that is configured; without one, into a folder. */
function mailerOf({ mail }: Config, logger: Logger): Mailer {
  const { from, folder } = mail;
  return mail.smtp === false ? mailFolder({ folder, logger }) : smtp({ ...mail.smtp, from });
}

/** Runs the functions of a project, with what its configuration grants them and no more. */
function runnerOf({ folder: project, config, closed }: Project, env: Io["env"]): FunctionRunner {
  const { folder, env: names, hosts, folders, memory } = config.functions;
  const granted = names.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return functionProcesses({
    project,
    folder,
    jobs: join(project, "jobs"),
    env: Object.fromEntries(granted),
    hosts,
    folders,
    closed,
    memory,
  });
}

/** How an application is opened that is to be served. */
export interface Opening {
  /** For whoever opens it several times, one in the place of the other. */
  readonly kept?: KeptFunctions;
  /** Aborted where nobody waits for it any more: it is closed then. */
  readonly stopping?: AbortSignal;
}

/** Builds the application of a project, ready to be served. `setupToken` opens the way to the first admin. */
export async function openApp(
  project: Project,
  { logger, recent: recentLog }: ServerLog,
  setupToken: string,
  env: Io["env"],
  { kept = { source: null }, stopping }: Opening = {},
): Promise<ServedApp> {
  const runner = { ...runnerOf(project, env), kept };
  const blobs = blobFolder(project.config.storage);
  const panel = await readPanel();
  const served = {
    logger,
    recentLog,
    setupToken,
    runner,
    blobs,
    images: bunImages,
    panel,
    plugins: await readPlugins(project.config.plugins),
  };
  stopping?.throwIfAborted();
  const app = createProjectApp(project, served);
  stopping?.addEventListener("abort", app.close);
  await app.build().finally(() => stopping?.removeEventListener("abort", app.close));
  return {
    database: `SQLite ${project.config.database}`,
    durability: project.config.durability,
    collections: app.collections.schema.catalog().collections.length,
    panel: panel === undefined ? null : PANEL_PATH,
    setup: app.needsAdmin ? `/api/auth/setup#${setupToken}` : null,
    functions: () => app.functions.report,
    loadFunctions: app.functions.load,
    types: () =>
      environmentTypes(
        app.collections.schema.catalog().collections.map(({ name, kind, fields }) => ({
          ...{ name, kind },
          fields: fields.map(({ definition }) => definition),
        })),
      ),
    tellChanged: (settings) => app.events.emit("system.config_changed", { settings }, "system"),
    fetch: app.fetch,
    connect: app.connect,
    disconnect: app.disconnect,
    close: app.close,
  };
}

/** How a command opens a project, where that is not as the project says. */
export interface OpenOptions {
  /** `manual` changes nothing. */
  readonly migrations?: Project["config"]["migrations"];
  /** False for a command that itself tells how definitions and database differ. */
  readonly warnings?: boolean;
}

/** Builds the application of a project for a command that works on its data. Only warnings are logged. */
export async function openProjectApp(
  project: Project,
  { env }: Pick<Io, "env">,
  { migrations = project.config.migrations, warnings = true }: OpenOptions = {},
): Promise<App> {
  const sink = consoleSink({ stream: process.stderr, format: project.config.logging.format, env });
  const logger = createLogger({ level: warnings ? "warn" : "error", sinks: [sink] });
  return createProjectApp({ ...project, config: { ...project.config, migrations } }, { logger }).build();
}
