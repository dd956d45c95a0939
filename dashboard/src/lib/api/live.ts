import type { ServerMessage } from "../../../../src/protocol/index.ts";
import { refreshSession } from "./request.ts";

/** Something that happened, as realtime tells it. */
export interface LiveEvent<P = unknown> {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly source: string;
  readonly payload: P;
}

/** Who follows a channel. */
export interface Follower {
  event(event: LiveEvent): void;
  /** A record is no longer in view. */
  leave?(id: string): void;
  /** Something may have been missed: what is shown is to be read anew. */
  reset?(): void;
  /** The channel is closed to us, or does not exist. */
  refused?(message: string): void;
}

interface Subscription {
  readonly id: string;
  readonly channel: string;
  readonly filter: string | undefined;
  readonly follower: Follower;
  /** Where to go on; null until it was begun once. */
  cursor: string | null;
}

/** Whether the connection stands, for whoever shows it. */
export type LiveState = "idle" | "connecting" | "live" | "lost";

const LONGEST_WAIT = 15_000;
const PULSE = 25_000;

const subscriptions = new Map<string, Subscription>();
const watchers = new Set<(state: LiveState) => void>();
let socket: WebSocket | null = null;
let state: LiveState = "idle";
let tries = 0;
let next = 1;
let retry: ReturnType<typeof setTimeout> | undefined;
let pulse: ReturnType<typeof setInterval> | undefined;
let heardAt = 0;

/**
 * Follows a channel until the function that is returned is called. One connection serves all of them; when it is lost, it
 * comes back by itself and each goes on where it was.
 */
export function follow(channel: string, follower: Follower, filter?: string): () => void {
  const one: Subscription = { id: String(next++), channel, filter, follower, cursor: null };
  subscriptions.set(one.id, one);
  if (socket?.readyState === WebSocket.OPEN) subscribe(one);
  else connect();
  return () => {
    subscriptions.delete(one.id);
    if (socket?.readyState === WebSocket.OPEN) say({ action: "unsubscribe", id: one.id });
  };
}

/** Does something whenever an event of this type happened, and when one may have been missed, until the function that is returned is called. */
export function whenever(type: string, task: () => Promise<unknown>): () => void {
  // what cannot be read now is read with the next event
  const again = (): void => void task().catch(() => undefined);
  return follow(type, { event: again, reset: again });
}

/** Tells how the connection stands, now and whenever that changes, until the function that is returned is called. */
export function watchState(watcher: (state: LiveState) => void): () => void {
  watchers.add(watcher);
  watcher(state);
  return () => void watchers.delete(watcher);
}

/** Closes the connection, and forgets who followed what. */
export function disconnect(): void {
  subscriptions.clear();
  clearTimeout(retry);
  socket?.close();
}

function connect(): void {
  if (socket) return;
  clearTimeout(retry);
  become("connecting");
  const own = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/realtime`);
  socket = own;
  own.onopen = () => {
    tries = 0;
    become("live");
    heardAt = Date.now();
    for (const one of subscriptions.values()) subscribe(one);
    pulse = setInterval(() => {
      // a connection that says nothing, not even to this, is gone without having said so
      if (Date.now() - heardAt > 2 * PULSE) own.close();
      else say({ action: "ping" });
    }, PULSE);
  };
  own.onmessage = ({ data }) => {
    heardAt = Date.now();
    hear(JSON.parse(String(data)) as ServerMessage);
  };
  own.onclose = () => {
    clearInterval(pulse);
    socket = null;
    if (subscriptions.size === 0) return become("idle");
    become("lost");
    // it may have ended with the access token, which ends more often than the session does
    retry = setTimeout(() => void refreshSession().finally(connect), Math.min(LONGEST_WAIT, 500 * 2 ** tries++));
  };
}

function hear(message: ServerMessage): void {
  switch (message.type) {
    case "subscribed": {
      const one = subscriptions.get(message.id);
      if (one) one.cursor = message.cursor;
      return;
    }
    case "event":
    case "leave":
      for (const id of message.ids) {
        const one = subscriptions.get(id);
        if (!one) continue;
        one.cursor = message.cursor;
        if (message.type === "event") one.follower.event(message.event as LiveEvent);
        else one.follower.leave?.(message.record.id);
      }
      return;
    case "reset": {
      const one = subscriptions.get(message.id);
      if (!one) return;
      one.cursor = null;
      subscribe(one);
      one.follower.reset?.();
      return;
    }
    case "error": {
      const one = message.id === undefined ? undefined : subscriptions.get(message.id);
      if (one) void refuse(one, message);
    }
  }
}

/** A channel is closed: to whom the session says we are, or only to the guest that we are without an access token. */
async function refuse(one: Subscription, { code, message }: Extract<ServerMessage, { type: "error" }>): Promise<void> {
  if (code === "unauthenticated" && (await refreshSession())) return socket?.close();
  subscriptions.delete(one.id);
  one.follower.refused?.(message);
}

function subscribe({ id, channel, filter, cursor }: Subscription): void {
  say({
    action: "subscribe",
    id,
    channel,
    ...(filter ? { filter } : {}),
    ...(cursor === null ? {} : { since: cursor }),
  });
}

function say(message: object): void {
  socket?.send(JSON.stringify(message));
}

function become(now: LiveState): void {
  state = now;
  for (const watcher of watchers) watcher(now);
}
