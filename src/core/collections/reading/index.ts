export { aggregateRecords, type Group } from "./aggregate.ts";
export { MAX_BACK_RECORDS } from "./expand.ts";
export { countRecords, filterCondition, type ListAnswer, listRecords, selectRows } from "./list.ts";
export { type AggregateQuery, DEFAULT_LIMIT, type ListQuery, MAX_LIMIT, type ViewQuery } from "./query.ts";
export { searchTables } from "./search.ts";
export { notFound, type Viewed, viewRecord } from "./view.ts";
