import type { AggregateQuery, Collections, ListQuery, Operation, Records, Viewed } from "../../collections/index.ts";
import { BakendError } from "../../errors.ts";
import { readJson } from "../body.ts";
import { etagOf, expectedVersions, isNotModified } from "../etag.ts";
import type { Idempotency } from "../idempotency.ts";
import { json, NO_CONTENT, type TextReply } from "../reply.ts";
import { type RequestContext, readFlag, readInteger, readList, readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** What the record routes need. */
export interface RecordRoutesDeps {
  readonly collections: Collections;
  readonly idempotency: Idempotency;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
  /** Records or operations in one request, at most. */
  readonly batchLimit: number;
}

const LIST_PARAMETERS = [
  "filter",
  "search",
  "sort",
  "limit",
  "cursor",
  "page",
  "count",
  "fields",
  "expand",
  "aggregate",
  "group",
] as const;

/** REST over the records of every collection, and `/api/batch` (contract, section 4). */
export function recordRoutes({ collections, idempotency, bodyLimit, batchLimit }: RecordRoutesDeps): readonly Route[] {
  const recordsOf = ({ principal, params }: RequestContext): Records =>
    collections.as(principal).records(params.collection ?? "");
  const idOf = ({ params }: RequestContext): string => params.id ?? "";
  const bodyOf = async ({ request }: RequestContext): Promise<unknown> => (await readJson(request, bodyLimit)).value;

  return [
    {
      method: "POST",
      path: "/api/batch",
      async handle({ request, principal, query }) {
        readQuery(query, []);
        const { text, value } = await readJson(request, bodyLimit);
        const operations = readOperations(value, batchLimit);
        return idempotency.once(request, principal, text, async (remember) => {
          const reply = (results: unknown): TextReply => json({ results });
          return reply(
            await collections.as(principal).batch(operations, remember && ((results) => remember(reply(results)))),
          );
        });
      },
    },
    {
      method: "GET",
      path: "/api/:collection",
      async handle(context) {
        const records = recordsOf(context);
        const query = readQuery(context.query, LIST_PARAMETERS);
        if (query.aggregate !== undefined) return json({ groups: await records.aggregate(toAggregateQuery(query)) });
        if (query.group !== undefined) throw new BakendError("bad_request", "group goes with aggregate.");
        return json(await records.list(toListQuery(query)));
      },
    },
    {
      method: "POST",
      path: "/api/:collection",
      async handle(context) {
        const { request, principal, query, path } = context;
        const records = recordsOf(context);
        readQuery(query, []);
        const { text, value } = await readJson(request, bodyLimit);
        return idempotency.once(request, principal, text, async (remember) => {
          if (Array.isArray(value)) {
            if (value.length > batchLimit)
              throw new BakendError("bad_request", `At most ${batchLimit} records at once.`);
            const many = (created: unknown): TextReply => json(created, 201);
            return many(await records.createMany(value, remember && ((created) => remember(many(created)))));
          }
          const one = (created: Readonly<Record<string, unknown>>): TextReply =>
            json(created, 201, {
              etag: etagOf(Number(created.version)),
              location: `${path}/${String(created.id)}`,
            });
          return one(await records.create(value, remember && ((created) => remember(one(created)))));
        });
      },
    },
    {
      method: "GET",
      path: "/api/:collection/:id",
      handle(context) {
        const records = recordsOf(context);
        const { fields, expand } = readQuery(context.query, ["fields", "expand"]);
        const viewed = records.view(idOf(context), lists({ fields, expand }));
        const reply = ({ record, version }: Viewed): TextReply => {
          // what is expanded may change without the record; rows of a view have no version
          if (version === 0 || expand !== undefined) return json(record);
          const etag = etagOf(version);
          if (isNotModified(context.request.headers.get("if-none-match"), etag))
            return { status: 304, headers: { etag } };
          return json(record, 200, { etag });
        };
        return viewed instanceof Promise ? viewed.then(reply) : reply(viewed);
      },
    },
    {
      method: "PATCH",
      path: "/api/:collection/:id",
      handle: async (context) =>
        changed(await recordsOf(context).update(idOf(context), await bodyOf(context), ifMatch(context))),
    },
    {
      method: "PUT",
      path: "/api/:collection/:id",
      handle: async (context) =>
        changed(await recordsOf(context).replace(idOf(context), await bodyOf(context), ifMatch(context))),
    },
    {
      method: "DELETE",
      path: "/api/:collection/:id",
      async handle(context) {
        await recordsOf(context).delete(idOf(context), ifMatch(context));
        return NO_CONTENT;
      },
    },
  ];
}

function changed(record: Readonly<Record<string, unknown>>): TextReply {
  return json(record, 200, { etag: etagOf(Number(record.version)) });
}

function ifMatch({ request, query }: RequestContext): { version?: readonly number[] } {
  readQuery(query, []);
  const version = expectedVersions(request.headers.get("if-match"));
  return version === undefined ? {} : { version };
}

type ListParameters = Partial<Record<(typeof LIST_PARAMETERS)[number], string>>;

function toListQuery({
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

function toAggregateQuery({
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

function lists({
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

const OPS = ["create", "update", "upsert", "delete"] as const;

/** @throws BakendError `validation_failed`, `bad_request` */
function readOperations(value: unknown, limit: number): readonly Operation[] {
  const operations =
    typeof value === "object" && value !== null && "operations" in value ? value.operations : undefined;
  if (!Array.isArray(operations)) throw fault("operations", "must be an array");
  if (operations.length > limit) throw new BakendError("bad_request", `At most ${limit} operations at once.`);
  return operations.map((one: unknown, index) => readOperation(one, `operations.${index}`));
}

function readOperation(value: unknown, at: string): Operation {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw fault(at, "must be an object");
  const { op, collection, id, data, ...rest } = value as Record<string, unknown>;
  const other = Object.keys(rest)[0];
  if (other !== undefined) throw fault(`${at}.${other}`, "is not known here", "unknown_field");
  const known = OPS.find((one) => one === op);
  if (!known) throw fault(`${at}.op`, `must be one of ${OPS.join(", ")}`, "enum");
  if (typeof collection !== "string") throw fault(`${at}.collection`, "must be the name of a collection");
  if (id !== undefined && typeof id !== "string") throw fault(`${at}.id`, "must be a text");
  return { op: known, collection, ...(id === undefined ? {} : { id }), data };
}

function fault(field: string, message: string, code: "type" | "enum" | "unknown_field" = "type"): BakendError {
  return new BakendError("validation_failed", `${field} ${message}.`, { errors: [{ field, code, message }] });
}
