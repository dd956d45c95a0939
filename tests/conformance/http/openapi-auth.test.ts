import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, PASSWORD, type World } from "../../support/accounts.ts";
import { schemaFaults } from "../../support/json-schema.ts";
import { routedPaths } from "../../support/routes.ts";

/** Not described: the page behind the setup link, and what only that page sends. */
const UNTOLD = ["/api/auth/setup"];

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
const describing = async (world: World): Promise<any> => (await world.app.call("GET", "/api/openapi.json")).body;

describe("the description of accounts", () => {
  test(
    "has every route, and no other",
    inWorld({}, async (world) => {
      const { paths } = await describing(world);
      const described = Object.keys(paths).filter((path) => path.startsWith("/api/auth/"));
      assert.deepEqual(
        described.toSorted(),
        routedPaths("auth").filter((path) => !UNTOLD.includes(path)),
      );
    }),
  );

  test(
    "every operation is one that the server has",
    inWorld({ auth: { providers: { github: { clientId: "x", clientSecret: "y" } } } }, async (world) => {
      const { paths } = await describing(world);
      for (const [path, item] of Object.entries<object>(paths)) {
        if (!path.startsWith("/api/auth/")) continue;
        for (const method of Object.keys(item).filter((name) => name !== "parameters")) {
          const answer = await world.call(
            method.toUpperCase(),
            path.replace("{id}", "x").replace("{provider}", "github"),
            {
              ...(method === "post" ? { body: {} } : {}),
            },
          );
          assert.ok(![404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`);
        }
      }
    }),
  );

  test(
    "answers are as described",
    inWorld({}, async (world) => {
      const document = await describing(world);
      const ann = await world.signUp("ann@example.com");
      const requests: readonly (readonly [method: string, path: string, status: number, body?: object])[] = [
        ["POST", "register", 201, { email: "ben@example.com", password: PASSWORD, name: "Ben" }],
        ["POST", "login", 200, { email: "ann@example.com", password: PASSWORD }],
        ["POST", "login", 401, { email: "ann@example.com", password: "not the password" }],
        ["GET", "me", 200],
        ["GET", "methods", 200],
        ["GET", "sessions", 200],
        ["GET", "mfa", 200],
        ["POST", "mfa/totp/enroll", 201, {}],
        ["POST", "keys", 201, { name: "k", scopes: ["*"] }],
        ["POST", "keys", 400, { name: "k" }],
        ["GET", "keys", 200],
        ["GET", "passkeys", 200],
        ["GET", "identities", 200],
        ["POST", "passkeys/register/options", 200, {}],
        ["POST", "passkeys/login/options", 200, {}],
        ["POST", "refresh", 200, { refreshToken: ann.refreshToken }],
        ["DELETE", "sessions", 204],
      ];
      for (const [method, path, status, body] of requests) {
        const answer = await world.call(method, `/api/auth/${path}`, { token: ann.token, body });
        assert.equal(answer.status, status, `${path}: ${answer.text}`);
        const operation = document.paths[`/api/auth/${path}`][method.toLowerCase()];
        if (body && status < 300) {
          const { schema } = operation.requestBody.content["application/json"];
          assert.deepEqual(schemaFaults(document, schema, body), [], `${path}: the body sent`);
        }
        const described = operation.responses[String(status)];
        assert.ok(described, `${path}: ${status} is not described`);
        if (status === 204) continue;
        const { schema } = described.content[answer.headers.get("content-type") ?? ""];
        assert.deepEqual(schemaFaults(document, schema, answer.body), [], path);
      }
    }),
  );

  test(
    "without accounts there is none",
    inWorld({ accounts: false }, async (world) => {
      const { paths } = await describing(world);
      assert.deepEqual(
        Object.keys(paths).filter((path) => path.startsWith("/api/auth/")),
        [],
      );
    }),
  );
});
