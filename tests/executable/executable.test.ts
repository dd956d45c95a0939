import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createAuthenticator } from "../support/authenticator.ts";
import { type Bare, makeBare, residentMegabytes, type Served } from "./bare.ts";

const HALF_A_MINUTE = { timeout: 30_000 };

let bare: Bare;
before(() => {
  bare = makeBare();
}, HALF_A_MINUTE);
after(() => bare.remove());

describe("the executable alone, without any other program", () => {
  const plain: [name: string, args: string[], status: number, output: RegExp][] = [
    ["tells its version", ["version"], 0, /^bakend \d+\.\d+\.\d+/],
    ["tells what it can do", ["help"], 0, /bak start/],
    ["tells about one command", ["help", "start"], 0, /--config/],
    ["refuses what it does not know", ["strat"], 2, /start/],
    ["needs a project to serve", ["start"], 2, /bak init/],
  ];
  for (const [name, args, expected, output] of plain) {
    test(name, () => {
      const { status, stdout, stderr } = bare.run(...args);
      assert.equal(status, expected, stderr);
      assert.match(stdout + stderr, output);
    });
  }

  test("leaves nothing behind where it has not been told to", () => {
    assert.deepEqual(readdirSync(bare.folder), []);
  });

  test("runs no code that a folder has for another program", () => {
    writeFileSync(join(bare.folder, "bunfig.toml"), 'preload = ["./other.ts"]\n');
    writeFileSync(join(bare.folder, "other.ts"), 'console.log("other");\n');
    const { status, stdout } = bare.run("version");
    for (const name of ["bunfig.toml", "other.ts"]) rmSync(join(bare.folder, name));
    assert.equal(status, 0);
    assert.doesNotMatch(stdout, /other/);
  });

  test("makes a project whose secret is its owner's", () => {
    const { status, stdout } = bare.run("init", "app");
    assert.equal(status, 0);
    assert.match(stdout, /made {2}app\/bakend\.json/);
    assert.equal(statSync(join(bare.folder, "app/bakend.json")).mode & 0o777, 0o600);
    assert.equal(bare.run("init", "app").status, 2, "a second time");
  });

  test("tells every mistake of a configuration at once", () => {
    mkdirSync(join(bare.folder, "wrong"));
    const wrong = { prot: 1, durability: "sometimes", limits: { batch: 0 }, secret: "short" };
    writeFileSync(join(bare.folder, "wrong/bakend.json"), JSON.stringify(wrong));
    const { status, stderr } = bare.run("start", "--config", "wrong/bakend.json");
    assert.notEqual(status, 0);
    for (const part of ['did you mean "port"', "durability", "limits.batch", "secret"])
      assert.ok(stderr.includes(part), stderr);
    assert.ok(!stderr.includes("short"), "a secret is not shown");
  });
});

describe("the executable serves a project", () => {
  let served: Served;
  let coldStart = 0;
  before(async () => {
    mkdirSync(join(bare.folder, "shop/collections"), { recursive: true });
    writeFileSync(join(bare.folder, "shop/bakend.json"), JSON.stringify({ port: 0 }));
    writeFileSync(join(bare.folder, "shop/collections/things.json"), JSON.stringify(THINGS));
    const started = performance.now();
    served = await bare.serve("--config", "shop/bakend.json");
    await fetch(`${served.url}/health`);
    coldStart = performance.now() - started;
  }, HALF_A_MINUTE);

  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const headers = {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${served.url}${path}`, { method, headers, ...init });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  };

  test("says how it is", async () => {
    assert.equal((await call("GET", "/health")).body.status, "ok");
    assert.equal((await call("GET", "/readyz")).status, 200);
    const memory = residentMegabytes(served.pid);
    process.stdout.write(
      `note: first answer ${Math.round(coldStart)} ms after the start, ${memory ?? "?"} MB resident\n`,
    );
  });

  test("creates, reads, changes, finds and deletes", async () => {
    const made = await call("POST", "/api/things", { name: "Lamp", price: 20 });
    assert.equal(made.status, 201);
    const path = `/api/things/${made.body.id}`;
    assert.equal((await call("POST", "/api/things", { name: "Table", price: 90 })).status, 201);
    assert.equal((await call("PATCH", path, { price: 25 })).body.version, 2);
    assert.equal((await call("GET", path)).body.price, 25);
    const cheap = await call(
      "GET",
      `/api/things?filter=${encodeURIComponent("price < 50 && name ~ 'LAM'")}&count=true`,
    );
    assert.deepEqual([cheap.body.total, cheap.body.items[0].name], [1, "Lamp"]);
    assert.equal((await call("GET", "/api/things?search=tab")).body.items[0].name, "Table");
    assert.equal((await call("DELETE", path)).status, 204);
    assert.equal((await call("GET", path)).body.code, "not_found");
    assert.equal((await call("POST", "/api/things", { name: 5, nope: 1 })).body.errors.length, 2);
  });

  test("makes passkeys, and knows them again", async () => {
    const device = createAuthenticator("http://localhost");
    const account = { email: "ann@example.com", password: "correct horse battery" };
    const { token, user } = (await call("POST", "/api/auth/register", account)).body;
    const making = await call("POST", "/api/auth/passkeys/register/options", {}, token);
    const made = { credential: device.create(making.body) };
    assert.equal((await call("POST", "/api/auth/passkeys/register/verify", made, token)).status, 201);
    const asking = await call("POST", "/api/auth/passkeys/login/options", {});
    const found = { credential: device.get(asking.body) };
    const entered = await call("POST", "/api/auth/passkeys/login/verify", found);
    assert.equal(entered.body.user?.id, user.id, JSON.stringify(entered.body));
  });

  test("describes itself", async () => {
    const { body } = await call("GET", "/api/openapi.json");
    assert.ok(body.paths["/api/things/{id}"].patch);
    const panel = await call("GET", "/_/collections/things");
    assert.match(panel.body, /^<!doctype html>[\s\S]*<script>[\s\S]*<\/html>\s*$/);
    assert.match((await call("GET", "/api/docs")).body, /^<!doctype html>[\s\S]*<\/html>\s*$/);
  });

  test("a second one on the same port ends with a clear error", () => {
    const { port } = new URL(served.url);
    const second = bare.run("start", "--config", "shop/bakend.json", "--port", port);
    assert.equal(second.status, 1);
    assert.match(second.stderr, new RegExp(`127\\.0\\.0\\.1:${port}: another program uses this port`));
  });

  test("ends in order, and finds its data again", HALF_A_MINUTE, async () => {
    assert.equal(await served.stop(), 0);
    assert.doesNotMatch(served.stderr(), /"level":"(error|warn)"/);
    served = await bare.serve("--config", "shop/bakend.json");
    const { body } = await call("GET", "/api/things");
    assert.deepEqual(
      body.items.map((item: { name: string }) => item.name),
      ["Table"],
    );
    assert.equal(await served.stop(), 0);
    const files = readdirSync(join(bare.folder, "shop")).filter((name) => name.startsWith("bakend.db"));
    assert.deepEqual(files, ["bakend.db"], "the log is folded into the database");
  });
});

const THINGS = {
  name: "things",
  fields: [
    { name: "name", type: "text", required: true, searchable: true },
    { name: "price", type: "number" },
  ],
  permissions: { read: "public", create: "public", update: "public", delete: "public" },
};
