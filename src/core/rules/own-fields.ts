import type { Condition } from "./condition.ts";
import { pathsOf } from "./paths-of.ts";

/** The fields of the row itself that a condition looks at, those at which its paths set out included. */
export function ownFields(condition: Condition): ReadonlySet<string> {
  return new Set([...pathsOf(condition)].map(({ hops, leaf }) => hops[0]?.name ?? leaf.field));
}
