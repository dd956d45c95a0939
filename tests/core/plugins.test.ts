import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createApp } from "../../src/core/app.ts";
import { ConfigError } from "../../src/core/config/index.ts";
import { BakendError } from "../../src/core/errors.ts";
import { createLogger } from "../../src/core/logging/index.ts";
import type { Plugin, PluginHost } from "../../src/core/plugins/index.ts";
import { sqliteOnThisRuntime } from "../conformance/connection-platform.ts";
import { inWorld } from "../support/accounts.ts";
import { openApp } from "../support/app.ts";
import { connectTo } from "../support/realtime.ts";

/** A log, and the steps of time that somebody waits for. */
function watched() {
  const lines: string[] = [];
  const write = (entries: unknown): void => void lines.push(JSON.stringify(entries));
  const logger = createLogger({ level: "warn", sinks: [{ write }] });
  const ticks = new Set<readonly [milliseconds: number, task: () => void]>();
  const every = (milliseconds: number, task: () => void): (() => void) => {
    const tick = [milliseconds, task] as const;
    ticks.add(tick);
    return () => void ticks.delete(tick);
  };
  const logged = async (): Promise<string> => {
    await logger.flush();
    return lines.join();
  };
  return {
    ...{ logger, every, logged },
    /** Lets so many milliseconds be over, for all that wait for as many. */
    async pass(milliseconds: number) {
      for (const [wanted, task] of [...ticks]) if (wanted === milliseconds) task();
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } };

describe("plugins", () => {
  test("listen, work with records, answer requests, and are ended", async () => {
    const told: string[] = [];
    let ended = false;
    const counter: Plugin = {
      name: "counter",
      install({ events, collections, routes }) {
        let count = 0;
        events.on("notes.created", () => {
          count += 1;
          events.emit("counted", { count });
        });
        events.on("counter.*", ({ type, source }) => void told.push(`${type} by ${source}`));
        routes.add("GET", "/notes/:unit", async (_, { params, principal }) => {
          const stored = await collections.records("notes").count();
          return Response.json({ count, stored, unit: params.unit, as: principal.kind });
        });
        routes.add("POST", "/refuse", () => {
          throw new BakendError("conflict", "Not today, thank you.");
        });
        routes.add("POST", "/break", () => {
          throw new Error("a secret of the inside");
        });
        return () => {
          ended = true;
        };
      },
    };
    const app = await openApp({ collections: [NOTES], plugins: [counter] });
    for (const title of ["a", "b"]) await app.call("POST", "/api/notes", { body: { title } });
    await app.app.idle();
    const answer = await app.call("GET", "/api/plugins/counter/notes/pieces");
    assert.deepEqual(answer.body, { count: 2, stored: 2, unit: "pieces", as: "anonymous" });
    assert.deepEqual(told, ["counter.counted by counter", "counter.counted by counter"]);
    assert.equal((await app.call("POST", "/api/plugins/counter/refuse")).status, 409);
    const broken = await app.call("POST", "/api/plugins/counter/break");
    assert.equal(broken.status, 500);
    assert.doesNotMatch(broken.text, /secret/);
    await app.close();
    assert.equal(ended, true);
  });

  for (const durable of [true, false])
    test(`tell others of what they emit, as others are told of all else; kept: ${durable}`, () => {
      const heard: string[] = [];
      const hosts: PluginHost[] = [];
      const shop: Plugin = {
        name: "shop",
        install(host) {
          hosts.push(host);
          host.events.on("shop.*", ({ type }) => void heard.push(`plugin ${type}`));
        },
      };
      const sendOut = async ({ body }: { readonly body: string }): Promise<{ status: number }> => {
        heard.push(`webhook ${JSON.parse(body).type}`);
        return { status: 200 };
      };
      return inWorld({ plugins: [shop], sendOut, events: { durable } }, async (world) => {
        const { token } = await world.signUp("root@example.com", "admin");
        const client = await connectTo(world.app, token);
        await client.subscribe("shop", "shop.*");
        await client.subscribe("all", "*");
        await world.ok("POST", "/api/admin/webhooks", { token, body: { url: "https://a.b", events: ["shop.*"] } });
        await client.take();
        hosts[0]?.events.emit("sold", { n: 1 });
        hosts[0]?.events.emit("closed", undefined);
        await world.app.app.idle();
        const told = (await client.take()).map(({ ids, event }) => `${ids} ${event.type}`);
        assert.deepEqual(told, ["shop,all shop.sold", "shop,all shop.closed"]);
        const expected = ["plugin shop.closed", "plugin shop.sold", "webhook shop.closed", "webhook shop.sold"];
        assert.deepEqual(heard.sort(), expected);
        const { status, body } = await world.call("GET", "/api/admin/events?type=shop.*", { token });
        assert.equal(status, durable ? 200 : 503);
        const kept = durable ? body.items.map((one: { type: string }) => one.type) : [];
        assert.deepEqual(kept, durable ? ["shop.closed", "shop.sold"] : []);
      })();
    });

  const faults: [name: string, plugins: readonly Plugin[], words: RegExp][] = [
    ["one that throws", [{ name: "a", install: () => Promise.reject(new Error("no key")) }], /plugin a .*no key/],
    ["a name that is none", [{ name: "A B", install: () => undefined }], /small letters/],
    [
      "two of a name",
      [
        { name: "a", install: () => undefined },
        { name: "a", install: () => undefined },
      ],
      /two of this name/,
    ],
    [
      "a path that is none",
      [{ name: "a", install: ({ routes }) => routes.add("GET", "hello", () => new Response()) }],
      /hello/,
    ],
  ];
  const answer = (): Response => new Response();
  const routes: [name: string, added: readonly (readonly [method: string, path: string])[], words: RegExp][] = [
    [
      "a route twice",
      [
        ["GET", "/x"],
        ["POST", "/x"],
        ["GET", "/x"],
      ],
      /GET \/x is no route: it is there already/,
    ],
    [
      "a place with two names",
      [
        ["GET", "/:id"],
        ["GET", "/:name"],
      ],
      /GET \/:name .* otherwise than \/:id does/,
    ],
    [
      "a place with two names, on the way",
      [
        ["GET", "/a/:id/b"],
        ["POST", "/a/:name/c"],
      ],
      /otherwise than/,
    ],
    ["two parameters of a name", [["GET", "/:id/:id"]], /a name of its own/],
    ["a method that there is not", [["get", "/x"]], /there are GET, POST/],
  ];
  for (const [name, added, words] of routes) {
    const install: Plugin["install"] = ({ routes: { add } }) => {
      for (const [method, path] of added) add(method as "GET", path, answer);
    };
    faults.push([name, [{ name: "a", install }], words]);
  }
  for (const own of ["auth", "system", "function", "job", "server", "storage", "collections"])
    faults.push([`the name ${own}`, [{ name: own, install: () => undefined }], /a name of Bakend's own/]);
  for (const [name, plugins, words] of faults)
    test(`${name} stops the start, and says which`, () =>
      assert.rejects(openApp({ plugins }), (error) => error instanceof ConfigError && words.test(error.message)));

  const bad: [name: string, end: () => unknown][] = [
    [
      "throws",
      () => {
        throw new Error("no file");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no file"))],
    ["never ends", () => new Promise(() => undefined)],
  ];
  for (const [name, end] of bad)
    test(`whose end ${name} keep nobody from ending: the log names them`, async () => {
      const { logged, pass, ...more } = watched();
      const ended: string[] = [];
      const fine = (its: string): Plugin => ({ name: its, install: () => () => void ended.push(its) });
      const app = await openApp({
        ...more,
        plugins: [fine("first"), { name: "broken", install: () => end }, fine("last")],
      });
      const closed = app.close();
      if (name === "never ends") {
        while (ended.length === 0) await turn();
        await pass(3000);
      }
      await closed;
      assert.deepEqual(ended, ["last", "first"]);
      assert.match(await logged(), /could not be ended.*broken.*(no file|more than 3 seconds)/);
    });

  test("whose end fails while another cannot be installed are not taken for that one", async () => {
    const plugins: readonly Plugin[] = [
      { name: "fine", install: () => () => Promise.reject(new Error("no file")) },
      { name: "shop", install: () => Promise.reject(new Error("no key")) },
    ];
    const { logged, pass: _, ...more } = watched();
    await assert.rejects(openApp({ ...more, plugins }), /shop could not be installed: no key/);
    assert.match(await logged(), /could not be ended.*fine.*no file/);
  });

  test("that take long to be installed are named, and refused after half a minute", async () => {
    const { logged, pass, ...more } = watched();
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const stuck = (): Promise<void> => {
      resolve();
      return new Promise(() => undefined);
    };
    const opened = openApp({ ...more, plugins: [{ name: "slow", install: stuck }] });
    const refused = assert.rejects(opened, /slow could not be installed: it took more than 30 seconds/);
    await begun;
    await pass(5000);
    assert.match(await logged(), /takes long to be installed.*slow/);
    await pass(30_000);
    await refused;
  });

  test("that are still being installed when the app is closed end its start", async () => {
    const { sqlite } = await sqliteOnThisRuntime();
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const stuck = (): Promise<void> => {
      resolve();
      return new Promise(() => undefined);
    };
    const app = createApp({ database: sqlite(":memory:"), plugins: [{ name: "slow", install: stuck }] });
    const refused = assert.rejects(app.build(), /slow could not be installed: the app was closed meanwhile/);
    await begun;
    await app.close();
    await refused;
  });

  test("have routes that are told apart, of those that are added while they are installed", async () => {
    let host: PluginHost | undefined;
    const answers = (text: string) => () => new Response(text);
    const many: Plugin = {
      name: "many",
      install(given) {
        host = given;
        for (const path of ["/x", "/:id", "/:id/a", "/b/:name", "/x/:other"])
          given.routes.add("GET", path, answers(path));
        given.routes.add("POST", "/x", answers("posted"));
      },
    };
    const app = await openApp({ plugins: [many] });
    for (const [path, text] of [
      ["x", "/x"],
      ["y", "/:id"],
      ["y/a", "/:id/a"],
      ["b/y", "/b/:name"],
      ["x/y", "/x/:other"],
    ])
      assert.equal((await app.call("GET", `/api/plugins/many/${path}`)).text, text);
    assert.equal((await app.call("POST", "/api/plugins/many/x")).text, "posted");
    assert.throws(() => host?.routes.add("GET", "/late", answers("late")), /while the plugin is installed/);
    await app.close();
  });

  test("answer with all headers of theirs", async () => {
    const install: Plugin["install"] = ({ routes: { add } }) =>
      add("GET", "/x", () => {
        const headers = new Headers({ "x-own": "1" });
        for (const one of ["a=1; Path=/", "b=2"]) headers.append("set-cookie", one);
        return new Response("x", { headers });
      });
    const app = await openApp({ plugins: [{ name: "a", install }] });
    const { headers } = await app.call("GET", "/api/plugins/a/x");
    assert.deepEqual([headers.get("x-own"), headers.getSetCookie()], ["1", ["a=1; Path=/", "b=2"]]);
    await app.close();
  });

  test("have no name that a collection has, or comes to have", async () => {
    const shop: Plugin = { name: "shop", install: () => undefined };
    const SHOP = { ...NOTES, name: "shop" };
    const taken = {
      code: "validation_failed",
      errors: [{ field: "name", code: "enum", message: "is the name of a plugin" }],
    };
    await assert.rejects(openApp({ plugins: [shop], collections: [SHOP] }), taken);
    const app = await openApp({ plugins: [shop], collections: [NOTES] });
    await assert.rejects(app.app.collections.schema.define(SHOP), taken);
    await assert.rejects(app.app.collections.schema.define({ ...SHOP, renamedFrom: "notes" }), taken);
    await app.close();

    const folder = mkdtempSync(join(tmpdir(), "bakend-plugin-"));
    const path = join(folder, "a.db");
    await (await openApp({ path, collections: [SHOP] })).close();
    await assert.rejects(openApp({ path, plugins: [shop] }), taken);
    rmSync(folder, { recursive: true });
  });
});
