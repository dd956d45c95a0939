import { z } from "zod";
import type { ErrorCode } from "./errors.ts";

const id = z.string().min(1).max(64);

/** What a client sends over a realtime connection, one JSON text a message. */
export const clientMessage = z.discriminatedUnion("action", [
  /** Says, or says anew, who the client is. */
  z.strictObject({ action: z.literal("auth"), token: z.string().min(1).max(4096) }),
  /** `id` is the client's own name for the subscription; `since` a cursor that it was given. */
  z.strictObject({
    action: z.literal("subscribe"),
    id,
    channel: z.string().min(1).max(200),
    filter: z.string().max(4000).optional(),
    since: z.string().max(100).optional(),
  }),
  z.strictObject({ action: z.literal("unsubscribe"), id }),
  z.strictObject({ action: z.literal("ping") }),
]);

/** What a client sends over a realtime connection. */
export type ClientMessage = z.output<typeof clientMessage>;

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
