import { createRounds, getOrAdd } from "../../tools/index.ts";
import type { EventStream, LoggedEvent } from "../events/index.ts";
import type { Subscription } from "./client.ts";

/** What telling of the past needs. */
export interface PastDeps<W> {
  readonly stream: Pick<EventStream, "read">;
  /** Where those stand who are told of everything. */
  position(): number;
  /** Tells some, who all stand right before it, of an event. */
  tell(logged: LoggedEvent, those: readonly Subscription<W>[]): Promise<void>;
  reset(one: Subscription<W>, reason: "cursor" | "missed"): void;
  /** Runs a task once the current one is over. */
  defer(task: () => void): void;
  onError(error: unknown): void;
}

/**
 * Tells subscriptions of the past until they have come to the present. They take turns, by places: who stands at the same one
 * goes on together, and what is equal is decided once for them.
 */
export interface Past<W> {
  /** Tells a subscription of all that came after the place where it stands. */
  add(one: Subscription<W>): void;
  /** What is under way; null for nothing. */
  readonly underWay: Promise<unknown> | null;
}

/**
 * Events of one turn, at most: turns end at multiples of it, where those meet who set out from different places. Places have
 * no gaps.
 */
const STRETCH = 64;

/** How often somebody is told of an event in one go: a request that comes meanwhile waits for no more than these. */
const AT_ONCE = 250;

/** Makes what tells of the past. */
export function createPast<W>({ stream, position, tell, reset, defer, onError }: PastDeps<W>): Past<W> {
  /** Those who wait for their turn, by the place where they stand; who has waited longest comes first. */
  const waiting = new Map<number, Set<Subscription<W>>>();
  /** Readers who do not keep up: nobody else waits for them. */
  const slow = new Set<Promise<void>>();
  let done = 0;
  const rounds = createRounds({ round: takeTurns, goesOn: () => true, onError });

  function add(one: Subscription<W>): void {
    if (isGone(one)) return;
    // nothing can come between this look and being told of the present
    if (one.from >= position()) {
      one.live = true;
      return;
    }
    getOrAdd(waiting, one.from, () => new Set<Subscription<W>>()).add(one);
    rounds.ask();
  }

  async function takeTurns(): Promise<void> {
    for (;;) {
      const [first] = waiting;
      if (!first) return;
      const [place, those] = first;
      waiting.delete(place);
      try {
        await goOn(place, those);
      } catch (error) {
        onError(error);
        for (const one of those) reset(one, "missed");
      }
      for (const one of those) add(one);
    }
  }

  /** Takes those who stand at a place as far as one turn goes. */
  async function goOn(place: number, those: Set<Subscription<W>>): Promise<void> {
    const events = await stream.read(place, STRETCH - (place % STRETCH));
    if (events === null) for (const one of those) reset(one, "cursor");
    for (const logged of events ?? []) {
      for (const one of those) if (isGone(one) || one.client.isSlow()) leaveBehind(one, those);
      if (those.size === 0) return;
      await tell(logged, [...those]);
      for (const one of those) one.from = logged.seq;
      await breathe(those.size);
    }
    // reading takes its time, too
    await breathe(1);
  }

  function leaveBehind(one: Subscription<W>, those: Set<Subscription<W>>): void {
    those.delete(one);
    if (isGone(one)) return;
    const ready: Promise<void> = one.client.writable().then(() => {
      slow.delete(ready);
      add(one);
    });
    slow.add(ready);
  }

  /** Lets others do something, if enough has been done since they last could. */
  async function breathe(more: number): Promise<void> {
    done += more;
    if (done < AT_ONCE) return;
    done = 0;
    await new Promise<void>(defer);
  }

  return {
    add,
    get underWay() {
      return rounds.underWay ?? (slow.size > 0 ? Promise.all(slow) : null);
    },
  };
}

function isGone<W>({ ended, client }: Subscription<W>): boolean {
  return ended || client.closed;
}
