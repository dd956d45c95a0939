import { getOrAdd } from "../../../tools/index.ts";
import type { EventStream, LoggedEvent } from "../../events/index.ts";
import type { Catalog } from "../catalog.ts";
import type { RecordData } from "../record.ts";
import { changeOf } from "./change.ts";

/**
 * What one deletion has changed or taken along, as it was before: records by collection and id. Null where that is not known
 * any more.
 */
export type Former = ReadonlyMap<string, ReadonlyMap<string, RecordData>> | null;

/** Where it is looked for. */
export interface FormerDeps {
  readonly stream: Pick<EventStream, "read" | "ends">;
  catalog(): Catalog;
}

/** Events that are read at once. */
const PAGE = 200;

/** Changes that one deletion may be made of: of more, nobody is told what went with what. */
const MOST = 10_000;

/**
 * Makes what finds out what else the deletion did that an event tells of; null if it is of none. It remembers the last one until
 * another event comes.
 */
export function createFormer({ stream, catalog }: FormerDeps): (logged: LoggedEvent) => (() => Promise<Former>) | null {
  let last: { readonly removal: string; readonly catalog: Catalog; former?: Promise<Former> } | null = null;

  return (logged) => {
    const { removal } = logged.detail;
    const now = catalog();
    if (removal === undefined) last = null;
    else if (last?.removal !== removal || last.catalog !== now) last = { removal, catalog: now };
    if (last === null) return null;
    const one = last;
    return () => {
      one.former ??= partsOf(logged.seq, one.removal).then((parts) => formerOf(now, parts));
      return one.former;
    };
  };

  /** The events of one deletion, in order: they follow each other, as those of any commit do. Null if some may be missing. */
  async function partsOf(seq: number, removal: string): Promise<readonly LoggedEvent[] | null> {
    const isOther = ({ detail }: LoggedEvent): boolean => detail.removal !== removal;
    const pages: (readonly LoggedEvent[])[] = [];
    let count = 0;
    // 1. this one, and those that follow
    for (let place = seq - 1, isOver = false; !isOver; place += PAGE) {
      const events = await stream.read(place, PAGE);
      if (events === null || count > MOST) return null;
      const end = events.findIndex(isOther);
      pages.push(end < 0 ? events : events.slice(0, end));
      count += PAGE;
      isOver = end >= 0 || events.length < PAGE;
    }
    // 2. those before it
    const { oldest } = await stream.ends();
    for (let first = seq; first > oldest; ) {
      const after = Math.max(first - 1 - PAGE, oldest - 1);
      const events = await stream.read(after, first - 1 - after);
      if (events === null || count > MOST) return null;
      const start = events.findLastIndex(isOther) + 1;
      pages.unshift(events.slice(start));
      count += PAGE;
      if (start > 0) return pages.flat();
      first = after + 1;
    }
    // what came before the oldest is forgotten
    return oldest > 1 ? null : pages.flat();
  }
}

function formerOf(catalog: Catalog, parts: readonly LoggedEvent[] | null): Former {
  if (parts === null) return null;
  const former = new Map<string, Map<string, RecordData>>();
  for (const { seq, event, detail } of parts) {
    const change = changeOf(catalog, event, detail);
    if (change === null) continue;
    const { collection, record, previous } = change;
    if (seq <= collection.since) return null;
    const records = getOrAdd(former, collection.name, () => new Map<string, RecordData>());
    // of several changes of one record the first tells how it was
    getOrAdd(records, String(record.id), () => previous ?? record);
  }
  return former;
}
