import { getOrAdd } from "../../../tools/index.ts";
import type { Condition } from "../../rules/index.ts";
import type { Collection } from "../collection.ts";
import type { RecordData } from "../record.ts";
import type { Former } from "./former.ts";

/** What a record is judged by, and with which others: those that one deletion changed or took along have it in common. */
export interface Forecast {
  /** Whether a condition holds for the record; undefined if that has to be asked. */
  verdict(condition: Condition): boolean | undefined;
  /** Conditions that are to be asked, and of which records, beginning with this one. */
  batches<C extends { readonly condition: Condition }>(asked: readonly C[]): readonly Batch<C>[];
  /** Notes what came of a condition on some records. */
  note(condition: Condition, records: readonly RecordData[], outcome: Outcome): void;
}

/** What came of asking. */
export interface Outcome {
  /** Whether the condition holds for the record of an id. */
  holds(id: string): boolean;
  /** What the statement took. */
  readonly milliseconds: number;
}

/** What one deletion's records are asked about together. */
interface Batch<C> {
  readonly records: readonly RecordData[];
  readonly asked: readonly C[];
}

/** Records in one statement. */
const AT_ONCE = 100;

/** Values that make them up: well below what any engine allows for parameters. */
const VALUES = 10_000;

/** Milliseconds that a statement may hold up the thread, unless the one with a single record took longer. */
const PATIENCE = 4;

/** The records of a collection that one deletion changed or took along, as they were before, and what is known of them. */
interface Order {
  readonly all: readonly RecordData[];
  readonly places: ReadonlyMap<string, number>;
  readonly known: WeakMap<Condition, Known>;
}

/** What is known of one condition. */
interface Known {
  /** For each of the records, by its place: 1 where it holds, 0 where it does not, `OPEN` where that was not asked. */
  readonly verdicts: Uint8Array;
  /** The records that are asked for next. */
  ahead: number;
  /** Milliseconds that this may take. */
  patience: number;
}

const OPEN = 2;

/** It goes with what is remembered of a deletion, and with what a rule is to somebody. */
const orders = new WeakMap<ReadonlyMap<string, RecordData>, Order>();

/**
 * What a record in a state that it is or was in is judged by. If the deletion found it so, those that come next are judged along
 * with it, and need not be asked for then: twice as many each time, as long as that is quick. So what is asked only once, as
 * conditions are that speak of the clock, is asked of one record.
 */
export function forecastFor(collection: Collection, record: RecordData, former: Former | undefined): Forecast {
  const id = String(record.id);
  const records = former?.get(collection.name);
  // what it was in between is for itself
  if (records === undefined || records.get(id)?.version !== record.version) return ofOne(record);
  const { all, places, known } = getOrAdd(orders, records, () => orderOf(records));
  const place = places.get(id) ?? 0;
  const most = Math.max(1, Math.min(AT_ONCE, Math.floor(VALUES / collection.columns.length)));
  return {
    verdict(condition) {
      const verdict = known.get(condition)?.verdicts[place] ?? OPEN;
      return verdict === OPEN ? undefined : verdict === 1;
    },
    batches<C extends { readonly condition: Condition }>(asked: readonly C[]) {
      const sizes = new Map<number, C[]>();
      for (const one of asked) getOrAdd(sizes, known.get(one.condition)?.ahead ?? 1, (): C[] => []).push(one);
      return [...sizes].map(([size, some]) => ({ records: all.slice(place, place + size), asked: some }));
    },
    note(condition, judged, { holds, milliseconds }) {
      const one = getOrAdd(known, condition, () => ({
        verdicts: new Uint8Array(all.length).fill(OPEN),
        ahead: 1,
        patience: Math.max(PATIENCE, 1.5 * milliseconds),
      }));
      for (const [at, other] of judged.entries()) one.verdicts[place + at] = holds(String(other.id)) ? 1 : 0;
      const size = milliseconds > one.patience ? Math.floor(judged.length / 2) : 2 * judged.length;
      one.ahead = Math.max(1, Math.min(most, size));
    },
  };
}

/** A state that no other record is judged along with. */
function ofOne(record: RecordData): Forecast {
  return {
    verdict: () => undefined,
    batches: (asked) => [{ records: [record], asked }],
    note: () => undefined,
  };
}

function orderOf(records: ReadonlyMap<string, RecordData>): Order {
  return {
    all: [...records.values()],
    places: new Map([...records.keys()].map((id, place) => [id, place])),
    known: new WeakMap(),
  };
}
