import type { Database } from "../../database/index.ts";
import type { Collection } from "../collection.ts";
import type { SchemaObject } from "./physical.ts";

/** One thing that a migration does. */
export interface MigrationStep {
  readonly collection: string;
  /** For a reader: `add field posts.status`. */
  readonly words: string;
  readonly sql: readonly string[];
}

/** A plan while it is being made. */
export interface Draft {
  readonly db: Database;
  readonly now: string;
  /** The new names of collections, by their former ones. */
  readonly renames: ReadonlyMap<string, string>;
  readonly steps: MigrationStep[];
  readonly losses: string[];
  readonly obstacles: string[];
}

/** Adds a step. */
export function step(draft: Draft, collection: Collection, words: string, sql: readonly string[]): void {
  draft.steps.push({ collection: collection.name, words, sql });
}

/** The `n` of a query for one number. */
export async function count({ db }: Draft, sql: string): Promise<number> {
  const { rows } = await db.read({ sql, params: [] });
  return Number(rows[0]?.n ?? 0);
}

/** Whether two objects would be made by the same statements. */
export function sameObject(left: SchemaObject | null, right: SchemaObject | null): boolean {
  return left === right || (left !== null && right !== null && left.create.join() === right.create.join());
}
