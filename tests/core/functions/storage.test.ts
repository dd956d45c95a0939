import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { memoryBlobs } from "../../../src/core/storage/index.ts";
import { formOf } from "../../support/files.ts";
import { type FunctionWorld, openFunctions } from "../../support/functions.ts";
import { uuid } from "../../support/scenario.ts";

const NOTES = { name: "notes", fields: [{ name: "what", type: "text" }], permissions: { read: "public" } };

const FILES = `
  import { onEvent, onRequest } from "bakend";
  const told = async (work) => {
    try {
      return Response.json({ value: (await work()) ?? null });
    } catch (error) {
      return Response.json({ name: error.name, code: error.code, fields: error.errors?.map(({ field, code }) => field + " " + code) });
    }
  };
  onRequest("POST", "/ask", async ({ request, storage }) => {
    const { method, args } = await request.json();
    return told(() => storage[method](...args));
  });
  onRequest("POST", "/bytes", ({ request, storage }) => told(async () => {
    const body = new Uint8Array(await request.arrayBuffer());
    const { id } = await storage.put({ filename: "b.bin", mimeType: "application/x-own", body });
    const file = await storage.get(id);
    const back = await file.bytes();
    return { same: back.length === body.length && back.every((byte, at) => byte === body[at]), size: file.size };
  }));
  onRequest("POST", "/form", ({ request, storage, user }) => told(async () => {
    const file = (await request.formData()).get("file");
    return storage.put({ filename: file.name, mimeType: file.type, body: file, ownerId: user.id });
  }));
  onRequest("GET", "/text/:id", ({ params, storage }) => told(async () => (await storage.get(params.id)).text()));
  onRequest("GET", "/large", ({ storage }) => told(() => storage.put({ filename: "a", body: new Uint8Array(8 * 1024 * 1024 + 1) })));
  onEvent("storage.*", ({ event, db }) => db.collection("notes").create({ what: event.type + " " + event.payload.id }));
`;

describe("files in functions", () => {
  let world: FunctionWorld;
  before(async () => {
    world = await openFunctions({ files: { "functions/files.ts": FILES }, collections: [NOTES], blobs: memoryBlobs() });
    assert.deepEqual(world.app.app.functions.report.faults, []);
  });
  after(() => world.close());

  const ask = (method: string, ...args: readonly unknown[]) =>
    world.ok("POST", "/api/functions/ask", { body: { method, args } });

  test("a text comes in, is read, and goes", async () => {
    const { value: file } = await ask("put", { filename: "a.txt", mimeType: "text/plain", body: "hello \u732b" });
    const { id, checksum, createdAt, ...rest } = file;
    assert.deepEqual(rest, {
      ...{ filename: "a.txt", mimeType: "text/plain", size: 9, visibility: "protected", ownerId: null },
      url: `/api/storage/${id}`,
    });
    assert.deepEqual((await ask("get", id)).value, file);
    assert.equal(JSON.parse((await world.get(`/text/${id}`)).text).value, "hello \u732b");
    assert.equal((await world.call("GET", file.url)).status, 404);
    assert.deepEqual(await ask("delete", id), { value: null });
    assert.equal((await ask("get", id)).value, null);
    assert.equal((await ask("delete", id)).code, "not_found");
  });

  test("bytes are the same bytes", async () => {
    const body = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) & 255);
    const { body: answer } = await world.call("POST", "/api/functions/bytes", {
      body,
      headers: { "content-type": "x/y" },
    });
    assert.deepEqual(answer, { value: { same: true, size: body.length } });
  });

  test("what somebody sends is theirs, if it is said to be", async () => {
    const ann = await world.signUp("ann@example.com");
    const form = formOf(["file", "from a form", "f.txt", "text/plain"]);
    const { value } = await world.ok("POST", "/api/functions/form", { token: ann.token, ...form });
    assert.deepEqual([value.ownerId, value.filename, value.mimeType], [ann.id, "f.txt", "text/plain"]);
    assert.equal((await world.call("GET", value.url, { token: ann.token })).text, "from a form");
  });

  test("an address for a mail is whole, and opens the file for its time", async () => {
    const { value: secret } = await ask("put", { filename: "a.txt", mimeType: "text/plain", body: "x" });
    const { value: open } = await ask("put", { filename: "a.txt", body: "y", visibility: "public" });
    assert.equal((await ask("url", open.id)).value, `https://example.com${open.url}`);
    const { value: url } = await ask("url", secret.id, { expiresIn: 60 });
    const path = url.replace("https://example.com", "");
    assert.equal((await world.call("GET", path)).text, "x");
    world.pass(60_000);
    assert.equal((await world.call("GET", path)).status, 404);
  });

  // biome-ignore format: a table
  const refused: readonly (readonly [what: string, method: string, args: readonly unknown[], code: string, fields?: readonly string[]])[] = [
    ["no name", "put", [{ body: "x" }], "validation_failed", ["filename required"]],
    ["no body", "put", [{ filename: "a" }], "validation_failed", ["body required"]],
    ["another visibility", "put", [{ filename: "a", body: "x", visibility: "secret" }], "validation_failed", ["visibility enum"]],
    ["nobody's account", "put", [{ filename: "a", body: "x", ownerId: uuid(1) }], "validation_failed", ["ownerId reference"]],
    ["what is not known", "put", [{ filename: "a", body: "x", size: 5 }], "bad_request"],
    ["no id", "get", [5], "bad_request"],
    ["an address of nothing", "url", [uuid(1)], "not_found"],
    ["an address for ever", "url", [uuid(1), { expiresIn: 1e9 }], "not_found"],
  ];
  for (const [what, method, args, code, fields = []] of refused)
    test(`${what} is refused`, async () => {
      const answer = await ask(method, ...args);
      assert.deepEqual([answer.name, answer.code, answer.fields], ["BakendError", code, fields]);
    });

  test("more than crosses at once is refused, and the function lives on", async () => {
    assert.equal((await world.get("/large")).body.code, "payload_too_large");
  });

  test("what happens to files calls functions", async () => {
    const { value: file } = await ask("put", { filename: "a.txt", body: "x" });
    await ask("delete", file.id);
    await world.app.app.idle();
    const { items } = await world.ok("GET", `/api/notes?filter=what~'${file.id}'&sort=createdAt`);
    const told = items.map(({ what }: { what: string }) => what);
    assert.deepEqual(told, [`storage.uploaded ${file.id}`, `storage.deleted ${file.id}`]);
  });
});
