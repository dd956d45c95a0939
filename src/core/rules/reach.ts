import type { Condition } from "./condition.ts";
import { pathsOf } from "./paths-of.ts";

/** The collections whose records a condition looks at, beside the row that it is about. */
export function reachOf(condition: Condition): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { hops } of pathsOf(condition)) {
    for (const { target, guard } of hops) {
      names.add(target);
      if (guard !== undefined) for (const name of reachOf(guard)) names.add(name);
    }
  }
  return names;
}
