import type { CollectionDefinition } from "../api/types.ts";

/** A rule that reads a whole table for want of an index. */
export interface RuleWarning {
  readonly collection: string;
  readonly action: string;
  readonly field: string;
  readonly index: { readonly collection: string; readonly fields: readonly string[] };
  readonly words: string;
}

/** What a change of a definition does, or with `applied` has done. */
export interface ChangePlan {
  readonly applied: boolean;
  readonly steps: readonly { readonly collection: string; readonly words: string; readonly sql: readonly string[] }[];
  readonly losses: readonly string[];
  readonly obstacles: readonly string[];
  readonly warnings: readonly RuleWarning[];
  readonly collection: CollectionDefinition | null;
}

/** A role as an admin defines it. */
export interface Role {
  readonly name: string;
  readonly includes: readonly string[];
  /** Always, or where a condition holds. */
  readonly permissions: Readonly<Record<string, true | string>>;
}

export type Truth = boolean | "unknown" | null;

/** A comparison of a rule. */
export interface ExplainedLeaf {
  readonly expression: string;
  readonly values: { readonly left?: unknown; readonly right?: unknown };
  readonly result: Truth;
  readonly missing?: readonly string[];
}

/** A rule on one row, with what roles grant beside it. */
export interface ExplainedRule {
  readonly leaves: readonly ExplainedLeaf[];
  readonly grants: readonly {
    readonly role: string;
    readonly permission: string;
    readonly condition: string | null;
    readonly result: Truth;
    readonly leaves: readonly ExplainedLeaf[];
  }[];
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** Why something is allowed or denied. */
export interface Explanation extends ExplainedRule {
  readonly verdict: "allow" | "deny";
  readonly code: string | null;
  readonly rule: string | null;
  readonly reason: string;
  readonly before?: ExplainedRule | null;
  readonly after?: ExplainedRule | null;
  readonly count?: number;
}
