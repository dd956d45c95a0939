import { describeError } from "./app-defaults.ts";
import type { Config } from "./config/index.ts";
import type { Database } from "./database/index.ts";
import {
  type BakendEvent,
  CONSUMER_TABLES,
  type Consumer,
  createLines,
  createPassingLimit,
  createRetention,
  type EventBus,
  type EventDetail,
  type EventLog,
  type EventStream,
  type Every,
  isKept,
  openConsumer,
  openEventLog,
  splitOff,
  streamOfBus,
  streamOfLog,
} from "./events/index.ts";
import type { Logger } from "./logging/index.ts";

/** What the parts here share. */
export interface EventsDeps {
  readonly db: Database;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly config: Config["events"];
  every: Every;
  newId(): string;
  timestamp(): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Where events are kept: in the database, or as long as the process lives. */
export interface KeptEvents {
  /** Null where they are not kept in the database. */
  readonly log: EventLog | null;
  readonly stream: EventStream;
  /** Stops looking for events that are too old. */
  stopPruning(): void;
}

/** The place in the log of all followers that do not stand apart: they go through it together. */
export const TOGETHER = "app";

/** Milliseconds between two looks for events that are too old. */
const PRUNE_EVERY = 10 * 60_000;

/** Opens what events are kept in. */
export async function openKeptEvents({
  db,
  events,
  logger,
  config,
  every,
  newId,
  timestamp,
  now,
}: EventsDeps): Promise<KeptEvents> {
  await db.alter(CONSUMER_TABLES);
  if (!config.durable)
    return { log: null, stream: streamOfBus(events, newId().slice(-8)), stopPruning: () => undefined };
  const log = await openEventLog({ db, newId, timestamp });
  // what is published was committed with what it tells of; what is emitted, by plugins too, is kept now
  events.onEmitted((event, detail) => (isKept(event) ? log.append(event, detail) : undefined));
  const { keep, size } = config;
  const retention = createRetention({ db, log, keep, size, now });
  const prune = (): void => {
    retention
      .prune()
      .catch((error: unknown) => logger.warn("old events could not be deleted", { error: String(error) }));
  };
  return { log, stream: streamOfLog(log, events, every), stopPruning: every(PRUNE_EVERY, prune) };
}

/** Says that an event was not brought to a target, and never will be. */
export function tellGivenUp(
  { events, logger }: Pick<EventsDeps, "events" | "logger">,
  target: string,
  { id, type }: Pick<BakendEvent, "id" | "type">,
  error: string,
): void {
  logger.error("a delivery was given up", { target, event: id, type, error });
  events.emit("system.delivery_failed", { target, event: id, type }, "system");
}

/** Something that events are delivered to: functions, jobs, webhooks. */
export interface Follower {
  /** Stands before its targets: `function`. */
  readonly name: string;
  /**
   * Whether it waits for others' machines: then it goes through the log by itself, with places for each of its targets, and no
   * function or job waits for it. Of what is in no stream it is told within bounds: the other machine may be this one.
   */
  readonly apart?: boolean;
  /** Takes over targets that other processes have made: what happens after that is for them too. */
  refresh?(): Promise<unknown>;
  /** Whether it could want any event. */
  listens(): boolean;
  /** Its targets for events of a type. */
  targets(type: string): readonly string[];
  /** Whether a target wants no event of this type any more, for good: nothing is kept for it. */
  isGone?(target: string, type: string): boolean;
  /** Whether a target wants nothing for now: what there is for it waits. */
  isPaused?(target: string): boolean;
  /** Rejects if it could not be done. `kept`: then it is tried again, and comes again after a crash. */
  deliver(target: string, event: BakendEvent, detail: EventDetail, kept: boolean): Promise<void>;
}

/** Deliveries to all followers. */
export interface Following {
  /** Looks again: there are other targets, or something may be tried again. Resolves once nothing more is missed. */
  wake(): Promise<void>;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Brings events to followers. Those that are kept in the database come at least once, in order for each record and target, and
 * are tried again. Where nothing is kept they come once, and in order too; what is in no stream comes once, as it happens.
 */
export async function followEvents(
  deps: EventsDeps,
  { log, stream }: KeptEvents,
  followers: readonly Follower[],
): Promise<Following> {
  const { events, logger } = deps;
  const targetsOf = (type: string, among = followers): readonly string[] =>
    among.flatMap(({ name, targets }) => targets(type).map((target) => `${name} ${target}`));
  const find = (place: string): { readonly follower: Follower; readonly target: string } | null => {
    const follower = followers.find(({ name }) => place.startsWith(`${name} `));
    return follower ? { follower, target: place.slice(follower.name.length + 1) } : null;
  };
  const deliver = async (place: string, event: BakendEvent, detail: EventDetail, kept: boolean): Promise<void> => {
    const found = find(place);
    if (!found) throw new Error("There is nothing of this name any more.");
    await found.follower.deliver(found.target, event, detail, kept);
  };
  const isGone = (place: string, type: string): boolean => {
    const { follower, target = "" } = find(place) ?? {};
    return follower?.isGone?.(target, type) ?? false;
  };
  const isPaused = (place: string): boolean => {
    const { follower, target = "" } = find(place) ?? {};
    return follower?.isPaused?.(target) ?? false;
  };

  // 1. what is kept, from the log; one that came to stand apart goes on from where all stood together
  const consume = async (name: string, served: readonly Follower[], apart: boolean): Promise<Consumer> => {
    if (apart) await deps.db.write(splitOff(name, TOGETHER, `${name} `));
    return openConsumer({
      ...{ name, apart, stream, db: deps.db, every: deps.every, now: deps.now, owner: deps.newId() },
      isWanted: () => served.some((one) => one.listens()),
      refresh: () => Promise.all(served.map((one) => one.refresh?.())),
      targetsOf: (type) => targetsOf(type, served),
      isGone,
      isPaused,
      deliver: (place, { event, detail }) => deliver(place, event, detail, true),
      onDead: (place, event, error) => tellGivenUp(deps, place, event, error),
      onError: (error) => logger.error("events cannot be delivered", { error: describeError(error) }),
    });
  };
  const consumers: Consumer[] = [];
  if (log) {
    for (const one of followers) if (one.apart) consumers.push(await consume(one.name, [one], true));
    const together = followers.filter(({ apart }) => !apart);
    consumers.push(await consume(TOGETHER, together, false));
  }

  // 2. the rest, as it happens
  const { use } = createPassingLimit({
    now: deps.now,
    onDropped: (target, count) => logger.warn("events were not told: there are too many", { target, count }),
  });
  const lines = createLines();
  const inTurn = (place: string, event: BakendEvent, tell: () => Promise<void>): Promise<void> => {
    if (isKept(event)) return lines.use(place, event, tell);
    return find(place)?.follower.apart ? use(place, tell) : tell();
  };
  // the bus asks once for each type: it asks anew when there are other targets
  const hear = (): (() => void) =>
    events.on(
      (type) => (!log || !isKept({ type })) && targetsOf(type).length > 0,
      (event, detail) =>
        Promise.all(
          targetsOf(event.type).map((place) => {
            const tell = async (): Promise<void> => {
              if (isGone(place, event.type) || isPaused(place)) return;
              await deliver(place, event, detail, false).catch((error: unknown) =>
                logger.error("a delivery failed", { target: place, type: event.type, error: String(error) }),
              );
            };
            return inTurn(place, event, tell);
          }),
        ),
      "functions",
    );
  let deaf = hear();
  return {
    async wake() {
      deaf();
      deaf = hear();
      await Promise.all(consumers.map((one) => one.wake()));
    },
    async idle() {
      await Promise.all(consumers.map((one) => one.idle()));
    },
    async stop() {
      deaf();
      await Promise.all(consumers.map((one) => one.stop()));
    },
  };
}
