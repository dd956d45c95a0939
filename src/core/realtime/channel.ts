import { compileInterest } from "../events/index.ts";

/** What a subscription is about: records of a collection, one record, a record as a room, or, for admins, events of other families. */
export type Channel =
  | {
      readonly kind: "records";
      readonly collection: string;
      readonly record?: string;
      /** `created`, `updated`, `deleted`. */
      readonly actions: ReadonlySet<string>;
    }
  | { readonly kind: "room"; readonly collection: string; readonly record: string }
  | { readonly kind: "events"; readonly matches: (type: string) => boolean };

const ACTIONS = ["created", "updated", "deleted"] as const;
const NAME = "[a-z][A-Za-z0-9_]{0,62}";
const RECORD = new RegExp(`^(${NAME})/([0-9a-f-]{36})$`);
const ROOM = new RegExp(`^(${NAME})/([0-9a-f-]{36})/room$`);
const RECORDS = new RegExp(`^(${NAME})\\.(\\*|${ACTIONS.join("|")})$`);

/**
 * Reads `posts.*`, `posts.created`, `posts/ID`, `posts/ID/room`, or an event pattern such as `auth.*`.
 * @throws BakendError `bad_request`
 */
export function readChannel(text: string, isCollection: (name: string) => boolean): Channel {
  const [, holder, record] = RECORD.exec(text) ?? [];
  if (holder !== undefined && record !== undefined)
    return { kind: "records", collection: holder, record, actions: new Set(ACTIONS) };
  const [, place, room] = ROOM.exec(text) ?? [];
  if (place !== undefined && room !== undefined) return { kind: "room", collection: place, record: room };
  const [, collection, action] = RECORDS.exec(text) ?? [];
  if (collection !== undefined && action !== undefined && isCollection(collection))
    return { kind: "records", collection, actions: new Set(action === "*" ? ACTIONS : [action]) };
  return { kind: "events", matches: compileInterest(text) };
}

/** Whether a channel is a room, where nothing is kept that somebody could come back to. */
export function isRoom(text: string): boolean {
  return ROOM.test(text);
}
