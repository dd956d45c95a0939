import type { ClientMessage, ServerMessage } from "../../protocol/index.ts";
import { BakendError } from "../errors.ts";
import { isAdmin, type Principal } from "../principal.ts";
import { type Channel, readChannel } from "./channel.ts";
import type { Client, Subscription } from "./client.ts";
import type { Delivery } from "./delivery.ts";
import type { Rooms } from "./rooms.ts";
import type { RecordWatching, WatchWish } from "./watching.ts";

/** How much one client may subscribe to. */
export interface SubscriptionLimits {
  /** Subscriptions of one connection. */
  readonly subscriptions: number;
  /** Comparisons of the filters of one connection together. */
  readonly comparisons: number;
}

/** What subscriptions need. */
export interface SubscriptionsDeps<W> {
  readonly records: RecordWatching<W>;
  readonly delivery: Delivery<W>;
  readonly rooms: Rooms<W>;
  readonly limits: SubscriptionLimits;
}

/** What clients subscribe to. */
export interface Subscriptions<W> {
  /** @throws BakendError as reading the same would, `conflict` for an id that is in use */
  begin(client: Client<W>, wish: Extract<ClientMessage, { action: "subscribe" }>): Promise<void>;
  end(client: Client<W>, id: string): void;
  /** A reader who does not keep up is not waited for: all of its subscriptions end, and it may begin anew. */
  fallBehind(client: Client<W>): void;
  /**
   * Decides anew what a client's subscriptions may see. Those that may see nothing any more end with an error; those that may
   * see something else are told `reset`, as no event tells of what they gain and lose.
   */
  judgeAgain(client: Client<W>): void;
}

/** Makes the subscriptions of a hub. */
export function createSubscriptions<W>({ records, delivery, rooms, limits }: SubscriptionsDeps<W>): Subscriptions<W> {
  /** What decides on a channel for somebody; null for event families. @throws BakendError */
  const watchOf = (principal: Principal, channel: EventChannel, filter: string | undefined): W | null => {
    if (channel.kind === "records") return records.watch(principal, wishOf(channel, filter));
    if (isAdmin(principal)) {
      if (filter !== undefined) throw new BakendError("bad_request", "Only records can be filtered.");
      return null;
    }
    if (principal.kind === "anonymous")
      throw new BakendError("unauthenticated", "Sign in as an admin for this channel.");
    throw new BakendError("forbidden", "This channel is for admins, or is none.");
  };

  /** @throws BakendError `rate_limited` for a filter that costs too much beside those that a client has */
  const afford = (client: Client<W>, watch: W | null): void => {
    const watches = [...client.subscriptions.values()].flatMap((one) => one.watch ?? []);
    const cost = [...watches, ...(watch === null ? [] : [watch])].reduce((sum, one) => sum + records.costOf(one), 0);
    if (cost > limits.comparisons)
      throw new BakendError(
        "rate_limited",
        `The filters of a connection may have ${limits.comparisons} comparisons together, those in the rules of the records ` +
          "that they lead to included; a path to many records counts as ten.",
      );
  };

  const end = (client: Client<W>, id: string): void => {
    const known = client.subscriptions.get(id);
    if (!known) return;
    client.subscriptions.delete(id);
    if (known.channel.kind === "room") rooms.leave(known);
    else if (!known.ended) delivery.remove(known);
  };

  const reset = (client: Client<W>, id: string, reason: "slow" | "changed"): void => {
    end(client, id);
    client.send({ type: "reset", id, reason });
  };

  return {
    async begin(client, wish) {
      const { id, channel: text, filter, since, state } = wish;
      // 1. may it be, and who would see what
      if (client.subscriptions.has(id)) throw new BakendError("conflict", `There is a subscription "${id}" already.`);
      if (client.subscriptions.size >= limits.subscriptions)
        throw new BakendError("rate_limited", `A connection may have ${limits.subscriptions} subscriptions.`);
      const channel = readChannel(text, records.isCollection);
      if (channel.kind === "room") return rooms.join(client, wish, channel);
      if (state) throw new BakendError("bad_request", "Only in rooms can somebody be present.");
      watchOf(client.principal, channel, filter);
      // 2. from where on
      const place = since === undefined ? null : await delivery.placeAfter(since);
      // whoever the client was, and whatever the definitions were, before the wait
      const watch = watchOf(client.principal, channel, filter);
      const isOutdated = place !== null && watch !== null && isBefore(place, records.since(watch));
      if (since !== undefined && (place === null || isOutdated)) {
        // whoever comes back after that begins here
        const answer: ServerMessage = { type: "reset", id, reason: "cursor" };
        return client.sendText(JSON.stringify(answer), delivery.cursor(), [id]);
      }
      // 3. it begins
      if (client.closed) return;
      afford(client, watch);
      const one: Subscription<W> = { id, client, channel, filter, watch: null, from: 0, live: false, ended: false };
      client.subscriptions.set(id, one);
      const cursor = place === null ? delivery.cursor() : delivery.cursorOf(place);
      client.send({ type: "subscribed", id, channel: text, cursor });
      delivery.add(one, watch, place);
    },
    end,
    fallBehind(client) {
      for (const id of [...client.subscriptions.keys()]) reset(client, id, "slow");
    },
    judgeAgain(client) {
      for (const one of [...client.subscriptions.values()]) {
        const { channel } = one;
        if (channel.kind === "room") {
          rooms.judgeAgain(one);
          continue;
        }
        try {
          const watch = watchOf(client.principal, channel, one.filter);
          if (watch === null || one.watch === null) continue;
          if (records.isSame(one.watch, watch)) delivery.exchange(one, watch);
          else reset(client, one.id, "changed");
        } catch (error) {
          end(client, one.id);
          if (!(error instanceof BakendError)) throw error;
          client.fail(error, one.id);
        }
      }
    },
  };
}

/** Whether what was told at a place was told under other definitions: they were changed after it, if ever. */
function isBefore(place: number, since: number): boolean {
  return since > 0 && place <= since;
}

/** What is told of comes from the stream of events. */
type EventChannel = Exclude<Channel, { kind: "room" }>;

function wishOf(channel: Extract<Channel, { kind: "records" }>, filter: string | undefined): WatchWish {
  const { collection, record } = channel;
  return {
    collection,
    ...(record === undefined ? {} : { record }),
    ...(filter === undefined ? {} : { filter }),
  };
}
