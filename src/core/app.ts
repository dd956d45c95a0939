import { createIdGenerator, createRequestIds, type FillRandom, toIso } from "../tools/index.ts";
import { isUsers, makeUsers, openAuth, openSetup, type PasswordHasher } from "./auth/index.ts";
import {
  type Collections,
  openCollections,
  type RecordAccess,
  type SchemaStatus,
  updateSchema,
} from "./collections/index.ts";
import { type Config, ConfigError, type ConfigInput, loadConfig } from "./config/index.ts";
import { type Database, type DatabaseDriver, openDatabase } from "./database/index.ts";
import { BakendError } from "./errors.ts";
import { createEventBus, type EventBus } from "./events/index.ts";
import { functionAccess } from "./function-access.ts";
import {
  createFunctions,
  type FunctionRunner,
  type Functions,
  type FunctionsDeps,
  NO_FUNCTIONS,
} from "./functions/index.ts";
import { createLogger, type Logger, logEvents, requestLogger } from "./logging/index.ts";
import {
  createOutbox,
  createRender,
  type Mailer,
  type MailFiles,
  type MailTimers,
  templateFaults,
} from "./mail/index.ts";
import { type Principal, systemPrincipal } from "./principal.ts";
import {
  authMailRoutes,
  authRoutes,
  createIdempotency,
  createMetrics,
  createRateLimit,
  createServer,
  databaseGauges,
  docsRoutes,
  explainRoutes,
  functionRoutes,
  healthRoutes,
  keyRoutes,
  recordRoutes,
  roleRoutes,
  type Scope,
  type Server,
  setupRoutes,
  unavailableResponse,
} from "./server/index.ts";

/** What an app is made of: the configuration, and what no configuration file can say. */
export interface AppOptions extends Omit<ConfigInput, "database" | "port" | "host"> {
  /** The database, opened by `build()`: `sqlite("./app.db")`. */
  readonly database: DatabaseDriver;
  /** Definitions of collections, from files or from `defineCollection`. */
  readonly collections?: readonly unknown[];
  /** Where log lines go; nowhere by default. */
  readonly logger?: Logger;
  /** Makes and checks password hashes; each platform has one (`bakend/bun`, `bakend/node`). */
  readonly passwords?: PasswordHasher;
  /** Opens `/api/auth/setup`, while there is no admin, to whoever knows it: random text, for whoever starts the app. */
  readonly setupToken?: string;
  /** Runs the project's functions; without one there are none. */
  readonly runner?: FunctionRunner;
  /** Sends mails; without one, whatever goes by mail answers `unavailable`. */
  readonly mailer?: Mailer;
  /** Mails in the place of the built-in ones, by file name: `{ "verify.txt": "Subject: ..." }`. */
  readonly mails?: MailFiles;
  /** What the outbox waits with between two tries. */
  readonly mailTimers?: MailTimers;
  /** Fills a database that has never been used before, as the system. */
  readonly seed?: (access: RecordAccess) => unknown;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly stopwatch?: () => number;
  readonly random?: FillRandom;
  /** Runs a task once the current one is over. */
  readonly defer?: (task: () => void) => void;
}

/** A backend: no socket, no process, only `fetch`. */
export interface App {
  /** Opens the database, brings the collections up to date, seeds. Everything else needs it done. */
  build(): Promise<App>;
  /** Answers a request, at once where nothing has to be waited for; never throws or rejects. */
  fetch(request: Request, scope?: Scope): Response | Promise<Response>;
  readonly events: EventBus;
  readonly config: Omit<Config, "database" | "port" | "host">;
  /** @throws BakendError `unavailable` before `build()` */
  readonly collections: Collections;
  /** Records as somebody sees them. */
  as(principal: Principal): RecordAccess;
  /** What `build()` found about the definitions. */
  readonly schemaStatus: SchemaStatus;
  /** Whether `build()` found no admin, so that `setupToken` opens the way to the first. */
  readonly needsAdmin: boolean;
  /** The project's functions: what there is of them, and the way to load them anew. */
  readonly functions: Pick<Functions, "load" | "report">;
  /** Resolves once the events so far were handled and the mails so far were tried. */
  idle(): Promise<void>;
  /** Finishes running requests, mails and queued writes, then closes the database. */
  close(): Promise<void>;
}

/** Milliseconds between two looks at whether another process has changed the definitions. */
const LOOK_EVERY = 1000;

/** Where links begin in a mail if the configuration does not say. */
const LOCAL = "http://localhost:8080";

/** Milliseconds that event handlers get to finish when the app is closed. */
const HANDLERS_GET = 5000;

interface Built {
  readonly db: Database;
  readonly functions: Functions | null;
  readonly collections: Collections;
  readonly server: Server;
  readonly status: SchemaStatus;
  readonly needsAdmin: boolean;
}

/** Puts an app together. Does no I/O. @throws ConfigError for a configuration that is not valid */
export function createApp(options: AppOptions): App {
  const {
    database,
    collections: declared = [],
    logger = silent(),
    seed,
    clock = Date.now,
    stopwatch = () => performance.now(),
  } = options;
  const { random = (bytes) => crypto.getRandomValues(bytes), defer = afterThisTask } = options;
  const config = configOf(options);
  const newId = createIdGenerator(clock, random);
  const timestamp = (): string => toIso(clock());
  const events = createEventBus({
    newId,
    timestamp,
    defer,
    onError: (error, event) =>
      logger.error("an event handler failed", { type: event.type, event: event.id, error: String(error) }),
  });
  logEvents(events, logger);

  const outbox = createOutbox({
    mailer: options.mailer,
    render: createRender(config.url ?? LOCAL, options.mails),
    defer,
    timers: options.mailTimers,
    onLost: (facts) => logger.error("a mail was not sent", facts),
  });

  let looked = stopwatch();
  let building: Promise<Built> | undefined;
  let built: Built | undefined;
  let closing: Promise<void> | undefined;
  let running: Functions | null = null;
  let unhear = (): void => {};

  const functionDeps = (
    runner: FunctionRunner,
    opened: () => { readonly db: Database; readonly collections: Collections },
  ): FunctionsDeps => ({
    runner,
    events,
    logger,
    timers: { now: stopwatch, set: (callback, ms) => setTimeout(callback, ms), clear: clearTimer },
    timeout: config.functions.timeout,
    processes: config.functions.processes,
    access: functionAccess(opened),
    changed() {
      unhear();
      const functions = running;
      if (functions) unhear = events.on((type) => functions.listens(type), functions.handle, "functions");
    },
  });

  async function open(): Promise<Built> {
    const started = stopwatch();
    // 1. the database and what it remembers of its collections
    const db = await openDatabase(database, { defer, stopwatch });
    try {
      const { secret, auth: settings } = config;
      const { registration } = settings;
      const hasher = options.passwords;
      const auth = await openAuth({
        db,
        events,
        hasher,
        secret,
        registration,
        random,
        outbox,
        newId,
        now: clock,
        timestamp,
      });
      const { hashPassword, endSessions, voidCodes, forget } = auth;
      const functions = options.runner
        ? createFunctions(functionDeps(options.runner, () => ({ db, collections })))
        : null;
      running = functions;
      const collections: Collections = await openCollections({
        db,
        events,
        newId,
        timestamp,
        hashPassword,
        endSessions,
        voidCodes,
        forget,
        ...(functions ? { hooks: functions.hooks } : {}),
      });
      // 2. accounts for a new project, and the declared definitions, where nothing is lost by it
      if (collections.schema.firstBoot && !declared.some(isUsers)) await makeUsers(collections.schema);
      const status = await updateSchema(collections.schema, declared, config.migrations, logger);
      // 3. the project's functions, before anything is written that they should have seen
      await functions?.load();
      // 4. a first start
      if (collections.schema.firstBoot) {
        events.emit("system.first_boot", {}, "system");
        await seed?.(collections.as(systemPrincipal("seed")));
      }
      // 5. the HTTP edge
      const { accounts, mailFlows, keys, guard } = auth.over(collections);
      const limit = createRateLimit(stopwatch);
      const setup = await openSetup(db, collections, options.setupToken);
      const metrics = createMetrics(databaseGauges(db, collections));
      const idempotency = createIdempotency({ db, now: clock, digest: auth.digest });
      await idempotency.open();
      const probe = async (): Promise<unknown> => db.read({ sql: "SELECT 1", params: [] });
      const uptime = (): number => (stopwatch() - started) / 1000;
      const { limits, cors, compression, proxies } = config;
      const server = createServer({
        routes: [
          ...healthRoutes({ uptime, probe, metrics: config.metrics ? metrics : null }),
          ...(config.docs ? docsRoutes(collections, { batchLimit: limits.batch, metrics: config.metrics }) : []),
          ...authRoutes({ accounts, mail: mailFlows.enabled, bodyLimit: limits.body, limit }),
          ...authMailRoutes({ flows: mailFlows, bodyLimit: limits.body, limit }),
          ...setupRoutes({ setup, accounts, bodyLimit: limits.body, limit }),
          ...keyRoutes(keys, limits.body),
          ...roleRoutes(collections.schema, limits.body),
          ...explainRoutes(collections, limits.body),
          ...(functions ? functionRoutes(functions, limits.body) : []),
          ...recordRoutes({ collections, idempotency, bodyLimit: limits.body, batchLimit: limits.batch }),
        ],
        cors,
        compression,
        proxies,
        metrics,
        events,
        identify: guard.identify,
        newRequestId: createRequestIds(random),
        stopwatch,
        onRequest: (started) => {
          if (started - looked > LOOK_EVERY) look(collections, started);
        },
        logRequest: config.logging.requests && logger.enabled("info") ? requestLogger(logger) : null,
        onError: (error, requestId) => logger.error("a request failed", { id: requestId, error: describeError(error) }),
      });
      events.emit("system.started", { milliseconds: Math.round(stopwatch() - started) }, "system");
      return { db, functions, collections, server, status, needsAdmin: setup.open };
    } catch (error) {
      running?.kill();
      await db.close();
      throw error;
    }
  }

  // `bak migrate` or another server on the same file may change the definitions under us; requests notice soon after
  const look = ({ schema }: Collections, now: number): void => {
    looked = now;
    schema.refresh().then(
      (changed) => {
        if (changed) logger.info("definitions were changed by another process");
      },
      (error: unknown) => logger.warn("the definitions cannot be read", { error: String(error) }),
    );
  };

  const ready = (): Built => {
    if (built && !closing) return built;
    throw new BakendError("unavailable", closing ? "The app is closing." : "Call build() first.");
  };

  async function shutDown(): Promise<void> {
    const open = await building?.catch(() => undefined);
    if (!open) return;
    events.emit("system.stopping", {}, "system");
    await open.server.idle();
    // a handler that never ends must not keep the data from being closed in order
    await within(HANDLERS_GET, Promise.all([events.idle().then(() => open.functions?.retire()), outbox.close()]));
    open.functions?.kill();
    await open.db.close();
    await logger.flush();
  }

  const app: App = {
    async build() {
      building ??= open();
      built = await building;
      return app;
    },
    fetch(request, scope) {
      if (!built || closing) return unavailableResponse(newId());
      return built.server.fetch(request, scope);
    },
    events,
    config,
    get collections() {
      return ready().collections;
    },
    as: (principal) => ready().collections.as(principal),
    get needsAdmin() {
      return ready().needsAdmin;
    },
    get schemaStatus() {
      return ready().status;
    },
    functions: {
      get report() {
        return running?.report ?? NO_FUNCTIONS;
      },
      load: async () => (await running?.load()) ?? NO_FUNCTIONS,
    },
    async idle() {
      await events.idle();
      await outbox.idle();
    },
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
  return app;
}

function configOf(options: AppOptions): App["config"] {
  const {
    database: _d,
    collections: _c,
    logger: _l,
    seed: _s,
    clock: _k,
    stopwatch: _w,
    passwords: _pw,
    setupToken: _st,
    runner: _ru,
    mailer: _m,
    mails = {},
    mailTimers: _mt,
    random: _r,
    defer: _t,
    ...raw
  } = options;
  const faults = templateFaults(mails);
  if (faults.length > 0)
    throw new ConfigError(faults.map(({ file, fault }) => ({ path: `mails/${file}`, message: fault })));
  const { database: _path, port: _port, host: _host, ...config } = loadConfig({ raw, env: {}, readSecret: () => "" });
  return config;
}

function clearTimer(handle: unknown): void {
  clearTimeout(handle as Parameters<typeof clearTimeout>[0]);
}

/** Resolves with the work, or once so many milliseconds have passed. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` caused by ${describeError(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function silent(): Logger {
  return createLogger({ level: "error", sinks: [] });
}

/** A macrotask: the answer that is under way goes out first. */
function afterThisTask(task: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => unknown };
  if (setImmediate) setImmediate(task);
  else setTimeout(task, 0);
}
