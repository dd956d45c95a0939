import { createInFlight } from "../in-flight.ts";
import {
  type FetchHandler,
  lastResort,
  listenError,
  type RunningServer,
  type ServeOptions,
  serverUrl,
} from "../server.ts";

/** Milliseconds after the last answer was made in which it may still be on its way to the client. */
const LINGER = 1000;

/** Serves on Bun's own HTTP server. See `Serve`. */
export async function serveBun(fetch: FetchHandler, options: ServeOptions): Promise<RunningServer> {
  const inFlight = createInFlight();
  const server = listen();
  const port = server.port ?? options.port;

  return {
    port,
    url: serverUrl(options.host, port),
    async stop({ graceMs }) {
      const closed = server.stop(false);
      const left = await inFlight.drained(graceMs);
      // Bun's own promise waits for bodies that are still being sent, but also for idle connections.
      if (left === 0) await Promise.race([closed, pendingNone()]);
      await server.stop(true);
      return left;
    },
  };

  function listen() {
    try {
      return Bun.serve({
        hostname: options.host,
        port: options.port,
        development: false,
        // Said explicitly: without it, a second server of the same process shares the port silently.
        reusePort: false,
        ...(options.idleTimeout === undefined ? {} : { idleTimeout: Math.ceil(options.idleTimeout / 1000) }),
        ...(options.maxBody === undefined ? {} : { maxRequestBodySize: options.maxBody }),
        error: lastResort,
        async fetch(request, bun) {
          inFlight.enter();
          try {
            return await fetch(request, {
              // looked up only if somebody asks: it is a call into the server that most requests can do without
              get address() {
                return bun.requestIP(request)?.address;
              },
            });
          } finally {
            inFlight.leave();
          }
        },
      });
    } catch (error) {
      throw listenError(error, options);
    }
  }

  /** Resolves when Bun has sent every answer, looking often: it tells nobody. */
  async function pendingNone(): Promise<void> {
    const until = Date.now() + LINGER;
    while (server.pendingRequests > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
