import { createInTurn, getOrAdd } from "../../../tools/index.ts";
import type { Statement } from "../../database/index.ts";
import { type Delivery, deliveriesOf, type NewDelivery, type Place } from "./deliveries.ts";
import type { ConsumerDeps } from "./deps.ts";

/** What came of a delivery that is kept. */
export type Ending =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly tries: number; readonly nextAt: number; readonly error: string }
  | { readonly kind: "dead"; readonly tries: number; readonly error: string };

/**
 * What is kept for the targets of a consumer. Everything here is done in the order in which it is asked for: nobody finds
 * what is just being kept half, or what is just being done once more.
 */
export interface Backlog {
  /** Whether something may be kept for a target and key: what comes for them now goes there too. */
  has(target: string, key: string): boolean;
  /** From now on all that comes for a target goes there too, until little of it is due. */
  takeAll(target: string): void;
  /** Keeps deliveries, but for those that nobody wants any more when it comes to it. */
  keep(deliveries: readonly NewDelivery[]): Promise<void>;
  end(place: Place, ending: Ending): Promise<void>;
  /** Hands over what is due of a target, the longest due first, and before anything else changes. */
  due(target: string, limit: number, take: (due: readonly Delivery[]) => void): Promise<void>;
  /** Looks for targets that something is kept for, and nothing was before. */
  look(): Promise<void>;
  /** Takes over what somebody else has changed. */
  reload(): Promise<void>;
  /** The targets that something may be kept for. */
  targets(): readonly string[];
}

/** Keys of a target that are known; of one with more, anything may be kept. */
const KNOWN = 1000;

/** Deliveries that are kept in one commit. */
const AT_ONCE = 100;

interface Kept {
  /** Null for any. */
  keys: Set<string> | null;
  /** Batches that are still to be kept. */
  pending: number;
}

/** Opens what is kept for the targets of a consumer; `reload` comes first. */
export function openBacklog({ db, name, now, isGone }: ConsumerDeps): Backlog {
  const rows = deliveriesOf(db, name);
  const all = new Map<string, Kept>();
  const inTurn = createInTurn();

  const of = (target: string): Kept => getOrAdd(all, target, () => ({ keys: new Set<string>(), pending: 0 }));

  function mark({ target, key }: Place): void {
    const kept = of(target);
    kept.keys?.add(key);
    if (kept.keys && kept.keys.size > KNOWN) kept.keys = null;
  }

  /** Learns the keys of a target anew. */
  async function learn(target: string): Promise<void> {
    const found = await rows.keys(target, KNOWN + 1);
    const kept = of(target);
    kept.keys = kept.pending > 0 || found.length > KNOWN ? null : new Set(found);
    forget(target, kept);
  }

  function forget(target: string, { keys, pending }: Kept): void {
    if (keys?.size === 0 && pending === 0) all.delete(target);
  }

  async function write(deliveries: readonly NewDelivery[]): Promise<void> {
    const wanted = deliveries.filter(({ target, logged }) => !isGone?.(target, logged.event.type));
    if (wanted.length > 0) await db.write(wanted.flatMap(rows.keep));
  }

  function statementsOf(place: Place, ending: Ending): readonly Statement[] {
    if (ending.kind === "done") return rows.done(place, now());
    if (ending.kind === "dead") return rows.giveUp(place, ending.tries, ending.error, now());
    return rows.retry(place, ending.tries, ending.nextAt, ending.error);
  }

  return {
    has(target, key) {
      const kept = all.get(target);
      return kept !== undefined && (kept.keys === null || kept.keys.has(key));
    },
    takeAll(target) {
      of(target).keys = null;
    },
    async keep(deliveries) {
      const waiting = deliveries.filter(({ state }) => state === "waiting");
      // 1. what comes next must know, before anything is written
      const targets = new Set(waiting.map(({ target }) => target));
      for (const one of waiting) mark(one);
      for (const target of targets) of(target).pending += 1;
      // 2. so many in each commit
      await inTurn(async () => {
        try {
          for (let from = 0; from < deliveries.length; from += AT_ONCE)
            await write(deliveries.slice(from, from + AT_ONCE));
        } finally {
          // 3. somebody may have looked before it was there
          for (const target of targets) of(target).pending -= 1;
          for (const one of waiting) mark(one);
        }
      });
    },
    end: (place, ending) =>
      inTurn(async () => {
        const results = await db.write(statementsOf(place, ending));
        const kept = all.get(place.target);
        if (ending.kind === "retry" || results.at(-1)?.changes !== 0 || !kept || kept.pending > 0) return;
        kept.keys?.delete(place.key);
        forget(place.target, kept);
      }),
    due: (target, limit, take) =>
      inTurn(async () => {
        const due = await rows.due(target, now(), limit);
        if (due.length < limit && of(target).keys === null) await learn(target);
        take(due);
      }),
    look: () =>
      inTurn(async () => {
        for (const target of await rows.targets()) if (!all.has(target)) await learn(target);
      }),
    reload: () =>
      inTurn(async () => {
        for (const target of new Set([...all.keys(), ...(await rows.targets())]))
          if (of(target).keys !== null) await learn(target);
      }),
    targets: () => [...all.keys()],
  };
}
