import { BakendError } from "../errors.ts";
import type { Principal } from "../principal.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Methods that a plugin may answer. */
export type PluginMethod = (typeof METHODS)[number];

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

/** What a plugin adds its routes with, while it is being installed. */
export interface PluginRoutes {
  /** @throws BakendError for one that could not be answered, or not always */
  add(method: PluginMethod, path: string, handler: PluginHandler): void;
  /** Takes no more. */
  close(): readonly PluginRoute[];
}

const PATH = /^(\/(:?[\w.~-]+))+$/;

/** Collects the routes of the plugin of a name. */
export function collectRoutes(name: string): PluginRoutes {
  /** With their paths as the plugin has written them. */
  const routes: PluginRoute[] = [];
  let open = true;
  return {
    add(method, path, handler) {
      const refuse = (why: string): never => {
        throw new BakendError("bad_request", `${method} ${path} is no route: ${why}.`);
      };
      if (!open) refuse("routes are added while the plugin is installed");
      if (!METHODS.includes(method)) refuse(`there are ${METHODS.join(", ")}`);
      if (!PATH.test(path)) refuse('write "/hello/:name"');
      const names = path.match(/:[^/]+/g) ?? [];
      if (new Set(names).size < names.length) refuse("each parameter has a name of its own");
      for (const { method: other, path: there } of routes) {
        if (method === other && path === there) refuse("it is there already");
        if (differInName(path, there)) refuse(`it names a parameter otherwise than ${there} does`);
      }
      routes.push({ method, path, handler });
    },
    close() {
      open = false;
      return routes.map((route) => ({ ...route, path: `/api/plugins/${name}${route.path}` }));
    },
  };
}

/** Whether two paths are told apart by nothing but the name of a parameter, as far as there is one. */
function differInName(one: string, other: string): boolean {
  const others = other.split("/");
  for (const [index, segment] of one.split("/").entries()) {
    const beside = others[index];
    if (segment !== beside) return segment.startsWith(":") && beside?.startsWith(":") === true;
  }
  return false;
}
