import {
  type Handlers,
  isHandshake,
  lastResort,
  listenError,
  MAX_MESSAGE,
  type RunningServer,
  type ServeOptions,
  type ServerSocket,
  type SocketEvents,
  serverUrl,
  TRY_AGAIN,
} from "../server.ts";

/** What belongs to one WebSocket. */
interface SocketData {
  readonly open: (socket: ServerSocket) => SocketEvents;
  events?: SocketEvents;
}

/** Bytes that may wait in a socket before Bun throws away what is sent: far more than any reader is granted. */
const MAX_WAITING = 64 * 1024 * 1024;

/** Milliseconds between two looks at what is still being answered: Bun tells nobody when the last answer has gone out. */
const LOOK = 5;

/** Serves on Bun's own HTTP server. See `Serve`. */
export async function serveBun({ fetch, connect }: Handlers, options: ServeOptions): Promise<RunningServer> {
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

  async function upgrade(
    request: Request,
    scope: { readonly address?: string | undefined },
    bun: Bun.Server<SocketData>,
  ): Promise<Response | undefined> {
    const way = connect ? await connect(request, scope) : lastResort();
    if (way instanceof Response) return way;
    return bun.upgrade(request, { data: { open: way } }) ? undefined : new Response(null, { status: 400 });
  }

  function listen() {
    try {
      return Bun.serve<SocketData>({
        hostname: options.host,
        port: options.port,
        development: false,
        // Said explicitly: without it, a second server of the same process shares the port silently.
        reusePort: false,
        ...(options.idleTimeout === undefined ? {} : { idleTimeout: Math.ceil(options.idleTimeout / 1000) }),
        ...(options.maxBody === undefined ? {} : { maxRequestBodySize: options.maxBody }),
        error: lastResort,
        fetch: (request, bun) => {
          const scope = {
            // looked up only if somebody asks: it is a call into the server that most requests can do without
            get address() {
              return bun.requestIP(request)?.address;
            },
          };
          return connect && isHandshake(request) ? upgrade(request, scope, bun) : fetch(request, scope);
        },
        websocket: {
          maxPayloadLength: MAX_MESSAGE,
          backpressureLimit: MAX_WAITING,
          open(socket) {
            try {
              socket.data.events = socket.data.open({
                send: (text) => void socket.sendText(text),
                together: (work) => void socket.cork(work),
                buffered: () => socket.getBufferedAmount(),
                close: (code, reason) => socket.close(code, reason),
              });
            } catch (error) {
              socket.close(TRY_AGAIN, error instanceof Error ? error.message : "");
            }
          },
          message: (socket, message) => socket.data.events?.receive(String(message)),
          drain: (socket) => socket.data.events?.drained(),
          close: (socket) => socket.data.events?.gone(),
        },
      });
    } catch (error) {
      throw listenError(error, options);
    }
  }
}
