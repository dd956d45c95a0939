import {
  type FetchHandler,
  lastResort,
  listenError,
  type RunningServer,
  type ServeOptions,
  serverUrl,
} from "../server.ts";

/** Milliseconds between two looks at what is still being answered: Bun tells nobody when the last answer has gone out. */
const LOOK = 5;

/** Serves on Bun's own HTTP server. See `Serve`. */
export async function serveBun(fetch: FetchHandler, options: ServeOptions): Promise<RunningServer> {
  const server = listen();
  const port = server.port ?? options.port;

  return {
    port,
    url: serverUrl(options.host, port),
    async stop({ graceMs }) {
      void server.stop(false); // its promise would also wait for idle connections
      const until = Date.now() + graceMs;
      while (server.pendingRequests > 0 && Date.now() < until)
        await new Promise((resolve) => setTimeout(resolve, LOOK));
      const left = server.pendingRequests;
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
        fetch: (request, bun) =>
          fetch(request, {
            // looked up only if somebody asks: it is a call into the server that most requests can do without
            get address() {
              return bun.requestIP(request)?.address;
            },
          }),
      });
    } catch (error) {
      throw listenError(error, options);
    }
  }
}
