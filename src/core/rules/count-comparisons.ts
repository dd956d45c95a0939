import type { Condition } from "./condition.ts";
import { pathsOf } from "./paths-of.ts";

/** Values of a list that take as long as one comparison, roughly. */
const VALUES = 10;

/** Comparisons that one takes as long as, roughly, whose path leads to any number of records. */
const MANY = 10;

/**
 * What judging a settled condition takes, in comparisons: what guards the records that it leads to counts, too; ten values of
 * a list are one, and a path to many records is ten.
 */
export function countComparisons(condition: Condition): number {
  if ("not" in condition) return countComparisons(condition.not);
  if ("all" in condition) return sum(condition.all);
  if ("any" in condition) return sum(condition.any);
  const { right } = condition;
  const hops = [...pathsOf(condition)].flatMap((path) => path.hops);
  const one = right.kind === "list" ? Math.max(1, Math.ceil(right.values.length / VALUES)) : 1;
  const all = one + sum(hops.flatMap(({ guard }) => guard ?? []));
  return hops.some(({ kind }) => kind !== "one") ? MANY * all : all;
}

function sum(conditions: readonly Condition[]): number {
  return conditions.reduce((total, one) => total + countComparisons(one), 0);
}
