import type { Condition } from "./condition.ts";
import type { RuleSchema, SchemaCollection } from "./schema.ts";

/** What the caller who wrote a filter may name. */
export interface Viewer {
  /** A field that is not seen is answered exactly as one that does not exist. */
  sees(collection: string, field: string): boolean;
  /** What a row must fulfil to exist for the viewer when a path arrives at it; `null`: the collection is closed. */
  guard(collection: string): Condition | null;
}

/** Against what an expression is resolved. */
export interface ResolveOptions {
  readonly schema: RuleSchema;
  /** The collection of the row, by name. */
  readonly collection: string;
  /** Update and delete rules may speak of `@old`. */
  readonly allowOld?: boolean | undefined;
  /** The collection of the caller, to check `@user` paths against; without it any path is taken. */
  readonly user?: SchemaCollection | undefined;
  /** Given for a caller's own filter, not for a rule. */
  readonly viewer?: Viewer | undefined;
}
