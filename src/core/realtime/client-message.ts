import { z } from "zod";
import type { ClientMessage } from "../../protocol/index.ts";
import { BakendError } from "../errors.ts";

/** Characters of a client's own name for a subscription: a stream over HTTP names them after their channels. */
export const MAX_ID = 256;

const id = z.string().min(1).max(MAX_ID);

/** Bytes of what a client says of itself in a room, as JSON. */
const MAX_STATE = 2048;

/** The object itself, not a copy: whatever its keys are called. */
const state = z
  .custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value), "must be an object")
  .refine((value) => new TextEncoder().encode(toJson(value)).length <= MAX_STATE, {
    error: `must have at most ${MAX_STATE} bytes`,
  });

const clientMessage: z.ZodType<ClientMessage> = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("auth"), token: z.string().min(1).max(4096) }),
  z.strictObject({
    action: z.literal("subscribe"),
    id,
    channel: z.string().min(1).max(200),
    filter: z.string().max(4000).optional(),
    since: z.string().max(100).optional(),
    state: state.nullable().optional(),
  }),
  z.strictObject({ action: z.literal("presence"), id, state: state.nullable() }),
  z.strictObject({
    action: z.literal("broadcast"),
    id,
    event: z.string().min(1).max(64),
    payload: z.unknown().optional(),
  }),
  z.strictObject({ action: z.literal("unsubscribe"), id }),
  z.strictObject({ action: z.literal("ping") }),
]);

/** Reads a message of a client. @throws BakendError `bad_request` with what is wrong */
export function readClientMessage(text: string): ClientMessage {
  const message = clientMessage.safeParse(parsed(text));
  if (message.success) return message.data;
  const [issue] = message.error.issues;
  throw new BakendError(
    "bad_request",
    issue === undefined || issue.path.length === 0
      ? 'A message has an "action": auth, subscribe, unsubscribe, presence, broadcast or ping, and nothing that does not belong to it.'
      : `${issue.path.map(String).join(".")}: ${issue.message}.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BakendError("bad_request", "A message is one JSON object.");
  }
}

/** What came as JSON as JSON again. @throws BakendError `bad_request` for what can be read, but is nested too deep to be written */
export function toJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw new BakendError("bad_request", "That is nested too deep.");
  }
}
