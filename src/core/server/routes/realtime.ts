import { BakendError } from "../../errors.ts";
import { ANONYMOUS, type Principal } from "../../principal.ts";
import { type Hub, isRoom, type RealtimeSocket } from "../../realtime/index.ts";
import type { Reply } from "../reply.ts";
import { type RequestContext, readList } from "../request.ts";
import type { Route } from "../route.ts";

/** Where WebSockets are opened. */
export const REALTIME_PATH = "/api/realtime";

/** What the realtime routes need. */
export interface RealtimeRoutesDeps {
  readonly hub: Hub;
  identify(request: Request): Promise<Principal> | Principal;
  /** Calls a task again and again until the function that is returned is called. */
  every(milliseconds: number, task: () => void): () => void;
}

/** Milliseconds of silence after which a stream says that it is still there. */
const HEARTBEAT = 15_000;

/** Bytes waiting in a stream, above which its reader counts as gone. */
const MAX_WAITING = 8 * 1024 * 1024;

/** `/api/realtime/sse`, the stream of events for whoever has no WebSocket; and where WebSockets are, a word on it. */
export function realtimeRoutes(deps: RealtimeRoutesDeps): readonly Route[] {
  return [
    {
      method: "GET",
      path: REALTIME_PATH,
      handle: () => {
        throw new BakendError("bad_request", "This is where a WebSocket is opened; over HTTP, use /api/realtime/sse.");
      },
    },
    { method: "GET", path: `${REALTIME_PATH}/sse`, handle: (context) => stream(deps, context) },
  ];
}

async function stream(
  { hub, identify, every }: RealtimeRoutesDeps,
  { request, principal, query, scope }: RequestContext,
): Promise<Reply> {
  const channels = query.getAll("channel").flatMap((text) => readList(text) ?? []);
  if (channels.length === 0) throw new BakendError("bad_request", 'Say which channel: "?channel=posts.*".');
  const [filter, last] = [query.get("filter"), request.headers.get("last-event-id")];
  const known = new Set(["channel", "filter", "since"]);
  const unknown = [...query.keys()].find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new BakendError(
      "bad_request",
      `Unknown query parameter "${unknown.slice(0, 64)}"; known here: channel, filter, since.`,
    );

  const ids = channels.length === 1 ? channels : channels.map((channel, index) => `${index}:${channel}`);
  const places = channels.map((channel, index) => placeOf(channel, index, last) ?? query.get("since"));
  const { readable, socket, ended } = eventStream(ids, places);
  const visitor = {
    principal,
    identify: principal === ANONYMOUS ? null : async () => identify(request),
    address: scope.address,
  };
  const connection = hub.connect(visitor, socket);
  const stopBeating = every(HEARTBEAT, socket.beat);
  const endIfDeaf = (): void => {
    // nothing can be begun on it any more: a browser comes back by itself, to what is there now
    if (!connection.hears()) socket.close();
  };
  void ended.then(() => {
    stopBeating();
    connection.gone();
  });
  const wishes = channels.map((channel, index) => ({
    action: "subscribe",
    id: ids[index],
    channel,
    ...(filter === null ? {} : { filter }),
    ...(places[index] ? { since: places[index] } : {}),
  }));
  try {
    for (const wish of wishes) await connection.demand(JSON.stringify(wish));
    socket.onSent(endIfDeaf);
    endIfDeaf();
  } catch (error) {
    stopBeating();
    connection.gone();
    throw error;
  }
  return {
    status: 200,
    stream: readable,
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" },
  };
}

/** Between the places of channels, where they are not all the same; and what one of them may be made of. */
const BETWEEN = ",";
const PLACE = /^[\w-]+$/;

/** Where a channel goes on. A browser that comes back says so by itself, of rooms too, which begin anew. */
function placeOf(channel: string, index: number, last: string | null): string | null {
  if (last === null || isRoom(channel)) return null;
  const places = last.split(BETWEEN);
  return places[index] ?? places[0] ?? null;
}

/**
 * A socket that writes server-sent events (HTML standard, section 9.2) for subscriptions of these ids. Each may stand elsewhere while it catches up, so
 * the id of an event says where each of them stands.
 */
function eventStream(
  ids: readonly string[],
  since: readonly (string | null)[],
): {
  readonly readable: ReadableStream<Uint8Array>;
  readonly socket: RealtimeSocket & { beat(): void; close(): void; onSent(listener: () => void): void };
  readonly ended: Promise<void>;
} {
  const encoder = new TextEncoder();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const readable = new ReadableStream<Uint8Array>(
    {
      start(made) {
        controller = made;
      },
      cancel() {
        controller = null;
        end();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING }),
  );
  const close = (): void => {
    controller?.close();
    controller = null;
    end();
  };
  const buffered = (): number => MAX_WAITING - (controller?.desiredSize ?? MAX_WAITING);
  const write = (text: string): void => controller?.enqueue(encoder.encode(text));
  const places = new Map<string, string>();
  for (const [index, place] of since.entries()) if (place && PLACE.test(place)) places.set(ids[index] ?? "", place);
  let onSent = (): void => undefined;
  const placesAfter = (cursor: string, moved: readonly string[]): string => {
    for (const id of moved) places.set(id, cursor);
    const all = ids.map((id) => places.get(id) ?? cursor);
    return all.every((place) => place === cursor) ? cursor : all.join(BETWEEN);
  };
  const socket = {
    send(text: string, cursor?: string, moved: readonly string[] = ids): void {
      write(`${cursor === undefined ? "" : `id: ${placesAfter(cursor, moved)}\n`}data: ${text}\n\n`);
      onSent();
    },
    onSent(listener: () => void): void {
      onSent = listener;
    },
    buffered,
    beat: (): void => {
      // nobody takes what is sent: the reader has gone without a word
      if (buffered() > MAX_WAITING / 2) close();
      else write(": still here\n\n");
    },
    close,
  };
  return { readable, socket, ended };
}
