import type { ClientMessage, ServerMessage } from "../../src/protocol/index.ts";
import { ApiError } from "./api-error.ts";
import { pauseAfter } from "./pause.ts";
import type { Sessions } from "./session.ts";
import { tell } from "./tell.ts";
import { lifetimeOf } from "./token.ts";
import type { Transport } from "./transport.ts";

/** Ends what was begun; calling it again does nothing. */
export type Stop = () => void;

/** Something that happened, as realtime tells it. */
export interface LiveEvent<P = unknown> {
  readonly id: string;
  /** `posts.created`, `auth.login` ... */
  readonly type: string;
  readonly timestamp: string;
  readonly source: string;
  readonly payload: P;
}

/** How the connection stands: there is none while nobody follows anything; a lost one comes back by itself. */
export type ConnectionState = "idle" | "connecting" | "live" | "lost";

/** What is told of a room. */
export type RoomNews = Extract<ServerMessage, { type: "presence" | "joined" | "changed" | "left" | "broadcast" }>;

/** Who follows a channel. */
export interface ChannelListener {
  /** Something happened. Nothing is told twice, out of order or not at all, but for a `reset`. */
  event?(event: LiveEvent): void;
  /** The record of this id is no longer in view. */
  leave?(id: string): void;
  /** Following has begun, or begun anew: from here on everything is told. */
  begun?(): void;
  /** Something may have been missed. Following begins anew; once it has, what is shown is to be read again. */
  reset?(): void;
  /**
   * Nothing is told any more: the channel is closed to whoever is signed in, or does not exist. Following begins anew for who
   * signs in or out. Of a room, see there.
   */
  refused?(error: ApiError): void;
  /** The client was closed: nothing begins anew. */
  closed?(): void;
  /** What is told of a room. */
  room?(news: RoomNews): void;
}

/** What a channel is narrowed by, or what is said of oneself in a room. */
export interface FollowOptions {
  readonly filter?: string;
  readonly state?: object | null;
}

/** A channel that is followed. */
export interface Following {
  readonly stop: Stop;
  /** Says something into a room; lost while there is no connection. */
  say(message: RoomWord): void;
}

/** What a client says into a room. */
export type RoomWord =
  | { readonly action: "presence"; readonly state: object | null }
  | { readonly action: "broadcast"; readonly event: string; readonly payload: unknown };

/** The realtime side of a client: one connection for all that is followed. */
export interface Channels {
  readonly state: ConnectionState;
  /** Tells how the connection stands, now and whenever that changes. */
  onState(listener: (state: ConnectionState) => void): Stop;
  /**
   * Follows `posts.*`, `posts.created`, `posts/ID`, and for admins `auth.*` and the like.
   * @throws TypeError where there is no WebSocket
   */
  follow(channel: string, listener: ChannelListener, options?: FollowOptions): Following;
  /** Ends the connection and all that is followed. */
  close(): void;
}

/** What they are made of. */
export interface ChannelsDeps {
  readonly transport: Transport;
  readonly sessions: Sessions;
  /** The token of the connection; null for a guest, and where the browser sends cookies. */
  token(): string | null;
  readonly WebSocket: SocketClass | undefined;
}

/** As much of a `WebSocket` as is used: that of the package `ws` does, too. */
export type SocketClass = new (
  address: string,
) => {
  readonly readyState: number;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  send(message: string): void;
  close(): void;
};

interface Subscription {
  /** Another for each time that it is begun on one connection: what is still said of the last is not taken for the next. */
  id: string;
  readonly channel: string;
  readonly filter: string | undefined;
  readonly listener: ChannelListener;
  /** What is said of oneself in a room; undefined for all that is no room. */
  state: object | null | undefined;
  /** What was said of oneself with the last wish to be let in, and with the last that was granted. */
  asked: object | null | undefined;
  taken: object | null | undefined;
  /** Whether something was said to others since: that may be refused without an end. */
  hasSpoken: boolean;
  /** Whether it waits for somebody else to sign in. */
  isRefused: boolean;
  /** The place after the last that was told; null until it has begun once. */
  cursor: string | null;
  /** Whether it has begun on this connection. */
  hasBegun: boolean;
  /** Whether the next tokens were got because it was refused. */
  isRenewed: boolean;
}

/** Milliseconds: how often a quiet connection is tried, and how long before the end of a token the next is got. */
const PULSE = 25_000;
const AHEAD = 30_000;

/** What the server closes a connection with whose token is not good any more. */
const TOKEN_ENDED = 4401;

/** Makes the realtime side. It connects when the first channel is followed. */
export function createChannels({ transport, sessions, token, WebSocket: Socket }: ChannelsDeps): Channels {
  const subscriptions = new Map<string, Subscription>();
  const watchers = new Set<(state: ConnectionState) => void>();
  let socket: InstanceType<SocketClass> | null = null;
  let state: ConnectionState = "idle";
  let said: string | null = null;
  let known = sessions.current()?.user ?? null;
  let tries = 0;
  let last = 0;
  let heardAt = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let pulse: ReturnType<typeof setInterval> | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;

  sessions.onChange((session) => {
    const before = known;
    known = session?.user ?? null;
    // an account that has changed may be granted what was refused
    const isRefused = [...subscriptions.values()].some((one) => one.isRefused);
    const hasChanged = JSON.stringify(known) !== JSON.stringify(before);
    if (known?.id !== before?.id || (isRefused && hasChanged)) beginAnew();
    else if (socket?.readyState === 1) introduce();
  });

  /** Somebody else sees something else: nothing goes on where it was. */
  function beginAnew(): void {
    for (const one of subscriptions.values()) Object.assign(one, { cursor: null, isRefused: false, isRenewed: false });
    drop();
    if (subscriptions.size > 0) connect();
  }

  function connect(): void {
    if (socket || Socket === undefined) return;
    clearTimeout(retry);
    become("connecting");
    const own = new Socket(`${transport.url.replace(/^http/, "ws")}/api/realtime`);
    socket = own;
    said = null;
    for (const one of subscriptions.values()) one.hasBegun = false;
    let opened = false;
    own.onopen = () => {
      if (socket !== own) return;
      opened = true;
      heardAt = Date.now();
      introduce();
      for (const one of subscriptions.values()) if (!one.isRefused) subscribe(one);
      pulse = setInterval(() => {
        // a connection that says nothing, not even to this, is gone without having said so
        if (Date.now() - heardAt > 2 * PULSE) own.close();
        else say({ action: "ping" });
      }, PULSE);
      become("live");
    };
    own.onmessage = ({ data }: { readonly data: unknown }) => {
      // what is told to whom we were is nothing to whom we are
      if (socket !== own) return;
      heardAt = Date.now();
      hear(JSON.parse(String(data)) as ServerMessage);
    };
    const end = (code: number): void => {
      if (socket !== own) return;
      leave();
      become("lost");
      // why a connection was refused no browser tells: it may be a cookie whose token has ended
      void again(code === TOKEN_ENDED || (!opened && sessions.current() !== null));
    };
    own.onclose = ({ code }: { readonly code: number }) => end(code);
    // of a connection that was never made, Node 22 tells nothing else
    own.onerror = () => {
      if (!opened) end(0);
    };
  }

  /** Connects again, after a while that grows, and that is not the same for all who were lost at once. */
  async function again(renews: boolean): Promise<void> {
    if (renews) await transport.refresh();
    clearTimeout(retry);
    retry = setTimeout(() => isWanted() && connect(), pauseAfter(tries++));
  }

  const isWanted = (): boolean => [...subscriptions.values()].some((one) => !one.isRefused);

  /** Ends the connection, if nothing is followed any more. */
  function rest(): void {
    if (isWanted()) return;
    clearTimeout(retry);
    drop();
    become("idle");
  }

  /** Ends the connection; what it still says is not heard. */
  function drop(): void {
    const old = socket;
    leave();
    // browsers complain of one that is closed before it is there
    if (old?.readyState === 0) old.onopen = () => old.close();
    else old?.close();
  }

  function leave(): void {
    clearInterval(pulse);
    clearTimeout(renewal);
    socket = null;
  }

  /** Says who we are, and sees to it that the next token is there before this one ends. */
  function introduce(): void {
    const now = token();
    if (now !== null && now !== said) say({ action: "auth", token: now });
    said = now;
    clearTimeout(renewal);
    const lifetime = lifetimeOf(sessions.current()?.tokens?.token ?? "");
    // one that was kept for a while ends sooner: then the server says so
    if (lifetime > AHEAD) renewal = setTimeout(() => void transport.refresh(), lifetime - AHEAD);
  }

  /** Each is told, whatever becomes of the others; not one that another stops meanwhile. */
  function hear(message: ServerMessage): void {
    const about = "id" in message && message.id !== undefined ? [message.id] : [];
    for (const id of "ids" in message ? message.ids : about) {
      const one = subscriptions.get(id);
      if (one && !one.isRefused) tell(() => pass(message, one));
    }
  }

  function pass(message: ServerMessage, one: Subscription): void {
    const { listener } = one;
    switch (message.type) {
      case "subscribed":
        tries = 0;
        Object.assign(one, { hasBegun: true, isRenewed: false, hasSpoken: false, taken: one.asked });
        // where it goes on, what was missed is still to come
        one.cursor ??= message.cursor;
        listener.begun?.();
        break;
      case "event":
      case "leave":
        one.cursor = message.cursor;
        if (message.type === "event") listener.event?.(message.event as LiveEvent);
        else listener.leave?.(message.record.id);
        break;
      case "presence":
      case "joined":
      case "changed":
      case "left":
      case "broadcast":
        listener.room?.(message);
        break;
      case "reset":
        one.cursor = null;
        beginAgain(one);
        listener.reset?.();
        break;
      case "error":
        void refuse(one, message);
        break;
      default:
    }
  }

  /** Closed to whoever we are, or only to the guest that we have become with the end of a token. */
  async function refuse(one: Subscription, told: Extract<ServerMessage, { type: "error" }>): Promise<void> {
    const error = new ApiError(0, { code: told.code, detail: told.message });
    const isRoom = one.state !== undefined;
    const isClosed = told.code === "unauthenticated" || told.code === "forbidden";
    // what was said into a room may be all that is refused
    if (isRoom && one.hasBegun && told.code !== "not_found" && (!isClosed || one.hasSpoken))
      return tell(() => one.listener.refused?.(error));
    // or what was said of oneself since one was let in: then one comes back as one was
    if (isRoom && told.code === "bad_request" && one.taken !== undefined && one.asked !== one.taken) {
      one.state = one.taken;
      beginAgain(one);
      return tell(() => one.listener.refused?.(error));
    }
    if (told.code === "unauthenticated" && sessions.current() !== null && !one.isRenewed) {
      one.isRenewed = true;
      const own = socket;
      const isRenewed = await transport.refresh();
      // the next connection has asked anew
      if (socket !== own || one.isRefused || !subscriptions.has(one.id)) return;
      if (isRenewed) return socket?.close();
    }
    one.isRefused = true;
    if (isRoom) tell(() => one.listener.room?.({ type: "presence", id: one.id, present: [] }));
    tell(() => one.listener.refused?.(error));
    rest();
  }

  /** On this connection. */
  function beginAgain(one: Subscription): void {
    subscriptions.delete(one.id);
    one.id = String(++last);
    one.hasBegun = false;
    subscriptions.set(one.id, one);
    subscribe(one);
  }

  function subscribe(one: Subscription): void {
    const { id, channel, filter, cursor, state: own } = one;
    one.asked = own;
    say({
      action: "subscribe",
      id,
      channel,
      ...(filter === undefined ? {} : { filter }),
      ...(own == null ? {} : { state: own }),
      ...(cursor === null || own !== undefined ? {} : { since: cursor }),
    });
  }

  function say(message: ClientMessage): void {
    if (socket?.readyState === 1) socket.send(JSON.stringify(message));
  }

  function become(now: ConnectionState): void {
    if (state === now) return;
    state = now;
    for (const watcher of [...watchers]) if (watchers.has(watcher)) tell(() => watcher(now));
  }

  return {
    get state() {
      return state;
    },
    onState(watcher) {
      watchers.add(watcher);
      watcher(state);
      return () => void watchers.delete(watcher);
    },
    follow(channel, listener, { filter, state: own } = {}) {
      if (Socket === undefined) throw new TypeError("This runtime has no WebSocket; give one in the client's options.");
      const fresh = { cursor: null, hasBegun: false, isRenewed: false, isRefused: false, hasSpoken: false };
      const one: Subscription = {
        id: String(++last),
        channel,
        filter,
        listener,
        state: own,
        asked: own,
        taken: undefined,
        ...fresh,
      };
      subscriptions.set(one.id, one);
      if (socket?.readyState === 1) subscribe(one);
      else connect();
      return {
        stop() {
          if (!subscriptions.delete(one.id)) return;
          if (!one.isRefused) say({ action: "unsubscribe", id: one.id });
          rest();
        },
        say(word) {
          if (word.action === "presence") one.state = word.state;
          else one.hasSpoken = true;
          if (!one.isRefused) say({ ...word, id: one.id });
        },
      };
    },
    close() {
      const ended = [...subscriptions.values()];
      subscriptions.clear();
      rest();
      for (const { listener } of ended) tell(() => listener.closed?.());
    },
  };
}
