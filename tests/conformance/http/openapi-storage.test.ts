import assert from "node:assert/strict";
import { test } from "node:test";
import { OPEN } from "../../support/app.ts";
import { openFileWorld } from "../../support/files.ts";
import { resolveRef, schemaFaults } from "../../support/json-schema.ts";
import { routedPaths } from "../../support/routes.ts";

const ALBUMS = {
  name: "albums",
  fields: [
    { name: "cover", type: "file" },
    { name: "pages", type: "file", many: true },
  ],
  permissions: OPEN,
};

test("the description of files has every route, and answers are as described", async () => {
  const world = await openFileWorld({ collections: [ALBUMS] });
  const { body: document } = await world.app.call("GET", "/api/openapi.json");
  const described = Object.keys(document.paths).filter((path) => path.startsWith("/api/storage/"));
  assert.deepEqual(described.toSorted(), routedPaths("storage"));
  for (const [, ref = ""] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) resolveRef(document, ref);

  const ann = await world.signUp("ann@example.com");
  const file = await world.upload(ann);
  const album = await world.ok("POST", "/api/albums", { ...ann, body: { cover: file.id, pages: [file.id] } });
  const sent = await world.send(ann);
  const get = (path: string, headers = {}) => world.call("GET", path, { ...ann, headers });
  const answers: readonly (readonly [path: string, method: string, status: number, answer: typeof sent])[] = [
    ["/api/storage/upload", "post", 201, sent],
    ["/api/storage/upload", "post", 401, await world.send()],
    ["/api/storage/upload", "post", 400, await world.send({ ...ann, parts: [] })],
    ["/api/storage/upload", "post", 415, await world.call("POST", "/api/storage/upload", { ...ann, body: {} })],
    ["/api/storage/{id}", "get", 200, await get(file.url)],
    ["/api/storage/{id}", "get", 206, await get(file.url, { range: "bytes=0-1" })],
    ["/api/storage/{id}", "get", 304, await get(file.url, { "if-none-match": `"${file.checksum}"` })],
    ["/api/storage/{id}", "get", 416, await get(file.url, { range: "bytes=999-" })],
    ["/api/storage/{id}", "get", 404, await get("/api/storage/x")],
    ["/api/storage/{id}/sign", "post", 200, await world.call("POST", `${file.url}/sign`, { ...ann, body: {} })],
    ["/api/storage/{id}/sign", "post", 404, await world.call("POST", "/api/storage/x/sign", { ...ann, body: {} })],
    ["/api/albums/{id}", "get", 200, await get(`/api/albums/${album.id}?expand=cover,pages`)],
    ["/api/storage/{id}", "delete", 404, await world.call("DELETE", "/api/storage/x", ann)],
    ["/api/storage/{id}", "delete", 204, await world.call("DELETE", file.url, ann)],
  ];
  for (const [path, method, status, answer] of answers) {
    const where = `${method} ${path} ${status}`;
    assert.equal(answer.status, status, `${where}: ${answer.text.slice(0, 200)}`);
    const { content = {} } = document.paths[path][method].responses[status] ?? assert.fail(where);
    const type = answer.headers.get("content-type");
    if (content["*/*"] || type === null) continue;
    const { schema } = content[type] ?? assert.fail(`${where}: ${type} is not described`);
    assert.deepEqual(schemaFaults(document, schema, answer.body), [], where);
  }
  await world.close();
});
