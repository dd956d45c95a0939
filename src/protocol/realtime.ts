import type { ErrorCode } from "./errors.ts";

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
    }
  | { readonly action: "unsubscribe"; readonly id: string }
  | { readonly action: "ping" };

/** What the server sends. A cursor is a place in the stream of events: `since` goes on after it. */
export type ServerMessage =
  | { readonly type: "connected"; readonly clientId: string; readonly cursor: string }
  /** Who the client is from now on; `user` is null for a guest or a program. */
  | { readonly type: "authenticated"; readonly user: string | null }
  | { readonly type: "subscribed"; readonly id: string; readonly channel: string; readonly cursor: string }
  | { readonly type: "unsubscribed"; readonly id: string }
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
  | { readonly type: "reset"; readonly id: string; readonly reason: "cursor" | "slow" | "missed" }
  | { readonly type: "error"; readonly id?: string; readonly code: ErrorCode; readonly message: string }
  | { readonly type: "pong" };
