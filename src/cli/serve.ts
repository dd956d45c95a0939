import { ListenError, type RunningServer, type Serve } from "../adapters/server.ts";
import type { Config } from "../core/config/index.ts";
import type { Logger } from "../core/logging/index.ts";
import { type AppHost, createAppHost } from "./app-host.ts";
import { humanBanner, jsonBanner } from "./banner.ts";
import { CliError, EXIT, type Io } from "./command.ts";
import type { ServedApp } from "./served-app.ts";
import { onStopSignal } from "./signals.ts";
import { VERSION } from "./version.ts";

/** What it takes to serve an application until a signal comes. */
export interface ServeRun {
  readonly config: Config;
  /** The configuration's path, to be shown. */
  readonly file: string;
  readonly logger: Logger;
  readonly io: Io;
  readonly serve: Serve;
  /** Says that it is ready in one line of JSON. */
  readonly json: boolean;
  /** `stopping` is aborted by a signal that comes before it is open: then it may reject. */
  open(stopping: AbortSignal): Promise<ServedApp>;
  /** Called once it listens, before it is announced; returns what ends with it. */
  listening?(host: AppHost): () => void;
}

/** Milliseconds that running requests get after a signal. */
const GRACE = 10_000;

/** Milliseconds that the last log lines get. */
const LAST_WORDS = 2000;

/** Bytes of a form beside the file in it. */
const FORM = 1024 * 1024;

/** Bytes of a request that reach the application at most, whatever its own limits are: Bun's default. */
const MAX_BODY = 128 * 1024 * 1024;

/**
 * Opens the application, listens, and serves until SIGINT or SIGTERM; then running requests finish, the application is
 * closed and the log written. Resolves to the exit code. Throws what opening throws, and `CliError` for a taken port.
 */
export async function serveUntilSignal(run: ServeRun): Promise<number> {
  const stopSignal = Promise.withResolvers<number>();
  const stopping = new AbortController();
  const offSignals = onStopSignal((signal) => {
    run.io.err(`${signal}: finishing what is running; once more to quit at once\n`);
    stopSignal.resolve(EXIT.ok);
    stopping.abort();
  });
  const offFaults = onFaults(run.logger, () => stopSignal.resolve(EXIT.failure));
  try {
    const app = await run.open(stopping.signal).catch((error: unknown) => {
      if (stopping.signal.aborted) return null;
      throw error;
    });
    if (app === null) return await stopSignal.promise;
    const host = createAppHost(app);
    const server = await listen(host, run).catch(async (error) => {
      await app.close();
      throw error;
    });
    const end = run.listening?.(host);
    announce(app, server, run);
    const code = await stopSignal.promise;
    end?.();
    return (await shutDown(server, host, run.logger)) ? code : EXIT.failure;
  } finally {
    await Promise.race([run.logger.flush(), new Promise((resolve) => setTimeout(resolve, LAST_WORDS))]);
    offFaults();
    offSignals();
  }
}

async function listen(host: AppHost, { serve, config }: ServeRun): Promise<RunningServer> {
  const { idleTimeout, body, upload } = config.limits;
  try {
    const options = {
      host: config.host,
      port: config.port,
      idleTimeout,
      maxBody: Math.max(MAX_BODY, body, upload + FORM),
    };
    return await serve(host, options);
  } catch (error) {
    if (error instanceof ListenError) throw new CliError(error.message);
    throw error;
  }
}

function announce(app: ServedApp, server: RunningServer, run: ServeRun): void {
  const { database, durability, collections } = app;
  const setup = app.setup && `${server.url}${app.setup}`;
  const panel = app.panel && `${server.url}${app.panel}`;
  const { docs } = run.config;
  const ms = Math.round(performance.now());
  const facts = {
    version: VERSION,
    url: server.url,
    database,
    durability,
    collections,
    functions: app.functions(),
    docs,
    panel,
    setup,
    config: run.file,
    ms,
  };
  run.io.out(run.json ? jsonBanner(facts) : humanBanner(facts));
}

/** Resolves to false if something could not be closed in order. */
async function shutDown(server: RunningServer, host: AppHost, logger: Logger): Promise<boolean> {
  host.disconnect();
  const cut = await server.stop({ graceMs: GRACE });
  if (cut > 0) logger.warn("requests were cut off at shutdown", { requests: cut });
  try {
    await host.close();
    return true;
  } catch (error) {
    logger.error("the application could not be closed in order", { error });
    return false;
  }
}

/** A forgotten rejection is logged and served on; after an uncaught exception nothing is sure, so the process ends. */
function onFaults(logger: Logger, stop: () => void): () => void {
  const rejection = (error: unknown) => logger.error("a rejection was not handled", { error });
  const exception = (error: unknown) => {
    logger.error("an exception was not caught; stopping", { error });
    stop();
  };
  process.on("unhandledRejection", rejection);
  process.on("uncaughtException", exception);
  return () => {
    process.off("unhandledRejection", rejection);
    process.off("uncaughtException", exception);
  };
}
