import type { Condition } from "./condition.ts";
import { pathsOf } from "./paths-of.ts";

/** The record's own relations that a condition leads through first, with the collections that they lead to. */
export function* linksOf(condition: Condition): Generator<readonly [field: string, collection: string]> {
  for (const { hops } of pathsOf(condition)) {
    const [first] = hops;
    if (first && first.kind !== "back-one" && first.kind !== "back-many") yield [first.name, first.target];
  }
}
