import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openApp, type TestApp } from "../../support/app.ts";
import { resolveRef, schemaFaults } from "../../support/json-schema.ts";
import { succeed, uuid } from "../../support/scenario.ts";
import { BLOG, BLOG_SEED, PERSON, POST, TAG } from "./blog.ts";

const VIEW = {
  name: "counts",
  kind: "view",
  query: "SELECT author AS id, count(*) AS n FROM posts WHERE author IS NOT NULL GROUP BY author",
  fields: [{ name: "n", type: "integer" }],
  permissions: { read: "public" },
};

/** Requests, the path as it stands in the description, and the status. */
const REQUESTS: readonly (readonly [string, string, number, unknown?])[] = [
  ["GET /health", "/health", 200],
  ["GET /livez", "/livez", 200],
  ["GET /readyz", "/readyz", 200],
  ["GET /api/posts", "/api/posts", 200],
  ["GET /api/posts?limit=1&count=true&expand=author,tags", "/api/posts", 200],
  ["GET /api/posts?aggregate=count()&group=status", "/api/posts", 200],
  ["GET /api/posts?limit=0", "/api/posts", 400],
  [`GET /api/posts/${POST.one}`, "/api/posts/{id}", 200],
  [`GET /api/posts/${POST.four}?expand=author`, "/api/posts/{id}", 200],
  [`GET /api/posts/${uuid(9)}`, "/api/posts/{id}", 404],
  ["POST /api/posts", "/api/posts", 201, { title: "New", at: { lat: 1, lng: 2 }, labels: ["red"] }],
  ["POST /api/posts", "/api/posts", 201, [{ title: "New" }, { title: "Newer" }]],
  ["POST /api/posts", "/api/posts", 400, { title: 5 }],
  ["POST /api/tags", "/api/tags", 409, { name: "x" }],
  [`PATCH /api/posts/${POST.one}`, "/api/posts/{id}", 200, { views: 5 }],
  [`PUT /api/posts/${POST.two}`, "/api/posts/{id}", 200, { title: "Put" }],
  [`DELETE /api/tags/${TAG.z}`, "/api/tags/{id}", 204],
  ["GET /api/people", "/api/people", 200],
  [`GET /api/people/${PERSON.ann}`, "/api/people/{id}", 200],
  ["GET /api/comments", "/api/comments", 200],
  ["GET /api/counts", "/api/counts", 200],
  [`GET /api/counts/${PERSON.ann}`, "/api/counts/{id}", 200],
  ["POST /api/batch", "/api/batch", 200, { operations: [{ op: "create", collection: "tags", data: { name: "b" } }] }],
  ["POST /api/batch", "/api/batch", 400, { operations: 1 }],
];

describe("the description of the API", () => {
  let app: TestApp;
  // biome-ignore lint/suspicious/noExplicitAny: a document of any shape
  let document: any;
  before(async () => {
    app = await openApp({ collections: [...BLOG, VIEW] });
    for (const [path, body] of BLOG_SEED) await succeed(app, "POST", path, body);
    document = (await app.call("GET", "/api/openapi.json")).body;
  });
  after(() => app.close());

  test("is OpenAPI 3.1, and every reference leads somewhere", () => {
    assert.match(document.openapi, /^3\.1\./);
    assert.ok(document.info.title && document.info.version);
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? "");
    assert.ok(refs.length > 20);
    for (const ref of refs) resolveRef(document, ref);
  });

  test("operation ids are unique, path parameters are declared", () => {
    const ids: string[] = [];
    // biome-ignore lint/suspicious/noExplicitAny: a document of any shape
    for (const [path, item] of Object.entries<any>(document.paths)) {
      const declared = (item.parameters ?? []).map((one: { name: string }) => one.name);
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) assert.ok(declared.includes(name), path);
      for (const method of ["get", "post", "put", "patch", "delete"]) {
        if (item[method]) ids.push(item[method].operationId);
      }
    }
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((id) => typeof id === "string" && id.length > 0));
  });

  test("a view has nothing to write", () => {
    assert.deepEqual(Object.keys(document.paths["/api/counts"]), ["get"]);
    assert.deepEqual(Object.keys(document.paths["/api/counts/{id}"]).sort(), ["get", "parameters"]);
  });

  test("hidden fields are not in what is answered", () => {
    assert.equal(document.components.schemas.posts.properties.secret, undefined);
    assert.ok(document.components.schemas.posts_input.properties.secret);
  });

  for (const [request, path, status, body] of REQUESTS) {
    test(`${request} answers ${status} as described`, async () => {
      const [method = "", target = ""] = request.split(" ");
      if (body !== undefined && status < 300) {
        const { schema } = document.paths[path][method.toLowerCase()].requestBody.content["application/json"];
        assert.deepEqual(schemaFaults(document, schema, body), [], "the body sent");
      }
      const answer = await app.call(method, target, body === undefined ? {} : { body });
      assert.equal(answer.status, status, answer.text);
      const { responses } = document.paths[path][method.toLowerCase()];
      const described = responses[String(status)] ?? responses.default;
      assert.ok(described, `${status} is not described`);
      const type = answer.headers.get("content-type");
      if (status === 204) return assert.equal(described.content, undefined);
      const { schema } = described.content[type ?? ""] ?? {};
      assert.ok(schema, `${type} is not described`);
      assert.deepEqual(schemaFaults(document, schema, answer.body), []);
    });
  }

  test("a body that is refused is refused by the description too", () => {
    const { schema } = document.paths["/api/posts"].post.requestBody.content["application/json"];
    for (const body of [{}, { title: "x" }, { title: "ok", nope: 1 }, { title: "ok", views: 1.5 }, [], "text"])
      assert.notDeepEqual(schemaFaults(document, schema, body), [], JSON.stringify(body));
  });

  test("it follows the collections", async () => {
    await app.app.collections.schema.define({ name: "extras", fields: [{ name: "n", type: "integer" }] });
    const later = (await app.call("GET", "/api/openapi.json")).body;
    assert.ok(later.paths["/api/extras"]);
    await app.app.collections.schema.remove("extras");
    assert.equal((await app.call("GET", "/api/openapi.json")).body.paths["/api/extras"], undefined);
  });

  test("the page for people", async () => {
    const page = await app.call("GET", "/api/docs");
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  });
});

test("descriptions can be turned off", async () => {
  const app = await openApp({ collections: BLOG, docs: false });
  try {
    assert.equal((await app.call("GET", "/api/docs")).status, 404);
    assert.equal((await app.call("GET", "/api/openapi.json")).status, 404);
  } finally {
    await app.close();
  }
});
