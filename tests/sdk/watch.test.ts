import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ApiError, BakendClient, type RecordsOf } from "../../sdk/javascript/index.ts";
import { serveBun } from "../../src/adapters/bun/serve.ts";
import { serveNode } from "../../src/adapters/node/http.ts";
import type { RunningServer } from "../../src/adapters/server.ts";
import { defineCollection } from "../../src/core/collections/index.ts";
import { systemPrincipal } from "../../src/core/principal.ts";
import { createRandom, seedFromEnvironment } from "../core/rules/random.ts";
import { countingHasher } from "../support/accounts.ts";
import { OPEN, openApp, type TestApp } from "../support/app.ts";

const serve = "Bun" in globalThis ? serveBun : serveNode;

const items = defineCollection({
  name: "items",
  fields: [
    { name: "name", type: "text" },
    { name: "rank", type: "number" },
    { name: "done", type: "boolean" },
    { name: "owner", type: "relation", collection: "users", default: "@user.id" },
  ],
  permissions: { ...OPEN, read: "owner = null || owner = @user.id" },
});
const notes = defineCollection({
  name: "notes",
  fields: [{ name: "name", type: "text" }],
  permissions: { ...OPEN, read: "authenticated" },
});
const drafts = defineCollection({
  name: "drafts",
  fields: [{ name: "name", type: "text" }],
  permissions: { ...OPEN, read: "@user.role = 'editor'" },
});
const papers = defineCollection({
  name: "papers",
  fields: [{ name: "name", type: "text" }],
  permissions: { ...OPEN, read: "name = @user.email || @user.role = 'editor'" },
});
type Schema = RecordsOf<[typeof items, typeof notes, typeof papers, typeof drafts]>;

let app: TestApp;
let server: RunningServer;
before(async () => {
  app = await openApp({ accounts: true, collections: [items, notes, papers, drafts], passwords: countingHasher() });
  server = await serve(app.app, { host: "127.0.0.1", port: 0, idleTimeout: 10_000 });
});
after(async () => {
  app.app.disconnect();
  assert.equal(await server.stop({ graceMs: 5000 }), 0);
  await app.close();
});

const sockets: WebSocket[] = [];
class Tracked extends WebSocket {
  constructor(address: string) {
    super(address);
    sockets.push(this);
  }
}

const NAMES = ["a", "b", "B", "ä", "\u{1f600}", "\uffee", "", null];
const SORTS = [["name"], ["-name", "rank"], ["-rank"], ["done", "-rank", "name"], []] as const;
const SEED = seedFromEnvironment();

/** The last list that was shown, and a wait for one that is as it should be. */
function shown() {
  let last: readonly { readonly id: string; readonly version: number }[] | null = null;
  let wake = (): void => undefined;
  return {
    records(records: readonly { readonly id: string; readonly version: number }[]): void {
      last = records;
      wake();
    },
    async becomes(wanted: () => Promise<readonly object[]>, about: string): Promise<void> {
      const until = Date.now() + 4000;
      for (;;) {
        const expected = await wanted();
        try {
          assert.deepEqual(last, expected, about);
          return;
        } catch (error) {
          if (Date.now() > until) throw error;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 50);
        });
      }
    },
  };
}

describe("records that are watched", () => {
  test(`are those of the server, in its order, whatever happens (SEED=${SEED})`, { timeout: 60_000 }, async () => {
    const random = createRandom(SEED);
    const writer = new BakendClient<Schema>(server.url).collection("items");
    const client = new BakendClient<Schema>(server.url, {
      WebSocket: Tracked,
      // what is read is a little old when it comes: much is told meanwhile
      async fetch(request) {
        const answer = await fetch(request);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return answer;
      },
    });
    const ids: string[] = [];
    const data = () => ({
      name: random.pick(NAMES),
      rank: random.pick([null, -1, 0, 1.5, 20]),
      done: random.chance(0.5),
    });
    const watches = SORTS.map((sort) => {
      const filter = random.pick(["rank > 0 || done = true", "name != 'a'", ""]);
      const query = { ...(filter === "" ? {} : { filter }), sort };
      const view = shown();
      const stop = client.collection("items").watch(view, query);
      return { stop, view, query };
    });
    for (let round = 0; round < 6; round += 1) {
      for (let step = 0; step < 25; step += 1) {
        const id = ids.length > 0 ? random.pick(ids) : undefined;
        if (id === undefined || random.chance(0.4)) ids.push((await writer.create(data())).id);
        else if (random.chance(0.7)) await writer.update(id, data());
        else {
          await writer.delete(id);
          ids.splice(ids.indexOf(id), 1);
        }
        if (random.chance(0.06)) sockets.at(-1)?.close();
      }
      for (const { view, query } of watches) {
        const now = async () => Array.fromAsync(writer.all(query));
        await view.becomes(now, `SEED=${SEED} round ${round} ${JSON.stringify(query)}`);
      }
    }
    for (const { stop } of watches) stop();
  });

  test("are read anew for who signs in, and out", async () => {
    const client = new BakendClient<Schema>(server.url);
    const view = shown();
    const stop = client.collection("items").watch(view, { sort: ["name"] });
    const all = () => Array.fromAsync(client.collection("items").all({ sort: ["name"] }));
    await view.becomes(all, "as a guest");
    const guests = (await all()).length;
    await client.auth.register({ email: "w@example.com", password: "correct horse battery" });
    await client.collection("items").create({ name: "mine" });
    await view.becomes(all, "signed in");
    assert.equal((await all()).length, guests + 1);
    await client.auth.logout();
    await view.becomes(all, "signed out");
    assert.equal((await all()).length, guests);
    stop();
  });

  test("are read anew where another role, or another rule, shows others", async () => {
    const client = new BakendClient<Schema>(server.url);
    const system = app.app.as(systemPrincipal("test"));
    const { id } = await client.auth.register({ email: "p@example.com", password: "correct horse battery" });
    for (const name of ["p@example.com", "b", "c"]) await system.records("papers").create({ name });
    const view = shown();
    const stop = client.collection("papers").watch(view, { sort: ["name"] });
    const all = () => Array.fromAsync(client.collection("papers").all({ sort: ["name"] }));
    await view.becomes(all, "of the account");
    assert.equal((await all()).length, 1);
    await system.records("users").update(id, { role: "editor" });
    await view.becomes(all, "of the role");
    assert.equal((await all()).length, 3);
    await app.app.collections.schema.define({ ...papers, permissions: { read: "name != 'b'" } });
    await view.becomes(all, "of the rule");
    assert.equal((await all()).length, 2);
    stop();
  });

  test("that may not be seen are told as failed", async () => {
    const client = new BakendClient(server.url);
    const told = await new Promise((resolve) => {
      client.collection("users").watch({ records: () => resolve("records"), failed: ({ code }) => resolve(code) });
    });
    assert.equal(told, "unauthenticated");
    client.close();
  });

  const FAILURES: readonly [string, () => Response | Promise<Response>, number][] = [
    ["503", () => new Response("{}", { status: 503 }), 503],
    ["429", () => new Response("{}", { status: 429, headers: { "retry-after": "1" } }), 429],
    ["nothing", () => Promise.reject(new TypeError("away")), 0],
    ["half an answer", () => new Response('{"items":['), 0],
  ];
  for (const [name, answer, status] of FAILURES) {
    test(`are read again until they are there, where the server answers ${name}`, async () => {
      const writer = new BakendClient<Schema>(server.url).collection("items");
      const wanted = () => Array.fromAsync(writer.all({ sort: ["name"] }));
      let failures = 0;
      const client = new BakendClient<Schema>(server.url, {
        WebSocket: Tracked,
        fetch: (request) => (failures-- > 0 ? answer() : fetch(request)),
      });
      const view = shown();
      const failed: number[] = [];
      const failing = { ...view, failed: (error: ApiError) => void failed.push(error.status) };
      const stop = client.collection("items").watch(failing, { sort: ["name"] });
      await view.becomes(wanted, "at first");
      failures = 2;
      sockets.at(-1)?.close();
      while (failed.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await writer.create({ name: "while it cannot be read" });
      await view.becomes(wanted, "read again");
      assert.deepEqual(failed, [status, status]);
      await writer.create({ name: "afterwards" });
      await view.becomes(wanted, "as before");
      stop();
    });
  }

  for (const end of ["stop", "close", "stop, as it is told", "nothing to be had", "a wish for years of quiet"]) {
    test(`are not read again after ${end}`, async () => {
      let asked = 0;
      const client = new BakendClient<Schema>(server.url, {
        fetch() {
          asked += 1;
          const headers = end === "a wish for years of quiet" ? { "retry-after": "99999999" } : {};
          return Response.json({}, { headers, status: end === "nothing to be had" ? 403 : 503 });
        },
      });
      const told = Promise.withResolvers<void>();
      const failed = (): void => {
        if (end === "stop, as it is told") stop();
        told.resolve();
      };
      const stop = client.collection("items").watch({ records: () => assert.fail("shown"), failed });
      await told.promise;
      if (end === "stop") stop();
      if (end === "close") client.close();
      await new Promise((resolve) => setTimeout(resolve, 700));
      assert.equal(asked, 1);
      client.close();
    });
  }

  test("are shown to who signs in, where they were refused before", async () => {
    const client = new BakendClient<Schema>(server.url);
    const view = shown();
    const refused: string[] = [];
    const listener = { ...view, failed: (error: ApiError) => void refused.push(error.code) };
    const stop = client.collection("notes").watch(listener);
    const stopped = client.collection("notes").watch({ records: () => assert.fail("it was stopped") });
    while (client.realtime.state !== "idle") await new Promise((resolve) => setTimeout(resolve, 10));
    stopped();
    const account = { email: "n@example.com", password: "correct horse battery" };
    await client.auth.register(account);
    const all = () => Array.fromAsync(client.collection("notes").all());
    await client.collection("notes").create({ name: "one" });
    await view.becomes(all, "signed in");
    await client.auth.logout();
    while (refused.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await client.auth.login(account);
    await client.collection("notes").create({ name: "two" });
    await view.becomes(all, "signed in again");
    assert.deepEqual(refused, ["unauthenticated", "unauthenticated"]);
    stop();
    assert.equal(client.realtime.state, "idle");
  });

  test("are shown to an account whose role grants them by now, as soon as the client knows", async () => {
    const client = new BakendClient<Schema>(server.url);
    const { id } = await client.auth.register({ email: "d@example.com", password: "correct horse battery" });
    await client.collection("drafts").create({ name: "one" });
    const view = shown();
    const refused = Promise.withResolvers<string>();
    const stop = client.collection("drafts").watch({ ...view, failed: ({ code }) => refused.resolve(code) });
    assert.equal(await refused.promise, "forbidden");
    await app.app.as(systemPrincipal("test")).records("users").update(id, { role: "editor" });
    await client.auth.me();
    await view.becomes(() => Array.fromAsync(client.collection("drafts").all()), "of the new role");
    stop();
    assert.equal(client.realtime.state, "idle");
  });
});
