import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BakendError } from "../../src/core/errors.ts";
import type { Plugin, PluginHost } from "../../src/core/plugins/index.ts";
import { inWorld } from "../support/accounts.ts";
import { openApp } from "../support/app.ts";
import { connectTo } from "../support/realtime.ts";

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
  for (const [name, plugins, words] of faults)
    test(`${name} stops the start, and says which`, () => assert.rejects(openApp({ plugins }), words));
});
