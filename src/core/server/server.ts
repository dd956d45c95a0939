import { BakendError } from "../errors.ts";
import type { EventBus } from "../events/index.ts";
import { asking, type Principal } from "../principal.ts";
import { createClientAddress } from "./client-address.ts";
import { gzip, isWorthwhile, wantsGzip } from "./compress.ts";
import { type CorsOptions, createCors } from "./cors.ts";
import type { Metrics } from "./metrics.ts";
import type { RateLimit } from "./rate-limit.ts";
import { problemReply, type Reply } from "./reply.ts";
import { queryOf, type Scope } from "./request.ts";
import type { Route } from "./route.ts";
import { createRouter, type Finding } from "./router.ts";

/** What the server is made of. */
export interface ServerDeps {
  readonly routes: readonly Route[];
  readonly limit: Pick<RateLimit, "over">;
  readonly cors: CorsOptions;
  readonly compression: boolean;
  /** Addresses and ranges of proxies whose `x-forwarded-for` is believed. */
  readonly proxies: readonly string[];
  readonly metrics: Metrics;
  readonly events: EventBus;
  /** Finds out who is asking. @throws BakendError `unauthenticated` for a token that is not good */
  identify(request: Request): Promise<Principal> | Principal;
  newRequestId(): string;
  /** Milliseconds, monotonic. */
  stopwatch(): number;
  /** Told when each request begins, in milliseconds of the stopwatch. */
  onRequest(started: number): void;
  /** Writes the line about an answered request; null for none. */
  readonly logRequest: ((done: RequestDone) => void) | null;
  /** Told of everything that was thrown and is not an answer of ours. */
  onError(error: unknown, requestId: string): void;
}

/** The payload of `server.request`: one answered request. The client's address is personal, and not in it. */
export interface RequestDone {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
}

/** The HTTP edge of an app. */
export interface Server {
  /** Answers a request, at once where nothing has to be waited for; never throws or rejects. */
  fetch(request: Request, scope?: Scope): Response | Promise<Response>;
  /**
   * Who asks for something that is not answered with a response, such as a WebSocket: the principal, or the response that
   * refuses. Never rejects.
   */
  admit(request: Request, scope?: Scope): Promise<Admitted | Response>;
  /** Resolves when no request is being answered. */
  idle(): Promise<void>;
}

/** Somebody who was let in. */
export interface Admitted {
  readonly principal: Principal;
  /** The client's address, as told by proxies that are believed. */
  readonly address: string | undefined;
}

const NO_SCOPE: Scope = Object.freeze({});
const NO_COOKIES: readonly string[] = [];
const REQUEST_ID = /^[\w.-]{8,64}$/;

/** Makes the HTTP edge: every request takes the same steps, whatever its route. */
export function createServer(deps: ServerDeps): Server {
  const cors = createCors(deps.cors);
  const router = createRouter(deps.limit.over(deps.routes));
  const behindProxies = createClientAddress(deps.proxies);
  let running = 0;
  let waiting: (() => void)[] = [];

  // No async function on the way of a short read: each would cost every request a promise and a turn of the queue.
  function fetch(request: Request, direct: Scope = NO_SCOPE): Response | Promise<Response> {
    running += 1;
    const started = deps.stopwatch();
    deps.onRequest(started);
    const { method, url } = request;
    const scope = behindProxies(request, direct);
    // 1. the request's name, taken over from a proxy that gave it one
    const given = request.headers.get("x-request-id");
    const requestId = given !== null && REQUEST_ID.test(given) ? given : deps.newRequestId();
    let pattern = "(unknown)";

    const finish = (reply: Reply): Response => {
      // 4. one response, and word of it for whoever keeps count
      const response = respond(request, requestId, reply);
      for (const cookie of reply.cookies ?? NO_COOKIES) response.headers.append("set-cookie", cookie);
      const ms = deps.stopwatch() - started;
      deps.metrics.record(method, pattern, reply.status, ms);
      announce(method, url, requestId, reply.status, ms);
      running -= 1;
      if (running === 0 && waiting.length > 0) settle();
      return response;
    };
    // a thrown thing becomes an answer here and nowhere else
    const fail = (error: unknown): Response => {
      if (!(error instanceof BakendError) || error.code === "internal") deps.onError(error, requestId);
      return finish(problemReply(error, requestId));
    };

    try {
      // 2. the route
      const path = pathOf(url);
      const finding = router.find(method, path);
      pattern = finding === null ? pattern : "route" in finding ? finding.route.path : finding.path;
      // unknown paths too: a browser that is refused the preflight cannot show that they are
      if (method === "OPTIONS") return finish({ status: 204, headers: cors.preflight(request) });
      const { route, params } = requireRoute(finding, method);
      // 3. who asks, and what they get
      const handle = (principal: Principal): Reply | Promise<Reply> =>
        route.handle({
          request,
          requestId,
          scope,
          principal: asking(principal, scope),
          params,
          path,
          query: queryOf(url),
        });
      const principal = deps.identify(request);
      const reply = principal instanceof Promise ? principal.then(handle) : handle(principal);
      return reply instanceof Promise ? reply.then(finish).catch(fail) : finish(reply);
    } catch (error) {
      return fail(error);
    }
  }

  function settle(): void {
    const done = waiting;
    waiting = [];
    for (const resolve of done) resolve();
  }

  function respond(request: Request, requestId: string, { status, body, headers: own, stream }: Reply): Response {
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
      ...own,
    };
    // what was answered to somebody's cookie is for nobody else
    if (own?.["cache-control"] === undefined && request.headers.get("cookie") !== null)
      headers["cache-control"] = "private";
    cors.addTo(headers, request.headers.get("origin"));
    if (stream !== undefined) {
      if (request.method !== "HEAD") return new Response(stream, { status, headers });
      if (stream instanceof ReadableStream) void stream.cancel();
      return new Response(null, { status, headers });
    }
    if (body === undefined) {
      delete headers["content-type"];
      return new Response(null, { status, headers });
    }
    const content = request.method === "HEAD" ? null : body;
    const open = deps.compression && own?.["content-encoding"] === undefined && isWorthwhile(body);
    if (open && wantsGzip(request.headers.get("accept-encoding"))) {
      headers["content-encoding"] = "gzip";
      headers.vary = headers.vary ? `${headers.vary}, accept-encoding` : "accept-encoding";
      return new Response(content === null ? null : gzip(body), { status, headers });
    }
    return new Response(content, { status, headers });
  }

  function announce(method: string, url: string, id: string, status: number, ms: number): void {
    const heard = deps.events.hears("server.request");
    if (!heard && !deps.logRequest) return;
    const done: RequestDone = {
      id,
      method,
      path: told(url.slice(url.indexOf("/", 8))),
      status,
      ms: Math.round(ms * 100) / 100,
    };
    deps.logRequest?.(done);
    if (heard) deps.events.emit("server.request", done, "server");
  }

  async function admit(request: Request, direct: Scope = NO_SCOPE): Promise<Admitted | Response> {
    try {
      const principal = await deps.identify(request);
      return { principal, address: behindProxies(request, direct).address };
    } catch (error) {
      const requestId = deps.newRequestId();
      if (!(error instanceof BakendError)) deps.onError(error, requestId);
      return respond(request, requestId, problemReply(error, requestId));
    }
  }

  return {
    fetch,
    admit,
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

const SECRET = /^\/api\/(auth|storage)\//;

/** What is told of an address: the queries of account routes, and signed addresses of files, hold secrets. */
function told(target: string): string {
  return SECRET.test(target) ? target.replace(/\?.*/, "") : target;
}

/** The path of an absolute URL, without its query. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0) return "/";
  const query = url.indexOf("?", start);
  return query < 0 ? url.slice(start) : url.slice(start, query);
}

/** @throws BakendError `not_found`, or `method_not_allowed` where another method would do */
function requireRoute(finding: Finding, method: string): Extract<Finding, { route: Route }> {
  if (finding === null) throw new BakendError("not_found", "There is nothing at this path.");
  if ("route" in finding) return finding;
  const { allow: methods } = finding;
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  throw new BakendError("method_not_allowed", `${method} is not possible here; ${allow} are.`, { headers: { allow } });
}
