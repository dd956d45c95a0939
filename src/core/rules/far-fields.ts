import type { Condition, Hop } from "./condition.ts";
import { ownFields } from "./own-fields.ts";
import { pathsOf } from "./paths-of.ts";

/** The fields of other records that a condition looks at, with their collections. */
export function* farFields(condition: Condition): Generator<readonly [collection: string, field: string]> {
  for (const { hops, leaf } of pathsOf(condition)) {
    for (const [at, hop] of hops.entries()) {
      if (hop.kind === "back-one" || hop.kind === "back-many") yield [hop.target, hop.field];
      yield [hop.target, hops[at + 1]?.name ?? leaf.field];
      yield* guardFields(hop);
    }
  }
}

function* guardFields({ target, guard }: Hop): ReturnType<typeof farFields> {
  if (guard === undefined) return;
  for (const field of ownFields(guard)) yield [target, field];
  yield* farFields(guard);
}
