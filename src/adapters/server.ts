/** Answers one request. `address` is the client's IP address, if the platform knows it. Never throws or rejects. */
export type FetchHandler = (
  request: Request,
  scope: { readonly address?: string | undefined },
) => Response | Promise<Response>;

/** A WebSocket, as a platform has it. See `RealtimeSocket`. */
export interface ServerSocket {
  send(text: string): void;
  together?(work: () => void): void;
  buffered(): number;
  close(code: number, reason: string): void;
}

/** What a WebSocket tells the application. See `RealtimeConnection`. */
export interface SocketEvents {
  receive(text: string): void;
  drained(): void;
  gone(): void;
}

/** Decides on a WebSocket's handshake: what takes the socket once it is open, or the response that refuses. Never rejects. */
export type ConnectHandler = (
  request: Request,
  scope: { readonly address?: string | undefined },
) => Promise<((socket: ServerSocket) => SocketEvents) | Response>;

/** What is served: an app, or whatever is like one. */
export interface Handlers {
  readonly fetch: FetchHandler;
  /** Without it, no WebSocket is opened. */
  readonly connect?: ConnectHandler;
}

/** Bytes of one message that a WebSocket's client may send. */
export const MAX_MESSAGE = 64 * 1024;

/** RFC 6455, section 7.4.1: come back later. */
export const TRY_AGAIN = 1013;

/** Whether a request is the handshake of a WebSocket. */
export function isHandshake(request: Request): boolean {
  return request.method === "GET" && request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Where and how to listen. */
export interface ServeOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Milliseconds that a connection may be silent: from 1 to 255 seconds. */
  readonly idleTimeout?: number;
  /** Bytes of a body that the platform lets through at most. The application has finer limits of its own. */
  readonly maxBody?: number;
}

/** A listening server. */
export interface RunningServer {
  /** With the real port: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /**
   * Accepts nothing new, lets running requests finish for up to `graceMs`, then cuts what is left. Resolves to the number
   * of requests cut.
   */
  stop(options: { readonly graceMs: number }): Promise<number>;
}

/** Starts to listen. Rejects with `ListenError` if the address cannot be had. */
export type Serve = (handlers: Handlers, options: ServeOptions) => Promise<RunningServer>;

/** An address that cannot be listened on, in words for a terminal. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Makes a `ListenError` of whatever a platform throws. */
export function listenError(cause: unknown, { host, port }: ServeOptions): ListenError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return new ListenError(`cannot listen on ${host}:${port}: ${REASONS.get(code) ?? String(cause)}`, { cause });
}

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ["EADDRINUSE", "another program uses this port"],
  ["EACCES", "this port needs more rights"],
  ["EADDRNOTAVAIL", "this machine has no such address"],
  ["ENOTFOUND", "this host name is unknown"],
]);

/** The address for people and browsers: every-interface addresses become `localhost`, IPv6 gets its brackets. */
export function serverUrl(host: string, port: number): string {
  const everywhere = host === "0.0.0.0" || host === "::";
  const name = everywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** What a client gets if the handler breaks its promise and rejects. */
export function lastResort(): Response {
  const body = { type: "about:blank", title: "Internal error", status: 500, code: "internal" };
  return Response.json(body, { status: 500, headers: { "content-type": "application/problem+json" } });
}
