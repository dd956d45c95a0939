import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { grantedHosts } from "../../../src/adapters/process/granted-hosts.ts";
import { createOutbound } from "../../../src/adapters/process/outbound.ts";
import { BakendError } from "../../../src/core/errors.ts";
import { openFunctions } from "../../support/functions.ts";

describe("granted hosts", () => {
  const table: readonly (readonly [grants: readonly string[], url: string, allowed: boolean])[] = [
    [[], "https://example.com/", false],
    [["example.com"], "https://example.com/", true],
    [["example.com"], "http://example.com:8080/", true],
    [["Example.COM"], "https://EXAMPLE.com/", true],
    [["example.com"], "https://www.example.com/", false],
    [["example.com"], "https://example.com.evil.org/", false],
    [["example.com"], "https://evil.org/example.com", false],
    [["example.com"], "https://example.com@evil.org/", false],
    [["example.com"], "https://user:pass@example.com/", false],
    [["example.com"], "ftp://example.com/", false],
    [["example.com"], "file:///etc/passwd", false],
    [["example.com:8443"], "https://example.com:8443/", true],
    [["example.com:8443"], "https://example.com/", false],
    [["example.com:443"], "https://example.com/", true],
    [["*.example.com"], "https://a.b.example.com/", true],
    [["*.example.com"], "https://example.com/", false],
    [["*.example.com"], "https://notexample.com/", false],
    [["127.0.0.1"], "http://127.0.0.1:3000/", true],
    [["127.0.0.1"], "http://0x7f.1/", true],
    [["10.0.0.1"], "http://167772161/", true],
    [["example.com"], "http://2130706433/", false],
    [["[::1]:3000"], "http://[::1]:3000/", true],
    [["[::1]"], "http://[::1]:3000/", true],
  ];
  for (const [grants, url, allowed] of table) {
    test(`${grants.join(", ") || "nothing"} ${allowed ? "allows" : "refuses"} ${url}`, () => {
      assert.equal(grantedHosts(grants).allows(new URL(url)), allowed);
    });
  }

  const addresses: readonly (readonly [grants: readonly string[], host: string, address: string, allowed: boolean])[] =
    [
      [["a.example"], "a.example", "93.184.216.34", true],
      [["a.example"], "a.example", "127.0.0.1", false],
      [["a.example"], "a.example", "10.1.2.3", false],
      [["a.example"], "a.example", "172.20.0.1", false],
      [["a.example"], "a.example", "192.168.1.1", false],
      [["a.example"], "a.example", "169.254.169.254", false],
      [["a.example"], "a.example", "100.64.0.1", false],
      [["a.example"], "a.example", "0.0.0.0", false],
      [["a.example"], "a.example", "::1", false],
      [["a.example"], "a.example", "::ffff:127.0.0.1", false],
      [["a.example"], "a.example", "fd00::1", false],
      [["a.example"], "a.example", "fe80::1", false],
      [["a.example"], "a.example", "fec0::1", false],
      [["a.example"], "a.example", "feff::1", false],
      [["a.example"], "a.example", "64:ff9b::7f00:1", false],
      [["a.example"], "a.example", "64:ff9b:1::7f00:1", false],
      [["a.example"], "a.example", "64:ff9b:1:ffff::1", false],
      [["a.example"], "a.example", "::7f00:1", false],
      [["a.example"], "a.example", "::a9fe:a9fe", false],
      [["a.example"], "a.example", "::", false],
      [["a.example"], "a.example", "2001:0:7f00:1::", false],
      [["a.example"], "a.example", "2002:7f00:1::", false],
      [["a.example"], "a.example", "::ffff:0:7f00:1", false],
      [["a.example"], "a.example", "::ffff:0:127.0.0.1", false],
      [["a.example"], "a.example", "::127.0.0.1", false],
      [["a.example"], "a.example", "64:ff9b::127.0.0.1", false],
      [["a.example"], "a.example", "fe80::1%eth0", false],
      [["a.example"], "a.example", "nonsense", false],
      [["a.example"], "a.example", "64:ff9b:2::1", true],
      [["a.example"], "a.example", "2001:1::1", true],
      [["a.example"], "a.example", "2001:4860:4860::8888", true],
      [["a.example"], "a.example", "::ffff:93.184.216.34", true],
      [["a.example"], "a.example", "2606:2800:220:1::1", true],
      [["a.example", "10.1.2.3"], "a.example", "10.1.2.3", true],
      [["localhost"], "localhost", "127.0.0.1", true],
      [["localhost"], "localhost", "::1", true],
      [["localhost"], "localhost", "10.0.0.1", false],
      [["localhost"], "a.example", "127.0.0.1", false],
      [["127.0.0.1:80"], "a.example", "127.0.0.1", true],
      [["127.0.0.1:3000"], "a.example", "127.0.0.1", false],
      [["127.0.0.1:3000"], "a.example:3000", "127.0.0.1", true],
      [["127.0.0.1:3000", "127.0.0.1:3001"], "a.example:3001", "127.0.0.1", true],
      [["127.0.0.1"], "a.example:3000", "127.0.0.1", true],
      [["[::1]:3000"], "a.example:3001", "::1", false],
      [["[::1]:3000"], "a.example:3000", "::1", true],
      [["localhost:3000"], "localhost:3001", "127.0.0.1", false],
      [["localhost:3000"], "localhost:3000", "127.0.0.1", true],
      [["127.0.0.1:3000"], "a.example:3001", "93.184.216.34", true],
    ];
  for (const [grants, host, address, allowed] of addresses) {
    test(`${grants.join(", ")}: ${host} at ${address} is ${allowed ? "reached" : "not reached"}`, () => {
      assert.equal(grantedHosts(grants).allowsAddress(new URL(`http://${host}/`), address), allowed);
    });
  }
});

describe("requests on behalf of functions", () => {
  let server: Server;
  let port = 0;
  before(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? "/";
      const to = new URL(path, "http://x").searchParams.get("to");
      if (path.startsWith("/redirect")) response.writeHead(302, { location: to ?? "/redirect" }).end();
      else if (path === "/big") response.end(Buffer.alloc(9 * 1024 * 1024));
      else if (path === "/bytes")
        response.writeHead(200, { "content-type": "image/png" }).end(Buffer.from([0, 255, 1]));
      else if (path === "/never") response.writeHead(200).write("x");
      else if (path === "/switch")
        response.socket?.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n");
      else {
        let body = "";
        request.on("data", (chunk) => {
          body += chunk;
        });
        request.on("end", () => {
          response.setHeader("content-type", "application/json");
          response.setHeader("set-cookie", ["a=1", "b=2"]);
          response.end(JSON.stringify({ method: request.method, path, headers: request.headers, body }));
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const ask = (path: string, more: object = {}, grants: readonly string[] = ["127.0.0.1"]) =>
    createOutbound(grants)(
      { method: "GET", url: `http://127.0.0.1:${port}${path}`, headers: [], ...more },
      new AbortController().signal,
    );
  const refused = (code: string) => (error: unknown) => error instanceof BakendError && error.code === code;

  test("carry method, headers and body, and nothing of the connection's", async () => {
    const headers = [
      ["x-own", "1"],
      ["host", "evil.example"],
      ["connection", "upgrade"],
      ["content-type", "text/plain"],
    ];
    const { status, text = "", headers: told } = await ask("/echo?a=1", { method: "POST", headers, text: "hello" });
    const echoed = JSON.parse(text);
    assert.equal(status, 200);
    assert.deepEqual([echoed.method, echoed.path, echoed.body], ["POST", "/echo?a=1", "hello"]);
    assert.equal(echoed.headers["x-own"], "1");
    assert.equal(echoed.headers.host, `127.0.0.1:${port}`);
    assert.deepEqual(
      told.filter(([name]) => name === "set-cookie"),
      [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
    );
  });

  test("bring bytes back", async () => {
    assert.equal((await ask("/bytes")).bytes, "AP8B");
  });

  test("follow redirections only to what is granted, and not for ever", async () => {
    const { text = "" } = await ask(`/redirect?to=${encodeURIComponent("/echo")}`, {
      method: "POST",
      text: "x",
      headers: [["content-type", "text/plain"]],
    });
    assert.deepEqual([JSON.parse(text).method, JSON.parse(text).body], ["GET", ""]);
    await assert.rejects(
      ask(`/redirect?to=${encodeURIComponent(`http://localhost:${port}/echo`)}`),
      refused("forbidden"),
    );
    await assert.rejects(ask(`/redirect?to=${encodeURIComponent("http://169.254.169.254/")}`), refused("forbidden"));
    await assert.rejects(ask("/redirect"), refused("unavailable"));
  });

  test("leave redirections alone, or fail by them, where that is asked for", async () => {
    const path = `/redirect?to=${encodeURIComponent("http://169.254.169.254/")}`;
    const { status, headers } = await ask(path, { redirect: "manual" });
    assert.equal(status, 302);
    assert.equal(headers.find(([name]) => name === "location")?.[1], "http://169.254.169.254/");
    await assert.rejects(ask(path, { redirect: "error" }), refused("unavailable"));
    for (const redirect of ["manual", "error"]) assert.equal((await ask("/echo", { redirect })).status, 200);
  });

  test("what signs in at one host is not sent to another", async () => {
    const url = encodeURIComponent(`http://localhost:${port}/echo`);
    const headers = [
      ["authorization", "Bearer x"],
      ["cookie", "a=b"],
      ["x-own", "1"],
    ];
    const { text = "" } = await ask(`/redirect?to=${url}`, { headers }, ["127.0.0.1", "localhost"]);
    const told = JSON.parse(text).headers;
    assert.deepEqual([told.authorization, told.cookie, told["x-own"]], [undefined, undefined, "1"]);
  });

  test("refuse what is no URL, too large, no answer, or not there", async () => {
    await assert.rejects(ask("", { url: "nonsense" }), refused("bad_request"));
    await assert.rejects(ask("/big"), refused("payload_too_large"));
    await assert.rejects(ask("/switch"), refused("unavailable"));
    await assert.rejects(ask("", { url: "http://127.0.0.1:1/" }), refused("unavailable"));
    await assert.rejects(ask("", { url: "http://127.0.0.1/" }, []), refused("forbidden"));
  });

  test("end with the call that has asked", async () => {
    const abort = new AbortController();
    const never = createOutbound(["127.0.0.1"])(
      { method: "GET", url: `http://127.0.0.1:${port}/never`, headers: [] },
      abort.signal,
    );
    setTimeout(() => abort.abort(), 20);
    await assert.rejects(never, refused("unavailable"));
  });

  test("a function's fetch, its own and the global one, is such a request", async () => {
    const world = await openFunctions({
      files: {
        "functions/a.ts": `import { onRequest } from "bakend";
          onRequest("GET", "/own", async ({ fetch }) => Response.json(await (await fetch("http://127.0.0.1:${port}/echo", { method: "POST", body: JSON.stringify({ a: 1 }) })).json()));
          onRequest("GET", "/global", async () => Response.json({ bytes: [...new Uint8Array(await (await globalThis.fetch("http://127.0.0.1:${port}/bytes")).arrayBuffer())] }));
          onRequest("GET", "/redirect/:how", async ({ params }) => {
            const answer = await fetch("http://127.0.0.1:${port}/redirect?to=/bytes#part", { redirect: params.how }).catch((error) => error);
            return Response.json([answer.status, answer.url, answer.redirected, answer.headers?.get("location") ?? null, answer.code ?? null]);
          });
          onRequest("GET", "/refused", async () => { try { await fetch("http://localhost:${port}/"); } catch (error) { return Response.json({ name: error.name, code: error.code, message: error.message }); } });`,
      },
      hosts: [`127.0.0.1:${port}`],
    });
    assert.equal((await world.get("/own")).body.body, `{"a":1}`);
    assert.deepEqual((await world.get("/global")).body, { bytes: [0, 255, 1] });
    const from = `http://127.0.0.1:${port}`;
    const redirected = async (how: string) => (await world.get(`/redirect/${how}`)).body;
    assert.deepEqual(await redirected("follow"), [200, `${from}/bytes`, true, null, null]);
    assert.deepEqual(await redirected("manual"), [302, `${from}/redirect?to=/bytes`, false, "/bytes", null]);
    assert.deepEqual((await redirected("error")).at(-1), "unavailable");
    assert.deepEqual((await world.get("/refused")).body, {
      name: "BakendError",
      code: "forbidden",
      message: `functions.hosts does not grant localhost:${port}.`,
    });
    await world.close();
  });

  test("a granted folder may be read, and no other", async () => {
    const world = await openFunctions({
      files: {
        "functions/a.ts": `import { onRequest } from "bakend"; import { readFileSync } from "node:fs";
          onRequest("GET", "/:folder", ({ params }) => { try { return new Response(readFileSync(params.folder + "/text.txt", "utf8")); } catch { return new Response("refused"); } });`,
        "assets/text.txt": "an asset",
        "private/text.txt": "private",
      },
      folders: ["assets"],
    });
    assert.equal((await world.get("/assets")).text, "an asset");
    assert.equal((await world.get("/private")).text, "refused");
    await world.close();
  });
});
