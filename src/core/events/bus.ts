import { createLru, deepFreeze } from "../../tools/index.ts";
import type { BakendEvent, EventBus, EventDetail, EventHandler, Lane } from "./event.ts";
import { compilePattern } from "./pattern.ts";

/** What the bus needs from outside. */
export interface EventBusDeps {
  newId(): string;
  /** The present, in ISO 8601 with milliseconds. */
  timestamp(): string;
  /** Runs a task after the current one, so that emitting never waits for handlers. */
  defer(task: () => void): void;
  /** Told of what a handler threw. */
  onError(error: unknown, event: BakendEvent): void;
}

interface Subscription {
  readonly lane: Lane;
  readonly matches: (type: string) => boolean;
  readonly handler: EventHandler;
}

/** What is to be told, and who is told before the lanes. */
interface Told {
  readonly event: BakendEvent;
  readonly detail: EventDetail;
  readonly before: readonly Pick<Subscription, "handler">[];
}

const LANES: readonly Lane[] = ["logging", "realtime", "functions", "plugins"];
const NO_DETAIL: EventDetail = Object.freeze({});
const NOBODY: Told["before"] = [];
const CACHED_TYPES = 1000;

/** Makes the in-memory event bus. */
export function createEventBus(deps: EventBusDeps): EventBus {
  let subscriptions: readonly Subscription[] = [];
  const byType = createLru<string, readonly Subscription[]>(CACHED_TYPES);
  /** Those who are told of what is emitted. */
  let keepers: Told["before"] = [];
  let queue: Told[] = [];
  let scheduled = false;
  const running = new Set<Promise<void>>();
  let waiters: (() => void)[] = [];

  const handlersOf = (type: string): readonly Subscription[] => {
    const known = byType.get(type);
    if (known) return known;
    const found = LANES.flatMap((lane) => subscriptions.filter((one) => one.lane === lane && one.matches(type)));
    byType.set(type, found);
    return found;
  };

  const change = (next: readonly Subscription[]): void => {
    subscriptions = next;
    byType.clear();
  };

  const settle = (): void => {
    if (scheduled || running.size > 0) return;
    const done = waiters;
    waiters = [];
    for (const resolve of done) resolve();
  };

  const track = (work: PromiseLike<unknown>, event: BakendEvent): void => {
    const tracked: Promise<void> = Promise.resolve(work)
      .then(
        () => undefined,
        (error: unknown) => deps.onError(error, event),
      )
      .finally(() => {
        running.delete(tracked);
        settle();
      });
    running.add(tracked);
  };

  const tell = (subscribers: Told["before"], { event, detail }: Told): void => {
    for (const { handler } of subscribers) {
      try {
        const outcome = handler(event, detail);
        if (isThenable(outcome)) track(outcome, event);
      } catch (error) {
        deps.onError(error, event);
      }
    }
  };

  const deliver = (told: Told): void => {
    tell(told.before, told);
    tell(handlersOf(told.event.type), told);
  };

  const drain = (): void => {
    const batch = queue;
    queue = [];
    scheduled = false;
    for (const entry of batch) deliver(entry);
    settle();
  };

  const prepare: EventBus["prepare"] = (type, payload, source, made) => {
    const { id = deps.newId(), timestamp = deps.timestamp() } = made ?? {};
    return { id, type, timestamp, source, payload };
  };

  const put = (event: BakendEvent, detail: EventDetail, before: Told["before"]): void => {
    if (before.length === 0 && handlersOf(event.type).length === 0) return;
    queue.push({ event: deepFreeze(event), detail, before });
    if (scheduled) return;
    scheduled = true;
    deps.defer(drain);
  };

  return {
    prepare,
    publish: (event, detail = NO_DETAIL) => put(event, detail, NOBODY),
    emit(type, payload, source, detail = NO_DETAIL) {
      const event = deepFreeze(prepare(type, payload, source));
      put(event, detail, keepers);
      return event;
    },
    hears: (type) => handlersOf(type).length > 0,
    on(pattern, handler, lane = "plugins") {
      const subscription: Subscription = {
        lane,
        matches: typeof pattern === "string" ? compilePattern(pattern) : pattern,
        handler,
      };
      change([...subscriptions, subscription]);
      return () => change(subscriptions.filter((one) => one !== subscription));
    },
    onEmitted(handler) {
      keepers = [...keepers, { handler }];
    },
    idle() {
      return new Promise((resolve) => {
        waiters.push(resolve);
        settle();
      });
    },
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
