import { ERROR_CODES, VERSION } from "../../protocol/index.ts";
import { type Collection, DEFAULT_LIMIT, type Field, type JsonSchema, MAX_LIMIT } from "../collections/index.ts";

type Node = Readonly<Record<string, unknown>>;

const ref = (name: string): Node => ({ $ref: `#/components/schemas/${name}` });
const jsonBody = (schema: Node): Node => ({ "application/json": { schema } });
const PROBLEM: Node = {
  description: "A problem (RFC 9457)",
  content: { "application/problem+json": { schema: ref("Problem") } },
};

/** The OpenAPI 3.1 description of an app with these collections. */
export function describeApi(collections: readonly Collection[]): Node {
  const paths: Record<string, Node> = { ...healthPaths(), "/api/batch": batchPath() };
  const schemas: Record<string, Node> = { Problem: problemSchema() };
  for (const collection of collections) {
    Object.assign(paths, collectionPaths(collection));
    Object.assign(schemas, collectionSchemas(collection));
  }
  return {
    openapi: "3.1.0",
    info: { title: "Bakend", version: VERSION, description: "REST over the collections of this backend." },
    servers: [{ url: "/" }],
    tags: [
      ...collections.map(({ name, definition }) => ({
        name,
        ...(definition.description ? { description: definition.description } : {}),
      })),
      { name: "batch" },
      { name: "health" },
    ],
    paths,
    components: { schemas },
  };
}

function collectionPaths(collection: Collection): Record<string, Node> {
  const { name } = collection;
  const readOnly = collection.kind === "view";
  const id = { name: "id", in: "path", required: true, schema: { type: "string" } };
  const record = {
    description: "The record",
    headers: { etag: { schema: { type: "string" } } },
    content: jsonBody(ref(name)),
  };
  const operation = (id: string, summary: string, rest: Node): Node => ({
    operationId: `${id}_${name}`,
    summary,
    tags: [name],
    ...rest,
  });
  const failures = (...codes: (keyof typeof ERROR_CODES)[]): Node =>
    Object.fromEntries(codes.map((code) => [String(ERROR_CODES[code].status), PROBLEM]));
  const ifMatch = {
    name: "If-Match",
    in: "header",
    schema: { type: "string" },
    description: "The ETag that the change is meant for.",
  };

  const list = operation("list", `List ${name}`, {
    parameters: listParameters(collection),
    responses: {
      "200": {
        description: "A page of records, or groups if aggregate is given",
        content: jsonBody({ oneOf: [ref(`${name}_list`), ref(`${name}_groups`)] }),
      },
      ...failures("bad_request", "unauthenticated", "forbidden"),
    },
  });
  const view = operation("view", `Get one of ${name}`, {
    parameters: [...viewParameters(), { name: "If-None-Match", in: "header", schema: { type: "string" } }],
    responses: {
      "200": record,
      "304": { description: "Not modified" },
      ...failures("bad_request", "unauthenticated", "not_found"),
    },
  });
  if (readOnly) return { [`/api/${name}`]: { get: list }, [`/api/${name}/{id}`]: { parameters: [id], get: view } };

  const input = ref(`${name}_input`);
  const changing = failures(
    "bad_request",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "precondition_failed",
    "payload_too_large",
    "unsupported_media_type",
  );
  const create = operation("create", `Create one of ${name}, or up to 1,000`, {
    parameters: [
      {
        name: "Idempotency-Key",
        in: "header",
        schema: { type: "string", maxLength: 255 },
        description: "The first answer is given again, for a day.",
      },
    ],
    requestBody: {
      required: true,
      content: jsonBody({ oneOf: [input, { type: "array", items: input, minItems: 1, maxItems: 1000 }] }),
    },
    responses: {
      "201": { description: "Created", content: jsonBody({ oneOf: [ref(name), { type: "array", items: ref(name) }] }) },
      ...failures(
        "bad_request",
        "unauthenticated",
        "forbidden",
        "conflict",
        "payload_too_large",
        "unsupported_media_type",
      ),
    },
  });
  const change = (verb: string, summary: string, schema: Node): Node =>
    operation(verb, summary, {
      parameters: [ifMatch],
      requestBody: { required: true, content: jsonBody(schema) },
      responses: { "200": record, ...changing },
    });
  return {
    [`/api/${name}`]: { get: list, post: create },
    [`/api/${name}/{id}`]: {
      parameters: [id],
      get: view,
      patch: change("update", `Change fields of one of ${name}`, ref(`${name}_patch`)),
      put: change("replace", `Replace one of ${name}`, input),
      delete: operation("delete", `Delete one of ${name}`, {
        parameters: [ifMatch],
        responses: {
          "204": { description: "Deleted" },
          ...failures("unauthenticated", "forbidden", "not_found", "conflict", "precondition_failed"),
        },
      }),
    },
  };
}

function listParameters({ searchable }: Collection): readonly Node[] {
  const text = { type: "string" };
  const query = (name: string, schema: Node, description: string): Node => ({ name, in: "query", schema, description });
  return [
    query("filter", text, "An expression that records must fulfil: title ~ 'x' && createdAt > '2026-01-01'."),
    ...(searchable.length > 0 ? [query("search", text, `Words to look for in ${searchable.join(", ")}.`)] : []),
    query("sort", text, "Keys, a minus for descending: -createdAt,title."),
    query("limit", { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, "Records per page."),
    query("cursor", text, "The `next` of the page before."),
    query("page", { type: "integer", minimum: 1 }, "The page's number, instead of a cursor."),
    query("count", { type: "boolean" }, "Also count all records that match."),
    query("aggregate", text, "Figures instead of records: count(),avg(price)."),
    query("group", text, "What the figures are grouped by."),
    ...viewParameters(),
  ];
}

function viewParameters(): readonly Node[] {
  return [
    { name: "fields", in: "query", schema: { type: "string" }, description: "Only these fields, separated by commas." },
    {
      name: "expand",
      in: "query",
      schema: { type: "string" },
      description: "Relations to include: author.team,comments_via_post.",
    },
  ];
}

function collectionSchemas(collection: Collection): Record<string, Node> {
  const { name, fields } = collection;
  const shown = fields.filter((field) => !field.definition.hidden);
  const system: Record<string, Node> =
    collection.kind === "view"
      ? {}
      : {
          createdAt: { type: "string", format: "date-time" },
          updatedAt: { type: "string", format: "date-time" },
          version: { type: "integer", minimum: 1 },
        };
  const output = Object.fromEntries(shown.map((field) => [field.name, nullable(field, field.jsonSchema())]));
  const input = Object.fromEntries(fields.map((field) => [field.name, nullable(field, describe(field))]));
  const required = fields.filter(
    (field) => field.definition.required && !("default" in field.definition && field.definition.default !== undefined),
  );
  const id = { type: "string", format: "uuid" };
  return {
    [name]: {
      type: "object",
      properties: { id, ...output, ...system, expand: { type: "object", description: "Expanded relations." } },
      required: ["id", ...Object.keys(system)],
    },
    [`${name}_input`]: {
      type: "object",
      properties: { id, ...input },
      ...(required.length > 0 ? { required: required.map((field) => field.name) } : {}),
      additionalProperties: false,
    },
    [`${name}_patch`]: { type: "object", properties: input, additionalProperties: false },
    [`${name}_list`]: {
      type: "object",
      properties: {
        items: { type: "array", items: ref(name) },
        next: { type: ["string", "null"] },
        total: { type: "integer" },
      },
      required: ["items", "next"],
    },
    [`${name}_groups`]: {
      type: "object",
      properties: { groups: { type: "array", items: { type: "object" } } },
      required: ["groups"],
    },
  };
}

function describe({ definition, jsonSchema }: Field): JsonSchema {
  const fallback = "default" in definition ? definition.default : undefined;
  return {
    ...jsonSchema(),
    ...(definition.description ? { description: definition.description } : {}),
    ...(fallback === undefined || (typeof fallback === "string" && fallback.startsWith("@"))
      ? {}
      : { default: fallback }),
  };
}

function nullable(field: Field, schema: JsonSchema): Node {
  if (!field.nullable || Object.keys(schema).length === 0) return schema;
  return { anyOf: [schema, { type: "null" }] };
}

function batchPath(): Node {
  const operation = {
    type: "object",
    properties: {
      op: { enum: ["create", "update", "upsert", "delete"] },
      collection: { type: "string" },
      id: { type: "string" },
      data: { type: "object" },
    },
    required: ["op", "collection"],
    additionalProperties: false,
  };
  return {
    post: {
      operationId: "batch",
      summary: "Several writes in one commit, all or nothing",
      tags: ["batch"],
      requestBody: {
        required: true,
        content: jsonBody({
          type: "object",
          properties: { operations: { type: "array", items: operation, maxItems: 1000 } },
          required: ["operations"],
        }),
      },
      responses: {
        "200": {
          description: "The records as written, null for deletions",
          content: jsonBody({ type: "object", properties: { results: { type: "array" } }, required: ["results"] }),
        },
        default: PROBLEM,
      },
    },
  };
}

function healthPaths(): Record<string, Node> {
  const ok = { type: "object", properties: { status: { type: "string" } }, required: ["status"] };
  const get = (operationId: string, summary: string): Node => ({
    get: {
      operationId,
      summary,
      tags: ["health"],
      responses: { "200": { description: "OK", content: jsonBody(ok) }, "503": { description: "Not ready" } },
    },
  });
  return {
    "/health": get("health", "Version and uptime"),
    "/livez": get("livez", "The process answers"),
    "/readyz": get("readyz", "The database answers"),
  };
}

function problemSchema(): Node {
  return {
    type: "object",
    properties: {
      type: { type: "string" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
      code: { enum: Object.keys(ERROR_CODES) },
      requestId: { type: "string" },
      errors: {
        type: "array",
        items: {
          type: "object",
          properties: { field: { type: "string" }, code: { type: "string" }, message: { type: "string" } },
          required: ["field", "code", "message"],
        },
      },
    },
    required: ["type", "title", "status", "detail", "code", "requestId"],
  };
}
