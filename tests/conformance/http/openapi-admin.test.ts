import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeRunner } from "../../core/functions/fake-children.ts";
import { inWorld, type World } from "../../support/accounts.ts";
import { schemaFaults } from "../../support/json-schema.ts";
import { logOf } from "../../support/log.ts";
import { routedPaths } from "../../support/routes.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
const describing = async (world: World): Promise<any> => (await world.app.call("GET", "/api/openapi.json")).body;

const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }] };
const UNUSED = ["PUT", "POST", "PATCH", "DELETE"];

describe("the description of the admin API", () => {
  test(
    "has every route, with every method, and no other",
    inWorld({ collections: [NOTES], runner: fakeRunner(), recentLog: logOf("a line") }, async (world) => {
      const { paths } = await describing(world);
      const described = Object.keys(paths).filter((path) => path.startsWith("/api/admin/"));
      assert.deepEqual(described.toSorted(), routedPaths("admin"));
      for (const path of described) {
        const methods = Object.keys(paths[path]).filter((name) => name !== "parameters");
        const other = UNUSED.find((method) => !methods.includes(method.toLowerCase())) ?? assert.fail(path);
        const answer = await world.call(other, path.replace(/\{\w+\}/, "x"));
        assert.equal(answer.status, 405, path);
        const allowed = (answer.headers.get("allow") ?? "").toLowerCase().split(", ");
        assert.deepEqual(allowed.filter((one) => !["head", "options"].includes(one)).sort(), methods.sort(), path);
      }
    }),
  );

  test(
    "answers are as described",
    inWorld({ collections: [NOTES], runner: fakeRunner(), recentLog: logOf("a line") }, async (world) => {
      const document = await describing(world);
      const { id, token } = await world.signUp("root@example.com", "admin");
      const post = { name: "posts", fields: [{ name: "title", type: "text" }] };
      const requests: readonly (readonly [
        method: string,
        path: string,
        name: string,
        status: number,
        body?: object,
      ])[] = [
        ["GET", "collections", "", 200],
        ["POST", "collections", "", 201, post],
        ["GET", "collections/{name}", "posts", 200],
        ["PUT", "collections/{name}", "posts", 200, post],
        ["PATCH", "collections/{name}", "posts", 200, { permissions: { read: "public" } }],
        ["PATCH", "collections/{name}", "posts", 400, { fields: 1 }],
        ["DELETE", "collections/{name}", "posts", 200],
        ["GET", "collections/{name}", "posts", 404],
        ["PUT", "roles/{name}", "editor", 200, { permissions: { "notes.update": true } }],
        ["GET", "roles/{name}", "editor", 200],
        ["GET", "roles", "", 200],
        ["DELETE", "roles/{name}", "editor", 204],
        ["GET", "users", "", 200],
        ["GET", "users/{id}", id, 200],
        ["PATCH", "users/{id}", id, 200, { verified: true }],
        ["DELETE", "users/{id}", id, 409],
        ["GET", "storage", "", 200],
        ["GET", "functions", "", 200],
        ["GET", "logs", "", 200],
        ["GET", "settings", "", 200],
        ["GET", "events", "", 200],
        ["GET", "jobs", "", 200],
        ["GET", "jobs/{name}", "x", 404],
        ["POST", "jobs/{name}/run", "x", 404, {}],
        ["POST", "jobs/{name}/pause", "x", 404],
        ["POST", "jobs/{name}/resume", "x", 404],
        ["GET", "jobs/{name}/runs", "x", 404],
        ["GET", "queue", "", 200],
        ["GET", "queue/{id}", "x", 404],
        ["DELETE", "queue/{id}", "x", 404],
        ["GET", "webhooks", "", 200],
        ["POST", "webhooks", "", 201, { url: "https://example.com/hook", events: ["posts.*"] }],
        ["POST", "webhooks", "", 400, { url: "ftp://example.com", events: [] }],
        ["GET", "webhooks/{id}", "x", 404],
        ["PATCH", "webhooks/{id}", "x", 404, { enabled: false }],
        ["DELETE", "webhooks/{id}", "x", 404],
        ["GET", "webhooks/{id}/attempts", "x", 404],
        ["GET", "deliveries", "", 200],
        ["POST", "deliveries/{id}/replay", "1", 404],
        ["DELETE", "deliveries/{id}", "1", 404],
        ["POST", "rules/explain", "", 200, { collection: "notes", action: "list", as: null }],
      ];
      for (const [method, path, name, status, body] of requests) {
        const answer = await world.call(method, `/api/admin/${path.replace(/\{\w+\}/, name)}`, { token, body });
        assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
        const operation = document.paths[`/api/admin/${path}`][method.toLowerCase()];
        if (body && status < 300) {
          const { schema } = operation.requestBody.content["application/json"];
          assert.deepEqual(schemaFaults(document, schema, body), [], `${path}: the body sent`);
        }
        const told = operation.responses[String(status)];
        assert.ok(told, `${method} ${path}: ${status} is not described`);
        if (status === 204) continue;
        const { schema } = told.content[answer.headers.get("content-type") ?? ""];
        assert.deepEqual(schemaFaults(document, schema, answer.body), [], path);
      }
    }),
  );
});
