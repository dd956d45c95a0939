import { getOrAdd } from "../../../tools/index.ts";
import { bypassesRules, type Principal } from "../../principal.ts";
import { decidesOn } from "../caller-paths.ts";
import type { Catalog } from "../catalog.ts";
import type { Engine } from "../engine.ts";
import type { RecordData } from "../record.ts";
import { shownTo } from "../shown.ts";
import type { RecordChange } from "./change.ts";
import type { Former } from "./former.ts";
import { leadNowhere } from "./gone.ts";
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
 * the deletion did that this change is a part of; null if it is of none.
 */
export async function judge(
  engine: Engine,
  change: RecordChange,
  watches: readonly Watch[],
  former: (() => Promise<Former>) | null,
): Promise<readonly (Sight | null)[]> {
  const { collection, action, record, previous } = change;
  const catalog = engine.catalog();
  // 1. whose rights the same deletion has changed, or may have changed
  const isAsked = former !== null && watches.some((watch) => watch.personal || watch.reach().size > 0);
  const before = isAsked ? await former() : NOTHING_ELSE;
  const isElsewhere = (watch: Watch): boolean => watch.record !== undefined && watch.record !== record.id;
  const mayJudge = (watch: Watch): boolean =>
    !watch.personal || isElsewhere(watch) || !hasChangedFor(catalog, watch.principal, before);
  const judged = new Map(watches.filter(mayJudge).map((watch) => [watch.key, watch]));
  const seenAs = async (state: RecordData, some: readonly Watch[], past: boolean): Promise<Verdicts> => {
    const sees = await seenBy(engine, collection, state, some, past ? before : undefined);
    return new Map(some.map(({ key }, index) => [key, sees[index] ?? null]));
  };
  // 2. who sees the record as it is now, or as it was last
  const sees = await seenAs(record, [...judged.values()], action === "deleted");
  // 3. of the others, who saw it before
  const others = [...judged.values()].filter(({ key }) => sees.get(key) === false);
  // as it was before all that the deletion did, not in between
  const was = previous && (before?.get(collection.name)?.get(String(record.id)) ?? previous);
  const saw: Verdicts = was ? await seenAs(was, others, true) : new Map();
  const lost = action === "deleted" ? await leadNowhere(engine, record, others, before) : NOBODY;
  // 4. each with their own eyes
  const now = engine.timestamp();
  const eyes = new Map<Principal, Sight>();
  return watches.map((watch): Sight | null => {
    const seen = mayJudge(watch) ? sees.get(watch.key) : null;
    if (seen === null || saw.get(watch.key) === null || lost.has(watch.key)) return UNKNOWN;
    if (!seen) return saw.get(watch.key) ? LEAVE : null;
    const { principal } = watch;
    return getOrAdd(eyes, principal, () => ({
      kind: "event",
      record: shownTo(catalog, collection, { principal, now }, record),
    }));
  });
}

/** Whether watches see a record, by their keys; null where nobody can say. */
type Verdicts = ReadonlyMap<string, boolean | null>;

/** Whether what somebody may do was something else before a deletion did what it did, or may have been. */
function hasChangedFor(catalog: Catalog, principal: Principal, former: Former): boolean {
  if (principal.kind !== "user" || bypassesRules(principal)) return false;
  if (former === null) return true;
  return [...former].some(([name, records]) => {
    const decides = decidesOn(catalog, name);
    return decides === "all" || (decides === "own" && name === principal.collection && records.has(principal.id));
  });
}

const NOTHING_ELSE: Former = new Map();
const NOBODY: ReadonlySet<string> = new Set();
const LEAVE: Sight = Object.freeze({ kind: "leave" });
const UNKNOWN: Sight = Object.freeze({ kind: "unknown" });
