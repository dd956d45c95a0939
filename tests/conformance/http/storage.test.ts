import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createLogger } from "../../../src/core/logging/index.ts";
import { memoryBlobs } from "../../../src/core/storage/index.ts";
import { openWorld, type Somebody } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { type FileWorld, type FormPart, formOf, openFileWorld } from "../../support/files.ts";

const TEXT = "hello, file";
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4);
/** The SHA-256 of `TEXT`. */
const CHECKSUM = [...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(TEXT)))]
  .map((byte) => byte.toString(16).padStart(2, "0"))
  .join("");

let world: FileWorld;
let owner: Somebody;
let other: Somebody;
let admin: Somebody;
before(async () => {
  world = await openFileWorld({ limits: { upload: 2000 } });
  owner = await world.signUp("owner@example.com");
  other = await world.signUp("other@example.com");
  admin = await world.signUp("admin@example.com", "admin");
});
after(() => world.close());

describe("uploading", () => {
  test("answers with what is known of the file", async () => {
    const answer = await world.send({ token: owner.token, parts: [["file", TEXT, "a b.txt", "text/plain"]] });
    assert.equal(answer.status, 201, answer.text);
    const { id, createdAt, ...rest } = answer.body;
    assert.deepEqual(rest, {
      ...{ filename: "a b.txt", mimeType: "text/plain", size: 11, checksum: CHECKSUM },
      ...{ visibility: "protected", ownerId: owner.id, url: `/api/storage/${id}` },
    });
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.match(createdAt, /^2026-03-01T12:00:00\.\d{3}Z$/);
    assert.equal(answer.headers.get("location"), `/api/storage/${id}`);
  });

  test("what the form says may stand before the file or after it", async () => {
    const file: FormPart = ["file", TEXT, "a.txt", "text/plain"];
    const visibility: FormPart = ["visibility", "public"];
    for (const parts of [
      [file, visibility],
      [visibility, file],
    ]) {
      const { body } = await world.send({ token: owner.token, parts });
      assert.equal(body.visibility, "public");
      assert.equal((await world.call("GET", body.url)).text, TEXT);
    }
  });

  test("an empty file is a file", async () => {
    const { body } = await world.send({ token: owner.token, parts: [["file", "", "a.txt", "text/plain"]] });
    assert.equal(body.size, 0);
    const answer = await world.call("GET", body.url, owner);
    assert.deepEqual([answer.status, answer.text, answer.headers.get("content-length")], [200, "", "0"]);
  });

  const file: FormPart = ["file", TEXT, "a.txt", "text/plain"];
  // biome-ignore format: a table
  const refused: readonly (readonly [what: string, parts: readonly FormPart[], status: number, code: string, field?: string])[] = [
    ["no parts", [], 400, "validation_failed", "file"],
    ["no file", [["visibility", "public"]], 400, "validation_failed", "file"],
    ["a file that was not chosen", [["file", "", "", "application/octet-stream"]], 400, "validation_failed", "file"],
    ["two files", [file, file], 400, "validation_failed", "file"],
    ["an unknown field", [file, ["owner", "me"]], 400, "validation_failed", "owner"],
    ["an unknown field before it", [["owner", "me"], file], 400, "validation_failed", "owner"],
    ["another visibility", [file, ["visibility", "secret"]], 400, "validation_failed", "visibility"],
    ["a field without an end", [["visibility", "x".repeat(1500)], file], 413, "payload_too_large"],
    ["one byte too many", [["file", "x".repeat(2001), "a.txt"]], 413, "payload_too_large"],
    ["too many parts", Array.from({ length: 9 }, (): FormPart => ["visibility", "public"]), 400, "bad_request"],
  ];
  for (const [what, parts, status, code, field] of refused)
    test(`${what} is refused, and nothing stays of it`, async () => {
      const before = (await world.ok("GET", "/api/admin/storage", admin)).usage;
      const answer = await world.send({ token: owner.token, parts });
      const { errors } = assertProblem(answer, status, code);
      if (field) assert.equal((errors as { field: string }[])[0]?.field, field);
      assert.deepEqual((await world.ok("GET", "/api/admin/storage", admin)).usage, before);
    });

  test("exactly as many bytes as may be are taken", async () => {
    const { status, body } = await world.send({ token: owner.token, parts: [["file", "x".repeat(2000), "a.txt"]] });
    assert.deepEqual([status, body.size], [201, 2000]);
  });

  test("what is no form is none", async () => {
    const json = await world.call("POST", "/api/storage/upload", { ...owner, body: { file: "x" } });
    assertProblem(json, 415, "unsupported_media_type");
    const { body, headers } = formOf(["file", TEXT, "a.txt"]);
    const cut = await world.call("POST", "/api/storage/upload", { ...owner, headers, body: body.slice(0, -9) });
    assertProblem(cut, 400, "bad_request");
    const none = await world.call("POST", "/api/storage/upload", { ...owner, headers });
    assertProblem(none, 400, "bad_request");
  });

  test("a guest is refused before anything is read", async () => {
    assertProblem(await world.send(), 401, "unauthenticated");
    let taken = 0;
    const { headers } = formOf();
    const pull = (): void => {
      taken += 1;
    };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const request = new Request("http://test.local/api/storage/upload", {
      method: "POST",
      headers,
      body,
      duplex: "half",
    } as RequestInit);
    assert.equal((await world.app.app.fetch(request)).status, 401);
    assert.equal(taken, 0);
  });

  test("what is too large is not read to its end, whether it says so or not", async () => {
    for (const declared of [true, false]) {
      const { headers, body: form } = formOf(["file", "x".repeat(1_000_000), "a.txt"]);
      let at = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            controller.enqueue(form.slice(at, at + 500));
            at += 500;
          },
        },
        { highWaterMark: 0 },
      );
      const length = declared ? { "content-length": String(form.length) } : {};
      const request = new Request("http://test.local/api/storage/upload", {
        ...{ method: "POST", body, duplex: "half" },
        headers: { ...headers, ...length, authorization: `Bearer ${owner.token}` },
      } as RequestInit);
      const answer = await world.app.app.fetch(request);
      assert.equal(answer.status, 413);
      assert.ok(at <= (declared ? 0 : 4000), `${at} bytes were read`);
    }
  });
});

describe("reading", () => {
  // biome-ignore format: a table
  const rows: readonly (readonly [visibility: string, guest: number, owner: number, other: number, admin: number])[] = [
    ["public", 200, 200, 200, 200],
    ["protected", 404, 200, 404, 200],
  ];
  for (const [visibility, ...statuses] of rows)
    test(`a ${visibility} file`, async () => {
      const { url } = await world.upload({ ...owner, visibility, text: TEXT });
      for (const [index, who] of [undefined, owner, other, admin].entries()) {
        const token = who === undefined ? {} : { token: who.token };
        for (const method of ["GET", "HEAD"]) {
          const answer = await world.call(method, url, token);
          assert.equal(answer.status, statuses[index], `${method} ${who?.email}`);
          if (method === "GET" && answer.status === 200) assert.equal(answer.text, TEXT);
          if (method === "GET" && answer.status === 404) assertProblem(answer, 404, "not_found");
        }
      }
    });

  test("what is not there, or is no id, is 404", async () => {
    for (const id of ["0190a000-0000-7000-8000-000000000001", "x", "%00", "..%2f..%2fbakend.db"])
      assertProblem(await world.call("GET", `/api/storage/${id}`, admin), 404, "not_found");
  });

  // biome-ignore format: a table
  const ranges: readonly (readonly [range: string, status: number, text: string, contentRange: string | null])[] = [
    ["bytes=0-4", 206, "hello", "bytes 0-4/11"],
    ["bytes=7-", 206, "file", "bytes 7-10/11"],
    ["bytes=-4", 206, "file", "bytes 7-10/11"],
    ["bytes=10-10", 206, "e", "bytes 10-10/11"],
    ["bytes=0-999", 206, TEXT, "bytes 0-10/11"],
    ["bytes=-999", 206, TEXT, "bytes 0-10/11"],
    ["bytes=11-", 416, "", "bytes */11"],
    ["bytes=-0", 416, "", "bytes */11"],
    ["bytes=4-2", 200, TEXT, null],
    ["bytes=0-1,3-4", 200, TEXT, null],
    ["bytes=a-b", 200, TEXT, null],
    ["lines=0-4", 200, TEXT, null],
    ["bytes=-", 200, TEXT, null],
  ];
  test("a part of a file", async () => {
    const { url } = await world.upload({ ...owner, text: TEXT });
    for (const [range, status, text, contentRange] of ranges) {
      const answer = await world.call("GET", url, { ...owner, headers: { range } });
      assert.deepEqual([answer.status, answer.headers.get("content-range")], [status, contentRange], range);
      if (status === 416) assertProblem(answer, 416, "bad_request");
      else assert.deepEqual([answer.text, answer.headers.get("content-length")], [text, String(text.length)], range);
      const head = await world.call("HEAD", url, { ...owner, headers: { range } });
      assert.deepEqual([head.status, head.headers.get("content-range"), head.text], [status, contentRange, ""], range);
    }
  });

  test("a part only of what the client has", async () => {
    const { url } = await world.upload({ ...owner, text: TEXT });
    const ask = async (ifRange: string) =>
      (await world.call("GET", url, { ...owner, headers: { range: "bytes=0-4", "if-range": ifRange } })).status;
    assert.equal(await ask(`"${CHECKSUM}"`), 206);
    assert.equal(await ask('"another"'), 200);
    assert.equal(await ask(`W/"${CHECKSUM}"`), 200);
  });

  test("what the client has is not sent again, to whoever may read it", async () => {
    const { url } = await world.upload({ ...owner, text: TEXT });
    const headers = { "if-none-match": `"${CHECKSUM}"` };
    const again = await world.call("GET", url, { ...owner, headers });
    assert.deepEqual([again.status, again.text, again.headers.get("etag")], [304, "", `"${CHECKSUM}"`]);
    assert.equal((await world.call("GET", url, { ...other, headers })).status, 404);
    assert.equal((await world.call("GET", url, { ...owner, headers: { "if-none-match": '"x"' } })).status, 200);
  });

  test("who may keep it, and for how long", async () => {
    const secret = await world.upload({ ...owner });
    const open = await world.upload({ ...owner, visibility: "public" });
    const signed = await world.ok("POST", `${secret.url}/sign`, owner);
    const of = async (url: string, token?: string) =>
      (await world.call("GET", url, { token })).headers.get("cache-control");
    assert.equal(await of(secret.url, owner.token), "private, no-cache");
    assert.equal(await of(open.url), "public, max-age=3600");
    assert.equal(await of(signed.url), "private, no-store");
  });

  test("what is not known here is refused", async () => {
    const { url } = await world.upload({ ...owner });
    assertProblem(await world.call("GET", `${url}?x=1`, owner), 400, "bad_request");
    assertProblem(await world.call("GET", `${url}?download=maybe`, owner), 400, "bad_request");
  });
});

const HTML = "<script>alert(1)</script>";
// biome-ignore format: a table
const SERVED: readonly (readonly [filename: string, said: string | undefined, content: string | Uint8Array, type: string, kind: string])[] = [
  ["a.html", "text/html", HTML, "text/html", "attachment"],
  ["a.txt", "text/plain", HTML, "text/plain; charset=utf-8", "inline"],
  ["a.png", "image/png", HTML, "application/octet-stream", "attachment"],
  ["a.png", "image/png", PNG, "image/png", "inline"],
  ["a.html", "text/html", PNG, "image/png", "inline"],
  ["a.jpg", "image/jpeg", PNG, "image/png", "inline"],
  ["a.svg", "image/svg+xml", "<svg onload='alert(1)'/>", "image/svg+xml", "attachment"],
  ["a.pdf", "application/pdf", "%PDF-1.7", "application/pdf", "attachment"],
  ["a.xhtml", "application/xhtml+xml", HTML, "application/xhtml+xml", "attachment"],
  ["a.js", "text/javascript", "alert(1)", "text/javascript", "attachment"],
  ["a.mp4", "video/mp4", "x", "video/mp4", "inline"],
  ["a", undefined, "x", "application/octet-stream", "attachment"],
  ["a", "nonsense", "x", "application/octet-stream", "attachment"],
  ["a", "TEXT/HTML; charset=utf-7", "x", "text/html", "attachment"],
  ["a", "text/plain\tx", "x", "application/octet-stream", "attachment"],
];

describe("whatever was uploaded, nothing of it runs here", () => {
  for (const [filename, said, content, type, kind] of SERVED)
    test(`${filename} said to be ${said}, of ${content.length} bytes`, async () => {
      const part: FormPart = said === undefined ? ["file", content, filename] : ["file", content, filename, said];
      const { body } = await world.send({ token: owner.token, parts: [part, ["visibility", "public"]] });
      assert.equal(body.mimeType, type.replace(/;.*/, ""));
      for (const [method, query] of [
        ["GET", ""],
        ["HEAD", ""],
        ["GET", "?download=1"],
      ]) {
        const { headers, status } = await world.call(method ?? "", `${body.url}${query}`);
        assert.equal(status, 200);
        assert.equal(headers.get("content-type"), type);
        assert.equal(headers.get("x-content-type-options"), "nosniff");
        assert.equal(headers.get("content-security-policy"), "sandbox; default-src 'none'");
        const wanted = query === "" ? kind : "attachment";
        assert.equal(headers.get("content-disposition"), `${wanted}; filename="${filename}"`);
      }
    });

  // biome-ignore format: a table
  const names: readonly (readonly [sent: string, kept: string])[] = [
    ["\u732b \u042f\u0431\u043b\u043e\u043a\u043e.png", "\u732b \u042f\u0431\u043b\u043e\u043a\u043e.png"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\me\\a.txt", "a.txt"],
    ["a\tb\u202egnp.exe", "abgnp.exe"],
    ["..", "file"],
    [" ", "file"],
    [`${"x".repeat(300)}.txt`, `${"x".repeat(251)}.txt`],
  ];
  for (const [sent, kept] of names)
    test(`a file called ${JSON.stringify(sent.slice(0, 20))} can be saved`, async () => {
      const { body } = await world.send({ token: owner.token, parts: [["file", "x", sent]] });
      assert.equal(body.filename, kept);
      const answer = await world.call("GET", body.url, owner);
      assert.equal(answer.status, 200);
      const encoded = encodeURIComponent(kept);
      const header = answer.headers.get("content-disposition") ?? "";
      assert.ok(header.includes(encoded === kept ? `filename="${kept}"` : `filename*=UTF-8''${encoded}`), header);
    });
});

describe("a signed address", () => {
  test("opens its file to everybody, until its time is over", async () => {
    const { url, id } = await world.upload({ ...owner, text: TEXT });
    const signed = await world.ok("POST", `${url}/sign`, { ...owner, body: { expiresIn: 60 } });
    assert.ok(signed.url.startsWith(`/api/storage/${id}?`), signed.url);
    assert.equal((await world.call("GET", signed.url)).text, TEXT);
    assert.equal((await world.call("GET", `${signed.url}&download=1`, other)).text, TEXT);
    assert.equal(signed.expiresAt, new Date(Date.parse("2026-03-01T12:01:00Z")).toISOString());
    world.pass(60_000);
    assertProblem(await world.call("GET", signed.url), 404, "not_found");
    assert.equal((await world.call("GET", signed.url, owner)).status, 200, "it takes nothing away");
  });

  test("opens no other file, and none that is not signed", async () => {
    const [one, two] = [await world.upload({ ...owner }), await world.upload({ ...owner })];
    const { url } = await world.ok("POST", `${one.url}/sign`, owner);
    const [, expires = "", signature = ""] = /expires=(\d+)&signature=(.+)$/.exec(url) ?? [];
    const tries = [
      `${two.url}?expires=${expires}&signature=${signature}`,
      `${one.url}?expires=${Number(expires) + 1}&signature=${signature}`,
      `${one.url}?expires=${expires}&signature=${signature.slice(0, -1)}`,
      `${one.url}?expires=${expires}&signature=${signature}x`,
      `${one.url}?expires=${expires}&signature=`,
      `${one.url}?signature=${signature}`,
      `${one.url}?expires=${expires}`,
      `${one.url}?expires=0x7fffffff&signature=${signature}`,
      `${one.url}?expires=Infinity&signature=${signature}`,
    ];
    for (const target of tries) assertProblem(await world.call("GET", target), 404, "not_found", target);
    assert.equal((await world.call("GET", url)).status, 200);
  });

  test("is made by whoever may read the file", async () => {
    const { url } = await world.upload({ ...owner });
    assertProblem(await world.call("POST", `${url}/sign`), 404, "not_found");
    assertProblem(await world.call("POST", `${url}/sign`, other), 404, "not_found");
    assert.equal((await world.call("POST", `${url}/sign`, admin)).status, 200);
  });

  test("is good for a second at least, and a week at most", async () => {
    const { url } = await world.upload({ ...owner });
    const sign = (body: object) => world.call("POST", `${url}/sign`, { ...owner, body });
    for (const expiresIn of [0, -1, 604_801, 1.5, "60", null, true])
      assertProblem(await sign({ expiresIn }), 400, "validation_failed", String(expiresIn));
    assertProblem(await sign({ expires: 60 }), 400, "validation_failed");
    assertProblem(await sign([]), 400, "validation_failed");
    for (const expiresIn of [1, 604_800]) assert.equal((await sign({ expiresIn })).status, 200);
  });
});

describe("deleting", () => {
  test("is for the owner and admins", async () => {
    const open = await world.upload({ ...owner, visibility: "public" });
    const secret = await world.upload({ ...owner });
    assertProblem(await world.call("DELETE", open.url), 401, "unauthenticated");
    assertProblem(await world.call("DELETE", open.url, other), 403, "forbidden");
    assertProblem(await world.call("DELETE", secret.url), 404, "not_found");
    assertProblem(await world.call("DELETE", secret.url, other), 404, "not_found");
    assert.equal((await world.call("DELETE", open.url, owner)).status, 204);
    assert.equal((await world.call("DELETE", secret.url, admin)).status, 204);
    for (const { url } of [open, secret]) {
      assertProblem(await world.call("GET", url, admin), 404, "not_found");
      assertProblem(await world.call("DELETE", url, admin), 404, "not_found");
    }
  });

  test("takes the bytes along", async () => {
    const blobs = memoryBlobs();
    const own = await openFileWorld({ blobs });
    const somebody = await own.signUp("a@example.com");
    const { id, url } = await own.upload(somebody);
    assert.equal((await blobs.get(id))?.size, 5);
    await own.ok("DELETE", url, somebody);
    assert.equal(await blobs.get(id), null);
    await own.close();
  });
});

test("what happens to files is told, and kept, without what is in them", async () => {
  const seen = world.events.length;
  const { id, url } = await world.upload({ ...owner, text: "very-secret-text" });
  await world.ok("DELETE", url, owner);
  await world.app.app.idle();
  const told = world.events.slice(seen).filter(({ type }) => type.startsWith("storage."));
  const payload = { id, mimeType: "text/plain", size: 16, visibility: "protected", ownerId: owner.id };
  assert.deepEqual(
    told.map((event) => [event.type, event.source, event.payload]),
    [
      ["storage.uploaded", "storage", payload],
      ["storage.deleted", "storage", payload],
    ],
  );
  const { items } = await world.ok("GET", "/api/admin/events?type=storage.*&limit=2", admin);
  assert.deepEqual(
    items.map(({ type, id: event, actor }: Record<string, unknown>) => [type, event, actor]),
    told.toReversed().map((event) => [event.type, event.id, { kind: "user", id: owner.id }]),
  );
});

test("admins list all files, page by page, and see how much they take", async () => {
  const own = await openFileWorld();
  const [one, two] = [await own.signUp("one@example.com"), await own.signUp("two@example.com")];
  const boss = await own.signUp("boss@example.com", "admin");
  const made: string[] = [];
  for (const who of [one, two, one, one]) made.unshift((await own.upload({ ...who, text: "12345" })).id);
  const all = await own.ok("GET", "/api/admin/storage", boss);
  assert.deepEqual(
    all.items.map(({ id }: { id: string }) => id),
    made,
  );
  assert.deepEqual([all.next, all.usage], [null, { files: 4, bytes: 20 }]);
  const first = await own.ok("GET", `/api/admin/storage?owner=${one.id}&limit=2`, boss);
  const second = await own.ok("GET", `/api/admin/storage?owner=${one.id}&limit=2&cursor=${first.next}`, boss);
  assert.deepEqual(
    [...first.items, ...second.items].map(({ ownerId }) => ownerId),
    [one.id, one.id, one.id],
  );
  assert.deepEqual([second.next, second.usage], [null, { files: 3, bytes: 15 }]);
  for (const query of ["limit=0", "cursor=x", "x=1"])
    assertProblem(await own.call("GET", `/api/admin/storage?${query}`, boss), 400, "bad_request");
  await own.close();
});

test("without a place for files, none can be uploaded, and all else works", async () => {
  const own = await openWorld();
  const somebody = await own.signUp("a@example.com");
  const form = formOf(["file", TEXT, "a.txt"]);
  assertProblem(await own.call("POST", "/api/storage/upload", { ...somebody, ...form }), 503, "unavailable");
  assert.equal((await own.call("GET", "/api/auth/me", somebody)).status, 200);
  await own.close();
});

test("a store is swept by its own database, of what is old and nobody's", async () => {
  const DAY = 24 * 60 * 60_000;
  const time = { now: Date.parse("2026-03-01T12:00:00.000Z") };
  const blobs = memoryBlobs(() => time.now);
  const keys = async () => {
    const found = [];
    for await (const { key } of blobs.list()) found.push(key);
    return found;
  };
  const every: (() => void)[] = [];
  const daily = (milliseconds: number, task: () => void) => {
    if (milliseconds === DAY) every.push(task);
    return () => undefined;
  };
  const own = await openFileWorld({ blobs, clock: () => time.now, every: daily });
  const somebody = await own.signUp("a@example.com");
  const { id } = await own.upload(somebody);
  const put = (key: string) => blobs.put(key, new Blob(["x"]).stream(), { mimeType: "text/plain" });
  await put("old");
  time.now += DAY - 1;
  await put("young");
  const sweep = async (): Promise<readonly string[]> => {
    for (const task of every) task();
    await own.app.app.idle();
    return keys();
  };
  assert.deepEqual(await sweep(), ["database", id, "old", "young"]);
  time.now += 1;
  assert.deepEqual(await sweep(), ["database", id, "young"]);
  await own.close();

  // the same store, and a database that knows nothing of it
  time.now += 10 * DAY;
  const other = await openFileWorld({ blobs, clock: () => time.now, every: () => () => undefined });
  await other.app.app.idle();
  assert.deepEqual(await keys(), ["database", id, "young"]);
  const { id: another } = await other.upload(await other.signUp("b@example.com"));
  assert.deepEqual(await keys(), ["database", id, "young", another]);
  await other.close();
});

test("a signed address is in no log", async () => {
  const lines: string[] = [];
  const sinks = [{ write: (entries: unknown) => void lines.push(JSON.stringify(entries)) }];
  const own = await openFileWorld({ logger: createLogger({ level: "debug", sinks }) });
  const somebody = await own.signUp("a@example.com");
  const { url } = await own.upload(somebody);
  const signed = await own.ok("POST", `${url}/sign`, somebody);
  assert.equal((await own.call("GET", signed.url)).status, 200);
  await own.close();
  const text = lines.join("\n");
  assert.ok(text.includes(url), "requests are logged");
  assert.ok(!text.includes("signature"), "their signatures are not");
});
