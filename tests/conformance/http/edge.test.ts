import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { assertProblem, openApp, type TestApp, type TestAppOptions } from "../../support/app.ts";
import { succeed } from "../../support/scenario.ts";
import { BLOG_OPTIONS, BLOG_SEED, PERSON, POST } from "./blog.ts";

async function using(options: TestAppOptions, work: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await openApp({ ...BLOG_OPTIONS, ...options });
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

describe("every answer", () => {
  let app: TestApp;
  before(async () => {
    app = await openApp(BLOG_OPTIONS);
    for (const [path, body] of BLOG_SEED) await succeed(app, "POST", path, body);
  });
  after(() => app.close());

  const ids: readonly (readonly [string, string | null, boolean])[] = [
    ["none", null, false],
    ["a good one", "trace-0123.abc_X", true],
    ["8 characters", "12345678", true],
    ["64 characters", "x".repeat(64), true],
    ["too short", "1234567", false],
    ["too long", "x".repeat(65), false],
    ["with a space", "hello world 1", false],
    ["with markup", "<script>alert(1)</script>", false],
  ];
  for (const [name, given, kept] of ids) {
    test(`request id: ${name}`, async () => {
      for (const path of ["/health", "/api/posts", "/api/nope", "/nowhere"]) {
        const answer = await app.call("GET", path, given === null ? {} : { headers: { "x-request-id": given } });
        const id = answer.headers.get("x-request-id");
        assert.match(id ?? "", /^[\w.-]{8,64}$/);
        assert.equal(id === given, kept);
        if (answer.status >= 400) assert.equal(answer.body.requestId, id);
      }
    });
  }

  test("generated request ids are all different", async () => {
    const found = new Set<string | null>();
    for (let count = 0; count < 200; count += 1)
      found.add((await app.call("GET", "/livez")).headers.get("x-request-id"));
    assert.equal(found.size, 200);
  });

  for (const path of [
    "/",
    "/health",
    "/livez",
    "/readyz",
    "/metrics",
    "/api/posts",
    `/api/posts/${POST.one}`,
    "/api/openapi.json",
  ]) {
    test(`HEAD ${path} is GET without the body`, async () => {
      const [head, get] = [await app.call("HEAD", path), await app.call("GET", path)];
      assert.equal(head.status, get.status);
      assert.equal(head.text, "");
      for (const name of ["content-type", "etag", "cache-control"])
        assert.equal(head.headers.get(name), get.headers.get(name));
    });
  }

  const methods: readonly (readonly [string, string, string])[] = [
    ["PUT", "/api/posts", "GET, HEAD, OPTIONS, POST"],
    ["PATCH", "/api/posts", "GET, HEAD, OPTIONS, POST"],
    ["DELETE", "/api/posts", "GET, HEAD, OPTIONS, POST"],
    ["POST", `/api/posts/${POST.one}`, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"],
    ["GET", "/api/batch", "OPTIONS, POST"],
    ["POST", "/api/openapi.json", "GET, HEAD, OPTIONS"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["DELETE", "/", "GET, HEAD, OPTIONS"],
    ["PROPFIND", "/api/posts", "GET, HEAD, OPTIONS, POST"],
  ];
  for (const [method, path, allow] of methods) {
    test(`${method} ${path} is not allowed`, async () => {
      const answer = await app.call(method, path, method === "GET" ? {} : { body: {} });
      assertProblem(answer, 405, "method_not_allowed");
      assert.equal((answer.headers.get("allow") ?? "").split(", ").sort().join(", "), allow);
    });
  }

  for (const path of [
    "/nowhere",
    "/api",
    "/api/",
    "/api/posts/a/b",
    "//",
    "/healthz",
    "/API/posts",
    "/api/posts%2F",
    "/api/admin/nothing",
  ]) {
    test(`GET ${path}: nothing there`, async () => {
      assertProblem(await app.call("GET", path), 404, "not_found");
    });
  }

  for (const token of ["Bearer abc", "Bearer ", "Basic YTpi", "x", "Bearer a.b.c"]) {
    test(`authorization: ${token} is refused anywhere`, async () => {
      for (const [method, path] of [
        ["GET", "/api/posts"],
        ["GET", "/api/nope"],
        ["POST", "/api/posts"],
        ["GET", "/nowhere"],
      ] as const) {
        const answer = await app.call(method, path, {
          headers: { authorization: token },
          ...(method === "POST" ? { body: {} } : {}),
        });
        if (path !== "/nowhere") {
          assertProblem(answer, 401, "unauthenticated");
          assert.equal(answer.headers.get("www-authenticate"), "Bearer");
        } else assert.ok([401, 404].includes(answer.status));
      }
    });
  }

  test("compressed if the client asks for it and it is worth it", async () => {
    await succeed(
      app,
      "POST",
      "/api/posts",
      Array.from({ length: 20 }, (_, n) => ({ title: `long ${n}`, body: "lorem ".repeat(40) })),
    );
    const plain = await app.call("GET", "/api/posts?limit=20");
    assert.equal(plain.headers.get("content-encoding"), null);
    for (const accept of ["gzip", "br;q=1, gzip;q=0.5", "*", "GZIP"]) {
      const response = await app.app.fetch(
        new Request("http://test.local/api/posts?limit=20", { headers: { "accept-encoding": accept } }),
      );
      assert.equal(response.headers.get("content-encoding"), "gzip", accept);
      assert.match(response.headers.get("vary") ?? "", /accept-encoding/i);
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(new TextDecoder().decode(gunzipSync(bytes)), plain.text);
      assert.ok(bytes.length < plain.text.length / 2);
    }
    for (const accept of ["identity", "br", "gzip;q=0", ""]) {
      const answer = await app.call("GET", "/api/posts?limit=20", { headers: { "accept-encoding": accept } });
      assert.equal(answer.headers.get("content-encoding"), null, accept);
    }
    const short = await app.call("GET", "/health", { headers: { "accept-encoding": "gzip" } });
    assert.equal(short.headers.get("content-encoding"), null);
  });
});

describe("health", () => {
  test("the answers of each path", () =>
    using({}, async (app) => {
      for (const path of ["/", "/health"]) {
        const { status, body, headers } = await app.call("GET", path);
        assert.equal(status, 200);
        assert.deepEqual(Object.keys(body).sort(), ["status", "uptime", "version"]);
        assert.equal(body.status, "ok");
        assert.ok(body.uptime >= 0);
        assert.equal(headers.get("cache-control"), "no-store");
      }
      for (const path of ["/livez", "/readyz"]) assert.deepEqual((await app.call("GET", path)).body, { status: "ok" });
    }));

  test("uptime grows with the clock", async () => {
    let now = 1000;
    await using({ stopwatch: () => now }, async (app) => {
      now += 90_500;
      assert.equal((await app.call("GET", "/health")).body.uptime, 90.5);
    });
  });

  test("not ready once the app closes", async () => {
    const app = await openApp(BLOG_OPTIONS);
    await app.close();
    for (const path of ["/readyz", "/api/posts"]) assert.equal((await app.call("GET", path)).status, 503);
  });

  test("metrics in Prometheus' text format, without anything that clients choose", () =>
    using({}, async (app) => {
      await app.call("GET", "/api/posts?filter=title%3D'marker1'");
      await app.call("GET", "/api/marker2");
      await app.call("GET", "/marker3/marker4");
      await app.call("POST", "/api/tags", { body: { name: "m" } });
      const { text, headers } = await app.call("GET", "/metrics");
      assert.match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
      for (const line of text.trimEnd().split("\n")) {
        assert.match(
          line,
          /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [\d.e+-]+)$/,
          line,
        );
      }
      assert.doesNotMatch(text, /marker/);
      assert.match(text, /_count\{method="POST",route="\/api\/:collection",status="201"\} 1\n/);
      assert.match(text, /bakend_collections 5\n/);
      const buckets = [...text.matchAll(/_bucket\{method="POST"[^}]*\} (\d+)/g)].map(([, count]) => Number(count));
      assert.deepEqual(
        buckets,
        buckets.toSorted((a, b) => a - b),
        "buckets add up",
      );
    }));

  test("metrics can be turned off", () =>
    using({ metrics: false }, async (app) => assert.equal((await app.call("GET", "/metrics")).status, 404)));
});

describe("cross-origin requests", () => {
  const origin = "https://app.example.com";
  const preflight = {
    origin,
    "access-control-request-method": "PATCH",
    "access-control-request-headers": "x-one, if-match",
  };

  test("from anywhere, by default", () =>
    using({}, async (app) => {
      const answer = await app.call("GET", "/api/nope", { headers: { origin } });
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      assert.match(answer.headers.get("access-control-expose-headers") ?? "", /etag.*x-request-id/);
      assert.equal(answer.headers.get("access-control-allow-credentials"), null);
      for (const path of ["/api/posts", "/api/batch", `/api/posts/${POST.one}`]) {
        const before = await app.call("OPTIONS", path, { headers: preflight });
        assert.equal(before.status, 204);
        assert.equal(before.headers.get("access-control-allow-origin"), "*");
        assert.match(before.headers.get("access-control-allow-methods") ?? "", /PATCH/);
        assert.equal(before.headers.get("access-control-allow-headers"), "x-one, if-match");
        assert.equal(before.headers.get("access-control-max-age"), "600");
      }
      const token = await app.call("OPTIONS", "/api/posts", { headers: { ...preflight, authorization: "Bearer x" } });
      assert.equal(token.status, 204, "a preflight needs no token");
    }));

  test("from listed origins only", () =>
    using({ cors: { origins: [origin, "http://localhost:5173"], credentials: true, maxAge: 5000 } }, async (app) => {
      for (const known of [origin, "http://localhost:5173"]) {
        const answer = await app.call("GET", "/health", { headers: { origin: known } });
        assert.equal(answer.headers.get("access-control-allow-origin"), known);
        assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
        assert.match(answer.headers.get("vary") ?? "", /origin/i);
      }
      for (const other of ["https://evil.example", "null", `${origin}.evil.example`, origin.toUpperCase()]) {
        const answer = await app.call("GET", "/health", { headers: { origin: other } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("access-control-allow-origin"), null, other);
        assert.equal(answer.headers.get("access-control-allow-credentials"), null);
        const before = await app.call("OPTIONS", "/api/posts", { headers: { ...preflight, origin: other } });
        assert.equal(before.headers.get("access-control-allow-methods"), null);
      }
      const same = await app.call("GET", "/health");
      assert.match(same.headers.get("vary") ?? "", /origin/i, "a cache must not keep it for another origin");
      const before = await app.call("OPTIONS", "/api/posts", { headers: preflight });
      assert.equal(before.headers.get("access-control-max-age"), "5");
    }));
});

describe("the size of a body", () => {
  const limit = 2048;
  const options = { limits: { body: limit } };
  const bodyOf = (bytes: number) => `{"name":"${"x".repeat(bytes - 11)}"}`;
  const stream = (text: string, chunk = 100, onPull = () => {}) => {
    const bytes = new TextEncoder().encode(text);
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        onPull();
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(at, at + chunk));
        at += chunk;
      },
    });
  };
  const send = (app: TestApp, body: unknown, headers: Record<string, string> = {}) =>
    app.app.fetch(
      new Request("http://test.local/api/tags", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
        duplex: "half",
      } as RequestInit),
    );

  for (const [name, size, status] of [
    ["at the limit", limit, 201],
    ["one byte over it", limit + 1, 413],
  ] as const) {
    test(`${name}: with content-length`, () =>
      using(options, async (app) => {
        assert.equal((await send(app, bodyOf(size), { "content-length": String(size) })).status, status);
      }));
    test(`${name}: in chunks`, () =>
      using(options, async (app) => {
        const response = await send(app, stream(bodyOf(size)));
        assert.equal(response.status, status);
        if (status === 413) assert.equal((await response.json()).code, "payload_too_large");
      }));
  }

  test("an endless body is not read whole", () =>
    using(options, async (app) => {
      let pulls = 0;
      const endless = new ReadableStream({
        pull(controller) {
          pulls += 1;
          controller.enqueue(new Uint8Array(1024));
        },
      });
      assert.equal((await send(app, endless)).status, 413);
      assert.ok(pulls < 20, `${pulls} chunks were read`);
    }));

  test("bytes are counted, not characters", () =>
    using(options, async (app) => {
      assert.equal((await send(app, `{"name":"${"ö".repeat(1100)}"}`)).status, 413);
    }));
});

describe("an app by itself", () => {
  test("answers 503 before build(), with everything a problem has", async () => {
    const { createApp } = await import("../../../src/core/app.ts");
    const { sqliteOnThisRuntime } = await import("../connection-platform.ts");
    const app = createApp({ database: (await sqliteOnThisRuntime()).sqlite(":memory:") });
    const response = await app.fetch(new Request("http://test.local/api/posts"));
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(response.headers.get("retry-after"), "1");
    assert.throws(() => app.collections, { code: "unavailable" });
    await app.close();
  });

  test("one answer may be asked for while another is written", () =>
    using({}, async (app) => {
      await succeed(app, "POST", "/api/people", { id: PERSON.ann, name: "Ann" });
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          n % 2 === 0
            ? app.call("POST", "/api/tags", { body: { name: `t${n}` } })
            : app.call("GET", `/api/people/${PERSON.ann}`),
        ),
      );
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201, 200]));
    }));
});
