import { getOrAdd } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";
import type { BakendEvent } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import type { Client } from "./client.ts";
import type { Member, Pass, Room } from "./room.ts";
import type { RecordWatching } from "./watching.ts";

/** What the door of rooms needs. */
export interface RoomDoorDeps<W> {
  readonly records: Pick<RecordWatching<W>, "watch" | "placeOf" | "holdNow" | "ground">;
  /** The rooms that somebody is in, or on the way in. */
  rooms(): Iterable<Room<W>>;
  find(collection: string, record: string): Room<W> | undefined;
  /** A member may be here no longer. */
  expel(member: Member<W>, why: BakendError): void;
  /** It cannot be told who may still be in a room. */
  lose(room: Room<W>): void;
  onError(error: unknown): void;
}

/** Decides who may be in a room and who may say something there, and again whenever that may have changed. */
export interface RoomDoor<W> {
  /** @throws BakendError if the client may not be in the room: as for a record that the rule hides */
  admit(client: Client<W>, room: Room<W>): Promise<Pass<W>>;
  /** The member is somebody else by now, or under other rules. */
  judgeAgain(member: Member<W>): void;
  /** Resolves once it is known whether those in a room may still be there, if that is being found out. */
  settled(room: Room<W>): Promise<void>;
  /** Nobody is in the room any more. */
  forget(room: Room<W>): void;
  /** Looks again at the rooms that an event may concern. */
  heed(event: BakendEvent): void;
  /** Looks again where the clock may decide. */
  round(): void;
  /** Resolves once all rooms are looked at. */
  idle(): Promise<void>;
}

/** Makes the door of all rooms. */
export function createRoomDoor<W>(deps: RoomDoorDeps<W>): RoomDoor<W> {
  const { records } = deps;
  /** Rooms that are to be looked at. */
  const due = new Set<Room<W>>();
  /** The room that is being looked at. */
  let now: Room<W> | null = null;
  /** Rooms by the collections of other records that decide there. */
  const reaching = new Map<string, Set<Room<W>>>();
  let looking: Promise<void> | null = null;

  /** @throws BakendError if no record at all would let somebody in */
  const passOf = (principal: Principal, { collection, record }: Room<W>): Pass<W> => {
    const join = records.watch(principal, { collection, record, action: "join" });
    try {
      return { join, send: records.watch(principal, { collection, record, action: "send" }), muted: null };
    } catch (error) {
      if (error instanceof BakendError) return { join, send: null, muted: error };
      throw error;
    }
  };

  const note = (room: Room<W>, watch: W): void => {
    const { reach, passing } = records.ground(watch);
    room.passing ||= passing;
    for (const name of reach) {
      room.reach.add(name);
      getOrAdd(reaching, name, newRooms).add(room);
    }
  };
  const newRooms = (): Set<Room<W>> => new Set();

  /** What becomes of passes, for the record as it is now; null for those whose holder may not be in the room. */
  const judged = async (room: Room<W>, passes: readonly Pass<W>[]): Promise<readonly (Pass<W> | null)[]> => {
    const watches = new Map<string, W>();
    const keyOf = (watch: W): string => records.placeOf(watch).key;
    for (const { join, send } of passes) {
      watches.set(keyOf(join), join);
      if (send !== null) watches.set(keyOf(send), send);
    }
    // whatever happens from now on to those records is heeded
    for (const watch of watches.values()) note(room, watch);
    const hold = await records.holdNow([...watches.values()]);
    const holding = new Set([...watches.keys()].filter((_, index) => hold[index]));
    return passes.map((pass) => {
      if (!holding.has(keyOf(pass.join))) return null;
      if (pass.send === null) return pass;
      return { ...pass, muted: holding.has(keyOf(pass.send)) ? null : new BakendError("forbidden", MUTED) };
    });
  };

  const look = async (room: Room<W>): Promise<void> => {
    const members = [...room.members.values()];
    const passes = members.map(({ pass }) => pass);
    const verdicts = await judged(room, passes);
    for (const [index, member] of members.entries()) {
      // whoever has got another pass meanwhile is looked at again
      if (member.one.ended || member.pass !== passes[index]) continue;
      const verdict = verdicts[index];
      if (verdict) member.pass = verdict;
      else deps.expel(member, nobodyHere());
    }
  };

  const lookAtAll = async (): Promise<void> => {
    await null;
    for (const room of due) {
      due.delete(room);
      now = room;
      try {
        await look(room);
      } catch (error) {
        deps.onError(error);
        deps.lose(room);
      }
    }
    now = null;
    looking = null;
  };

  const lookAt = (room: Room<W>): void => {
    room.version += 1;
    due.add(room);
    looking ??= lookAtAll();
  };

  return {
    async admit(client, room) {
      for (;;) {
        const { principal } = client;
        const { version } = room;
        const [verdict] = await judged(room, [passOf(principal, room)]);
        // what has happened while the record was read may have changed the answer
        if (!client.closed && (client.principal !== principal || room.version !== version)) continue;
        if (!verdict) throw nobodyHere();
        return verdict;
      }
    },
    judgeAgain(member) {
      try {
        member.pass = passOf(member.one.client.principal, member.room);
        lookAt(member.room);
      } catch (error) {
        if (!(error instanceof BakendError)) throw error;
        deps.expel(member, error);
      }
    },
    async settled(room) {
      if (now === room || due.has(room)) await looking;
    },
    forget(room) {
      for (const name of room.reach) {
        const rooms = reaching.get(name);
        rooms?.delete(room);
        if (rooms?.size === 0) reaching.delete(name);
      }
      due.delete(room);
    },
    heed({ type, payload }) {
      const [family = ""] = type.split(".");
      // members are judged anew by those who look at clients; whoever arrives must not come in under rules that are over
      if (family === "system") for (const room of deps.rooms()) room.version += 1;
      const own = deps.find(family, idIn(payload));
      if (own) lookAt(own);
      for (const room of reaching.get(family) ?? []) if (room !== own) lookAt(room);
    },
    round() {
      for (const room of deps.rooms()) if (room.passing) lookAt(room);
    },
    async idle() {
      while (looking) await looking;
    },
  };
}

const MUTED = "The rule lets nothing be sent into this room.";

/** The same for a room that does not exist and one that the rule hides. */
function nobodyHere(): BakendError {
  return new BakendError("not_found", "There is no such room.");
}

function idIn(payload: unknown): string {
  return typeof payload === "object" && payload !== null && "id" in payload ? String(payload.id) : "";
}
