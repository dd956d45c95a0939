import type { Collections, Watch } from "./collections/index.ts";
import type { RecordWatching } from "./realtime/index.ts";

/** What realtime needs of collections; `timestamp` is the present, in ISO 8601. */
export function watching(collections: Collections, timestamp: () => string): RecordWatching<Watch> {
  const { schema, watch, sights, mayHaveTurned, holdNow, decidesOn } = collections;
  return {
    ...{ watch, sights, mayHaveTurned, holdNow, decidesOn, refresh: schema.refresh },
    isCollection: (name) => schema.catalog().get(name) !== undefined,
    placeOf: ({ collection, key }) => ({ collection: collection.name, key }),
    isPersonal: ({ personal }) => personal,
    isSame(one, other) {
      const now = timestamp();
      return one.viewAt(now) === other.viewAt(now);
    },
    since: ({ since }) => since,
    costOf: ({ comparisons }) => comparisons,
    ground: (one) => ({ reach: one.reach(), passing: one.passing }),
  };
}
