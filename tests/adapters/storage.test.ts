import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serveBun } from "../../src/adapters/bun/serve.ts";
import { serveNode } from "../../src/adapters/node/http.ts";
import type { RunningServer } from "../../src/adapters/server.ts";
import { bytesOf } from "../conformance/storage/blob-store.ts";
import { openApp, type TestApp } from "../support/app.ts";
import { formOf } from "../support/files.ts";

const platform = "Bun" in globalThis ? "bun" : "node";
const serve = platform === "bun" ? serveBun : serveNode;
const { blobFolder } = await import(`../../src/adapters/${platform}/blob-folder.ts`);

const LIMIT = 8_000_000;
let app: TestApp;
let server: RunningServer;
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "bakend-storage-"));
  app = await openApp({ accounts: true, uploads: "public", limits: { upload: LIMIT }, blobs: blobFolder(folder) });
  server = await serve(app.app, { host: "127.0.0.1", port: 0, maxBody: 2 * LIMIT });
});
after(async () => {
  await server.stop({ graceMs: 1000 });
  await app.close();
  await rm(folder, { recursive: true });
});

/** What there is beside the mark of whose it is. */
const names = async () =>
  (await readdir(join(folder, "files")).catch((): string[] => [])).filter((name) => !name.startsWith("database"));

/** Resolves once the folder holds what is wanted. */
async function until(wanted: (names: readonly string[]) => boolean): Promise<void> {
  while (!wanted(await names())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function upload(bytes: Uint8Array) {
  const { body, headers } = formOf(["visibility", "public"], ["file", bytes, "a.bin"]);
  return fetch(`${server.url}/api/storage/upload`, { method: "POST", body: body as Uint8Array<ArrayBuffer>, headers });
}

/** The head of a request with a form of so many bytes, and the beginning of its file. */
function beginning(length: number, file: number): Buffer {
  const head =
    "POST /api/storage/upload HTTP/1.1\r\nhost: test\r\ncontent-type: multipart/form-data; boundary=x\r\n" +
    `content-length: ${length}\r\n\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(file, "y")]);
}

describe(`over the sockets of ${platform}`, () => {
  test("a file of some megabytes comes back as it was, whole and in part, with its length", async () => {
    const bytes = bytesOf(5_000_000);
    const sent = await upload(bytes);
    assert.equal(sent.status, 201);
    const { url, size } = (await sent.json()) as { url: string; size: number };
    assert.equal(size, bytes.length);
    const whole = await fetch(`${server.url}${url}`);
    assert.equal(whole.headers.get("content-length"), String(bytes.length));
    assert.equal(Buffer.compare(Buffer.from(await whole.arrayBuffer()), bytes), 0);
    const part = await fetch(`${server.url}${url}`, { headers: { range: "bytes=1000000-3999999" } });
    assert.deepEqual([part.status, part.headers.get("content-length")], [206, "3000000"]);
    assert.equal(part.headers.get("content-range"), "bytes 1000000-3999999/5000000");
    assert.equal(Buffer.compare(Buffer.from(await part.arrayBuffer()), bytes.subarray(1_000_000, 4_000_000)), 0);
    const head = await fetch(`${server.url}${url}`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(bytes.length));
    assert.match(head.headers.get("content-disposition") ?? "", /^attachment; filename="a.bin"$/);
  });

  test("what is too large is refused, and nothing stays of it", async () => {
    const before = await names();
    const answer = await upload(bytesOf(LIMIT + 1));
    assert.equal(answer.status, 413);
    assert.equal(((await answer.json()) as { code: string }).code, "payload_too_large");
    assert.deepEqual(await names(), before);
  });

  test("of what breaks off nothing stays", async () => {
    const before = await names();
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(beginning(5_000_000, 1_000_000));
    await until((now) => now.length > before.length);
    assert.ok((await names()).every((name) => before.includes(name) || name.endsWith(".part")));
    socket.destroy();
    await until((now) => now.length === before.length);
    assert.deepEqual(await names(), before);
  });
});
