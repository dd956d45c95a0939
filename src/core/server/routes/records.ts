import type { Collections, Operation, Records, Viewed } from "../../collections/index.ts";
import { BakendError, invalidField } from "../../errors.ts";
import { readJson } from "../body.ts";
import { etagOf, expectedVersions, isNotModified } from "../etag.ts";
import type { Idempotency } from "../idempotency.ts";
import { LIST_PARAMETERS, lists, toAggregateQuery, toListQuery } from "../list-query.ts";
import { json, NO_CONTENT, type TextReply } from "../reply.ts";
import { type RequestContext, readQuery } from "../request.ts";
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

/** The answer to a change of a record. */
export function changed(record: Readonly<Record<string, unknown>>): TextReply {
  return json(record, 200, { etag: etagOf(Number(record.version)) });
}

/** On which versions a change is to be made; a change takes no query. */
export function ifMatch({ request, query }: RequestContext): { version?: readonly number[] } {
  readQuery(query, []);
  const version = expectedVersions(request.headers.get("if-match"));
  return version === undefined ? {} : { version };
}

const OPS = ["create", "update", "upsert", "delete"] as const;

/** @throws BakendError `validation_failed`, `bad_request` */
function readOperations(value: unknown, limit: number): readonly Operation[] {
  const operations =
    typeof value === "object" && value !== null && "operations" in value ? value.operations : undefined;
  if (!Array.isArray(operations)) throw invalidField("operations", "type", "must be an array");
  if (operations.length > limit) throw new BakendError("bad_request", `At most ${limit} operations at once.`);
  return operations.map((one: unknown, index) => readOperation(one, `operations.${index}`));
}

function readOperation(value: unknown, at: string): Operation {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidField(at, "type", "must be an object");
  const { op, collection, id, data, ...rest } = value as Record<string, unknown>;
  const other = Object.keys(rest)[0];
  if (other !== undefined) throw invalidField(`${at}.${other}`, "unknown_field", "is not known here");
  const known = OPS.find((one) => one === op);
  if (!known) throw invalidField(`${at}.op`, "enum", `must be one of ${OPS.join(", ")}`);
  if (typeof collection !== "string")
    throw invalidField(`${at}.collection`, "type", "must be the name of a collection");
  if (id !== undefined && typeof id !== "string") throw invalidField(`${at}.id`, "type", "must be a text");
  return { op: known, collection, ...(id === undefined ? {} : { id }), data };
}
