import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type BlobStore, memoryBlobs } from "../../../src/core/storage/index.ts";
import { blobStoreSuite } from "./blob-store.ts";

/** The folder of the platform that the tests run on. */
const platform = "Bun" in globalThis ? "bun" : "node";
const { blobFolder }: { readonly blobFolder: (folder: string) => BlobStore } = await import(
  `../../../src/adapters/${platform}/blob-folder.ts`
);

async function inFolder() {
  const folder = await mkdtemp(join(tmpdir(), "bakend-blobs-"));
  return { folder, close: () => rm(folder, { recursive: true }) };
}

blobStoreSuite({ name: "memory", open: async () => ({ blobs: memoryBlobs(), close: async () => undefined }) });
blobStoreSuite({
  name: "a folder",
  async open() {
    const { folder, close } = await inFolder();
    return { blobs: blobFolder(join(folder, "storage")), close };
  },
});

test("a folder is made at its first use, and files are for their owner alone", async () => {
  const { folder, close } = await inFolder();
  const storage = join(folder, "a", "b");
  const blobs = blobFolder(storage);
  assert.equal(await blobs.get("k"), null);
  assert.ok(!existsSync(storage));
  await blobs.put("k", new Blob(["x"]).stream(), { mimeType: "text/plain" });
  assert.deepEqual(await readdir(join(storage, "files")), ["k"]);
  assert.equal((await stat(join(storage, "files", "k"))).mode & 0o777, 0o600);
  await close();
});

test("no key leads out of the folder", async () => {
  const { folder, close } = await inFolder();
  await writeFile(join(folder, "secret"), "x");
  const blobs = blobFolder(join(folder, "storage"));
  for (const key of ["../../secret", "/etc/passwd", "a/b", "", ".", "a\0b"]) {
    await assert.rejects(blobs.get(key), Error, key);
    await assert.rejects(blobs.delete(key), Error, key);
    await assert.rejects(blobs.put(key, new Blob(["x"]).stream(), { mimeType: "text/plain" }), Error, key);
  }
  assert.ok(existsSync(join(folder, "secret")));
  await close();
});
