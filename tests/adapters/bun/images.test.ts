import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import type { ImageWanted } from "../../../src/core/storage/index.ts";

/** A PNG of one colour, with what its header says of its size. */
function png(width: number, height: number, rows = height): Uint8Array<ArrayBuffer> {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc((width * 3 + 1) * rows, 0));
  const parts = [chunk("IHDR", head), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts]));
}

/** A GIF of one pixel. */
const GIF = Uint8Array.from(atob("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"), (char) =>
  char.charCodeAt(0),
);

describe("images on Bun", { skip: !("Bun" in globalThis) && "only Bun makes images" }, async () => {
  if (!("Bun" in globalThis)) return;
  const { bunImages } = await import("../../../src/adapters/bun/images.ts");

  // biome-ignore format: a table
  const cases: readonly (readonly [wanted: ImageWanted, width: number, height: number, mimeType: string])[] = [
    [{ width: 100 }, 100, 50, "image/png"],
    [{ height: 20 }, 40, 20, "image/png"],
    [{ width: 100, height: 20 }, 40, 20, "image/png"],
    [{ width: 20, height: 100 }, 20, 10, "image/png"],
    [{ width: 9000 }, 400, 200, "image/png"],
    [{ format: "webp" }, 400, 200, "image/webp"],
    [{ format: "jpeg", width: 40 }, 40, 20, "image/jpeg"],
  ];
  for (const [wanted, width, height, mimeType] of cases)
    test(`400 x 200 as ${JSON.stringify(wanted)}`, async () => {
      const image = await bunImages.make(png(400, 200), wanted);
      const told = await new Bun.Image(image.bytes).metadata();
      assert.deepEqual(
        [told.width, told.height, `image/${told.format}`, image.mimeType],
        [width, height, mimeType, mimeType],
      );
    });

  test("what cannot be written becomes PNG", async () => {
    assert.equal((await bunImages.make(GIF, { width: 1 })).mimeType, "image/png");
  });

  test("what is no image, is cut off, or has too many pixels, is refused", async () => {
    const refused = { code: "bad_request" };
    await assert.rejects(bunImages.make(new TextEncoder().encode("hello"), { width: 1 }), refused);
    await assert.rejects(bunImages.make(png(400, 200).slice(0, 60), { width: 1 }), refused);
    await assert.rejects(bunImages.make(png(20_000, 20_000, 1), { width: 1 }), refused);
  });
});
