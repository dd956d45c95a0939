import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BakendError } from "../../src/core/errors.ts";
import type { Plugin } from "../../src/core/plugins/index.ts";
import { openApp } from "../support/app.ts";

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
