import { createRounds, getOrAdd } from "../../tools/index.ts";
import { type BakendEvent, type EventStream, isKept, type LoggedEvent } from "../events/index.ts";
import type { Client, Subscription } from "./client.ts";
import { fromCursor, toCursor } from "./cursor.ts";
import { createGroups, type Group } from "./groups.ts";
import { createLetter, createMailing, type Letter, type Post, TOGETHER } from "./mailing.ts";
import type { Sight, Sights } from "./watching.ts";

/** What delivery needs. */
export interface DeliveryDeps<W> {
  readonly stream: EventStream;
  readonly sights: Sights<W>;
  placeOf(watch: W): { readonly collection: string; readonly key: string };
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
  const catchingUp = new Set<Promise<void>>();
  const mailing = createMailing<W>(deps.defer);

  const cursorOf = (seq: number): string => toCursor(stream.epoch, seq);

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
    const { seq, event } = logged;
    const [family = "", action = ""] = event.type.split(".");
    const isDue = (one: Subscription<W>): boolean => one.live && seq > one.from;
    const letterFor = lettersOf(event, cursorOf(seq), family);
    const mine = groups.of(family);
    const sights = mine.length === 0 ? null : await judged(logged, mine);
    for (const [index, sight] of (sights ?? []).entries()) {
      if (!sight) continue;
      for (const one of mine[index]?.members ?? [])
        if (isDue(one) && isFor(one, action)) post.add(one, letterFor(sight));
    }
    for (const one of families) if (isDue(one) && isAbout(one, event.type)) post.add(one, letterFor(WHOLE));
  }

  /** Hears of what is in no stream as long as somebody has named it: what nobody hears is not even made. */
  function hearPassing(): void {
    offPassing?.();
    const wanted = (type: string): boolean => !isKept({ type }) && [...families].some((one) => isAbout(one, type));
    offPassing = families.size === 0 ? null : deps.onEvent(wanted, (event) => void tellPassing(event));
  }

  async function tellPassing(event: BakendEvent): Promise<void> {
    const post = mailing.post();
    const letterFor = lettersOf(event, cursorOf(position), "");
    for (const one of families) if (one.live && isAbout(one, event.type)) post.add(one, letterFor(WHOLE));
    await send(post);
  }

  async function judged(logged: LoggedEvent, mine: readonly Group<W>[]): Promise<readonly (Sight | null)[] | null> {
    try {
      return await deps.sights(
        logged,
        mine.map(({ watch }) => watch),
      );
    } catch (error) {
      deps.onError(error);
      for (const { members } of mine) for (const one of [...members]) reset(one, "missed");
      return null;
    }
  }

  /** Tells one subscription of the past, until it has come to the present. */
  async function catchUp(one: Subscription<W>): Promise<void> {
    while (!one.ended) {
      // nothing can come between this look and being told of the present
      if (one.from >= position) {
        one.live = true;
        return;
      }
      const events = await stream.read(one.from, PAGE);
      if (events === null) return reset(one, "cursor");
      for (const logged of events) {
        await one.client.writable();
        if (one.ended) return;
        await tell(one, logged);
        one.from = logged.seq;
      }
    }
  }

  async function tell(one: Subscription<W>, logged: LoggedEvent): Promise<void> {
    const { event, seq } = logged;
    const [family = "", action = ""] = event.type.split(".");
    const post = mailing.post();
    const letterFor = lettersOf(event, cursorOf(seq), family);
    if (one.channel.kind === "events") {
      if (one.channel.matches(event.type)) post.add(one, letterFor(WHOLE));
    } else if (one.watch !== null && one.channel.collection === family) {
      const [sight] = (await deps.sights(logged, [one.watch])) ?? [];
      if (sight && isFor(one, action)) post.add(one, letterFor(sight));
    }
    await post.send();
  }

  function everybody(): readonly Subscription<W>[] {
    return [...members];
  }

  function reset(one: Subscription<W>, reason: "cursor" | "missed"): void {
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
      if (since === null) return;
      const done: Promise<void> = catchUp(one)
        .catch((error: unknown) => {
          deps.onError(error);
          reset(one, "missed");
        })
        .finally(() => catchingUp.delete(done));
      catchingUp.add(done);
    },
    exchange(one, watch) {
      groups.remove(one);
      groups.add(one, watch);
    },
    remove,
    delivered: mailing.sent,
    async idle() {
      while (rounds.underWay || catchingUp.size > 0) await Promise.all([rounds.underWay, ...catchingUp]);
    },
  };
}

const WHOLE = Object.freeze({ kind: "whole" as const });

/** Whether a subscription wants to know of an action. A record that leaves the view does so by being changed. */
function isFor<W>({ channel }: Subscription<W>, action: string): boolean {
  return channel.kind === "records" && channel.actions.has(action);
}

/** Whether a subscription to events wants to know of a type. */
function isAbout<W>({ channel }: Subscription<W>, type: string): boolean {
  return channel.kind === "events" && channel.matches(type);
}

/** What is told of one event: the same letter to all who see the same. */
function lettersOf(event: BakendEvent, cursor: string, collection: string): (sight: Sight | typeof WHOLE) => Letter {
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
