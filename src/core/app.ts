import { createIdGenerator, createRequestIds, toIso } from "../tools/index.ts";
import { afterThisTask, byTimer, configOf, describeError, NO_WAY_OUT, silent, within } from "./app-defaults.ts";
import { type Following, followEvents, type KeptEvents, openKeptEvents } from "./app-events.ts";
import type { App, AppOptions } from "./app-interface.ts";
import { openProjectJobs } from "./app-jobs.ts";
import { type AppStorage, openAppStorage } from "./app-storage.ts";
import { isUsers, makeUsers, openAuth, openSetup } from "./auth/index.ts";
import { type Collections, openCollections, type SchemaStatus, updateSchema } from "./collections/index.ts";
import { settingSources, settingsInForce } from "./config/index.ts";
import { type Database, openDatabase } from "./database/index.ts";
import { BakendError } from "./errors.ts";
import { createEventBus, openDeliveryOffice } from "./events/index.ts";
import { functionDeps } from "./function-access.ts";
import { followingFunctions } from "./function-runs.ts";
import { createFunctions, type Functions, NO_FUNCTIONS } from "./functions/index.ts";
import type { Jobs } from "./jobs/index.ts";
import { logEvents, requestLogger } from "./logging/index.ts";
import { createOutbox, createRender } from "./mail/index.ts";
import { createLookAround } from "./other-processes.ts";
import { installPlugins } from "./plugins/index.ts";
import { ANONYMOUS, type Principal, systemPrincipal } from "./principal.ts";
import { createHub, type Hub } from "./realtime/index.ts";
import { watching } from "./record-watching.ts";
import {
  adminCollectionRoutes,
  adminEventRoutes,
  adminJobRoutes,
  adminLogRoutes,
  adminSettingsRoutes,
  adminUserRoutes,
  adminWebhookRoutes,
  authMailRoutes,
  authRoutes,
  createAuthPosts,
  createCookieSessions,
  createCookies,
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
  oauthRoutes,
  panelRoutes,
  passkeyRoutes,
  pluginRoutes,
  REALTIME_PATH,
  realtimeRoutes,
  recordRoutes,
  roleRoutes,
  type Server,
  setupRoutes,
  unavailableResponse,
} from "./server/index.ts";
import { openWebhooks } from "./webhooks/index.ts";

export type { App, AppOptions, OpenConnection } from "./app-interface.ts";

/** Where links begin in a mail if the configuration does not say. */
const LOCAL = "http://localhost:8080";

/** Milliseconds that event handlers get to finish when the app is closed. */
const HANDLERS_GET = 5000;

/** Milliseconds of these that jobs get: what becomes of those that need longer has to be told too. */
const JOBS_GET = 4000;

interface Built {
  readonly db: Database;
  readonly functions: Functions | null;
  readonly collections: Collections;
  readonly server: Server;
  readonly hub: Hub;
  readonly kept: KeptEvents;
  readonly following: Following;
  readonly jobs: Jobs;
  readonly storage: AppStorage;
  readonly plugins: { end(): Promise<void> };
  identify(request: Request): Promise<Principal> | Principal;
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
  const { random = (bytes) => crypto.getRandomValues(bytes), defer = afterThisTask, every = byTimer } = options;
  const config = configOf(options);
  const { url = LOCAL } = config;
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
    render: createRender(url, options.mails),
    defer,
    timers: options.mailTimers,
    onLost: (facts) => logger.error("a mail was not sent", facts),
  });

  let building: Promise<Built> | undefined;
  let built: Built | undefined;
  let closing: Promise<void> | undefined;
  const stopping = new AbortController();
  let running: Functions | null = null;
  /** Told when other functions are in force. */
  let changed: () => unknown = () => undefined;
  let queue: Jobs["enqueue"] = () => Promise.reject(new BakendError("unavailable", "The app is not ready yet."));

  async function open(): Promise<Built> {
    const started = stopwatch();
    const ends: (() => unknown)[] = [];
    // 1. the database and what it remembers of its collections
    const db = await openDatabase(database, { defer, stopwatch });
    try {
      const eventsDeps = { db, events, logger, config: config.events, every, newId, timestamp, now: clock };
      const kept = await openKeptEvents(eventsDeps);
      const { log, stream } = kept;
      const { secret, auth: settings } = config;
      const { registration } = settings;
      const hasher = options.passwords;
      const auth = await openAuth({
        log,
        db,
        events,
        hasher,
        secret,
        registration,
        providers: settings.providers,
        origins: settings.origins,
        url,
        onFault: (provider, error) => logger.warn("a login through a provider failed", { provider, error }),
        random,
        outbox,
        newId,
        now: clock,
        timestamp,
      });
      const { hashPassword, endSessions, voidCodes, forget } = auth;
      const functions = options.runner
        ? createFunctions({
            ...{
              runner: options.runner,
              events,
              logger,
              timeout: config.functions.timeout,
              processes: config.functions.processes,
            },
            ...functionDeps({ stopwatch, outbox, url, opened: () => ({ db, collections, byCode, storage }) }),
            changed: () => void changed(),
            enqueue: (job, payload, how) => queue(job, payload, how),
          })
        : null;
      running = functions;
      const collections: Collections = await openCollections({
        ...{ db, events, log, stream, defer, stopwatch, newId, timestamp },
        taken: new Set(options.plugins?.map(({ name }) => name)),
        hashPassword,
        endSessions,
        voidCodes,
        forget,
        ...(functions ? { hooks: functions.hooks } : {}),
      });
      const { accounts, mailFlows, keys, oauth, passkeys, guard, byCode, sessions } = auth.over(collections);
      // 2. accounts for a new project, and the declared definitions, where nothing is lost by it
      if (collections.schema.firstBoot && !declared.some(isUsers)) await makeUsers(collections.schema);
      const status = await updateSchema(collections.schema, declared, config.migrations, logger);
      const { blobs, images } = options;
      const storage = openAppStorage({ ...eventsDeps, log, config, auth, collections, blobs, images });
      // 3. the project's functions, before anything is written that they should have seen
      await functions?.load();
      const webhooks = await openWebhooks({
        db,
        send: options.sendOut ?? NO_WAY_OUT,
        seal: auth.seal,
        random,
        newId,
        now: clock,
      });
      const jobs = await openProjectJobs(eventsDeps, kept, functions);
      queue = jobs.enqueue;
      const following = await followEvents(eventsDeps, kept, [
        ...(functions ? [followingFunctions(functions, jobs.continuations)] : []),
        { name: "job", ...jobs },
        webhooks,
      ]);
      changed = following.wake;
      const shared = { schema: collections.schema, webhooks, logger, onWebhooks: following.wake };
      const lookAround = createLookAround(shared, stopwatch());
      ends.push(following.stop, () => jobs.stop(HANDLERS_GET), storage.stop, kept.stopPruning);
      // 4. a first start
      if (collections.schema.firstBoot) {
        events.emit("system.first_boot", {}, "system");
        await seed?.(collections.as(systemPrincipal("seed")));
      }
      // 5. the HTTP edge
      const limit = createRateLimit(stopwatch, config.limits.rates);
      const setup = await openSetup(db, collections, options.setupToken);
      const metrics = createMetrics(databaseGauges(db, collections));
      const idempotency = createIdempotency({ db, now: clock, digest: auth.digest });
      await idempotency.open();
      const probe = async (): Promise<unknown> => db.read({ sql: "SELECT 1", params: [] });
      const hub = createHub({
        ...{ stream, every, defer, newId, stopwatch, limits: config.realtime },
        records: watching(collections, timestamp),
        identify: async (token) => guard.identifyToken(token),
        onEvent: (wanted, listener) => events.on(wanted, listener, "realtime"),
        onError: (error) => logger.error("realtime failed", { error: describeError(error) }),
      });
      ends.push(() => hub.close());
      const plugins = await installPlugins(options.plugins ?? [], {
        events,
        system: collections.as(systemPrincipal("plugins")),
        as: collections.as,
        every,
        closed: stopping.signal,
        log: (level, message, fields) => logger[level](message, fields),
      });
      const uptime = (): number => (stopwatch() - started) / 1000;
      const { limits, cors, compression, proxies } = config;
      const cookies = createCookies(config.url?.startsWith("https:") ?? false);
      const cookieSessions = createCookieSessions({ guard, cookies, url: config.url, origins: cors.origins });
      const { identify } = cookieSessions;
      const posts = createAuthPosts({ cookieSessions, bodyLimit: limits.body, limit });
      const server = createServer({
        routes: [
          ...healthRoutes({ uptime, probe, metrics: config.metrics ? metrics : null }),
          ...(options.panel === undefined ? [] : panelRoutes(options.panel, config.compression)),
          ...(config.docs ? docsRoutes(collections, { batchLimit: limits.batch, metrics: config.metrics }) : []),
          ...authRoutes({
            ...{ accounts, mail: mailFlows.enabled, providers: oauth.providers },
            ...{ posts, cookieSessions, limit },
          }),
          ...authMailRoutes({ flows: mailFlows, posts, limit }),
          ...oauthRoutes({ oauth, cookies, posts, bodyLimit: limits.body, limit }),
          ...passkeyRoutes({ passkeys, posts, limit }),
          ...setupRoutes({ setup, accounts, posts, panel: options.panel !== undefined }),
          ...keyRoutes(keys, limits.body),
          ...roleRoutes(collections.schema, limits.body),
          ...adminCollectionRoutes({ schema: collections.schema, declared, bodyLimit: limits.body }),
          ...adminUserRoutes({ collections, sessions, bodyLimit: limits.body }),
          ...(options.recentLog ? adminLogRoutes(options.recentLog) : []),
          ...adminSettingsRoutes(settingsInForce(config, options.settingSources ?? settingSources(options, {}))),
          ...adminEventRoutes({ log, events, deliveries: openDeliveryOffice(db), wake: following.wake }),
          ...adminJobRoutes({ jobs, events, bodyLimit: limits.body }),
          ...adminWebhookRoutes({ webhooks, events, changed: following.wake, bodyLimit: limits.body }),
          ...storage.routes,
          ...pluginRoutes(plugins.routes),
          ...explainRoutes(collections, limits.body),
          ...realtimeRoutes({ hub, identify, every }),
          ...(functions ? functionRoutes(functions, limits.body) : []),
          ...recordRoutes({ collections, idempotency, bodyLimit: limits.body, batchLimit: limits.batch }),
        ],
        limit,
        cors,
        compression,
        proxies,
        metrics,
        events,
        identify,
        newRequestId: createRequestIds(random),
        stopwatch,
        onRequest: lookAround,
        logRequest: config.logging.requests && logger.enabled("info") ? requestLogger(logger) : null,
        onError: (error, requestId) => logger.error("a request failed", { id: requestId, error: describeError(error) }),
      });
      events.emit("system.started", { milliseconds: Math.round(stopwatch() - started) }, "system");
      return {
        ...{ db, functions, collections, server, hub, kept, following, plugins, jobs, storage, identify, status },
        needsAdmin: setup.open,
      };
    } catch (error) {
      // what was told so far is kept, and nothing goes on over a database that is closed
      await within(HANDLERS_GET, events.idle());
      await within(HANDLERS_GET, Promise.allSettled(ends.map(async (end) => end())));
      running?.kill();
      await db.close();
      throw error;
    }
  }

  const ready = (): Built => {
    if (built && !closing) return built;
    throw new BakendError("unavailable", closing ? "The app is closing." : "Call build() first.");
  };

  async function shutDown(): Promise<void> {
    const open = await building?.catch(() => undefined);
    if (!open) return;
    events.emit("system.stopping", {}, "system");
    open.hub.close();
    open.kept.stopPruning();
    await open.storage.stop();
    await open.server.idle();
    // a handler that never ends must not keep the data from being closed in order
    const jobsEnd = open.jobs.stop(JOBS_GET);
    const finished = finish(open, jobsEnd).then(outbox.idle);
    await within(HANDLERS_GET, Promise.all([outbox.close(), finished]));
    await jobsEnd;
    open.functions?.kill();
    await open.db.close();
    await logger.flush();
  }

  /** Lets what events have set off come to its end. */
  async function finish({ following, functions, plugins }: Built, jobsEnd: Promise<void>): Promise<void> {
    await events.idle();
    await plugins.end();
    await following.stop();
    await jobsEnd;
    await functions?.retire();
    // what has ended just now is told too
    await events.idle();
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
    async connect(request, scope) {
      if (!built || closing) return unavailableResponse(newId());
      const { server, hub, identify } = built;
      if (new URL(request.url).pathname !== REALTIME_PATH) return server.fetch(request, scope);
      const admitted = await server.admit(request, scope);
      if (admitted instanceof Response) return admitted;
      const { principal } = admitted;
      const again = principal === ANONYMOUS ? null : async () => identify(request);
      return (socket) => hub.connect({ ...admitted, identify: again }, socket);
    },
    disconnect() {
      built?.hub.close();
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
      // what events set off may be events again
      for (let newest = -1, before = -2; newest !== before; ) {
        before = newest;
        await events.idle();
        await built?.following.idle();
        await built?.jobs.idle();
        newest = (await built?.kept.stream.ends())?.newest ?? before;
      }
      await built?.hub.idle();
      await built?.storage.idle();
      await outbox.idle();
    },
    close() {
      stopping.abort();
      closing ??= shutDown();
      return closing;
    },
  };
  return app;
}
