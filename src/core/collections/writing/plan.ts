import type { Row, Statement } from "../../database/index.ts";
import type { BakendEvent, EventDetail } from "../../events/index.ts";
import type { Collection } from "../collection.ts";
import type { StoredRecord } from "../record.ts";

/** What happens to a record. */
export interface Change {
  readonly action: "created" | "updated" | "deleted";
  readonly collection: Collection;
  readonly record: StoredRecord;
  readonly previous?: StoredRecord;
}

/** An event that is told once it is committed, and what handlers are told beside it. */
export interface Announcement {
  readonly event: BakendEvent;
  readonly detail: EventDetail;
}

/** Announcements known only from what a statement returns: of the rows that a deletion takes along. */
export interface DerivedAnnouncements {
  readonly statement: number;
  readonly read: (rows: readonly Row[]) => readonly Announcement[];
}

/** What a statement's failure means to the caller. */
export interface Meaning {
  readonly collection: Collection;
  readonly record: StoredRecord;
  readonly action: "create" | "update" | "delete";
  /**
   * `stale`: the row is no longer what was read; `rule`: the row as written breaks the rule; `last_admin`: nobody would be one;
   * `file`: a file in `field` is none that the caller may use.
   */
  readonly onMiss: "stale" | "rule" | "last_admin" | "file" | "none";
  readonly field?: string;
  /** The deletion that it is a part of, as its events name it. */
  readonly removal?: string;
  /** Where the record stands in the request: `operations.3.data.` or empty. */
  readonly path: string;
}

/**
 * Writes that will be committed together: the statements, what each failure would mean, and what to announce.
 * Later operations of one request see the records of earlier ones through `pending`.
 */
export interface WritePlan {
  readonly statements: Statement[];
  readonly meanings: Meaning[];
  /** In the order in which they are made. */
  readonly announcements: (Announcement | DerivedAnnouncements)[];
  /** By collection and id: the record as this plan leaves it, null once deleted. */
  readonly pending: Map<string, StoredRecord | null>;
  /** Keys of `pending` that an earlier deletion only takes along or unlinks: others may have changed them since they were read. */
  readonly foreseen: Set<string>;
}

/** An empty plan. */
export function createPlan(): WritePlan {
  return { statements: [], meanings: [], announcements: [], pending: new Map(), foreseen: new Set() };
}

/** Adds statements that share one meaning. */
export function add(plan: WritePlan, statements: readonly Statement[], meaning: Meaning): void {
  for (const statement of statements) {
    plan.statements.push(statement);
    plan.meanings.push(meaning);
  }
}

/** The key of a record in `pending`. */
export function pendingKey(collection: Collection, id: string): string {
  return `${collection.name}/${id}`;
}
