import type { Row, SqlValue } from "../../database/index.ts";
import { type EventDetail, whoIs } from "../../events/index.ts";
import type { Caller } from "../access.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import { withoutHidden } from "../shown.ts";
import { type Announcement, add, type Change, type Meaning, type WritePlan } from "./plan.ts";

const SOURCE = "collections";

/**
 * Plans to tell of a change: the event is kept in the log with the change itself, if there is a log, and emitted once both
 * are committed.
 */
export function announce(engine: Engine, plan: WritePlan, caller: Caller, meaning: Meaning, change: Change): void {
  const { action, collection, record, previous } = change;
  const type = `${collection.name}.${action}`;
  if (!engine.log && !engine.events.hears(type)) return;
  const event = engine.events.prepare(type, withoutHidden(collection, record), SOURCE);
  const how = howOf(caller, meaning);
  const detail = previous ? { ...how, previous: withoutHidden(collection, previous) } : how;
  if (engine.log) add(plan, [engine.log.insert(event, detail)], { ...meaning, onMiss: "none" });
  plan.announcements.push({ event, detail });
}

/** A change of rows that are known only within the transaction. */
export interface DerivedChange {
  readonly action: "updated" | "deleted";
  readonly collection: Collection;
  /** Selects the rows' `payload` and `previous`, as JSON texts or null. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Like `announce`, for each row that a statement finds; to be planned before the rows are changed. */
export function announceDerived(
  engine: Engine,
  plan: WritePlan,
  caller: Caller,
  meaning: Meaning,
  { action, collection, sql, params }: DerivedChange,
): void {
  const type = `${collection.name}.${action}`;
  if (!engine.log && !engine.events.hears(type)) return;
  const how = howOf(caller, meaning);
  const read = (rows: readonly Row[]): readonly Announcement[] =>
    rows.map(({ id, timestamp, payload, previous }) => {
      const made = id === undefined ? undefined : { id: String(id), timestamp: String(timestamp) };
      const event = engine.events.prepare(type, JSON.parse(String(payload)), SOURCE, made);
      return { event, detail: previous === null ? how : { ...how, previous: JSON.parse(String(previous)) } };
    });
  plan.announcements.push({ statement: plan.statements.length, read });
  const statement = engine.log
    ? engine.log.insertFrom({ sql, params }, { type, source: SOURCE, ...how })
    : { sql, params };
  add(plan, [statement], { ...meaning, onMiss: "none" });
}

/** Who makes a change, and as a part of what. */
function howOf({ principal }: Caller, { removal }: Meaning): EventDetail {
  return removal === undefined ? whoIs(principal) : { ...whoIs(principal), removal };
}
