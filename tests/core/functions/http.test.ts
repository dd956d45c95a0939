import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { assertProblem } from "../../support/app.ts";
import { CONFINED, type FunctionWorld, openFunctions } from "../../support/functions.ts";

const FILES = {
  "functions/hello.ts": `
    import { gzipSync } from "node:zlib";
    import { onRequest, HttpError, FieldError } from "bakend";
    import { greet } from "./_lib/greet.ts";
    onRequest("GET", "/hello/:name", ({ params }) => Response.json({ hello: greet(params.name) }));
    onRequest("GET", "/hello/world", () => new Response("the literal one"));
    onRequest("POST", "/echo", async ({ request }) => new Response(await request.arrayBuffer(), {
      status: 202, headers: { "content-type": request.headers.get("content-type") ?? "", "x-own": "1", "set-cookie": "a=b" } }));
    onRequest("GET", "/headers", ({ request }) => Response.json({ ...Object.fromEntries(request.headers), url: request.url }));
    onRequest("GET", "/me", ({ user }) => Response.json({ user }));
    onRequest("GET", "/bytes", () => new Response(new Uint8Array([0, 255, 128, 10, 13]), { headers: { "content-type": "image/png" } }));
    const made = {
      text: () => new Response("hello"),
      own: () => new Response("hello", { headers: { "content-type": "text/css" } }),
      object: () => new Response("hello", { headers: new Headers({ "x-a": "b" }) }),
      again: () => { const one = new Response("hello"); return new Response(one.body, one); },
      json: () => Response.json("hello"),
      blob: () => new Response(new Blob(["hello"], { type: "image/png" })),
      untyped: () => new Response(new Blob(["hello"])),
      parameters: () => new Response(new URLSearchParams({ a: "hello" })),
      form: () => { const form = new FormData(); form.set("a", "hello"); return new Response(form); },
      bytes: () => new Response(new TextEncoder().encode("hello")),
      stream: () => new Response(new Blob(["hello"]).stream()),
      nothing: () => new Response(null),
      failed: () => new Response("hello", { status: 500 }),
      packed: () => new Response(gzipSync("hello"), { headers: { "content-type": "text/plain", "content-encoding": "gzip" } }),
    };
    onRequest("GET", "/made/:of", ({ params }) => made[params.of]());
    onRequest("GET", "/empty", () => new Response(null, { status: 204 }));
    onRequest("GET", "/moved", () => Response.redirect("http://example.com/there", 302));
    onRequest("GET", "/http-error", () => { throw new HttpError(402, "Pay first"); });
    onRequest("GET", "/missing", () => { throw new HttpError(404, "No such thing"); });
    onRequest("GET", "/field-error", () => { throw new FieldError("name", "taken", "is taken"); });
    onRequest("GET", "/throws", () => { throw new Error("the secret inside"); });
    onRequest("GET", "/refused", async ({ db }) => {
      const found = await db.collection("postz").list();
      return Response.json(found);
    });
    onRequest("GET", "/env", ({ env }) => Response.json({ env, process: process.env }));
    onRequest("GET", "/", () => new Response("the root"));
    onRequest("DELETE", "/hello/:name", () => new Response("deleted"));
  `,
  "functions/_lib/greet.ts": `export const greet = (name: string): string => name.toUpperCase();`,
  "functions/nested/deep.js": `
    export const trigger = "GET /deep";
    export default async ({ db, user, request }) => {
      const url = new URL(request.url);
      const as = url.searchParams.get("as");
      const others = { null: null, undefined: undefined, empty: {}, text: "ann", list: [] };
      try {
        const door = as === null ? db : as === "me" ? db.as(user) : db.as(as in others ? others[as] : { id: as });
        return Response.json(await door.collection("notes").list({ sort: "text" }));
      } catch (error) {
        return Response.json({ code: error.code });
      }
    };
  `,
  "functions/notes.test.ts": `throw new Error("a test is no function");`,
  "functions/types.d.ts": `declare const nothing: never;`,
};

const NOTES = {
  name: "notes",
  fields: [
    { name: "text", type: "text" },
    { name: "owner", type: "relation", collection: "users" },
  ],
  permissions: { read: "owner", create: "authenticated" },
};

describe("HTTP functions", () => {
  let world: FunctionWorld;
  before(async () => {
    world = await openFunctions({
      files: FILES,
      collections: [NOTES],
      env: { GRANTED: "yes" },
      limits: { body: 2048 },
    });
    assert.deepEqual(world.app.app.functions.report.faults, []);
  });
  after(() => world.close());

  const table: readonly (readonly [
    request: string,
    status: number,
    expected: RegExp | string,
    call?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ])[] = [
    ["GET /hello/ann", 200, `{"hello":"ANN"}`],
    ["GET /hello/J%C3%B6rg%2F2", 200, `{"hello":"JÖRG/2"}`],
    ["GET /hello/world", 200, "the literal one"],
    ["HEAD /hello/ann", 200, ""],
    ["GET ", 200, "the root"],
    ["GET /", 200, "the root"],
    ["DELETE /hello/ann", 200, "deleted"],
    ["POST /echo", 202, `{"a":1}`, { body: { a: 1 } }],
    ["POST /echo", 202, "hüh", { body: "hüh", headers: { "content-type": "text/plain" } }],
    ["GET /empty", 204, ""],
    ["GET /moved", 302, ""],
    ["GET /http-error", 402, /"code":"refused".*/],
    ["GET /missing", 404, /"detail":"No such thing","code":"not_found"/],
    ["GET /field-error", 400, /"errors":\[\{"field":"name","code":"taken","message":"is taken"\}\]/],
    ["GET /throws", 500, /"code":"function_failed"/],
    ["GET /env", 200, `{"env":{"GRANTED":"yes"},"process":{"GRANTED":"yes"}}`],
    ["GET /nothing", 404, /"code":"not_found"/],
    ["GET /hello", 404, /"code":"not_found"/],
    ["GET /hello/a/b", 404, /"code":"not_found"/],
    ["PUT /hello/ann", 405, /"code":"method_not_allowed"/],
    ["GET /hello/%ff", 400, /"code":"bad_request"/],
    [
      "POST /echo",
      413,
      /"code":"payload_too_large"/,
      { body: "x".repeat(3000), headers: { "content-type": "text/plain" } },
    ],
  ];
  for (const [request, status, expected, call] of table) {
    test(`${request} answers ${status}`, async () => {
      const [method = "", path = ""] = request.split(/ (.*)/s);
      const answer = await world.call(method, `/api/functions${path}`, call);
      assert.equal(answer.status, status, answer.text);
      if (typeof expected === "string") assert.equal(answer.text, expected);
      else assert.match(answer.text, expected);
    });
  }

  test("what the server refuses is logged with the place in the function", async () => {
    assertProblem(await world.get("/refused"), 500, "function_failed");
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.match(world.lines.join("\n"), /There is no collection postz\.\\n +at [^"]*hello\.ts:\d+/);
  });

  test("a failure tells nothing of the inside, and the log tells all of it", async () => {
    const answer = await world.get("/throws");
    assertProblem(answer, 500, "function_failed");
    assert.doesNotMatch(answer.text, /secret|hello\.ts/);
    await world.app.app.idle();
    await new Promise((resolve) => setTimeout(resolve, 250));
    const log = world.lines.join("\n");
    assert.match(log, /error: the function hello failed .*the secret inside/);
    assert.match(log, /the secret inside\\n +at [^"]*hello\.ts/, "with the place in the function");
    assert.doesNotMatch(log, /guest|node:/, "and none of the engine's");
  });

  test("bytes come as they are", async () => {
    const response = await world.app.app.fetch(new Request("http://test.local/api/functions/bytes"));
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [0, 255, 128, 10, 13]);
  });

  const TEXT = "text/plain;charset=utf-8";
  for (const [of, type] of [
    ["text", TEXT],
    ["own", "text/css"],
    ["object", TEXT],
    ["again", TEXT],
    ["json", /^application\/json/],
    ["blob", "image/png"],
    ["untyped", "application/octet-stream"],
    ["parameters", "application/x-www-form-urlencoded;charset=utf-8"],
    ["form", /^multipart\/form-data; ?boundary=/],
    ["bytes", "application/octet-stream"],
    ["stream", "application/octet-stream"],
    ["nothing", ""],
    ["failed", TEXT],
  ] as const)
    test(`a response made of ${of} has its type`, async () => {
      const { headers, text } = await world.get(`/made/${of}`);
      const told = (headers.get("content-type") ?? "").toLowerCase();
      if (typeof type === "string") assert.equal(told, type);
      else assert.match(told, type);
      assert.match(text, of === "nothing" ? /^$/ : /hello/);
    });

  test("what a function has packed is told to be so", async () => {
    const response = await world.app.app.fetch(new Request("http://test.local/api/functions/made/packed"));
    assert.equal(response.headers.get("content-encoding"), "gzip");
    assert.equal(gunzipSync(await response.arrayBuffer()).toString(), "hello");
  });

  test("the answer's own headers are kept, those of the server are the server's", async () => {
    const { headers } = await world.call("POST", "/api/functions/echo", {
      body: { a: 1 },
      headers: { origin: "http://x" },
    });
    assert.equal(headers.get("x-own"), "1");
    assert.equal(headers.get("set-cookie"), null);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.match(headers.get("x-request-id") ?? "", /./);
  });

  test("what signs the caller in is not handed on, and who it is, is", async () => {
    const ann = await world.signUp("ann@example.com");
    const { body } = await world.call("GET", "/api/functions/headers?x=1", {
      token: ann.token,
      headers: { cookie: "session=1", "x-hello": "there" },
    });
    assert.equal(body["x-hello"], "there");
    assert.equal(body.url, "http://test.local/api/functions/headers?x=1");
    assert.equal(body.authorization, undefined);
    assert.equal(body.cookie, undefined);
    const me = await world.call("GET", "/api/functions/me", { token: ann.token });
    assert.equal(me.body.user.email, "ann@example.com");
    assert.equal(me.body.user.passwordHash, undefined);
    assert.deepEqual((await world.get("/me")).body, { user: null });
    assertProblem(await world.call("GET", "/api/functions/me", { token: "wrong" }), 401, "unauthenticated");
  });

  test("the database is the system's, or a user's under the rules", async () => {
    const [bob, cem] = [await world.signUp("bob@example.com"), await world.signUp("cem@example.com")];
    for (const [one, text] of [
      [bob, "of bob"],
      [cem, "of cem"],
    ] as const)
      await world.ok("POST", "/api/notes", { token: one.token, body: { text, owner: one.id } });
    const texts = async (query: string): Promise<unknown> => {
      const { body } = await world.call("GET", `/api/functions/deep${query}`, { token: bob.token });
      return body.items?.map((item: { text: string }) => item.text) ?? body;
    };
    assert.deepEqual(await texts(""), ["of bob", "of cem"]);
    assert.deepEqual(await texts("?as=me"), ["of bob"]);
    assert.deepEqual(await texts(`?as=${cem.id}`), ["of cem"]);
    assert.deepEqual(await texts("?as=nobody"), { code: "not_found" });
    assert.deepEqual(await texts("?as=null"), { code: "unauthenticated" }, "as anybody who is not signed in");
    for (const none of ["undefined", "empty", "text", "list"])
      assert.deepEqual(await texts(`?as=${none}`), { code: "bad_request" });
  });

  test("a key that is good for less is good for less in a function too", async () => {
    const ann = await world.signUp("key@example.com");
    const keyFor = async (...scopes: readonly string[]): Promise<string> => {
      const body = { name: "k", scopes };
      return (await world.ok("POST", "/api/auth/keys", { token: ann.token, body })).key;
    };
    const call = async (path: string, ...scopes: readonly string[]) =>
      world.call("GET", `/api/functions${path}`, { token: await keyFor(...scopes) });
    assertProblem(await call("/me", "notes"), 403, "forbidden");
    assertProblem(await call("/me", "functions:create"), 403, "forbidden");
    assert.equal((await call("/me", "functions:read")).body.user.email, "key@example.com");
    assert.equal((await call("/me", "*")).body.user.email, "key@example.com");
    assert.deepEqual((await call("/deep?as=me", "functions", "users")).body, { code: "forbidden" });
    assert.deepEqual((await call("/deep?as=me", "functions", "notes:read")).body.items, []);
  });

  test("admins are told what functions there are, and nobody else is", async () => {
    const admin = await world.signUp("root@example.com", "admin");
    const { body } = await world.call("GET", "/api/admin/functions", { token: admin.token });
    assert.deepEqual(
      { ...body, items: body.items.slice(0, 2), sandbox: typeof body.sandbox },
      {
        items: [
          { name: "hello", trigger: "GET /hello/:name" },
          { name: "hello", trigger: "GET /hello/world" },
        ],
        ok: true,
        files: 2,
        sandbox: "string",
        confined: CONFINED,
        faults: [],
      },
    );
    assert.deepEqual(body.items.at(-1), { name: "nested/deep", trigger: "GET /deep" });
    assertProblem(await world.call("GET", "/api/admin/functions"), 401, "unauthenticated");
    const user = await world.signUp("user@example.com");
    assertProblem(await world.call("GET", "/api/admin/functions", { token: user.token }), 403, "forbidden");
  });
});
