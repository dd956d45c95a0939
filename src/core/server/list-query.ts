import type { AggregateQuery, ListQuery } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
import { readFlag, readInteger, readList } from "./request.ts";

/** The query parameters of a list of records. */
export const PAGE_PARAMETERS = [
  "filter",
  "search",
  "sort",
  "limit",
  "cursor",
  "page",
  "count",
  "fields",
  "expand",
] as const;

/** The same, and those of aggregates. */
export const LIST_PARAMETERS = [...PAGE_PARAMETERS, "aggregate", "group"] as const;

type ListParameters = Partial<Record<(typeof LIST_PARAMETERS)[number], string>>;

/** A list as its query asks for it. @throws BakendError `bad_request` */
export function toListQuery({
  limit,
  page,
  count,
  fields,
  expand,
  aggregate: _a,
  group: _g,
  ...texts
}: ListParameters): ListQuery {
  return {
    ...texts,
    ...present({
      limit: readInteger("limit", limit),
      page: readInteger("page", page),
      count: readFlag("count", count),
    }),
    ...lists({ fields, expand }),
  };
}

/** Aggregates as their query asks for them. @throws BakendError `bad_request` */
export function toAggregateQuery({
  aggregate,
  group,
  filter,
  search,
  sort,
  limit,
  ...others
}: ListParameters): AggregateQuery {
  const other = Object.keys(others)[0];
  if (other !== undefined) throw new BakendError("bad_request", `${other} does not go with aggregate.`);
  return {
    aggregate: readList(aggregate) ?? [],
    ...present({ filter, search, sort, group: readList(group), limit: readInteger("limit", limit) }),
  };
}

/** Which fields are asked for, and which relations. */
export function lists({
  fields,
  expand,
}: {
  fields?: string | undefined;
  expand?: string | undefined;
}): Pick<ListQuery, "fields" | "expand"> {
  if (fields === undefined && expand === undefined) return EVERYTHING;
  return present({ fields: readList(fields), expand: readList(expand) });
}

const EVERYTHING: Pick<ListQuery, "fields" | "expand"> = Object.freeze({});

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same object without what is undefined. */
function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
