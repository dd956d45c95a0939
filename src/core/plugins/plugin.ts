import type { RecordAccess } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
import type { BakendEvent, EventBus, EventHandler } from "../events/index.ts";
import type { Principal } from "../principal.ts";

/** Something that a program adds to its app: it listens to events, works with records, answers requests. */
export interface Plugin {
  /** Names it in the log, in its routes and as the source of its events: `^[a-z][a-z0-9-]{0,40}$`. */
  readonly name: string;
  /** Called once, when everything else is there and before requests come. What it returns is called at the end. */
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
  log(plugin: string, message: string, fields: Readonly<Record<string, unknown>>): void;
}

const NAME = /^[a-z][a-z0-9-]{0,40}$/;
const PATH = /^(\/(:?[\w.~-]+))+$/;

/**
 * Installs plugins, one after the other. Resolves to their routes and the way to end them, the last one first.
 * @throws Error that names the plugin which could not be installed
 */
export async function installPlugins(
  plugins: readonly Plugin[],
  deps: PluginsDeps,
): Promise<{ readonly routes: readonly PluginRoute[]; end(): Promise<void> }> {
  const routes: PluginRoute[] = [];
  const ends: (() => unknown)[] = [];
  const names = new Set<string>();
  const end = async (): Promise<void> => {
    for (const one of ends) await one();
  };
  for (const plugin of plugins) {
    const { name } = plugin;
    try {
      if (!NAME.test(name)) throw new Error("a name is small letters, digits and hyphens");
      if (names.has(name)) throw new Error("there are two of this name");
      names.add(name);
      const its = await plugin.install(hostOf(name, deps, routes));
      if (typeof its === "function") ends.unshift(its as () => unknown);
    } catch (error) {
      await end();
      throw new Error(
        `The plugin ${name} could not be installed: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
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
    log: (message, fields = {}) => log(name, message, fields),
  };
}
