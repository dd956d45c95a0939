import type { ClientMessage } from "../../protocol/index.ts";
import { type Rate, takeOne } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";
import type { BakendEvent } from "../events/index.ts";
import type { Channel } from "./channel.ts";
import type { Client, Subscription } from "./client.ts";
import { createRoom, knownAs, type Member, presentAs, type Room, userOf } from "./room.ts";
import { createRoomDoor, type RoomDoorDeps } from "./room-door.ts";

/** How much rooms take. */
export interface RoomLimits {
  /** Connections in one room. */
  readonly members: number;
  /** What one connection may say into rooms in a second. */
  readonly messages: number;
}

/** What rooms need. */
export interface RoomsDeps<W> extends Pick<RoomDoorDeps<W>, "records" | "onError"> {
  readonly limits: RoomLimits;
  /** Ends a subscription. */
  end(client: Client<W>, id: string): void;
  /** A client does not keep up. */
  fallBehind(client: Client<W>): void;
  /** Where those stand who are told of everything. */
  cursor(): string;
  defer(task: () => void): void;
  /** Milliseconds that only go forward. */
  stopwatch(): number;
}

type RoomChannel = Extract<Channel, { kind: "room" }>;
type Say<A> = Extract<ClientMessage, { action: A }>;

/**
 * Records as rooms: who is there, and what they say to each other. All of it lives in this process and ends with the
 * connections; none of it is an event.
 */
export interface Rooms<W> {
  /** Lets a client in. @throws BakendError as viewing a record would; `conflict` if it is there, `rate_limited` */
  join(client: Client<W>, wish: Say<"subscribe">, channel: RoomChannel): Promise<void>;
  leave(one: Subscription<W>): void;
  /** Changes what others see of a client. @throws BakendError `not_found`, `rate_limited` */
  present(client: Client<W>, what: Say<"presence">): Promise<void>;
  /** Resolves once all others have been told. @throws BakendError `not_found`, `rate_limited`, or why it may say nothing */
  broadcast(client: Client<W>, what: Say<"broadcast">): Promise<void>;
  /** Decides anew whether a client may be where it is: it is somebody else, or the rules are others. */
  judgeAgain(one: Subscription<W>): void;
  /** Decides anew wherever an event may have changed who may be there. */
  heed(event: BakendEvent): void;
  /** Decides anew where the clock may have changed it. */
  round(): void;
  /** Ends all of them: what has happened that may have changed who may be there is not known. */
  lose(): void;
  /** Resolves once everything is decided and told. */
  idle(): Promise<void>;
}

/** Makes the rooms of a hub. */
export function createRooms<W>(deps: RoomsDeps<W>): Rooms<W> {
  const { limits } = deps;
  const rooms = new Map<string, Room<W>>();
  const rate: Rate = { count: limits.messages, milliseconds: 1000 };
  /** When a client may say again as much as it may say at once. */
  const fullAt = new WeakMap<Client<W>, number>();
  const find = (collection: string, record: string): Room<W> | undefined => rooms.get(`${collection}/${record}`);

  const lose = (room: Room<W>): void => {
    for (const { one } of [...room.members.values()]) {
      deps.end(one.client, one.id);
      one.client.send({ type: "reset", id: one.id, reason: "missed" });
    }
  };

  const door = createRoomDoor<W>({
    ...{ records: deps.records, onError: deps.onError, rooms: () => rooms.values(), find, lose },
    expel({ one: { client, id } }, why) {
      deps.end(client, id);
      client.fail(why, id);
    },
  });

  const spend = (client: Client<W>): void => {
    const taken = takeOne(rate, fullAt.get(client) ?? 0, deps.stopwatch());
    if (taken.wait > 0)
      throw new BakendError("rate_limited", `A connection may say ${limits.messages} things a second in rooms.`);
    fullAt.set(client, taken.fullAt);
  };

  const open = (collection: string, record: string): Room<W> => {
    const known = find(collection, record);
    if (known) return known;
    const room = createRoom<W>(collection, record, deps);
    rooms.set(`${collection}/${record}`, room);
    return room;
  };

  const closeIfEmpty = (room: Room<W>): void => {
    if (room.members.size > 0 || room.arriving > 0) return;
    rooms.delete(`${room.collection}/${room.record}`);
    door.forget(room);
  };

  const memberOf = ({ client, channel }: Subscription<W>): Member<W> | undefined =>
    channel.kind === "room" ? find(channel.collection, channel.record)?.members.get(client) : undefined;

  /** The member that a client is by one of its subscriptions, once it is known that it may still be one. */
  const speaking = async (client: Client<W>, id: string): Promise<Member<W> | null> => {
    const one = client.subscriptions.get(id);
    const member = one && memberOf(one);
    if (!member) throw new BakendError("not_found", "There is no subscription to a room of that id.");
    spend(client);
    await door.settled(member.room);
    return member.one.ended ? null : member;
  };

  return {
    async join(client, { id, channel: text, filter, since, state = null }, channel) {
      if (filter !== undefined || since !== undefined)
        throw new BakendError("bad_request", "A room has no filter, and nothing of it is kept: leave out since.");
      if (state) spend(client);
      const room = open(channel.collection, channel.record);
      room.arriving += 1;
      try {
        const pass = await door.admit(client, room);
        if (client.closed) return;
        if (room.members.has(client)) throw new BakendError("conflict", "This connection is in the room already.");
        if (room.members.size >= limits.members)
          throw new BakendError("rate_limited", `There are ${limits.members} connections in the room already.`);
        const one: Subscription<W> = {
          ...{ id, client, channel, filter, watch: null, from: 0, live: true, ended: false },
        };
        const member: Member<W> = { one, room, user: userOf(client.principal), state, pass };
        client.subscriptions.set(id, one);
        room.enter(member);
        client.send({ type: "subscribed", id, channel: text, cursor: deps.cursor() });
        client.send({ type: "presence", id, present: room.present() });
        const joined = presentAs(member);
        if (joined) void room.tell({ type: "joined", client: joined }, member);
      } finally {
        room.arriving -= 1;
        closeIfEmpty(room);
      }
    },
    leave(one) {
      const member = memberOf(one);
      if (!member) return;
      const { room, state } = member;
      room.exit(member);
      if (state) void room.tell({ type: "left", client: knownAs(member) }, member);
      closeIfEmpty(room);
    },
    async present(client, { id, state }) {
      const member = await speaking(client, id);
      if (!member) return;
      const before = member.state;
      member.state = state;
      const now = presentAs(member);
      if (now) await member.room.tell({ type: before ? "changed" : "joined", client: now }, member);
      else if (before) await member.room.tell({ type: "left", client: knownAs(member) }, member);
    },
    async broadcast(client, { id, event, payload = null }) {
      const member = await speaking(client, id);
      if (!member) return;
      if (member.pass.muted) throw member.pass.muted;
      await member.room.tell({ type: "broadcast", from: knownAs(member), event, payload }, member);
    },
    judgeAgain(one) {
      const member = memberOf(one);
      if (!member) return;
      const user = userOf(one.client.principal);
      const isOther = user?.id !== member.user?.id || user?.collection !== member.user?.collection;
      member.user = user;
      door.judgeAgain(member);
      const now = isOther && !one.ended ? presentAs(member) : null;
      if (now) void member.room.tell({ type: "changed", client: now }, member);
    },
    heed: door.heed,
    round: door.round,
    lose() {
      for (const room of [...rooms.values()]) {
        room.version += 1;
        lose(room);
      }
    },
    async idle() {
      await door.idle();
      await Promise.all([...rooms.values()].map((room) => room.idle()));
    },
  };
}
