import type { EventBus } from "./event.ts";
import { isKept } from "./kept.ts";
import type { EventLog, LoggedEvent } from "./log.ts";

/** The events in their order, for whoever must miss none: to be read from any place that is still known. */
export interface EventStream {
  /** Names this stream: places in another one mean nothing here. */
  readonly epoch: string;
  /** The places of the oldest and the newest event; 0 if there is none. */
  ends(): Promise<{ readonly oldest: number; readonly newest: number }>;
  /** Up to so many events after a place, the oldest first; null if what followed it is not all there any more. */
  read(after: number, limit: number): Promise<readonly LoggedEvent[] | null>;
  /** Calls back soon after there is something new to read, and now and then for nothing. Returns the way to stop. */
  onNews(listener: () => void): () => void;
}

/** How often something is done, until the function that is returned is called. */
export type Every = (milliseconds: number, task: () => void) => () => void;

/** Milliseconds between two looks for events of other processes. */
const LOOK_EVERY = 1000;

/** Events that are remembered without a log. */
const REMEMBERED = 10_000;

/** The stream of a log: of all processes on its database. */
export function streamOfLog(log: EventLog, bus: EventBus, every: Every): EventStream {
  return {
    epoch: log.epoch,
    ends: log.ends,
    async read(after, limit) {
      // places have no gaps, but for what retention took from the front
      const events = await log.read(after, limit);
      if (events[0] !== undefined) return events[0].seq === after + 1 ? events : null;
      const { newest } = await log.ends();
      if (newest === after) return [];
      return newest > after ? this.read(after, limit) : null;
    },
    onNews(listener) {
      // what was committed with its event is there once the bus tells of it; what was emitted, a moment later
      const offBus = bus.on((type) => isKept({ type }), listener, "realtime");
      const offLog = log.onAppended(listener);
      const offLook = every(LOOK_EVERY, listener);
      return () => {
        offBus();
        offLog();
        offLook();
      };
    },
  };
}

/** A stream without a log: of this process, since its start, as far back as it remembers. */
export function streamOfBus(bus: EventBus, epoch: string): EventStream {
  let remembered: LoggedEvent[] = [];
  let newest = 0;
  const listeners = new Set<() => void>();
  bus.on(
    (type) => isKept({ type }),
    (event, detail) => {
      newest += 1;
      remembered.push({ seq: newest, event, detail });
      if (remembered.length >= 2 * REMEMBERED) remembered = remembered.slice(-REMEMBERED);
      for (const listener of listeners) listener();
    },
    "realtime",
  );
  return {
    epoch,
    ends: async () => ({ oldest: remembered[0]?.seq ?? 0, newest }),
    async read(after, limit) {
      const oldest = remembered[0]?.seq ?? newest + 1;
      if (after > newest || after < oldest - 1) return null;
      return remembered.slice(after - oldest + 1, after - oldest + 1 + limit);
    },
    onNews(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
