import { network } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";
import type { BakendEvent, EventStream, Every } from "../events/index.ts";
import { ANONYMOUS, type Principal } from "../principal.ts";
import { type Client, createClient, type RealtimeSocket } from "./client.ts";
import { MAX_ID, readClientMessage } from "./client-message.ts";
import { createDelivery, type Delivery } from "./delivery.ts";
import { createRooms, type RoomLimits, type Rooms } from "./rooms.ts";
import { createSubscriptions, type SubscriptionLimits } from "./subscriptions.ts";
import { createVigil, type Vigil } from "./vigil.ts";
import type { RecordWatching } from "./watching.ts";

/** What a hub is made of. */
export interface HubDeps<W> {
  readonly stream: EventStream;
  readonly records: RecordWatching<W>;
  readonly limits: HubLimits;
  /** Who a bearer token belongs to. @throws BakendError `unauthenticated` */
  identify(token: string): Promise<Principal>;
  every: Every;
  /** Runs a task once the current one is over. */
  defer(task: () => void): void;
  /** Calls back as soon as something happens, of types that are wanted, before anything that follows is told. */
  onEvent(wanted: (type: string) => boolean, listener: (event: BakendEvent) => void): () => void;
  newId(): string;
  /** Milliseconds that only go forward. */
  stopwatch(): number;
  onError(error: unknown): void;
}

/** How much the hub takes on. */
export interface HubLimits extends SubscriptionLimits, RoomLimits {
  /** Connections in all. */
  readonly connections: number;
  /** Connections from one address; from one network of IPv6, where anybody has any number of them. */
  readonly perAddress: number;
}

/** A client's connection, as its carrier drives it. */
export interface RealtimeConnection {
  /** Takes a message of the client. */
  receive(text: string): void;
  /** Takes a message, and fails with what the client would be told of. @throws BakendError */
  demand(text: string): Promise<void>;
  /** Whether it has any subscription. */
  hears(): boolean;
  /** What waited to be sent has been sent. */
  drained(): void;
  /** The other side has gone. */
  gone(): void;
}

/** Who connects. */
export interface Visitor {
  readonly principal: Principal;
  /** Finds out anew who it is; null for guests. */
  readonly identify: (() => Promise<Principal>) | null;
  readonly address?: string | undefined;
}

/** Realtime: clients, what they subscribe to, and the events they get. */
export interface Hub {
  /** Takes on a client. @throws BakendError `rate_limited` */
  connect(visitor: Visitor, socket: RealtimeSocket): RealtimeConnection;
  stats(): { readonly connections: number; readonly subscriptions: number; readonly delivered: number };
  /** Resolves once what clients have said is dealt with, and they have been told of everything there is. */
  idle(): Promise<void>;
  /** Tells all clients to come back later. */
  close(): void;
}

/** Characters of one message of a client. */
const MAX_MESSAGE = 16 * 1024;

/** Messages of one client that wait for those before them. */
const MAX_WAITING = 200;

/** Makes the hub of an app. */
export function createHub<W>(deps: HubDeps<W>): Hub {
  const clients = new Set<Client<W>>();
  const byNetwork = new Map<string, number>();
  /** The last thing that each client is waiting for. */
  const turns = new Map<Client<W>, Promise<void>>();
  let closed = false;
  const delivery: Delivery<W> = createDelivery<W>({
    ...{
      stream: deps.stream,
      sights: deps.records.sights,
      placeOf: deps.records.placeOf,
      isPersonal: deps.records.isPersonal,
      mayHaveTurned: deps.records.mayHaveTurned,
      onEvent: deps.onEvent,
      defer: deps.defer,
      onError: deps.onError,
    },
    fallBehind: (client) => subscriptions.fallBehind(client),
    onGap: () => rooms.lose(),
    async before(event) {
      await vigil.heed(event);
      rooms.heed(event);
    },
  });
  const rooms: Rooms<W> = createRooms<W>({
    ...deps,
    end: (client, id) => subscriptions.end(client, id),
    fallBehind: (client) => subscriptions.fallBehind(client),
    cursor: delivery.cursor,
  });
  const subscriptions = createSubscriptions({ ...deps, delivery, rooms });
  const vigil: Vigil<W> = createVigil<W>({ ...deps, clients, subscriptions, onRound: rooms.round });

  async function handle(client: Client<W>, text: string): Promise<void> {
    const data = readClientMessage(text);
    switch (data.action) {
      case "ping":
        return client.send({ type: "pong" });
      case "auth": {
        const identify = (): Promise<Principal> => deps.identify(data.token);
        client.identify = identify;
        await vigil.lookAgain(client, { anew: true });
        const { principal } = client;
        return client.send({ type: "authenticated", user: principal.kind === "user" ? principal.id : null });
      }
      case "subscribe":
        // whoever it is by now
        await vigil.lookAgain(client);
        return client.closed ? undefined : subscriptions.begin(client, data);
      case "unsubscribe":
        subscriptions.end(client, data.id);
        return client.send({ type: "unsubscribed", id: data.id });
      case "presence":
        return rooms.present(client, data);
      case "broadcast":
        return rooms.broadcast(client, data);
    }
  }

  function leave(client: Client<W>, from: string): void {
    if (!clients.delete(client)) return;
    turns.delete(client);
    const left = (byNetwork.get(from) ?? 1) - 1;
    if (left > 0) byNetwork.set(from, left);
    else byNetwork.delete(from);
    for (const id of [...client.subscriptions.keys()]) subscriptions.end(client, id);
    if (clients.size === 0) {
      delivery.stop();
      vigil.stop();
    }
  }

  return {
    connect({ principal, identify, address = "" }, socket) {
      const from = network(address);
      const fromThere = byNetwork.get(from) ?? 0;
      if (closed) throw new BakendError("unavailable", "The server is closing.");
      if (clients.size >= deps.limits.connections || fromThere >= deps.limits.perAddress)
        throw new BakendError("rate_limited", "There are too many realtime connections.", {
          headers: { "retry-after": "10" },
        });
      const client = createClient<W>(deps.newId(), principal, socket);
      client.identify = principal === ANONYMOUS ? null : identify;
      clients.add(client);
      byNetwork.set(from, fromThere + 1);
      vigil.start();
      // one message after the other, in the order in which they came
      let waiting = 1;
      const began = delivery.start().then(
        () => {
          waiting -= 1;
          client.send({ type: "connected", clientId: client.id, cursor: delivery.cursor() });
        },
        (error) => deps.onError(error),
      );
      turns.set(client, began);
      const inTurn = (work: () => Promise<void>): Promise<void> => {
        waiting += 1;
        const done = (turns.get(client) ?? began).then(() => {
          waiting -= 1;
          return client.closed ? undefined : work();
        });
        turns.set(
          client,
          done.catch(() => undefined),
        );
        return done;
      };
      const known = (error: unknown): BakendError => {
        if (error instanceof BakendError) return error;
        deps.onError(error);
        return new BakendError("internal", "That did not work.");
      };
      return {
        receive(text) {
          if (client.closed) return;
          if (text.length > MAX_MESSAGE || waiting >= MAX_WAITING) {
            client.close("misuse");
            return leave(client, from);
          }
          void inTurn(() => handle(client, text).catch((error: unknown) => client.fail(known(error), idIn(text))));
        },
        demand: (text) =>
          inTurn(() =>
            handle(client, text).catch((error: unknown) => {
              throw known(error);
            }),
          ),
        hears: () => client.subscriptions.size > 0,
        drained: client.drained,
        gone() {
          client.gone();
          leave(client, from);
        },
      };
    },
    stats: () => ({
      connections: clients.size,
      subscriptions: [...clients].reduce((sum, client) => sum + client.subscriptions.size, 0),
      delivered: delivery.delivered(),
    }),
    async idle() {
      await Promise.all(turns.values());
      await delivery.idle();
      await rooms.idle();
    },
    close() {
      closed = true;
      for (const client of [...clients]) client.close("away");
      clients.clear();
      delivery.stop();
      vigil.stop();
    },
  };
}

/** The subscription that a message is about, if it says so. */
function idIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("id" in value)) return undefined;
    return typeof value.id === "string" ? value.id.slice(0, MAX_ID) : undefined;
  } catch {
    return undefined;
  }
}
