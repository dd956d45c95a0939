import { createRounds, getOrAdd } from "../../tools/index.ts";
import { type BakendEvent, type EventStream, isKept, type LoggedEvent } from "../events/index.ts";
import type { Client, Subscription } from "./client.ts";
import { fromCursor, toCursor } from "./cursor.ts";
import { createGroups, type Group, groupsOf } from "./groups.ts";
import { createLetter, createMailing, type Letter, type Post, TOGETHER } from "./mailing.ts";
import { createPast } from "./past.ts";
import type { RecordWatching, Sight } from "./watching.ts";

/** What delivery needs. */
export interface DeliveryDeps<W>
  extends Pick<RecordWatching<W>, "sights" | "placeOf" | "isPersonal" | "mayHaveTurned"> {
  readonly stream: EventStream;
  /** Calls back as soon as something happens, of types that are wanted. Returns the way to stop. */
  onEvent(wanted: (type: string) => boolean, listener: (event: BakendEvent) => void): () => void;
  /** Called for each event before anybody is told of it: it may change what somebody may see. */
  before(event: BakendEvent): Promise<void> | void;
  /** A client does not keep up. */
  fallBehind(client: Client<W>): void;
  /** Events were there that nobody can be told of any more. */
  onGap(): void;
  /** Runs a task once the current one is over. */
  defer(task: () => void): void;
  onError(error: unknown): void;
}

/** Brings events to subscriptions: each once, in their order. */
export interface Delivery<W> {
  /** Begins to follow the stream, if that has not been begun. */
  start(): Promise<void>;
  stop(): void;
  /** Where those stand who are told of everything. */
  cursor(): string;
  cursorOf(seq: number): string;
  /** The place that a cursor names; null if what came after it is not known any more. */
  placeAfter(cursor: string): Promise<number | null>;
  /** Tells a subscription of everything from now on; of what came after `since` first. */
  add(subscription: Subscription<W>, watch: W | null, since: number | null): void;
  /** Lets something else decide what a subscription sees. */
  exchange(subscription: Subscription<W>, watch: W): void;
  remove(subscription: Subscription<W>): void;
  delivered(): number;
  /** Resolves once everybody has been told of everything that there was to read. */
  idle(): Promise<void>;
}

/** Events that are read at once. */
const PAGE = 200;

/** Makes the delivery of one stream. */
export function createDelivery<W>(deps: DeliveryDeps<W>): Delivery<W> {
  const { stream } = deps;
  const groups = createGroups<W>(deps.placeOf);
  /** Subscriptions to event families. */
  const families = new Set<Subscription<W>>();
  let position = 0;
  let offNews: (() => void) | null = null;
  let offPassing: (() => void) | null = null;
  let starting: Promise<void> | null = null;
  /** For each judgement that is under way, those who got another watch meanwhile. */
  const judging = new Set<Set<Subscription<W>>>();
  const mailing = createMailing<W>(deps.defer);

  const cursorOf = (seq: number): string => toCursor(stream.epoch, seq);

  const past = createPast<W>({ ...deps, position: () => position, tell: tellPast, reset });

  const rounds = createRounds({ round: drain, goesOn: () => offNews !== null, onError: deps.onError });

  async function drain(): Promise<void> {
    for (;;) {
      const events = await stream.read(position, PAGE);
      if (events === null) {
        position = (await stream.ends()).newest;
        for (const one of everybody()) reset(one, "cursor");
        deps.onGap();
        return;
      }
      if (events.length === 0) return;
      for (let first = 0; first < events.length; first += TOGETHER) {
        const post = mailing.post();
        for (const logged of events.slice(first, first + TOGETHER)) {
          await deps.before(logged.event);
          // who catches up from now on reads this one by itself: it is told of in parts, and others do things in between
          position = logged.seq;
          await address(post, logged);
        }
        await send(post);
        if (!offNews) return;
      }
    }
  }

  async function send(post: Post<W>): Promise<void> {
    for (const client of await post.send()) deps.fallBehind(client);
  }

  /** Addresses an event to everybody who is told of the present. */
  async function address(post: Post<W>, logged: LoggedEvent): Promise<void> {
    const isDue = (one: Subscription<W>): boolean => one.live && logged.seq > one.from && !one.ended;
    const mine = groups.of(familyOf(logged.event)).filter(({ members }) => hasAny(members, isDue));
    await addressTo(post, logged, mine, families, isDue);
  }

  /** Tells some of an event of the past that they stand right before. */
  async function tellPast(logged: LoggedEvent, those: readonly Subscription<W>[]): Promise<void> {
    for (const one of those) if (one.watch && deps.mayHaveTurned(logged, one.watch)) reset(one, "changed");
    const post = mailing.post({ patient: true });
    const family = familyOf(logged.event);
    const mine = groupsOf(
      those.filter((one) => isAbout(one, family)),
      deps.placeOf,
    );
    const due = new Set(those);
    await addressTo(post, logged, mine, those, (one) => due.has(one) && !one.ended);
    await post.send();
  }

  /** Addresses an event to those of some groups, and of those who follow families, who must be told of it by now. */
  async function addressTo(
    post: Post<W>,
    logged: LoggedEvent,
    mine: readonly Group<W>[],
    others: Iterable<Subscription<W>>,
    isDue: (one: Subscription<W>) => boolean,
  ): Promise<void> {
    const { seq, event } = logged;
    const [family = "", action = ""] = event.type.split(".");
    const letterFor = lettersOf(event, cursorOf(seq), family);
    const asJudged = (groups: readonly Group<W>[]): readonly Group<W>[] =>
      logged.detail.removal === undefined ? groups : groups.flatMap(eachItsOwn);
    let some = asJudged(mine);
    let again: readonly Subscription<W>[] | null = null;
    while (some.length > 0) {
      const { sights, moved } = await judged(logged, some);
      for (const [index, sight] of (sights ?? []).entries()) {
        if (!sight) continue;
        for (const one of [...(some[index]?.members ?? [])]) {
          if (!isDue(one) || !isFor(one, action) || moved.has(one)) continue;
          if (sight.kind === "unknown") reset(one, "missed");
          else post.add(one, letterFor(sight));
        }
      }
      // who may see something else since then is judged anew
      again = (again ?? [...moved]).filter((one) => moved.has(one) && isAbout(one, family) && isDue(one));
      some = asJudged(groupsOf(again, deps.placeOf));
    }
    for (const one of others) if (isDue(one) && hearsOf(one, event.type)) post.add(one, letterFor(WHOLE));
  }

  /** The members of a group, each with their own watch, if a deletion may have changed the rights of some of them. */
  function eachItsOwn(group: Group<W>): readonly Group<W>[] {
    if (!deps.isPersonal(group.watch)) return [group];
    return [...group.members].map((one) => ({ watch: one.watch ?? group.watch, members: new Set([one]) }));
  }

  /** Hears of what is in no stream as long as somebody has named it: what nobody hears is not even made. */
  function hearPassing(): void {
    offPassing?.();
    const wanted = (type: string): boolean => !isKept({ type }) && [...families].some((one) => hearsOf(one, type));
    offPassing = families.size === 0 ? null : deps.onEvent(wanted, (event) => void tellPassing(event));
  }

  async function tellPassing(event: BakendEvent): Promise<void> {
    const post = mailing.post();
    const letterFor = lettersOf(event, cursorOf(position), "");
    for (const one of families) if (one.live && hearsOf(one, event.type)) post.add(one, letterFor(WHOLE));
    await send(post);
  }

  /** What groups see of an event, null if that cannot be said; and who got another watch meanwhile. */
  async function judged(logged: LoggedEvent, mine: readonly Group<W>[]): Promise<Judgement<W>> {
    const moved = new Set<Subscription<W>>();
    judging.add(moved);
    try {
      const watches = mine.map(({ watch }) => watch);
      return { sights: await deps.sights(logged, watches), moved };
    } catch (error) {
      deps.onError(error);
      for (const { members } of mine) for (const one of [...members]) reset(one, "missed");
      return { sights: null, moved };
    } finally {
      judging.delete(moved);
    }
  }

  function everybody(): readonly Subscription<W>[] {
    return [...members];
  }

  function reset(one: Subscription<W>, reason: "cursor" | "missed" | "changed"): void {
    if (one.ended) return;
    remove(one);
    one.client.subscriptions.delete(one.id);
    one.client.send({ type: "reset", id: one.id, reason });
  }

  const members = new Set<Subscription<W>>();

  function remove(one: Subscription<W>): void {
    one.ended = true;
    members.delete(one);
    if (families.delete(one)) hearPassing();
    groups.remove(one);
  }

  return {
    start() {
      starting ??= (async () => {
        // listening begins first: what comes meanwhile is read after the place that is found now
        offNews = stream.onNews(rounds.ask);
        position = (await stream.ends()).newest;
      })();
      return starting;
    },
    stop() {
      offNews?.();
      offNews = null;
      starting = null;
    },
    cursor: () => cursorOf(position),
    cursorOf,
    async placeAfter(cursor) {
      const place = fromCursor(stream.epoch, cursor);
      if (place === null || (await stream.read(place, 1)) === null) return null;
      return place;
    },
    add(one, watch, since) {
      members.add(one);
      if (watch !== null) groups.add(one, watch);
      else {
        families.add(one);
        hearPassing();
      }
      one.from = since ?? position;
      one.live = since === null;
      if (since !== null) past.add(one);
    },
    exchange(one, watch) {
      groups.remove(one);
      groups.add(one, watch);
      for (const moved of judging) moved.add(one);
    },
    remove,
    delivered: mailing.sent,
    async idle() {
      while (rounds.underWay || past.underWay) await Promise.all([rounds.underWay, past.underWay]);
    },
  };
}

const WHOLE = Object.freeze({ kind: "whole" as const });

/** What somebody can be told of an event. */
type Told = Exclude<Sight, { kind: "unknown" }> | typeof WHOLE;

/** What came of judging an event. */
interface Judgement<W> {
  readonly sights: readonly (Sight | null)[] | null;
  readonly moved: ReadonlySet<Subscription<W>>;
}

/** What an event is about: a collection, or another family. */
function familyOf({ type }: BakendEvent): string {
  const [family = ""] = type.split(".");
  return family;
}

function isAbout<W>({ channel }: Subscription<W>, collection: string): boolean {
  return channel.kind === "records" && channel.collection === collection;
}

/** Whether a subscription wants to know of an action. A record that leaves the view does so by being changed. */
function isFor<W>({ channel }: Subscription<W>, action: string): boolean {
  return channel.kind === "records" && channel.actions.has(action);
}

function hasAny<T>(some: Iterable<T>, test: (one: T) => boolean): boolean {
  for (const one of some) if (test(one)) return true;
  return false;
}

/** Whether a subscription to events wants to know of a type. */
function hearsOf<W>({ channel }: Subscription<W>, type: string): boolean {
  return channel.kind === "events" && channel.matches(type);
}

/** What is told of one event: the same letter to all who see the same. */
function lettersOf(event: BakendEvent, cursor: string, collection: string): (sight: Told) => Letter {
  const letters = new Map<object | "leave", Letter>();
  return (sight) => {
    const what = sight.kind === "leave" ? "leave" : sight.kind === "whole" ? event : sight.record;
    return getOrAdd(letters, what, () =>
      what === "leave"
        ? createLetter("leave", leaveText(event, collection, cursor), cursor)
        : createLetter("event", eventText(event, what, cursor), cursor),
    );
  };
}

function eventText(event: BakendEvent, what: object, cursor: string): string {
  const shown = what === event ? event : { ...event, payload: what };
  return `"event":${JSON.stringify(shown)},"cursor":"${cursor}"}`;
}

function leaveText({ payload }: BakendEvent, collection: string, cursor: string): string {
  const { id } = payload as { readonly id: string };
  return `"collection":"${collection}","record":${JSON.stringify({ id })},"cursor":"${cursor}"}`;
}
