import type { RecordAccess } from "../collections/index.ts";
import { ConfigError } from "../config/index.ts";
import { BakendError } from "../errors.ts";
import type { BakendEvent, EventBus, EventHandler, Every } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import { endedWithin } from "./within.ts";

/** Something that a program adds to its app: it listens to events, works with records, answers requests. */
export interface Plugin {
  /** Names it in the log, in its routes and as the source of its events: `^[a-z][a-z0-9-]{0,40}$`. */
  readonly name: string;
  /**
   * Called once, when everything else is there and before requests come; it has 30 seconds. What it returns is called at the
   * end, and has three.
   */
  install(host: PluginHost): unknown;
}

/** What a plugin works with. It is the program's own code: nothing protects the app from it. */
export interface PluginHost {
  readonly events: {
    /** Subscribes in the last lane, after everything of the app itself. */
    on(pattern: string, handler: EventHandler): () => void;
    /** Emits `NAME.what`, with the plugin as the source. It is kept and told as the app's own events are: `payload` is JSON. */
    emit(what: string, payload: unknown): BakendEvent;
  };
  /** Records as the system: no rule applies. */
  readonly collections: RecordAccess;
  /** Records as somebody: their rules apply. */
  as(principal: Principal): RecordAccess;
  readonly routes: {
    /** Answers `/api/plugins/NAME` and the path, which may have parameters: `/hello/:name`. */
    add(method: PluginMethod, path: string, handler: PluginHandler): void;
  };
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Methods that a plugin may answer. */
export type PluginMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Answers a request. What it throws is an answer if it is a `BakendError`, else a 500 that tells nothing. */
export type PluginHandler = (
  request: Request,
  context: { readonly principal: Principal; readonly params: Readonly<Record<string, string>> },
) => Response | Promise<Response>;

/** A route that a plugin has added. */
export interface PluginRoute {
  readonly method: PluginMethod;
  readonly path: string;
  readonly handler: PluginHandler;
}

/** What plugins are installed with. */
export interface PluginsDeps {
  readonly events: EventBus;
  readonly system: RecordAccess;
  as(principal: Principal): RecordAccess;
  every: Every;
  /** Aborted when the app is closed: nothing is installed any more. */
  readonly closed: AbortSignal;
  log(level: "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}

const NAME = /^[a-z][a-z0-9-]{0,40}$/;
const PATH = /^(\/(:?[\w.~-]+))+$/;

/** Milliseconds that it may take to install a plugin. */
const INSTALL_GETS = 30_000;

/** Milliseconds after which the log says whose installation takes long, and again after as many. */
const SLOW = 5000;

/** Milliseconds that the end of a plugin gets, of those in which the app is closed. */
const END_GETS = 3000;

/**
 * Installs plugins, one after the other. Resolves to their routes and the way to end them, the last one first: it never rejects,
 * and what fails is logged.
 * @throws ConfigError that names the plugin which could not be installed
 */
export async function installPlugins(
  plugins: readonly Plugin[],
  deps: PluginsDeps,
): Promise<{ readonly routes: readonly PluginRoute[]; end(): Promise<void> }> {
  const { every, log, closed: signal } = deps;
  const routes: PluginRoute[] = [];
  const ends: { readonly plugin: string; readonly end: () => unknown }[] = [];
  const names = new Set<string>();
  const end = async (): Promise<void> => {
    for (const one of ends)
      await endedWithin({ milliseconds: END_GETS, every }, one.end).catch((error: unknown) =>
        log("error", "a plugin could not be ended", { plugin: one.plugin, error }),
      );
  };
  for (const plugin of plugins) {
    const { name } = plugin;
    const off = every(SLOW, () => log("warn", "a plugin takes long to be installed", { plugin: name }));
    try {
      if (!NAME.test(name)) throw new Error("a name is small letters, digits and hyphens");
      if (names.has(name)) throw new Error("there are two of this name");
      names.add(name);
      const limit = { milliseconds: INSTALL_GETS, every, signal };
      const its = await endedWithin(limit, () => plugin.install(hostOf(name, deps, routes)));
      if (typeof its === "function") ends.unshift({ plugin: name, end: its as () => unknown });
    } catch (error) {
      await end();
      const why = error instanceof Error ? error.message : String(error);
      const message = `the plugin ${name} could not be installed: ${why}`;
      throw new ConfigError([{ path: "plugins", message }], { cause: error });
    } finally {
      off();
    }
  }
  return { routes, end };
}

function hostOf(name: string, { events, system, as, log }: PluginsDeps, routes: PluginRoute[]): PluginHost {
  return {
    events: {
      // from where somebody came is told by the log alone
      on: (pattern, handler) =>
        events.on(pattern, (event, { from: _, ...detail }) => handler(event, detail), "plugins"),
      emit: (what, payload) => events.emit(`${name}.${what}`, payload, name),
    },
    collections: system,
    as,
    routes: {
      add(method, path, handler) {
        if (!PATH.test(path))
          throw new BakendError("bad_request", `${path} is no path for a route: write "/hello/:name".`);
        routes.push({ method, path: `/api/plugins/${name}${path}`, handler });
      },
    },
    log: (message, fields = {}) => log("info", message, { plugin: name, ...fields }),
  };
}
