import { getOrAdd } from "../../../tools/index.ts";
import type { Principal } from "../../principal.ts";
import type { Engine } from "../engine.ts";
import type { RecordData } from "../record.ts";
import { shownTo } from "../shown.ts";
import type { RecordChange } from "./change.ts";
import type { Former } from "./former.ts";
import { seenBy } from "./seen.ts";
import type { Watch } from "./watch.ts";

/**
 * What a watch gets to know of a change: the record as its owner may see it, that one has left its view, or that nobody can say
 * any more whether it may know.
 */
export type Sight =
  | { readonly kind: "event"; readonly record: RecordData }
  | { readonly kind: "leave" }
  | { readonly kind: "unknown" };

/**
 * What each of several watches of a collection gets to know of a change, as the record was when it happened: null for
 * nothing. However many they are, the database is asked a few times at most for each state of the record. `former` says what else
 * the deletion did that this change is a part of.
 */
export async function judge(
  engine: Engine,
  change: RecordChange,
  watches: readonly Watch[],
  former: () => Promise<Former>,
): Promise<readonly (Sight | null)[]> {
  const { collection, action, record, previous } = change;
  // 1. who sees the record as it is now, or as it was last
  const sees = await seenBy(engine, collection, record, watches, action === "deleted" ? former : undefined);
  // 2. of the others, who saw it before
  const others = previous ? watches.filter((_, index) => sees[index] === false) : [];
  const saw = previous ? await seenBy(engine, collection, previous, others, former) : [];
  const before = new Map(others.map((watch, index) => [watch, saw[index]]));
  // 3. each with their own eyes
  const catalog = engine.catalog();
  const now = engine.timestamp();
  const eyes = new Map<Principal, Sight>();
  return watches.map((watch, index): Sight | null => {
    const seen = sees[index] || before.get(watch);
    if (sees[index] === null || seen === null) return UNKNOWN;
    if (!sees[index]) return seen ? LEAVE : null;
    const { principal } = watch;
    return getOrAdd(eyes, principal, () => ({
      kind: "event",
      record: shownTo(catalog, collection, { principal, now }, record),
    }));
  });
}

const LEAVE: Sight = Object.freeze({ kind: "leave" });
const UNKNOWN: Sight = Object.freeze({ kind: "unknown" });
