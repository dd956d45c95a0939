import { RESERVED_COLLECTIONS, type RecordAccess } from "../collections/index.ts";
import { ConfigError } from "../config/index.ts";
import type { BakendEvent, EventBus, EventHandler, Every } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import { collectRoutes, type PluginRoute, type PluginRoutes } from "./routes.ts";
import { endedWithin } from "./within.ts";

/** Something that a program adds to its app: it listens to events, works with records, answers requests. */
export interface Plugin {
  /**
   * Names it in the log, in its routes and as the source of its events: `^[a-z][a-z0-9-]{0,40}$`, and neither a collection nor
   * a part of Bakend, whose events could not be told from its own.
   */
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
  /**
   * Answers `/api/plugins/NAME` and the path, which may have parameters: `/hello/:name`. Each route is added once, while the
   * plugin is installed.
   */
  readonly routes: Pick<PluginRoutes, "add">;
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
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

/** Who tells of records. */
const RECORDS = "collections";

const NAME = /^[a-z][a-z0-9-]{0,40}$/;

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
    const added = collectRoutes(name);
    const off = every(SLOW, () => log("warn", "a plugin takes long to be installed", { plugin: name }));
    try {
      if (!NAME.test(name)) throw new Error("a name is small letters, digits and hyphens");
      if (names.has(name)) throw new Error("there are two of this name");
      if (RESERVED_COLLECTIONS.has(name) || name === RECORDS) throw new Error("this is a name of Bakend's own");
      names.add(name);
      const limit = { milliseconds: INSTALL_GETS, every, signal };
      const its = await endedWithin(limit, () => plugin.install(hostOf(name, deps, added)));
      if (typeof its === "function") ends.unshift({ plugin: name, end: its as () => unknown });
    } catch (error) {
      await end();
      const why = error instanceof Error ? error.message : String(error);
      const message = `the plugin ${name} could not be installed: ${why}`;
      throw new ConfigError([{ path: "plugins", message }], { cause: error });
    } finally {
      off();
      routes.push(...added.close());
    }
  }
  return { routes, end };
}

function hostOf(name: string, { events, system, as, log }: PluginsDeps, { add }: PluginRoutes): PluginHost {
  return {
    events: {
      // from where somebody came is told by the log alone
      on: (pattern, handler) =>
        events.on(pattern, (event, { from: _, ...detail }) => handler(event, detail), "plugins"),
      emit: (what, payload) => events.emit(`${name}.${what}`, payload, name),
    },
    collections: system,
    as,
    routes: { add },
    log: (message, fields = {}) => log("info", message, { plugin: name, ...fields }),
  };
}
