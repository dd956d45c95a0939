import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { serveBun } from "../../src/adapters/bun/serve.ts";
import { serveNode } from "../../src/adapters/node/http.ts";
import { type FetchHandler, ListenError, type RunningServer } from "../../src/adapters/server.ts";

// Each runtime is tested with its own server.
const serve = "Bun" in globalThis ? serveBun : serveNode;
const OPTIONS = { host: "127.0.0.1", port: 0 };

/** What the handler saw, by request path. */
const aborted = new Set<string>();

const handler: FetchHandler = async (request, { address }) => {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/echo":
      return new Response(request.body, { status: 201, headers: { "x-method": request.method } });
    case "/about":
      return Response.json({ address, host: url.host, query: url.search, header: request.headers.get("x-test") });
    case "/cookies": {
      const headers = new Headers();
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT");
      return new Response("ok", { headers });
    }
    case "/none":
      return new Response(null, { status: Number(url.searchParams.get("status")), headers: { etag: '"1"' } });
    case "/stream":
      return new Response(drip(["one ", "two ", "three"]));
    case "/broken":
      return new Response(drip(["one ", new Error("broken")]));
    case "/slow":
      await new Promise((resolve) => setTimeout(resolve, Number(url.searchParams.get("ms"))));
      return new Response("slow");
    case "/refuse":
      await request.body?.cancel();
      return new Response("no", { status: 413 });
    case "/hang":
      await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
      aborted.add(url.search);
      return new Response("late");
    case "/throw":
      throw new Error("a secret of the inside");
    default:
      return new Response(`at ${url.pathname}`, { status: 404 });
  }
};

function drip(parts: readonly (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...parts];
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const part = left.shift();
      if (part === undefined) controller.close();
      else if (typeof part === "string") controller.enqueue(new TextEncoder().encode(part));
      else controller.error(part);
    },
  });
}

describe("a server", () => {
  let server: RunningServer;
  before(async () => {
    server = await serve({ fetch: handler }, OPTIONS);
  });
  after(() => server.stop({ graceMs: 0 }));

  test("tells its real port", () => {
    assert.ok(server.port > 0);
    assert.equal(server.url, `http://127.0.0.1:${server.port}`);
  });

  test("hands on address, host, query and headers", async () => {
    const response = await fetch(`${server.url}/about?a=1&b=%20`, { headers: { "x-test": "yes" } });
    const host = `127.0.0.1:${server.port}`;
    assert.deepEqual(await response.json(), { address: "127.0.0.1", host, query: "?a=1&b=%20", header: "yes" });
  });

  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    test(`streams a large body in and out: ${method}`, async () => {
      const body = new Uint8Array(3_000_000).map((_, index) => index % 251);
      const response = await fetch(`${server.url}/echo`, { method, body });
      assert.equal(response.status, 201);
      assert.equal(response.headers.get("x-method"), method);
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), body);
    });
  }

  test("an empty body stays empty", async () => {
    assert.equal(await (await fetch(`${server.url}/echo`, { method: "POST" })).text(), "");
  });

  test("keeps cookies apart", async () => {
    const response = await fetch(`${server.url}/cookies`);
    assert.deepEqual(response.headers.getSetCookie(), ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]);
  });

  for (const status of [204, 304]) {
    test(`${status} has headers and no body, and the connection goes on`, async () => {
      const response = await fetch(`${server.url}/none?status=${status}`);
      assert.equal(response.status, status);
      assert.equal(response.headers.get("etag"), '"1"');
      assert.equal(await response.text(), "");
      assert.equal((await fetch(`${server.url}/stream`)).status, 200);
    });
  }

  test("HEAD has headers and no body", async () => {
    const response = await fetch(`${server.url}/cookies`, { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.equal(response.headers.getSetCookie().length, 2);
    assert.equal(await response.text(), "");
  });

  test("streams an answer", async () => {
    assert.equal(await (await fetch(`${server.url}/stream`)).text(), "one two three");
  });

  test("an answer that breaks off does not look complete", async () => {
    await assert.rejects(async () => (await fetch(`${server.url}/broken`)).text());
    assert.equal((await fetch(`${server.url}/stream`)).status, 200);
  });

  test("a handler that throws is a 500 that says nothing", async () => {
    const response = await fetch(`${server.url}/throw`);
    assert.equal(response.status, 500);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.doesNotMatch(await response.text(), /secret/);
  });

  test("an answer may come before the body was read", async () => {
    const response = await fetch(`${server.url}/refuse`, { method: "POST", body: new Uint8Array(200_000) });
    assert.equal(response.status, 413);
    assert.equal(await response.text(), "no");
  });

  test("a path of two slashes is a path, not a host", async () => {
    const text = await raw(server.port, "GET //example.com/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert.match(text, /^HTTP\/1\.1 404/);
    assert.match(text, /at \/\/example\.com\/x/);
  });

  test("a client that goes away aborts the request", async () => {
    const controller = new AbortController();
    const pending = fetch(`${server.url}/hang?1`, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await assert.rejects(pending);
    for (let i = 0; i < 200 && !aborted.has("?1"); i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(aborted.has("?1"));
  });

  test("a taken port is said in words", async () => {
    await assert.rejects(serve({ fetch: handler }, { host: "127.0.0.1", port: server.port }), (error) => {
      assert.ok(error instanceof ListenError);
      assert.match(error.message, /cannot listen on 127\.0\.0\.1:\d+: another program uses this port/);
      return true;
    });
  });
});

describe("stopping", () => {
  test("lets a running request finish and accepts no new one", async () => {
    const server = await serve({ fetch: handler }, OPTIONS);
    await (await fetch(`${server.url}/stream`)).text(); // leaves an idle connection
    const pending = fetch(`${server.url}/slow?ms=200`).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = server.stop({ graceMs: 5000 });
    await assert.rejects(raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert.equal(await pending, "slow");
    assert.equal(await stopped, 0);
  });

  test("lets a streamed answer finish", async () => {
    const server = await serve({ fetch: handler }, OPTIONS);
    const response = await fetch(`${server.url}/stream`);
    const stopped = server.stop({ graceMs: 5000 });
    assert.equal(await response.text(), "one two three");
    assert.equal(await stopped, 0);
  });

  test("cuts what takes too long, and counts it", async () => {
    const server = await serve({ fetch: handler }, OPTIONS);
    const pending = fetch(`${server.url}/slow?ms=2000`).then((response) => response.text());
    const failed = assert.rejects(pending);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await server.stop({ graceMs: 20 }), 1);
    await failed;
  });
});

/** Sends bytes and returns everything that comes back until the other side closes. Rejects if nobody listens. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let received = "";
    socket.setEncoding("utf8");
    socket.on("data", (part) => {
      received += String(part);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
}
