import type { Collection } from "../../collections/index.ts";
import { EXAMPLE_ID, exampleInput, examplePatch, exampleRecord } from "./examples.ts";
import { listParameters, viewParameters } from "./list-parameters.ts";
import { headers, jsonBody, type Node, parameter, ref } from "./node.ts";
import { failures } from "./problems.ts";

const ETAG = { etag: "The record's version, for If-Match and If-None-Match." };
const TAG: Node = { type: "string" };
const IF_MATCH = parameter("header", "If-Match", TAG, {
  description: "The ETag that the change is meant for; 412 if the record has another by now.",
  example: '"1"',
});
const IF_NONE_MATCH = parameter("header", "If-None-Match", TAG, {
  description: "An ETag that the caller has; 304 if the record still has it.",
  example: '"1"',
});

/** A client names its request, so that it can be sent again safely. */
export const IDEMPOTENCY_KEY: Node = parameter(
  "header",
  "Idempotency-Key",
  { type: "string", minLength: 1, maxLength: 255 },
  { description: "A name for this request. Sent again, it gets the first answer again, for a day." },
);

/** Said where an idempotency key may be given. */
export const REPLAYED = {
  "idempotent-replayed": "true if this is the answer to an earlier request with the same key.",
};

/** The paths of a collection. A view can only be read. */
export function collectionPaths(collection: Collection, batchLimit: number): Record<string, Node> {
  const { name, kind } = collection;
  const id = parameter("path", "id", kind === "view" ? { type: "string" } : { type: "string", format: "uuid" }, {
    description: `The id of one of ${name}.`,
    example: EXAMPLE_ID,
  });
  const readOnly = kind === "view";
  return {
    [`/api/${name}`]: { get: list(collection), ...(readOnly ? {} : { post: create(collection, batchLimit) }) },
    [`/api/${name}/{id}`]: { parameters: [id], get: view(collection), ...(readOnly ? {} : changes(collection)) },
  };
}

function operation({ name }: Collection, verb: string, summary: string, rest: Node): Node {
  return { operationId: `${verb}_${name}`, summary, tags: [name], ...rest };
}

function list(collection: Collection): Node {
  const { name } = collection;
  const record = exampleRecord(collection);
  const examples = { records: { items: [record], next: null }, figures: { groups: [{ count: 1 }] } };
  return operation(collection, "list", `List ${name}`, {
    description: "The records that the caller may list, newest first unless `sort` says otherwise.",
    parameters: listParameters(collection),
    responses: {
      "200": {
        description: "A page of records; or figures, if `aggregate` is given",
        content: jsonBody({ oneOf: [ref(`${name}_list`), ref(`${name}_groups`)] }, examples),
      },
      ...failures("bad_request", "unauthenticated", "forbidden"),
    },
  });
}

function view(collection: Collection): Node {
  const { name, kind } = collection;
  const tagged = kind !== "view";
  return operation(collection, "view", `Get one of ${name}`, {
    parameters: [...viewParameters(collection), ...(tagged ? [IF_NONE_MATCH] : [])],
    responses: {
      "200": {
        description: "The record",
        ...(tagged ? headers(ETAG) : {}),
        content: jsonBody(ref(name), { record: exampleRecord(collection) }),
      },
      ...(tagged ? { "304": { description: "The caller has it already", ...headers(ETAG) } } : {}),
      ...failures("bad_request", "unauthenticated", "not_found"),
    },
  });
}

function create(collection: Collection, batchLimit: number): Node {
  const { name } = collection;
  const input = ref(`${name}_input`);
  const several = { type: "array", items: input, minItems: 1, maxItems: batchLimit };
  const [sent, made] = [exampleInput(collection), exampleRecord(collection)];
  return operation(collection, "create", `Create one of ${name}, or several`, {
    description: `An object creates one record, an array up to ${batchLimit.toLocaleString("en")}: all of them or none.`,
    parameters: [IDEMPOTENCY_KEY],
    requestBody: {
      required: true,
      content: jsonBody({ oneOf: [input, several] }, { one: sent, several: [sent] }),
    },
    responses: {
      "201": {
        description: "Created: the record, or the records in the order they were sent",
        ...headers({ ...ETAG, location: "Where the record is, if it is one.", ...REPLAYED }),
        content: jsonBody({ oneOf: [ref(name), { type: "array", items: ref(name) }] }, { one: made, several: [made] }),
      },
      ...failures(
        "bad_request",
        "validation_failed",
        "unauthenticated",
        "forbidden",
        "conflict",
        "payload_too_large",
        "unsupported_media_type",
      ),
    },
  });
}

function changes(collection: Collection): Node {
  const { name } = collection;
  const answer = {
    description: "The record as it is now",
    ...headers(ETAG),
    content: jsonBody(ref(name), { record: exampleRecord(collection) }),
  };
  const change = (verb: string, summary: string, schema: string, example: Node): Node =>
    operation(collection, verb, summary, {
      parameters: [IF_MATCH],
      requestBody: { required: true, content: jsonBody(ref(schema), { fields: example }) },
      responses: {
        "200": answer,
        ...failures(
          "bad_request",
          "validation_failed",
          "unauthenticated",
          "forbidden",
          "not_found",
          "conflict",
          "precondition_failed",
          "payload_too_large",
          "unsupported_media_type",
        ),
      },
    });
  return {
    patch: change("update", `Change fields of one of ${name}`, `${name}_patch`, examplePatch(collection)),
    put: change("replace", `Replace one of ${name}`, `${name}_replace`, exampleInput(collection)),
    delete: operation(collection, "delete", `Delete one of ${name}`, {
      parameters: [IF_MATCH],
      responses: {
        "204": { description: "Deleted" },
        ...failures("bad_request", "unauthenticated", "forbidden", "not_found", "conflict", "precondition_failed"),
      },
    }),
  };
}
