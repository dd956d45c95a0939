import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BlobStore } from "../../../src/core/storage/index.ts";

/** An implementation under test. */
export interface BlobStoreSuite {
  readonly name: string;
  /** An empty store, and the way to be rid of it. */
  open(): Promise<{ readonly blobs: BlobStore; close(): Promise<void> }>;
}

const INFO = { mimeType: "application/octet-stream" };

/** Bytes that differ from place to place. */
export const bytesOf = (length: number) =>
  Uint8Array.from({ length }, (_, index) => (index * 151 + (index >> 8)) & 255);

/** A body of these pieces, one at a time; each is overwritten once the next is asked for. */
function bodyOf(...pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const memory = new Uint8Array(Math.max(0, ...pieces.map((piece) => piece.length)));
  let next = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next];
        next += 1;
        if (!piece) return controller.close();
        memory.set(piece);
        controller.enqueue(memory.subarray(0, piece.length));
      },
    },
    { highWaterMark: 0 },
  );
}

async function read(body: ReadableStream<Uint8Array> | Blob | undefined): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body ?? assert.fail("there is nothing")).arrayBuffer());
}

async function keysOf(blobs: BlobStore): Promise<readonly string[]> {
  const keys = [];
  for await (const { key } of blobs.list()) keys.push(key);
  return keys.toSorted();
}

/** What every blob store must do. */
export function blobStoreSuite({ name, open }: BlobStoreSuite): void {
  const check = (what: string, run: (blobs: BlobStore) => Promise<void>): void => {
    test(what, async () => {
      const { blobs, close } = await open();
      try {
        await run(blobs);
      } finally {
        await close();
      }
    });
  };

  describe(name, () => {
    check("bytes come back as they went in, whatever the pieces", async (blobs) => {
      for (const sizes of [[], [0], [1], [10, 0, 1], [70_000], [65_536, 65_536], [1, 200_000, 3]]) {
        const pieces = sizes.map(bytesOf);
        const key = `k-${sizes.join("-")}`;
        await blobs.put(key, bodyOf(...pieces), INFO);
        const found = await blobs.get(key);
        const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
        assert.equal(found?.size, whole.length, key);
        assert.deepEqual(await read(found?.body), whole, key);
      }
    });

    check("a part is a part", async (blobs) => {
      const bytes = bytesOf(150_000);
      await blobs.put("k", bodyOf(bytes), INFO);
      for (const [start, end] of [
        [0, 0],
        [0, 149_999],
        [149_999, 149_999],
        [65_535, 65_536],
        [10, 140_000],
      ] as const) {
        const found = await blobs.get("k", { start, end });
        assert.equal(found?.size, 150_000);
        assert.deepEqual(await read(found?.body), bytes.slice(start, end + 1), `${start}-${end}`);
      }
    });

    check("what is not there is null, before anything was put too", async (blobs) => {
      assert.equal(await blobs.get("none"), null);
      await blobs.delete("none");
      assert.deepEqual(await keysOf(blobs), []);
      await blobs.put("k", bodyOf(bytesOf(1)), INFO);
      assert.equal(await blobs.get("none"), null);
    });

    check("of a body that fails nothing stays, and its fault comes through", async (blobs) => {
      let asked = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          asked += 1;
          if (asked < 3) controller.enqueue(bytesOf(100_000));
          else controller.error(new RangeError("broke off"));
        },
      });
      await assert.rejects(blobs.put("k", body, INFO), RangeError);
      assert.equal(await blobs.get("k"), null);
      assert.deepEqual(await keysOf(blobs), []);
    });

    check("what is on its way is not there yet", async (blobs) => {
      const rest = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      let asked = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            asked += 1;
            if (asked === 1) return controller.enqueue(bytesOf(10));
            reached.resolve();
            await rest.promise;
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      const done = blobs.put("k", body, INFO);
      await reached.promise;
      assert.equal(await blobs.get("k"), null);
      rest.resolve();
      await done;
      assert.equal((await blobs.get("k"))?.size, 10);
    });

    check("what is deleted is gone, also while it is read", async (blobs) => {
      await blobs.put("a", bodyOf(bytesOf(1_000_000)), INFO);
      await blobs.put("b", bodyOf(bytesOf(1)), INFO);
      const found = await blobs.get("a");
      const reader = new Response(found?.body ?? assert.fail()).body?.getReader();
      await reader?.read();
      await blobs.delete("a");
      assert.equal(await blobs.get("a"), null);
      assert.deepEqual(await keysOf(blobs), ["b"]);
      await reader?.cancel();
    });

    check("all keys are listed, with the time of the last change", async (blobs) => {
      const before = Date.now();
      for (const key of ["b", "a", "c-1_x"]) await blobs.put(key, bodyOf(bytesOf(1)), INFO);
      assert.deepEqual(await keysOf(blobs), ["a", "b", "c-1_x"]);
      for await (const entry of blobs.list()) {
        const at = await entry.changedAt();
        // a file system may be less exact than the clock
        assert.ok(at >= before - 2000 && at <= Date.now() + 2000, `${at}`);
      }
    });

    check("many at once", async (blobs) => {
      const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
      await Promise.all(keys.map((key, index) => blobs.put(key, bodyOf(bytesOf(index * 5000)), INFO)));
      const sizes = await Promise.all(keys.map(async (key) => (await read((await blobs.get(key))?.body)).length));
      assert.deepEqual(
        sizes,
        keys.map((_, index) => index * 5000),
      );
    });
  });
}
