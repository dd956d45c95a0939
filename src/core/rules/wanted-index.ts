import { type Comparison, type Condition, isConstant } from "./condition.ts";

/** An index that would find the rows of a comparison, in the place of reading them all. */
export interface WantedIndex {
  /** The collection at the end of the path; null for the one that the condition is about. */
  readonly collection: string | null;
  readonly field: string;
  /** As the condition names it: `author.city`. */
  readonly path: string;
}

/** What a condition needs: nothing about rows, indexes that are missing (or none), or more than indexes can give. */
type Need = "no rows" | "all rows" | readonly WantedIndex[];

/**
 * The indexes that are missing for a condition's rows to be found without reading all: none where they can be, and none
 * where no index would do, as for `~`, `!=` or a path with many values.
 */
export function wantedIndexes(condition: Condition): readonly WantedIndex[] {
  const need = needOf(condition);
  return typeof need === "string" ? [] : need;
}

function needOf(condition: Condition): Need {
  if ("not" in condition) return needOf(condition.not) === "no rows" ? "no rows" : "all rows";
  if ("op" in condition) return needOfComparison(condition);
  const parts = "all" in condition ? condition.all : condition.any;
  // what depends on the caller alone opens all rows or none
  const needs = parts.map(needOf).filter((need) => need !== "no rows");
  if (needs.length === 0) return "no rows";
  const lists = needs.filter((need) => need !== "all rows");
  if ("any" in condition) return lists.length < needs.length ? "all rows" : lists.flat();
  const [first, ...others] = lists;
  return first ? others.reduce((best, next) => (next.length < best.length ? next : best), first) : "all rows";
}

const ORDERED: ReadonlySet<string> = new Set(["=", "<", "<=", ">", ">="]);

function needOfComparison({ left, op, right }: Comparison): Need {
  if (isConstant(left) && isConstant(right)) return "no rows";
  if (left.kind !== "path" || left.every || !isConstant(right) || !ORDERED.has(op)) return "all rows";
  const { hops, leaf, text } = left;
  if (leaf.kind !== "column") return "all rows";
  // beyond relations only "equals" is looked for from the far end
  if (hops.length > 0 && (op !== "=" || hops.some((hop) => hop.kind !== "one"))) return "all rows";
  return leaf.indexed ? [] : [{ collection: hops.at(-1)?.target ?? null, field: leaf.field, path: text }];
}
