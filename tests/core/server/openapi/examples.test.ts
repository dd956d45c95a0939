import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { OPEN, openApp, type TestApp } from "../../../support/app.ts";
import { schemaFaults } from "../../../support/json-schema.ts";

/** Every type of field, plain and with its options; names say what is special. */
const FIELDS: readonly object[] = [
  { name: "text", type: "text", required: true, min: 3, max: 5, searchable: true },
  { name: "code", type: "text", required: true, pattern: "^[A-Z]{2}$" },
  { name: "short", type: "text", max: 2 },
  { name: "rich", type: "richtext", nullable: false, default: "" },
  { name: "int", type: "integer", min: 7, max: 9 },
  { name: "num", type: "number", required: true, max: -1 },
  { name: "bool", type: "boolean", default: true },
  { name: "time", type: "datetime", default: "@now", nullable: false },
  { name: "day", type: "date" },
  { name: "one", type: "select", options: ["a", "b"], nullable: false, default: "b" },
  { name: "some", type: "select", options: ["a", "b"], many: true, required: true },
  { name: "mail", type: "email", required: true, nullable: true },
  { name: "link", type: "url", unique: true },
  { name: "any", type: "json" },
  { name: "self", type: "relation", collection: "all" },
  { name: "peers", type: "relation", collection: "all", many: true },
  { name: "place", type: "geo", required: true },
  { name: "secret", type: "text", hidden: true },
  { name: "fixed", type: "text", immutable: true },
];

const VIEW = {
  name: "days",
  kind: "view",
  query: `SELECT id, day FROM "all"`,
  fields: [{ name: "day", type: "date" }],
  permissions: { read: "public" },
};

describe("the description's examples", () => {
  let app: TestApp;
  // biome-ignore lint/suspicious/noExplicitAny: a document of any shape
  let document: any;
  before(async () => {
    app = await openApp({ collections: [{ name: "all", fields: FIELDS, permissions: OPEN }, VIEW] });
    document = (await app.call("GET", "/api/openapi.json")).body;
  });
  after(() => app.close());

  test("each fits the schema beside it", () => {
    let count = 0;
    const check = (node: unknown, at: string): void => {
      if (typeof node !== "object" || node === null) return;
      if ("schema" in node && "examples" in node) {
        // biome-ignore lint/suspicious/noExplicitAny: a document of any shape
        for (const [name, given] of Object.entries<any>(node.examples as object)) {
          const { value } = given.$ref ? document.components.examples[name] : given;
          assert.deepEqual(schemaFaults(document, node.schema as never, value), [], `${at} ${name}`);
          count += 1;
        }
      }
      for (const [key, inner] of Object.entries(node)) check(inner, `${at}/${key}`);
    };
    check(document.paths, "");
    assert.ok(count > 30);
  });

  test("those of bodies are accepted", async () => {
    const { examples } = document.paths["/api/all"].post.requestBody.content["application/json"];
    const one = await app.call("POST", "/api/all", { body: examples.one.value });
    assert.equal(one.status, 201, one.text);
    const path = `/api/all/${one.body.id}`;
    for (const method of ["PATCH", "PUT"]) {
      const operation = document.paths["/api/all/{id}"][method.toLowerCase()];
      const { value } = operation.requestBody.content["application/json"].examples.fields;
      const answer = await app.call(method, path, { body: value });
      assert.equal(answer.status, 200, answer.text);
    }
  });

  test("those of parameters are accepted", async () => {
    for (const [path, item] of Object.entries<
      Record<string, { parameters: { name: string; in: string; example?: string }[] }>
    >(document.paths)) {
      // the guest who asks here has no way into the admin's paths
      if (path.includes("{") || path.startsWith("/api/admin/") || !item.get?.parameters) continue;
      const given = item.get.parameters.filter((one) => one.in === "query" && one.example !== undefined);
      assert.ok(given.length > 3);
      for (const { name, example } of given) {
        const more = name === "group" ? "&aggregate=count()" : "";
        const answer = await app.call("GET", `${path}?${name}=${encodeURIComponent(String(example))}${more}`);
        const hint = `${path} ${name}=${example} ${answer.text}`;
        assert.equal(answer.status, 200, hint);
      }
    }
  });

  test("what is required is what the server asks for", async () => {
    const { required } = document.components.schemas.all_input;
    const answer = await app.call("POST", "/api/all", { body: {} });
    assert.deepEqual(answer.body.errors.map((error: { field: string }) => error.field).sort(), [...required].sort());
  });

  test("a record that was read can be sent back whole", async () => {
    const [record] = (await app.call("GET", "/api/all")).body.items;
    assert.deepEqual(schemaFaults(document, { $ref: "#/components/schemas/all" }, record), []);
    assert.deepEqual(schemaFaults(document, { $ref: "#/components/schemas/all_replace" }, record), []);
    const answer = await app.call("PUT", `/api/all/${record.id}`, { body: record });
    assert.equal(answer.status, 200, answer.text);
  });
});
