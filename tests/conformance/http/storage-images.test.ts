import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ImageMaker, ImageWanted } from "../../../src/core/storage/index.ts";
import type { Somebody } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { type FileWorld, openFileWorld } from "../../support/files.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4);

/** Makes texts that tell what was asked for, when it is let. */
function fakeImages() {
  const asked: ImageWanted[] = [];
  let gate: Promise<void> = Promise.resolve();
  let running = 0;
  let most = 0;
  const images: ImageMaker = {
    async make(bytes, wanted) {
      asked.push(wanted);
      running += 1;
      most = Math.max(most, running);
      await gate;
      running -= 1;
      const text = JSON.stringify([bytes.length, wanted]);
      return { bytes: new TextEncoder().encode(text), mimeType: `image/${wanted.format ?? "png"}` };
    },
  };
  return {
    images,
    asked,
    most: () => most,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

describe("images of images", () => {
  const maker = fakeImages();
  let world: FileWorld;
  let owner: Somebody;
  let url = "";
  before(async () => {
    world = await openFileWorld({ images: maker.images, limits: { image: 500 } });
    owner = await world.signUp("owner@example.com");
    url = await sendImage();
  });
  after(() => world.close());

  const sendImage = async (): Promise<string> =>
    (await world.send({ token: owner.token, parts: [["file", PNG, "a.png", "image/png"]] })).body.url;
  const get = (query: string, headers = {}) => world.call("GET", `${url}?${query}`, { token: owner.token, headers });

  test("are made as they are asked for, under the rights of the file", async () => {
    const answer = await get("width=100&height=50&format=webp&fit=contain");
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "image/webp"]);
    assert.deepEqual(answer.body, [PNG.length, { width: 100, height: 50, format: "webp" }]);
    assert.equal(answer.headers.get("cache-control"), "private, no-cache");
    assert.equal(answer.headers.get("content-security-policy"), "sandbox; default-src 'none'");
    assert.equal(answer.headers.get("content-disposition"), 'inline; filename="a.png"');
    assertProblem(await world.call("GET", `${url}?width=100`), 404, "not_found");
    const signed = await world.ok("POST", `${url}/sign`, owner);
    assert.equal((await world.call("GET", `${signed.url}&width=100`)).status, 200);
  });

  test("have a tag of their own", async () => {
    const first = await get("width=10");
    const etag = first.headers.get("etag") ?? "";
    assert.notEqual(etag, (await get("")).headers.get("etag"));
    assert.notEqual(etag, (await get("width=11")).headers.get("etag"));
    assert.notEqual(etag, (await get("height=10")).headers.get("etag"));
    assert.equal((await get("width=10", { "if-none-match": etag })).status, 304);
  });

  test("are made once", async () => {
    const before = maker.asked.length;
    const open = maker.hold();
    const all = Promise.all(Array.from({ length: 5 }, () => get("width=77")));
    open();
    await all;
    await get("width=77");
    assert.equal(maker.asked.length, before + 1);
  });

  test("two at a time, and not without end", async () => {
    const open = maker.hold();
    let over = 0;
    const all = Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        get(`width=${200 + index}`).finally(() => {
          over += 1;
        }),
      ),
    );
    // those that find no place
    while (over < 8) await new Promise((resolve) => setImmediate(resolve));
    open();
    const statuses = (await all).map(({ status }) => status);
    assert.equal(maker.most(), 2);
    assert.deepEqual([...new Set(statuses)].toSorted(), [200, 503]);
    assert.equal(statuses.filter((status) => status === 200).length, 52);
    assert.equal((await get("width=400")).status, 200);
  });

  for (const query of [
    "width=0",
    "width=501",
    "width=-1",
    "height=x",
    "format=gif",
    "fit=cover",
    "fit=fill",
    "width=1&width=2",
  ])
    test(`${query} is refused`, async () => {
      assertProblem(await get(query), 400, "bad_request");
    });

  test("only of what is an image", async () => {
    const text = await world.upload(owner);
    assertProblem(await world.call("GET", `${text.url}?width=10`, owner), 400, "bad_request");
  });
});

test("where none are made, that is said, and the image is there", async () => {
  const world = await openFileWorld();
  const owner = await world.signUp("owner@example.com");
  const { body } = await world.send({ token: owner.token, parts: [["file", PNG, "a.png", "image/png"]] });
  assertProblem(await world.call("GET", `${body.url}?width=10`, owner), 501, "unavailable");
  assert.equal((await world.call("GET", body.url, owner)).status, 200);
  await world.close();
});
