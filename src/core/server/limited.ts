import type { RateSetting } from "../config/index.ts";
import { BakendError } from "../errors.ts";
import { countAddresses, type RateHeaders } from "./rate-count.ts";
import type { Reply } from "./reply.ts";
import type { RequestContext } from "./request.ts";
import type { Method, Route } from "./route.ts";
import { createRouter } from "./router.ts";

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/**
 * The same routes under the limits that are set for paths, by the client's address. A route that none of them can be about
 * stays as it is, at no cost.
 */
export function limited(
  routes: readonly Route[],
  settings: readonly RateSetting[],
  now: () => number,
): readonly Route[] {
  const counts = new Map<string, ReturnType<typeof countAddresses>>();
  const places = settings.flatMap(({ target: path, method, rate }) => {
    if (!rate || !path.startsWith("/")) return [];
    const count = countAddresses(method ? `${method} ${path}` : path, rate, now);
    return (method ? [method] : METHODS).map((one) => {
      counts.set(`${one} ${path}`, count);
      return { method: one, path, handle: unreachable };
    });
  });
  if (places.length === 0) return routes;
  const router = createRouter(places);
  return routes.map((route) => {
    if (!places.some(({ method, path }) => method === route.method && canMeet(path, route.path))) return route;
    return {
      ...route,
      handle(context) {
        const found = router.find(route.method, plainPath(route, context.params));
        const count = found && "route" in found && counts.get(`${found.route.method} ${found.route.path}`);
        return count ? telling(count(context.scope.address), () => route.handle(context)) : route.handle(context);
      },
    };
  });
}

/** Does what a limit has let through, and tells of the limit in the answer, be it a refusal. */
export function telling(told: RateHeaders, work: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
  const add = (reply: Reply): Reply => ({ ...reply, headers: joined(reply.headers, told) });
  const fail = (error: unknown): never => {
    throw error instanceof BakendError ? error.withHeaders(joined(error.headers, told)) : error;
  };
  try {
    const reply = work();
    return reply instanceof Promise ? reply.then(add, fail) : add(reply);
  } catch (error) {
    return fail(error);
  }
}

/** The headers of both; lists where both have one (RFC 9651, section 3.1). */
function joined(own: RateHeaders = {}, more: RateHeaders): RateHeaders {
  const both = { ...own };
  for (const [name, value] of Object.entries(more)) both[name] = name in own ? `${value}, ${own[name]}` : value;
  return both;
}

/** The path as limits write it: one that is written with `%6F` for an `o` is the same. */
function plainPath({ path }: Route, params: RequestContext["params"]): string {
  return path
    .replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""))
    .replace(/\/\*$/, () => (params["*"] ?? "").split("/").map(plainSegment).join("/"));
}

function plainSegment(segment: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(segment));
  } catch {
    return segment;
  }
}

/** Whether some path fits both patterns. */
function canMeet(one: string, other: string): boolean {
  const [a = [], b = []] = [one, other].map((path) => path.split("/").filter((segment) => segment !== ""));
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [x, y] = [a[at], b[at]];
    if (x === "*" || y === "*") return true;
    if (x === undefined || y === undefined) return false;
    if (x !== y && !x.startsWith(":") && !y.startsWith(":")) return false;
  }
  return true;
}

function unreachable(): never {
  throw new Error("a limit answers nothing");
}
