import { getOrAdd } from "../../../tools/index.ts";
import type { EventStream, LoggedEvent } from "../../events/index.ts";
import { type Condition, farFields, reachOf } from "../../rules/index.ts";
import type { Catalog } from "../catalog.ts";
import type { Collection } from "../collection.ts";
import type { RecordData } from "../record.ts";
import { changeOf } from "./change.ts";

/** What one deletion took along, by collection: the records as they were last. Null where that is not known any more. */
export type Gone = ReadonlyMap<string, readonly RecordData[]> | null;

/** Where it is looked for. */
export interface GoneDeps {
  readonly stream: Pick<EventStream, "read" | "ends">;
  catalog(): Catalog;
}

/** Events that are read at once. */
const PAGE = 200;

/** Changes that one deletion may be made of: of more, nobody knows what went with what. */
const MOST = 10_000;

/** Records of a collection that may be put back to be looked at. */
const MOST_REACHED = 1_000;

const NOTHING: Gone = new Map();

/** Makes what finds out what was deleted with the record that an event tells of. It remembers the last deletion. */
export function createGone({ stream, catalog }: GoneDeps): (logged: LoggedEvent) => Promise<Gone> {
  let last: { readonly removal: string; readonly catalog: Catalog; readonly gone: Promise<Gone> } | null = null;

  return (logged) => {
    const { removal } = logged.detail;
    if (removal === undefined) return Promise.resolve(NOTHING);
    const now = catalog();
    if (last?.removal !== removal || last.catalog !== now)
      last = { removal, catalog: now, gone: partsOf(logged.seq, removal).then((parts) => goneOf(now, parts)) };
    return last.gone;
  };

  /** The events of one deletion: they follow each other, as those of any commit do. Null if some may be missing. */
  async function partsOf(seq: number, removal: string): Promise<readonly LoggedEvent[] | null> {
    const isOther = ({ detail }: LoggedEvent): boolean => detail.removal !== removal;
    const parts: LoggedEvent[] = [];
    // 1. this one, and those that follow
    for (let place = seq - 1, isOver = false; !isOver; place += PAGE) {
      const events = await stream.read(place, PAGE);
      if (events === null || parts.length > MOST) return null;
      const end = events.findIndex(isOther);
      parts.push(...(end < 0 ? events : events.slice(0, end)));
      isOver = end >= 0 || events.length < PAGE;
    }
    // 2. those before it
    const { oldest } = await stream.ends();
    for (let first = seq; first > oldest; ) {
      const after = Math.max(first - 1 - PAGE, oldest - 1);
      const events = await stream.read(after, first - 1 - after);
      if (events === null || parts.length > MOST) return null;
      const start = events.findLastIndex(isOther) + 1;
      parts.push(...events.slice(start));
      if (start > 0) return parts;
      first = after + 1;
    }
    // what came before the oldest is forgotten
    return oldest > 1 ? null : parts;
  }
}

function goneOf(catalog: Catalog, parts: readonly LoggedEvent[] | null): Gone {
  if (parts === null) return null;
  const gone = new Map<string, RecordData[]>();
  for (const { seq, event, detail } of parts) {
    const change = changeOf(catalog, event, detail);
    if (change?.action !== "deleted") continue;
    const { name, since } = change.collection;
    if (seq <= since) return null;
    getOrAdd(gone, name, () => []).push(change.record);
  }
  return gone;
}

/** Conditions on a record that was deleted with others, or had to do with them. */
export interface Parted<T> {
  /** They lead to none of the others. */
  readonly near: readonly T[];
  /** They do: to be judged as if those in `reached` were still there. */
  readonly far: readonly T[];
  readonly reached: ReadonlyMap<Collection, readonly RecordData[]>;
}

/**
 * Parts conditions by whether they lead to what has gone. Those that lead where nobody can look any more are left out, for they
 * might hold only because of that: hidden fields, views, and too much.
 */
export function part<T extends { readonly condition: Condition }>(
  catalog: Catalog,
  conditions: readonly T[],
  gone: Gone,
): Parted<T> {
  const near: T[] = [];
  const far: T[] = [];
  const reached = new Map<Collection, readonly RecordData[]>();
  for (const one of conditions) {
    const names = [...reachOf(one.condition)];
    if (names.length === 0 || gone?.size === 0) near.push(one);
    else if (gone === null || names.some((name) => catalog.get(name)?.kind === "view")) continue;
    else if (!names.some((name) => gone.has(name))) near.push(one);
    else if (canBePutBack(catalog, one.condition, names, gone)) {
      far.push(one);
      for (const name of names) {
        const collection = catalog.get(name);
        const records = gone.get(name);
        if (collection && records) reached.set(collection, records);
      }
    }
  }
  return { near, far, reached };
}

function canBePutBack(
  catalog: Catalog,
  condition: Condition,
  names: readonly string[],
  gone: NonNullable<Gone>,
): boolean {
  if (names.some((name) => (gone.get(name)?.length ?? 0) > MOST_REACHED)) return false;
  return ![...farFields(condition)].some(
    ([name, field]) => gone.has(name) && catalog.get(name)?.field(field)?.definition.hidden,
  );
}
