import type { Collection } from "../../collections/index.ts";
import { IDEMPOTENCY_KEY, REPLAYED } from "./collection-paths.ts";
import { EXAMPLE_ID, exampleInput, exampleRecord } from "./examples.ts";
import { headers, jsonBody, type Node, ref } from "./node.ts";
import { failures } from "./problems.ts";

/** `/api/batch`: writes to several collections in one commit. */
export function batchPath(collections: readonly Collection[], batchLimit: number): Record<string, Node> {
  const writable = collections.filter(({ kind }) => kind !== "view");
  // accounts are seldom open to all: others make the better example
  const plain = writable.filter(({ kind }) => kind === "base");
  const [first] = plain.length > 0 ? plain : writable;
  const last = plain.at(-1) ?? writable.at(-1);
  if (!first || !last) return {};
  const operations = [
    { op: "create", collection: first.name, data: exampleInput(first) },
    { op: "upsert", collection: last.name, id: EXAMPLE_ID, data: exampleInput(last) },
  ];
  const results = [exampleRecord(first), exampleRecord(last)];
  return {
    "/api/batch": {
      post: {
        operationId: "batch",
        summary: "Several writes in one commit",
        description: `Up to ${batchLimit.toLocaleString("en")} operations on any collections: all of them or none. Each sees what the ones before it did.`,
        tags: ["batch"],
        parameters: [IDEMPOTENCY_KEY],
        requestBody: {
          required: true,
          content: jsonBody(operationsSchema(writable, batchLimit), { two: { operations } }),
        },
        responses: {
          "200": {
            description: "The records as written, null for deletions, in the order of the operations",
            ...headers(REPLAYED),
            content: jsonBody(resultsSchema(writable), { two: { results } }),
          },
          ...failures(
            "bad_request",
            "validation_failed",
            "unauthenticated",
            "forbidden",
            "not_found",
            "method_not_allowed",
            "conflict",
            "payload_too_large",
            "unsupported_media_type",
          ),
        },
      },
    },
  };
}

function operationsSchema(collections: readonly Collection[], batchLimit: number): Node {
  const collection = { type: "string", enum: collections.map(({ name }) => name) };
  const id = { type: "string", format: "uuid" };
  const one = (op: string, body: boolean, required: readonly string[], description: string): Node => ({
    type: "object",
    description,
    properties: { op: { type: "string", enum: [op] }, collection, id, ...(body ? { data: { type: "object" } } : {}) },
    required: ["op", "collection", ...required],
    additionalProperties: false,
  });
  const items = {
    oneOf: [
      one("create", true, ["data"], "`data` as for POST; `id` may be chosen."),
      one("update", true, ["id", "data"], "`data` as for PATCH."),
      one("upsert", true, ["data"], "Updates the record with this id, or creates it; the id may stand in `data`."),
      one("delete", false, ["id"], "Deletes the record with this id."),
    ],
  };
  return {
    type: "object",
    properties: { operations: { type: "array", items, minItems: 1, maxItems: batchLimit } },
    required: ["operations"],
  };
}

function resultsSchema(collections: readonly Collection[]): Node {
  const items = { anyOf: [...collections.map(({ name }) => ref(name)), { type: "null" }] };
  return { type: "object", properties: { results: { type: "array", items } }, required: ["results"] };
}

/** What operators and their programs ask. */
export function healthPaths(metrics: boolean): Record<string, Node> {
  const status = (...values: readonly string[]): Node => ({ type: "string", enum: values });
  const state = { type: "object", properties: { status: status("ok") }, required: ["status"] };
  const health = {
    type: "object",
    properties: {
      status: status("ok"),
      version: { type: "string" },
      uptime: { type: "number", minimum: 0, description: "Seconds since the start." },
    },
    required: ["status", "version", "uptime"],
  };
  const away = { type: "object", properties: { status: status("unavailable") }, required: ["status"] };
  const get = (operationId: string, summary: string, ok: Node, rest: Node = {}): Node => ({
    get: {
      operationId,
      summary,
      tags: ["health"],
      responses: { "200": { description: "OK", content: ok }, ...rest, ...failures() },
    },
  });
  const unready = { "503": { description: "The database does not answer", content: jsonBody(away) } };
  const text = { "text/plain": { schema: { type: "string" } } };
  return {
    "/health": get("health", "Version and uptime", jsonBody(health)),
    "/livez": get("livez", "The process answers", jsonBody(state)),
    "/readyz": get("readyz", "The database answers", jsonBody(state), unready),
    ...(metrics ? { "/metrics": get("metrics", "Figures for Prometheus", text) } : {}),
  };
}
