import type { ServerMessage } from "../../protocol/index.ts";
import type { BakendError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { Channel } from "./channel.ts";

/** One connection to a client, whatever carries it: a WebSocket, a stream of server-sent events. */
export interface RealtimeSocket {
  /**
   * Sends a text; `cursor` is where these of the client's subscriptions stand once it has it, or all of them: for carriers that
   * say so beside the text.
   */
  send(text: string, cursor?: string, ids?: readonly string[]): void;
  /** Has what is sent by some work leave in one go, where the carrier can. */
  together?(work: () => void): void;
  /** Bytes that wait to be sent. */
  buffered(): number;
  /** `code` as WebSockets know it. */
  close(code: number, reason: string): void;
}

/** Why connections are closed by the server: RFC 6455 section 7.4.1, and of the range that is free for applications. */
export const CLOSE = {
  /** The server stops. */
  away: [1001, "the server is closing"],
  /** A message that is none of ours, or too many of them. */
  misuse: [1008, "that is not how to speak here"],
  /** The token is not good, or no longer. */
  unauthenticated: [4401, "the token is not valid, or no longer"],
} as const;

/** Bytes waiting to be sent that make a client slow. */
const SLOW_FROM = 1024 * 1024;

/** A client as the hub knows it. */
export interface Client<W> {
  readonly id: string;
  readonly subscriptions: Map<string, Subscription<W>>;
  /** Who it is; changed by `auth` messages, and by looking again. */
  principal: Principal;
  /** Finds out anew who it is; null for guests. @throws BakendError `unauthenticated` */
  identify: (() => Promise<Principal>) | null;
  readonly closed: boolean;
  send(message: ServerMessage): void;
  /** Sends a message that is a text already. */
  sendText(text: string, cursor: string, ids?: readonly string[]): void;
  /** Has what is sent by some work leave in one go. */
  together(work: () => void): void;
  fail(error: BakendError, id?: string): void;
  isSlow(): boolean;
  /** Resolves once there is room for more, or the connection has ended. */
  writable(): Promise<void>;
  /** To be called when what waited has been sent, and now and then. */
  drained(): void;
  close(why: keyof typeof CLOSE): void;
  /** The other side has gone. */
  gone(): void;
}

/** One thing that a client wants to hear of. `W` is what decides what of it the client may see. */
export interface Subscription<W> {
  readonly id: string;
  readonly client: Client<W>;
  readonly channel: Channel;
  readonly filter: string | undefined;
  /** What decides; null for event families, which are for admins. */
  watch: W | null;
  /** It has been told of everything up to here. */
  from: number;
  /** False while it is told of the past. */
  live: boolean;
  ended: boolean;
}

/** Makes the server's side of a connection. */
export function createClient<W>(id: string, principal: Principal, socket: RealtimeSocket): Client<W> {
  let closed = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve();
  };
  const client: Client<W> = {
    id,
    principal,
    identify: null,
    subscriptions: new Map(),
    get closed() {
      return closed;
    },
    send: (message) =>
      client.sendText(
        JSON.stringify(message),
        "cursor" in message ? message.cursor : "",
        message.type === "subscribed" ? [message.id] : [],
      ),
    sendText(text, cursor, ids) {
      if (closed) return;
      if (cursor === "") socket.send(text);
      else socket.send(text, cursor, ids);
    },
    together(work) {
      if (closed || !socket.together) work();
      else socket.together(work);
    },
    fail: ({ code, message }, about) =>
      client.send({ type: "error", ...(about === undefined ? {} : { id: about }), code, message }),
    isSlow: () => socket.buffered() > SLOW_FROM,
    writable: () => (closed || !client.isSlow() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    drained() {
      if (!client.isSlow()) wake();
    },
    close(why) {
      if (closed) return;
      closed = true;
      const [code, reason] = CLOSE[why];
      socket.close(code, reason);
      wake();
    },
    gone() {
      closed = true;
      wake();
    },
  };
  return client;
}
