import type { ErrorCode } from "./errors.ts";

/** Who somebody in a room is: an account, by its id and the collection that it is in. */
export interface RoomUser {
  readonly id: string;
  readonly collection: string;
}

/** A connection in a room, as the others know it; `user` is null for a guest or a program. `clientId` is good for nothing else. */
export interface RoomClient {
  readonly clientId: string;
  readonly user: RoomUser | null;
}

/** Somebody who is present in a room, and what they say of themselves. */
export interface PresentClient extends RoomClient {
  readonly state: object;
}

/** What everybody in a room is told. */
export type RoomMessage =
  | { readonly type: "joined"; readonly client: PresentClient }
  /** Somebody says something else of themselves. */
  | { readonly type: "changed"; readonly client: PresentClient }
  | { readonly type: "left"; readonly client: RoomClient }
  | { readonly type: "broadcast"; readonly from: RoomClient; readonly event: string; readonly payload: unknown };

/** What a client sends over a realtime connection, one JSON text a message. */
export type ClientMessage =
  /** Says, or says anew, who the client is. */
  | { readonly action: "auth"; readonly token: string }
  /** `id` is the client's own name for the subscription; `since` a cursor that it was given. */
  | {
      readonly action: "subscribe";
      readonly id: string;
      readonly channel: string;
      readonly filter?: string | undefined;
      readonly since?: string | undefined;
      /** Of a room: what the others are told of this client; without it, it only listens. */
      readonly state?: object | null | undefined;
    }
  /** `id` is that of the subscription to the room; null to be present no longer. */
  | { readonly action: "presence"; readonly id: string; readonly state: object | null }
  | { readonly action: "broadcast"; readonly id: string; readonly event: string; readonly payload?: unknown }
  | { readonly action: "unsubscribe"; readonly id: string }
  | { readonly action: "ping" };

/** What the server sends. A cursor is a place in the stream of events: `since` goes on after it. */
export type ServerMessage =
  | { readonly type: "connected"; readonly clientId: string; readonly cursor: string }
  /** Who the client is from now on; `user` is null for a guest or a program. */
  | { readonly type: "authenticated"; readonly user: string | null }
  | { readonly type: "subscribed"; readonly id: string; readonly channel: string; readonly cursor: string }
  | { readonly type: "unsubscribed"; readonly id: string }
  /** Follows `subscribed` of a room: who is present, oneself included. */
  | { readonly type: "presence"; readonly id: string; readonly present: readonly PresentClient[] }
  | (RoomMessage & { readonly ids: readonly string[] })
  | { readonly type: "event"; readonly ids: readonly string[]; readonly event: unknown; readonly cursor: string }
  /** A record is no longer in view. */
  | {
      readonly type: "leave";
      readonly ids: readonly string[];
      readonly collection: string;
      readonly record: { readonly id: string };
      readonly cursor: string;
    }
  /** The subscription has ended because events were, or would be, missed: read the data anew and subscribe again. */
  | { readonly type: "reset"; readonly id: string; readonly reason: "cursor" | "slow" | "missed" | "changed" }
  | { readonly type: "error"; readonly id?: string; readonly code: ErrorCode; readonly message: string }
  | { readonly type: "pong" };
