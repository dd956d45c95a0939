import { Hono } from "hono";
import { PatternRouter } from "hono/router/pattern-router";
import { BakendError } from "../errors.ts";
import type { EventBus } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import { gzip, wantsGzip } from "./compress.ts";
import { type CorsOptions, createCors } from "./cors.ts";
import type { Metrics } from "./metrics.ts";
import { problemReply, type Reply } from "./reply.ts";
import { queryOf, type RequestContext } from "./request.ts";
import type { Route } from "./route.ts";

/** What the platform knows about a request beside the request itself. */
export interface Scope {
  /** The client's IP address. */
  readonly address?: string | undefined;
}

/** What the server is made of. */
export interface ServerDeps {
  readonly routes: readonly Route[];
  readonly cors: CorsOptions;
  readonly compression: boolean;
  readonly metrics: Metrics;
  readonly events: EventBus;
  /** Finds out who is asking. @throws BakendError `unauthenticated` for a token that is not good */
  identify(request: Request): Promise<Principal> | Principal;
  newRequestId(): string;
  /** Milliseconds, monotonic. */
  stopwatch(): number;
  /** Told of everything that was thrown and is not an answer of ours. */
  onError(error: unknown, requestId: string): void;
}

/** The payload of `server.request`: one answered request. */
export interface RequestDone {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly address?: string;
}

/** Answers a request; never rejects. */
export type Fetch = (request: Request, scope?: Scope) => Promise<Response>;

const NO_SCOPE: Scope = Object.freeze({});
const REQUEST_ID = /^[\w.-]{8,64}$/;

/** Makes the HTTP edge: every request takes the same steps, whatever its route. */
export function createServer(deps: ServerDeps): Fetch {
  const cors = createCors(deps.cors);
  // the fastest of Hono's routers for few patterns, and the only fast one that takes /api/docs beside /api/:collection
  const hono = new Hono<{ Bindings: Scope }>({ router: new PatternRouter() });
  for (const route of deps.routes) {
    hono.on(route.method, route.path, (c) => answer(c.req.raw, c.env, route, c.req.param()));
  }
  hono.notFound((c) => answer(c.req.raw, c.env, unmatched(deps.routes, c.req.path), {}));

  async function answer(
    request: Request,
    scope: Scope,
    route: Route,
    params: Record<string, string>,
  ): Promise<Response> {
    const started = deps.stopwatch();
    // 1. the request's name, taken over from a proxy that gave it one
    const given = request.headers.get("x-request-id");
    const requestId = given !== null && REQUEST_ID.test(given) ? given : deps.newRequestId();
    // 2. who asks, and what they get; a thrown thing becomes an answer here and nowhere else
    const reply = await handle(request, requestId, route, params);
    // 3. one response
    const response = respond(request, requestId, reply);
    // 4. for whoever keeps count
    const ms = deps.stopwatch() - started;
    deps.metrics.record(request.method, route.path, reply.status, ms);
    if (deps.events.hears("server.request")) announce(request, scope, requestId, reply.status, ms);
    return response;
  }

  async function handle(
    request: Request,
    requestId: string,
    route: Route,
    params: Record<string, string>,
  ): Promise<Reply> {
    try {
      if (request.method === "OPTIONS") return { status: 204, headers: cors.preflight(request) };
      const known = deps.identify(request);
      const principal = known instanceof Promise ? await known : known;
      return await route.handle({ request, requestId, principal, params, query: queryOf(request.url) });
    } catch (error) {
      if (!(error instanceof BakendError) || error.code === "internal") deps.onError(error, requestId);
      return problemReply(error, requestId);
    }
  }

  function respond(request: Request, requestId: string, { status, body, headers: own }: Reply): Response {
    const headers: Record<string, string> = { "content-type": "application/json", "x-request-id": requestId, ...own };
    cors.addTo(headers, request.headers.get("origin"));
    if (body === undefined) {
      delete headers["content-type"];
      return new Response(null, { status, headers });
    }
    if (deps.compression && wantsGzip(body, request.headers.get("accept-encoding"))) {
      headers["content-encoding"] = "gzip";
      headers.vary = headers.vary ? `${headers.vary}, accept-encoding` : "accept-encoding";
      return new Response(gzip(body), { status, headers });
    }
    return new Response(body, { status, headers });
  }

  function announce(request: Request, { address }: Scope, id: string, status: number, ms: number): void {
    const url = request.url;
    const path = url.slice(url.indexOf("/", 8));
    const done: RequestDone = {
      id,
      method: request.method,
      path,
      status,
      ms,
      ...(address === undefined ? {} : { address }),
    };
    deps.events.emit("server.request", done, "server");
  }

  return async (request, scope = NO_SCOPE) => hono.fetch(request, scope);
}

/** The answer where no route matched: another method would do, or the path is unknown. */
function unmatched(routes: readonly Route[], path: string): Route {
  const known = routes.filter((route) => fits(route.path, path));
  const pattern = known[0]?.path;
  if (pattern === undefined) {
    const handle = (): never => {
      throw new BakendError("not_found", "There is nothing at this path.");
    };
    return { method: "GET", path: "(unknown)", handle };
  }
  const methods = known.filter((route) => route.path === pattern).map((route) => route.method);
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  const handle = ({ request }: RequestContext): never => {
    throw new BakendError("method_not_allowed", `${request.method} is not possible here; ${allow} are.`, {
      headers: { allow },
    });
  };
  return { method: "GET", path: pattern, handle };
}

/** Whether a path is one of a pattern's; only asked where no route matched. */
function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => (part.startsWith(":") ? given[index] !== "" : part === given[index]))
  );
}
