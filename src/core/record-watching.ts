import type { Collections, Watch } from "./collections/index.ts";
import type { RecordWatching } from "./realtime/index.ts";

/** What realtime needs of collections. */
export function watching(collections: Collections): RecordWatching<Watch> {
  const { schema, watch, sights, holdNow, decidesOn } = collections;
  return {
    ...{ watch, sights, holdNow, decidesOn, refresh: schema.refresh },
    isCollection: (name) => schema.catalog().get(name) !== undefined,
    placeOf: ({ collection, key }) => ({ collection: collection.name, key }),
    isPersonal: ({ personal }) => personal,
    since: ({ collection }) => collection.since,
    costOf: ({ comparisons }) => comparisons,
    ground: (one) => ({ reach: one.reach(), passing: one.passing }),
  };
}
