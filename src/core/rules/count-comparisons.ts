import type { Condition } from "./condition.ts";
import { pathsOf } from "./paths-of.ts";

/**
 * The comparisons that judging a settled condition may take: each value of a list is one, and what guards the records that it
 * leads through counts, too.
 */
export function countComparisons(condition: Condition): number {
  if ("not" in condition) return countComparisons(condition.not);
  if ("all" in condition) return sum(condition.all);
  if ("any" in condition) return sum(condition.any);
  const { right } = condition;
  const guards = [...pathsOf(condition)].flatMap(({ hops }) => hops.flatMap(({ guard }) => guard ?? []));
  return (right.kind === "list" ? Math.max(1, right.values.length) : 1) + sum(guards);
}

function sum(conditions: readonly Condition[]): number {
  return conditions.reduce((total, one) => total + countComparisons(one), 0);
}
