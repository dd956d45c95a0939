import { getOrAdd } from "../../../tools/index.ts";
import { type Condition, farFields, reachOf } from "../../rules/index.ts";
import type { Catalog } from "../catalog.ts";
import type { Collection } from "../collection.ts";
import type { RecordData } from "../record.ts";
import type { Former } from "./former.ts";

/** Records that are looked at as if they were stored so, and which of their fields. */
export interface Seeming {
  readonly records: ReadonlyMap<string, RecordData>;
  readonly fields: ReadonlySet<string>;
}

/** The world in which conditions on a record are judged: the stored one, but for some records. */
export interface World {
  /** How the condition is to be judged: among stored records, among seeming ones, not at all as it cannot hold, or nobody can say. */
  placeOf(condition: Condition): "stored" | "seeming" | "nowhere" | "unknown";
  /** What conditions look at that are judged among seeming records. */
  seeming(conditions: readonly Condition[]): ReadonlyMap<Collection, Seeming>;
}

/** Records that may seem to be there: of more it takes too long to say. */
const MOST = 1_000;

/** The world around a record in a state that it has; with `former`, in which it was before all that one deletion did. */
export function worldOf(catalog: Catalog, collection: Collection, record: RecordData, former?: Former): World {
  const own = new Map([[String(record.id), record]]);
  const recordsOf = (name: string): ReadonlyMap<string, RecordData> | undefined => {
    const known = former?.get(name);
    return name === collection.name && !known?.has(String(record.id)) ? own : known;
  };
  const isHidden = (name: string, field: string): boolean =>
    catalog.get(name)?.field(field)?.definition.hidden === true;
  return {
    placeOf(condition) {
      const names = [...reachOf(condition)];
      if (names.length === 0) return "stored";
      if (former === null) return "unknown";
      const seem = names.filter((name) => recordsOf(name) !== undefined);
      const isPast = former !== undefined && former.size > 0;
      // what a view shows can be told of the present alone
      if (isPast && names.some((name) => catalog.get(name)?.kind === "view")) return "unknown";
      if (seem.length === 0) return "stored";
      // no event holds hidden fields: of the present they are stored
      if ([...farFields(condition)].some(([name, field]) => seem.includes(name) && isHidden(name, field)))
        return former === undefined ? "stored" : "nowhere";
      const count = seem.reduce((sum, name) => sum + (recordsOf(name)?.size ?? 0), 0);
      return count > MOST ? "unknown" : "seeming";
    },
    seeming(conditions) {
      const seeming = new Map<Collection, { records: ReadonlyMap<string, RecordData>; fields: Set<string> }>();
      for (const condition of conditions) {
        for (const [name, field] of farFields(condition)) {
          const [of, records] = [catalog.get(name), recordsOf(name)];
          if (!of || !records) continue;
          getOrAdd(seeming, of, () => ({ records, fields: new Set<string>() })).fields.add(field);
        }
      }
      return seeming;
    },
  };
}
