import type { ErrorCode } from "../../../protocol/index.ts";
import type { SqlValue } from "../../database/index.ts";
import type { Action } from "../definition.ts";

/** What somebody would like to do. */
export interface Question {
  readonly collection: string;
  readonly action: Action;
  /** The record to view, update, delete, join or send into, or to hold against the list rule. */
  readonly record?: string;
  /** What is sent to create or update. */
  readonly data?: unknown;
}

/** An account, by the collection that it is in. */
export interface Who {
  readonly user: string;
  readonly collection: string;
}

/** Whether something holds; null where no row was at hand, or the row could not be written. */
export type Truth = boolean | "unknown" | null;

/** A comparison of the rule. */
export interface ExplainedLeaf {
  readonly expression: string;
  readonly values: { readonly left?: unknown; readonly right?: unknown };
  readonly result: Truth;
  /** Of an unknown one: the `@user` paths that are empty. */
  readonly missing?: readonly string[];
}

/** What a role grants beside the rule, or in its place. */
export interface ExplainedGrant {
  /** The caller's own role, or one that it includes. */
  readonly role: string;
  readonly permission: string;
  /** Where it is granted; null for everywhere. */
  readonly condition: string | null;
  readonly result: Truth;
  readonly leaves: readonly ExplainedLeaf[];
}

/** The rule on one row. */
export interface ExplainedRule {
  /** The comparisons in the order in which they are written. */
  readonly leaves: readonly ExplainedLeaf[];
  readonly grants: readonly ExplainedGrant[];
  /** The condition on the row as it stands in a WHERE clause. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Why something is allowed or denied. */
export interface Explanation extends ExplainedRule {
  readonly verdict: "allow" | "deny";
  /** What the door would answer instead; null where it allows. */
  readonly code: ErrorCode | null;
  readonly rule: string | null;
  readonly reason: string;
  /** Of an update: the rule on the row as it is, and as it would be; null where the row could not be reached. */
  readonly before?: ExplainedRule | null;
  readonly after?: ExplainedRule | null;
  /** Of a list without a record: how many rows the rule lets through. */
  readonly count?: number;
}
