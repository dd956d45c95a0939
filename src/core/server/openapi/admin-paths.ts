import { ACTIONS, type Collection } from "../../collections/index.ts";
import { EXAMPLE_ID } from "./examples.ts";
import { jsonBody, type Node } from "./node.ts";
import { failures } from "./problems.ts";

/** `/api/admin/*`: for admins alone. */
export function adminPaths(collections: readonly Collection[]): Record<string, Node> {
  const text = { type: "string" };
  const question = {
    type: "object",
    properties: {
      collection: text,
      action: { type: "string", enum: [...ACTIONS] },
      as: {
        type: ["object", "null"],
        description: "Who asks: an account, or null for a guest.",
        properties: { user: text, collection: { ...text, default: "users" } },
        required: ["user"],
        additionalProperties: false,
      },
      record: { ...text, description: "The record to view, update or delete." },
      data: { type: "object", description: "What is sent to create or update." },
    },
    required: ["collection", "action", "as"],
    additionalProperties: false,
  };
  const explanation = {
    type: "object",
    properties: {
      verdict: { type: "string", enum: ["allow", "deny"] },
      code: { type: ["string", "null"] },
      rule: { type: ["string", "null"] },
      reason: text,
      leaves: { type: "array", items: { type: "object" } },
      sql: text,
      params: { type: "array" },
    },
    required: ["verdict", "code", "rule", "reason", "leaves", "sql", "params"],
  };
  const example = { collection: collections[0]?.name ?? "posts", action: "view", as: null, record: EXAMPLE_ID };
  return {
    "/api/admin/rules/explain": {
      post: {
        operationId: "explainRule",
        summary: "Why a caller may or may not do something",
        tags: ["admin"],
        security: [{ bearer: [] }, { cookie: [] }],
        requestBody: { required: true, content: jsonBody(question, { guest: example }) },
        responses: {
          "200": { description: "The verdict of the door, and the parts of the rule", content: jsonBody(explanation) },
          ...failures(
            "bad_request",
            "unauthenticated",
            "forbidden",
            "not_found",
            "payload_too_large",
            "unsupported_media_type",
          ),
        },
      },
    },
  };
}
