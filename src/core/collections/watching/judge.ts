import { getOrAdd } from "../../../tools/index.ts";
import type { BakendEvent, EventDetail } from "../../events/index.ts";
import type { Principal } from "../../principal.ts";
import type { Catalog } from "../catalog.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { RecordData } from "../record.ts";
import { shownTo } from "../shown.ts";
import { seenBy } from "./seen.ts";
import type { Watch } from "./watch.ts";

/** What a watch gets to know of a change: the record as its owner may see it, or that one has left its view. */
export type Sight = { readonly kind: "event"; readonly record: RecordData } | { readonly kind: "leave" };

/** A change of a record, as its event tells of it. */
export interface RecordChange {
  readonly collection: Collection;
  readonly action: "created" | "updated" | "deleted";
  readonly record: RecordData;
  readonly previous?: RecordData;
}

const TYPE = /^(.+)\.(created|updated|deleted)$/;

/** The change that an event tells of; null if it is about no record of a collection there is. */
export function changeOf(
  catalog: Catalog,
  { type, source, payload }: BakendEvent,
  detail: EventDetail,
): RecordChange | null {
  const [, name = "", action] = TYPE.exec(type) ?? [];
  const collection = source === "collections" ? catalog.get(name) : undefined;
  if (!collection || !isRecord(payload)) return null;
  const { previous } = detail;
  switch (action) {
    case "created":
    case "deleted":
      return { collection, action, record: payload };
    case "updated":
      return { collection, action, record: payload, ...(previous && isRecord(previous) ? { previous } : {}) };
    default:
      return null;
  }
}

/**
 * What each of several watches of a collection gets to know of a change, as the record was when it happened: null for
 * nothing. However many they are, the database is asked once at most for each state of the record.
 */
export async function judge(
  engine: Engine,
  change: RecordChange,
  watches: readonly Watch[],
): Promise<readonly (Sight | null)[]> {
  const { collection, action, record, previous } = change;
  // 1. who sees the record as it is now, or as it was last
  const sees = await seenBy(engine, collection, record, watches, action !== "deleted");
  // 2. of the others, who saw it before
  const others = previous ? watches.filter((_, index) => !sees[index]) : [];
  const saw = previous ? await seenBy(engine, collection, previous, others, false) : [];
  const left = new Set(others.filter((_, index) => saw[index]));
  // 3. each with their own eyes
  const catalog = engine.catalog();
  const now = engine.timestamp();
  const eyes = new Map<Principal, Sight>();
  return watches.map((watch, index): Sight | null => {
    if (!sees[index]) return left.has(watch) ? LEAVE : null;
    const { principal } = watch;
    return getOrAdd(eyes, principal, () => ({
      kind: "event",
      record: shownTo(catalog, collection, { principal, now }, record),
    }));
  });
}

const LEAVE: Sight = Object.freeze({ kind: "leave" });

function isRecord(value: unknown): value is RecordData {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
}
