import type { PresentClient, RoomClient, RoomMessage, RoomUser } from "../../protocol/index.ts";
import type { BakendError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { Client, Subscription } from "./client.ts";
import { toJson } from "./client-message.ts";
import { createLetter, createMailing, type Letter, TOGETHER } from "./mailing.ts";

/** What decides whether a client may be in a room, and whether it may say something there. */
export interface Pass<W> {
  readonly join: W;
  /** Null where no record at all would let it. */
  readonly send: W | null;
  /** Why it may say nothing; null where it may. */
  readonly muted: BakendError | null;
}

/** A client in a room. */
export interface Member<W> {
  readonly one: Subscription<W>;
  readonly room: Room<W>;
  user: RoomUser | null;
  /** Null for one who only listens. */
  state: object | null;
  pass: Pass<W>;
}

/** A record, as far as clients of this process are in it together. */
export interface Room<W> {
  readonly collection: string;
  readonly record: string;
  readonly members: ReadonlyMap<Client<W>, Member<W>>;
  /** How many clients are on their way in. */
  arriving: number;
  /** How often something has happened that may change who may be here. */
  version: number;
  /** The collections of other records that decide on somebody who is, or was, in it. */
  readonly reach: Set<string>;
  /** Whether something decides that no event tells of. */
  passing: boolean;
  enter(member: Member<W>): void;
  /** The member is told of nothing any more, not even of what was said before. */
  exit(member: Member<W>): void;
  present(): readonly PresentClient[];
  /** Resolves once everybody has been told of everything. */
  idle(): Promise<void>;
  /**
   * Tells everybody who is in it now, except one, after all that they are told already: all of them hear the same in the same
   * order. Resolves once they have been told. @throws BakendError `bad_request` for what is nested too deep
   */
  tell(message: RoomMessage, except: Member<W>): Promise<void>;
}

/** Something that is told to those who were in the room when it was said. */
interface Telling<W> {
  readonly letter: Letter;
  readonly to: readonly Member<W>[];
  readonly except: Member<W>;
}

/** What a room needs. */
export interface RoomDeps<W> {
  /** Runs a task once the current one is over. */
  defer(task: () => void): void;
  /** A client does not keep up. */
  fallBehind(client: Client<W>): void;
  onError(error: unknown): void;
}

/** Makes a room that nobody is in. */
export function createRoom<W>(
  collection: string,
  record: string,
  { defer, fallBehind, onError }: RoomDeps<W>,
): Room<W> {
  const members = new Map<Client<W>, Member<W>>();
  /** Those who are in it, as a list that is made anew only after a change. */
  let list: readonly Member<W>[] | null = null;
  const mailing = createMailing<W>(defer);
  const waiting: Telling<W>[] = [];
  let telling: Promise<void> | null = null;

  async function tellAll(): Promise<void> {
    // not before it is known to be under way: who falls behind leaves, and that is told, too
    await null;
    while (waiting.length > 0) {
      const post = mailing.post();
      for (const { letter, to, except } of waiting.splice(0, TOGETHER))
        for (const { one } of to) if (one !== except.one) post.add(one, letter);
      for (const client of await post.send()) fallBehind(client);
    }
  }

  return {
    collection,
    record,
    members,
    arriving: 0,
    version: 0,
    reach: new Set(),
    passing: false,
    enter(member) {
      members.set(member.one.client, member);
      list = null;
    },
    exit(member) {
      member.one.ended = true;
      members.delete(member.one.client);
      list = null;
    },
    async idle() {
      while (telling) await telling;
    },
    present: () => [...members.values()].flatMap((member) => presentAs(member) ?? []),
    tell({ type, ...rest }, except) {
      list ??= [...members.values()];
      waiting.push({ letter: createLetter(type, toJson(rest).slice(1), ""), to: list, except });
      telling ??= tellAll()
        .catch(onError)
        .finally(() => {
          telling = null;
        });
      return telling;
    },
  };
}

/** A member as the others see it who is present; null for one who only listens. */
export function presentAs<W>(member: Member<W>): PresentClient | null {
  const { state } = member;
  return state && { ...knownAs(member), state };
}

/** Who a member is for the others. */
export function knownAs<W>({ one, user }: Member<W>): RoomClient {
  return { clientId: one.client.id, user };
}

/** What others see of who somebody is: nothing but the account. */
export function userOf(principal: Principal): RoomUser | null {
  return principal.kind === "user" ? { id: principal.id, collection: principal.collection } : null;
}
