import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createInFlight } from "../in-flight.ts";
import { type Handlers, lastResort, listenError, type RunningServer, type ServeOptions, serverUrl } from "../server.ts";
import { toRequest } from "./http-request.ts";
import { sendResponse } from "./http-response.ts";
import { acceptSockets } from "./websocket.ts";

/** Serves on `node:http`, and WebSockets with `ws`. See `Serve`. */
export async function serveNode({ fetch, connect }: Handlers, options: ServeOptions): Promise<RunningServer> {
  const inFlight = createInFlight();
  const server = createServer((incoming, outgoing) => {
    inFlight.enter();
    // "close" comes once, whether the answer was sent or the client went away.
    outgoing.once("close", inFlight.leave);
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  if (options.idleTimeout !== undefined) {
    server.keepAliveTimeout = options.idleTimeout;
    server.setTimeout(options.idleTimeout, (socket) => socket.destroy());
  }
  const sockets = connect ? acceptSockets(server, connect, serverUrl(options.host, options.port)) : null;
  await listen(server, options);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;

  return {
    port,
    url: serverUrl(options.host, port),
    async stop({ graceMs }) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const left = await inFlight.drained(graceMs);
      sockets?.close();
      server.closeAllConnections();
      await closed;
      return left;
    },
  };

  async function respond(request: Request, address: string | undefined): Promise<Response> {
    try {
      return await fetch(request, { address });
    } catch {
      return lastResort();
    }
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = toRequest(incoming, outgoing, serverUrl(options.host, options.port));
    if (request === undefined) {
      outgoing.writeHead(400, { connection: "close" }).end();
      return;
    }
    const address = incoming.socket.remoteAddress;
    const response = await respond(request, address);
    // What is not read of a refused body would be taken for the next request.
    if (!incoming.complete) outgoing.setHeader("connection", "close");
    if (!server.listening) outgoing.setHeader("connection", "close");
    await sendResponse(response, outgoing, request.method === "HEAD");
  }
}

function listen(server: Server, options: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, options)));
    server.listen({ host: options.host, port: options.port }, resolve);
  });
}
