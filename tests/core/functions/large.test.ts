import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { loadConfig } from "../../../src/core/config/index.ts";
import { memoryBlobs } from "../../../src/core/storage/index.ts";
import { type FunctionWorld, openFunctions } from "../../support/functions.ts";

const MOST = 8 * 1024 * 1024;

/** What a process says is read at a pace, however long it is. */
const PATIENT = { timeout: 60_000 };

/** Every value of a byte, so that nothing is text. */
const BYTES = Uint8Array.from({ length: MOST }, (_, index) => (index * 31 + (index >> 8)) & 255);

/** The same in UTF-8: pairs of units begin wherever something could be cut in pieces. */
const TEXT = `${"x\u{1f600}".repeat((MOST - 3) / 5)}xxx`;

const FILES = `
  import { onRequest } from "bakend";
  const bytes = (length) => { const made = new Uint8Array(length); for (let at = 0; at < length; at += 1) made[at] = (at * 31 + (at >> 8)) & 255; return made; };
  const same = (one) => { const two = bytes(one.length); return one.every((byte, at) => byte === two[at]); };
  const told = async (work) => {
    try { return Response.json(await work()); } catch (error) { return Response.json({ name: error.name, code: error.code, message: error.message }); }
  };
  onRequest("POST", "/take", ({ request }) => told(async () => { const body = await request.bytes(); return { size: body.length, same: same(body) }; }));
  onRequest("POST", "/form", ({ request }) => told(async () => { const body = await (await request.formData()).get("file").bytes(); return { size: body.length, same: same(body) }; }));
  onRequest("POST", "/echo", async ({ request }) => new Response(await request.arrayBuffer()));
  onRequest("GET", "/answer/:more", ({ params }) => new Response(bytes(${MOST} + Number(params.more))));
  onRequest("GET", "/text", () => new Response("x\u{1f600}".repeat(${(MOST - 3) / 5}) + "xxx"));
  onRequest("GET", "/stored/:more", ({ params, storage }) => told(async () => {
    const { id } = await storage.put({ filename: "a", body: bytes(${MOST} + Number(params.more)) });
    const body = await (await storage.get(id)).bytes();
    return { size: body.length, same: same(body) };
  }));
  onRequest("POST", "/keep", ({ request, storage }) => told(async () => (await storage.put({ filename: "a", body: await request.blob() })).size));
  onRequest("GET", "/fetched", ({ env, fetch }) => told(async () => { const body = await (await fetch(env.OTHER)).bytes(); return { size: body.length, same: same(body) }; }));
  onRequest("GET", "/sent", ({ env, fetch }) => told(async () => (await fetch(env.OTHER, { method: "POST", body: bytes(${MOST}) })).text()));
`;

describe("bytes of 8 MB, at the memory that a process of functions has unless said", () => {
  let world: FunctionWorld;
  const other = createServer((request, response) => {
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on("end", () => response.end(request.method === "POST" ? String(size) : BYTES));
  });
  before(async () => {
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    world = await openFunctions({
      files: { "functions/large.ts": FILES },
      env: { OTHER: `http://127.0.0.1:${port}/` },
      hosts: [`127.0.0.1:${port}`],
      blobs: memoryBlobs(),
      memory: loadConfig({ raw: {}, env: {}, readSecret: () => "" }).functions.memory,
      limits: { body: MOST + 1024 },
    });
    assert.deepEqual(world.app.app.functions.report.faults, []);
  });
  after(async () => {
    await world.close();
    other.close();
  });

  const WHOLE = `{"size":${MOST},"same":true}`;
  const binary = { body: BYTES, headers: { "content-type": "application/octet-stream" } };
  const form = new FormData();
  form.set("file", new Blob([BYTES]));
  for (const [what, request, sent, status, expected] of [
    ["a body", "POST /take", binary, 200, WHOLE],
    ["a form", "POST /form", { body: form }, 200, WHOLE],
    ["an answer", "GET /answer/0", {}, 200, BYTES],
    ["an answer with a byte more", "GET /answer/1", {}, 500, /"code":"function_failed"/],
    ["an answer of text", "GET /text", {}, 200, new TextEncoder().encode(TEXT)],
    ["a body that comes back", "POST /echo", binary, 200, BYTES],
    ["a file", "GET /stored/0", {}, 200, WHOLE],
    ["a file with a byte more", "GET /stored/1", {}, 200, /"code":"payload_too_large"/],
    ["a body that becomes a file", "POST /keep", binary, 200, String(MOST)],
    ["what another host answers", "GET /fetched", {}, 200, WHOLE],
    ["what another host is sent", "GET /sent", {}, 200, `"${MOST}"`],
  ] as const)
    test(`${what} (${request})`, PATIENT, async () => {
      const [method = "", path = ""] = request.split(" ");
      // several in a row: what one leaves behind must not be the next one's end
      for (let count = 0; count < 3; count += 1) {
        const answer = await world.app.app.fetch(
          new Request(`http://127.0.0.1/api/functions${path}`, { method, ...sent }),
        );
        if (expected instanceof Uint8Array) {
          assert.equal(answer.status, status);
          assert.ok(Buffer.from(await answer.arrayBuffer()).equals(expected));
          continue;
        }
        const text = await answer.text();
        assert.equal(answer.status, status, text.slice(0, 500));
        if (typeof expected === "string") assert.equal(text, expected);
        else assert.match(text, expected);
      }
    });

  test("no process has ended for it", () => {
    assert.deepEqual(
      world.lines.filter((line) => /too much memory|was ended|did not start/.test(line)),
      [],
    );
  });
});
