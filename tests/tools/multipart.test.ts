import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MultipartError, multipartBoundary, readMultipart } from "../../src/tools/index.ts";

const BOUNDARY = "----x7Zq";
const LIMITS = { parts: 3, headers: 200 };
const encoder = new TextEncoder();

/** A stream of the bytes in pieces of one size; it counts what was taken of it. */
function streamOf(bytes: Uint8Array, piece: number) {
  let at = 0;
  const taken = { bytes: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at + piece));
        at += piece;
        taken.bytes = Math.min(at, bytes.length);
      },
      cancel() {
        taken.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, taken };
}

async function readAll(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: number[] = [];
  for await (const bytes of body) parts.push(...bytes);
  return Uint8Array.from(parts);
}

async function partsOf(bytes: Uint8Array, piece: number) {
  const parts = [];
  for await (const { body, ...head } of readMultipart(streamOf(bytes, piece).stream, BOUNDARY, LIMITS))
    parts.push({ ...head, bytes: await readAll(body) });
  return parts;
}

const text = (...lines: readonly string[]): Uint8Array => encoder.encode(lines.join("\r\n"));
const field = (name: string, value: string): readonly string[] => [
  `--${BOUNDARY}`,
  `Content-Disposition: form-data; name="${name}"`,
  "",
  value,
];
const END = [`--${BOUNDARY}--`, ""];

/** Bytes that look like a boundary as far as they can without being one. */
const TRICKY = [
  "",
  "\r\n",
  "\r\n--",
  `--${BOUNDARY}`,
  `\r\n--${BOUNDARY.slice(0, -1)}`,
  `\n--${BOUNDARY}\n\r\n-${BOUNDARY}`,
  "\r\r\r\n\r\n--\r\n------x7Z",
  "x".repeat(500),
];

describe("a form comes out as it went in", () => {
  for (const [index, value] of TRICKY.entries())
    test(`in pieces of any size, tricky text ${index}`, async () => {
      const body = text(...field("a", value), ...field("b", "\u732b"), ...END);
      for (const piece of [1, 2, 3, 5, 8, 13, 64, 10_000]) {
        const parts = await partsOf(body, piece);
        assert.deepEqual(
          parts.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]),
          [
            ["a", value],
            ["b", "\u732b"],
          ],
          `in pieces of ${piece}`,
        );
      }
    });

  test("as the platform's own FormData writes it", async () => {
    const form = new FormData();
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) & 255);
    form.append("file", new File([bytes], 'a "b" \u732b.png', { type: "image/png" }));
    form.append("visibility", "public");
    const request = new Request("http://x.test", { method: "POST", body: form });
    const boundary = multipartBoundary(request.headers.get("content-type") ?? "") ?? "";
    const found = [];
    for await (const { body, ...head } of readMultipart(request.body ?? assert.fail(), boundary, LIMITS))
      found.push({ ...head, bytes: await readAll(body) });
    assert.deepEqual(found[0], { name: "file", filename: 'a "b" \u732b.png', type: "image/png", bytes });
    assert.deepEqual([found[1]?.name, found[1]?.filename, found.length], ["visibility", undefined, 2]);
  });

  test("parts that nobody reads are passed over", async () => {
    const names = [];
    const { stream } = streamOf(text(...field("a", "x".repeat(300)), ...field("b", "y"), ...END), 7);
    for await (const { name } of readMultipart(stream, BOUNDARY, LIMITS)) names.push(name);
    assert.deepEqual(names, ["a", "b"]);
  });
});

// biome-ignore format: a table
const REFUSED: readonly (readonly [what: string, body: Uint8Array])[] = [
  ["nothing", text()],
  ["no boundary", text("hello")],
  ["something before the first boundary", text("x", ...field("a", "1"), ...END)],
  ["no end", text(...field("a", "1"))],
  ["an end that is cut off", text(...field("a", "1"), `--${BOUNDARY}-`)],
  ["headers that are cut off", text(`--${BOUNDARY}`, "Content-Disp")],
  ["a boundary with something behind it", text(...field("a", "1"), `--${BOUNDARY}!`, "")],
  ["too many parts", text(...["a", "b", "c", "d"].flatMap((name) => field(name, "1")), ...END)],
  ["much after the end", text(...field("a", "1"), ...END, "x".repeat(300))],
  ["headers without an end", text(`--${BOUNDARY}`, `X: ${"x".repeat(5000)}`)],
  ["headers over the limit", text(`--${BOUNDARY}`, `X: ${"x".repeat(200)}`, "", "1", ...END)],
  ["no headers", text(`--${BOUNDARY}`, "", "1", ...END)],
  ["a header that is none", text(`--${BOUNDARY}`, "hello", "", "1", ...END)],
  ["a header twice", text(`--${BOUNDARY}`, "Content-Disposition: form-data; name=a", "content-disposition: form-data; name=b", "", "1", ...END)],
  ["a part without a name", text(`--${BOUNDARY}`, "Content-Disposition: form-data", "", "1", ...END)],
  ["a part of another kind", text(`--${BOUNDARY}`, "Content-Disposition: attachment; name=a", "", "1", ...END)],
];

describe("what is no form is refused, in pieces of any size", () => {
  for (const [what, body] of REFUSED)
    test(what, async () => {
      for (const piece of [1, 4, 10_000]) await assert.rejects(partsOf(body, piece), MultipartError);
    });

  test("without reading on", async () => {
    const { stream, taken } = streamOf(text(`--${BOUNDARY}`, `X: ${"x".repeat(100_000)}`, "", "1", ...END), 100);
    await assert.rejects(async () => {
      for await (const _ of readMultipart(stream, BOUNDARY, LIMITS));
    }, MultipartError);
    assert.ok(taken.bytes <= 400, `${taken.bytes} bytes were read`);
    assert.ok(taken.cancelled);
  });

  test("what the body fails with comes through", async () => {
    const failing = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(text(...field("a", "1"))),
      pull: (controller) => controller.error(new RangeError("cut")),
    });
    await assert.rejects(async () => {
      for await (const { body } of readMultipart(failing, BOUNDARY, LIMITS)) await readAll(body);
    }, RangeError);
  });
});

test("the boundary of a form", () => {
  // biome-ignore format: a table
  const types: readonly (readonly [string, string | null])[] = [
    ["multipart/form-data; boundary=abc", "abc"],
    ['Multipart/Form-Data; charset=utf-8; boundary="a b"', "a b"],
    ["multipart/form-data; boundary=abc; charset=utf-8", "abc"],
    ["multipart/form-data", null],
    ["multipart/form-data; boundary=", null],
    [`multipart/form-data; boundary=${"x".repeat(71)}`, null],
    ["multipart/mixed; boundary=abc", null],
    ["application/json", null],
    ["", null],
  ];
  for (const [type, boundary] of types) assert.equal(multipartBoundary(type), boundary, type);
});
