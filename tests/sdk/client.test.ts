import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { WebSocket as OtherSocket } from "ws";
import { ApiError, BakendClient, type RecordsOf, where } from "../../sdk/javascript/index.ts";
import { serveBun } from "../../src/adapters/bun/serve.ts";
import { serveNode } from "../../src/adapters/node/http.ts";
import type { RunningServer } from "../../src/adapters/server.ts";
import { defineCollection } from "../../src/core/collections/index.ts";
import { memoryBlobs } from "../../src/core/storage/index.ts";
import { countingHasher } from "../support/accounts.ts";
import { OPEN, openApp, type TestApp } from "../support/app.ts";

const serve = "Bun" in globalThis ? serveBun : serveNode;

const teams = defineCollection({
  name: "teams",
  fields: [{ name: "name", type: "text", required: true, unique: true }],
  permissions: OPEN,
});
const posts = defineCollection({
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true, searchable: true },
    { name: "status", type: "select", options: ["draft", "published"], default: "draft" },
    { name: "views", type: "integer" },
    { name: "team", type: "relation", collection: "teams" },
    { name: "tags", type: "select", options: ["sea", "war"], many: true },
    { name: "author", type: "relation", collection: "users", default: "@user.id" },
  ],
  permissions: {
    read: "status = 'published' || author = @user.id",
    create: "public",
    update: "public",
    delete: "owner",
  },
});
const boards = defineCollection({
  name: "boards",
  fields: [{ name: "title", type: "text" }],
  permissions: { ...OPEN, join: "public", send: "public" },
});
const halls = defineCollection({
  name: "halls",
  fields: [{ name: "title", type: "text" }],
  permissions: { ...OPEN, join: "public", send: "authenticated" },
});
const collections = [teams, posts, boards, halls] as const;
type Schema = RecordsOf<typeof collections>;

let app: TestApp;
let server: RunningServer;
let now = Date.parse("2026-03-01T12:00:00.000Z");
before(async () => {
  app = await openApp({
    accounts: true,
    collections: [...collections],
    passwords: countingHasher(),
    clock: () => now,
    blobs: memoryBlobs(),
  });
  server = await serve(app.app, { host: "127.0.0.1", port: 0, idleTimeout: 10_000 });
});
after(async () => {
  app.app.disconnect();
  assert.equal(await server.stop({ graceMs: 5000 }), 0);
  await app.close();
});

const open = (options: ConstructorParameters<typeof BakendClient>[1] = {}) =>
  new BakendClient<Schema>(server.url, options);
const PASSWORD = "correct horse battery";
let people = 0;
const somebody = () => ({ email: `u${++people}@example.com`, password: PASSWORD });

/** What comes, waited for one by one. */
function inbox<T>() {
  const come: T[] = [];
  const waiting: ((one: T) => void)[] = [];
  return {
    put(one: T): void {
      const next = waiting.shift();
      if (next) next(one);
      else come.push(one);
    },
    next(): Promise<T> {
      const one = come.shift();
      return one === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(one);
    },
    get size() {
      return come.length;
    },
  };
}

/** The names of teams that are created, as a client is told of them. */
function hearTeams(client: BakendClient<Schema>) {
  const names = inbox<string>();
  const begun = inbox<string>();
  const following = client.realtime.follow("teams.created", {
    event: ({ payload }) => names.put((payload as { name: string }).name),
    begun: () => begun.put("begun"),
  });
  return { names, begun, following };
}

describe("records", () => {
  test("are typed by their definitions, written and read", async () => {
    const client = open();
    const team = await client.collection("teams").create({ name: "Navy" });
    const post = await client.collection("posts").create({
      title: "it's a \\ test",
      status: "published",
      views: 3,
      tags: ["sea"],
      team: team.id,
    });
    const status: "draft" | "published" | null = post.status;
    const views: number | null = post.views;
    assert.deepEqual([status, views, post.version, post.tags], ["published", 3, 1, ["sea"]]);
    // @ts-expect-error there is no such option
    await assert.rejects(client.collection("posts").create({ title: "x", status: "other" }), ApiError);
    const email = async (): Promise<string | undefined> =>
      (await client.collection("users").list({ sort: ["email"] })).items[0]?.email;
    await assert.rejects(email(), { code: "unauthenticated" });
    // @ts-expect-error there is no such collection
    await assert.rejects(client.collection("nothing").list(), { code: "not_found", status: 404 });

    const records = client.collection("posts");
    const { items, total } = await records.list({
      filter: where`title = ${"it's a \\ test"} && views >= ${3} && tags = ${"sea"} && createdAt <= ${new Date(now)}`,
      sort: ["-views", "title"],
      fields: ["id", "title", "views"],
      expand: ["team"],
      count: true,
    });
    assert.equal(total, 1);
    const [found] = items;
    assert.equal(found?.title, "it's a \\ test");
    // @ts-expect-error it was not asked for
    assert.equal(found?.status, undefined);
    assert.deepEqual(await records.first({ filter: where`title = ${"no such"}` }), null);
    assert.equal(await records.find("01900000-0000-7000-8000-000000000001"), null);
    const expanded = await records.get(post.id, { expand: ["team"] });
    assert.deepEqual(expanded.expand, { team });
    assert.equal((await records.list({ search: "test" })).items.length, 1);
    assert.deepEqual(await records.aggregate({ aggregate: ["count()", "max(views)"], group: ["status"] }), [
      { status: "published", count: 1, max_views: 3 },
    ]);

    const changed = await records.update(post.id, { views: 4 }, { ifMatch: 1 });
    assert.equal(changed.version, 2);
    await assert.rejects(records.update(post.id, { views: 5 }, { ifMatch: 1 }), { code: "precondition_failed" });
    assert.equal((await records.replace(post.id, { title: "new", status: "published" })).views, null);
    const invalid = await records.update(post.id, { title: null as unknown as string }).catch((error) => error);
    assert.ok(invalid instanceof ApiError);
    assert.deepEqual([invalid.code, invalid.fields[0]?.field], ["validation_failed", "title"]);
    await assert.rejects(records.delete(post.id), { code: "unauthenticated" });
  });

  test("are found by whatever value a filter holds", async () => {
    const records = open().collection("posts");
    const titles = ["'", '"', "\\", "\\'", "' || 1 = 1 || '", "a\nb\tc", "%_", "@user.id", "\u{1f600}", "-- x"];
    for (const title of titles) {
      await records.create({ title, status: "published", views: 77 });
      const { items } = await records.list({ filter: where`title = ${title} && views = ${77}` });
      assert.deepEqual(
        items.map((one) => one.title),
        [title],
        JSON.stringify(title),
      );
    }
    for (const views of [-5, 0, 1.5e-7, 1e21, 123_456_789]) {
      assert.equal(await records.count({ filter: where`views = ${views} && title = 'no such'` }), 0, String(views));
    }
    assert.throws(() => where`views = ${Number.NaN}`, TypeError);
    assert.equal(where`a = ${null} && b = ${true}`, "a = null && b = true");
  });

  test("are created many at once, in batches, and once for one key", async () => {
    const client = open();
    const records = client.collection("teams");
    const many = await records.createMany(Array.from({ length: 700 }, (_, index) => ({ name: `many ${index}` })));
    assert.equal(many.length, 700);
    const names: string[] = [];
    for await (const { name } of records.all({ filter: where`name ~ ${"many "}`, fields: ["name"], sort: ["name"] }))
      names.push(name);
    assert.deepEqual([names.length, new Set(names).size], [700, 700]);
    assert.equal(await records.count({ filter: "name ~ 'many '" }), 700);

    const key = crypto.randomUUID();
    const first = await records.create({ name: "only one" }, { idempotencyKey: key });
    assert.deepEqual(await records.create({ name: "only one" }, { idempotencyKey: key }), first);

    const results = await client.batch([
      { op: "create", collection: "teams", data: { name: "of a batch" } },
      { op: "update", collection: "teams", id: first.id, data: { name: "renamed" } },
      { op: "delete", collection: "teams", id: many[0]?.id ?? "" },
    ]);
    assert.equal(results.length, 3);
    await assert.rejects(
      client.batch([
        { op: "create", collection: "teams", data: { name: "not kept" } },
        { op: "delete", collection: "teams", id: many[0]?.id ?? "" },
      ]),
      ApiError,
    );
    assert.equal(await records.count({ filter: "name = 'not kept'" }), 0);
  });

  test("of whom nothing is known are told as they come", async () => {
    const client = new BakendClient(server.url);
    const team = await client.collection("teams").create({ name: "untyped" });
    assert.equal(team.name, "untyped");
    const { items } = await client.collection("teams").list({ filter: "name = 'untyped'" });
    const id: string | undefined = items[0]?.id;
    assert.equal(id, team.id);
  });
});

describe("a session", () => {
  test("begins, goes on when its token has ended, once for all requests, and ends", async () => {
    const sent: string[] = [];
    const client = open({
      fetch(request) {
        sent.push(`${request.method} ${new URL(request.url).pathname}`);
        return fetch(request);
      },
    });
    const users: (string | null)[] = [];
    const stop = client.auth.onChange((user) => users.push(user?.email ?? null));
    const { email } = await client.auth.register({ ...somebody(), name: "Ann" });
    assert.equal(client.auth.user?.email, email);
    const before = client.auth.token;
    now += 16 * 60_000;
    sent.length = 0;
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.collection("posts").list()));
    assert.equal(answers.length, 8);
    assert.equal(sent.filter((one) => one === "POST /api/auth/refresh").length, 1, String(sent));
    assert.notEqual(client.auth.token, before);
    assert.equal((await client.auth.me())?.email, email);
    await client.auth.logout();
    assert.equal(client.auth.user, null);
    assert.equal(await client.auth.me(), null);
    assert.deepEqual([users[0], users.at(-1)], [email, null]);
    stop();
    // whoever has signed out is a guest, and no error
    assert.deepEqual((await client.collection("posts").list({ filter: "views = 1234" })).items, []);
  });

  test("that was ended elsewhere is over here, too", async () => {
    const one = open();
    const { email } = await one.auth.register(somebody());
    const other = open();
    await other.auth.login({ email, password: PASSWORD });
    assert.equal((await other.auth.sessions()).length, 2);
    await other.auth.endSession();
    await assert.rejects(one.collection("posts").list(), { code: "unauthenticated" });
    assert.equal(one.auth.token, null);
    await one.auth.login({ email, password: PASSWORD });
    assert.equal(
      (await one.auth.changePassword({ currentPassword: PASSWORD, password: "another horse" })).email,
      email,
    );
    assert.equal((await one.auth.me())?.email, email);
    await assert.rejects(one.auth.login({ email, password: PASSWORD }), { code: "invalid_credentials", status: 401 });
    assert.equal(one.auth.user?.email, email);
  });

  test("is kept in a storage, and taken up by the next page and by another tab", async () => {
    const kept = new Map<string, string>();
    const session = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    const first = open({ session });
    const { id } = await first.auth.register(somebody());
    const second = open({ session });
    assert.equal(second.auth.user?.id, id);
    now += 16 * 60_000;
    await second.collection("posts").list();
    assert.equal(first.auth.token, second.auth.token);
    await first.auth.logout();
    assert.equal(second.auth.user, null);
    assert.equal(kept.size, 0);
    kept.set("bakend-session", "{nonsense");
    assert.equal(open({ session }).auth.user, null);
  });

  test("a server that does not answer ends none", async () => {
    let away = false;
    const client = open({
      fetch: (request) => (away ? Promise.reject(new TypeError("away")) : fetch(request)),
    });
    await client.auth.register(somebody());
    now += 16 * 60_000;
    away = true;
    const error = await client
      .collection("posts")
      .list()
      .catch((one) => one);
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code], [0, "none"]);
    away = false;
    await client.collection("posts").list();
    assert.notEqual(client.auth.user, null);
    const gone = new AbortController();
    gone.abort(new Error("given up"));
    await assert.rejects(client.send("GET", "/health", { signal: gone.signal }), /given up/);
  });

  test("of an app in the same process needs no server", async () => {
    const client = new BakendClient<Schema>("http://app.local", { fetch: (request) => app.app.fetch(request) });
    await client.auth.register(somebody());
    assert.equal((await client.collection("posts").create({ title: "inside" })).author, client.auth.user?.id);
    assert.deepEqual(((await client.send("GET", "/health")) as { status: string }).status, "ok");
  });
});

describe("what happens", () => {
  test("is told of records, as they change and leave the view", async () => {
    const client = open();
    const told = inbox<readonly unknown[]>();
    const begun = Promise.withResolvers<void>();
    const following = client.realtime.follow("teams.*", { begun: begun.resolve });
    await begun.promise;
    const stop = client.collection("posts").subscribe(
      {
        created: (record) => told.put(["created", record.title]),
        updated: (record) => told.put(["updated", record.title, record.views]),
        deleted: (record) => told.put(["deleted", record.title]),
        left: (id) => told.put(["left", id]),
        refused: (error) => told.put(["refused", error.code]),
      },
      { filter: where`views > ${0}` },
    );
    const started = inbox<string>();
    const second = client.realtime.follow("posts.*", { begun: () => started.put("begun") });
    await started.next();
    const records = client.collection("posts");
    const post = await records.create({ title: "live", status: "published", views: 1 });
    assert.deepEqual(await told.next(), ["created", "live"]);
    await records.update(post.id, { views: 2 });
    assert.deepEqual(await told.next(), ["updated", "live", 2]);
    await records.update(post.id, { views: 0 });
    assert.deepEqual(await told.next(), ["left", post.id]);
    second.stop();
    following.stop();
    stop();
    assert.equal(told.size, 0);
  });

  test("is told after a lost connection, too: nothing is missed, nothing twice", async () => {
    const sockets: WebSocket[] = [];
    class Tracked extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        sockets.push(this);
      }
    }
    const client = open({ WebSocket: Tracked });
    const states: string[] = [];
    client.realtime.onState((state) => states.push(state));
    const { names, begun, following } = hearTeams(client);
    await begun.next();
    const records = open().collection("teams");
    await records.create({ name: "before" });
    assert.equal(await names.next(), "before");
    sockets[0]?.close();
    await records.create({ name: "meanwhile" });
    await begun.next();
    await records.create({ name: "after" });
    assert.deepEqual([await names.next(), await names.next()], ["meanwhile", "after"]);
    following.stop();
    assert.equal(names.size, 0);
    assert.deepEqual(states.slice(0, 5), ["idle", "connecting", "live", "lost", "connecting"]);
  });

  test("is told to whoever is signed in, and to nobody who may not hear it", async () => {
    const client = open();
    const told = inbox<string>();
    client.realtime.follow("auth.*", { refused: ({ code }) => told.put(code), event: ({ type }) => told.put(type) });
    assert.equal(await told.next(), "unauthenticated");
    await client.auth.register(somebody());
    const titles = inbox<string>();
    const begun = inbox<string>();
    client.collection("posts").subscribe({ created: ({ title }) => titles.put(title) });
    client.realtime.follow("posts.*", { begun: () => begun.put("begun") });
    await begun.next();
    await client.collection("posts").create({ title: "mine, a draft" });
    assert.equal(await titles.next(), "mine, a draft");
    client.close();
  });

  test("is told over another WebSocket than the runtime's, and that nobody answers ends no program", async () => {
    const client = open({ WebSocket: OtherSocket });
    const { names, begun } = hearTeams(client);
    await begun.next();
    await client.collection("teams").create({ name: "over ws" });
    assert.equal(await names.next(), "over ws");
    client.close();
    const nobody = new BakendClient("http://127.0.0.1:9", { WebSocket: OtherSocket });
    const states = inbox<string>();
    nobody.realtime.onState(states.put);
    nobody.realtime.follow("teams.*", {});
    for (const state of ["idle", "connecting", "lost", "connecting", "lost"]) assert.equal(await states.next(), state);
    nobody.close();
    assert.equal(await states.next(), "idle");
  });

  test("is told with the next tokens, where a connection was refused", async () => {
    let connections = 0;
    class Refused extends WebSocket {
      constructor(address: string) {
        connections += 1;
        super(connections === 1 ? "ws://127.0.0.1:9/" : address);
      }
    }
    const client = open({ WebSocket: Refused });
    await client.auth.register(somebody());
    const first = client.auth.token;
    now += 60_000;
    const begun = inbox<string>();
    client.realtime.follow("posts.*", { begun: () => begun.put("begun") });
    await begun.next();
    assert.equal(connections, 2);
    assert.notEqual(client.auth.token, first);
    client.close();
  });

  test("goes on as a guest where the session was ended, and anew for who signs in again", async () => {
    const client = open();
    const { email } = await client.auth.register(somebody());
    const { names, begun, following } = hearTeams(client);
    await begun.next();
    const other = open();
    await other.auth.login({ email, password: PASSWORD });
    await other.auth.endSession();
    await begun.next();
    assert.equal(client.auth.user, null);
    await other.collection("teams").create({ name: "for guests" });
    assert.equal(await names.next(), "for guests");
    await client.auth.login({ email, password: PASSWORD });
    const mine = inbox<string>();
    client.collection("posts").subscribe({ created: ({ title }) => mine.put(title) });
    const ready = inbox<string>();
    client.realtime.follow("posts.*", { begun: () => ready.put("begun") });
    await ready.next();
    await client.collection("posts").create({ title: "a draft of mine" });
    assert.equal(await mine.next(), "a draft of mine");
    following.stop();
    client.close();
    assert.equal(names.size, 0);
  });

  test("in a room is told to all who are there", async () => {
    const board = await open().collection("boards").create({ title: "one" });
    const [ann, bob] = [open(), open()];
    const present = inbox<readonly string[]>();
    const said = inbox<unknown>();
    const annRoom = ann.collection("boards").room<{ name: string }>(
      board.id,
      {
        present: (everybody) => present.put(everybody.map(({ state }) => state.name)),
        message: (event, payload, { user }) => said.put([event, payload, user]),
      },
      { name: "Ann" },
    );
    assert.deepEqual(await present.next(), ["Ann"]);
    const there = inbox<number>();
    const bobRoom = bob
      .collection("boards")
      .room(board.id, { present: (all) => there.put(all.length) }, { name: "Bob" });
    assert.deepEqual(await present.next(), ["Ann", "Bob"]);
    await there.next();
    bobRoom.send("wave", { hand: "left" });
    assert.deepEqual(await said.next(), ["wave", { hand: "left" }, null]);
    bobRoom.setState({ name: "Robert" });
    assert.deepEqual(await present.next(), ["Ann", "Robert"]);
    bobRoom.leave();
    assert.deepEqual(await present.next(), ["Ann"]);
    assert.equal(annRoom.present.length, 1);
    annRoom.leave();
  });
});

describe("a room that does not let everybody speak", () => {
  test("says so, and one stays in it", async () => {
    const hall = await open().collection("halls").create({ title: "one" });
    const [guest, speaker] = [open(), open()];
    await speaker.auth.register(somebody());
    const told = inbox<unknown>();
    const present = inbox<number>();
    const room = guest.collection("halls").room(hall.id, {
      present: (everybody) => present.put(everybody.length),
      message: (event, _, { user }) => told.put([event, user?.id]),
      refused: ({ code }) => told.put(code),
    });
    assert.equal(await present.next(), 0);
    room.send("shout");
    assert.equal(await told.next(), "unauthenticated");
    const speakers = inbox<number>();
    const listener = { present: (all: readonly unknown[]) => speakers.put(all.length) };
    const stage = speaker.collection("halls").room(hall.id, listener, { name: "S" });
    assert.equal(await present.next(), 1);
    await speakers.next();
    stage.send("hello");
    assert.deepEqual(await told.next(), ["hello", speaker.auth.user?.id]);
    room.leave();
    stage.leave();
  });
});

describe("files", () => {
  test("are uploaded, read, shared and deleted", async () => {
    const client = open();
    await client.auth.register(somebody());
    const file = await client.files.upload(new File(["hello, file"], "hello.txt", { type: "text/plain" }));
    assert.deepEqual([file.filename, file.size, file.visibility], ["hello.txt", 11, "protected"]);
    assert.equal(await (await client.files.download(file.id)).text(), "hello, file");
    await assert.rejects(open().files.download(file.id), { code: "not_found" });
    const { url } = await client.files.sign(file.id, 60);
    assert.equal(await (await fetch(url)).text(), "hello, file");
    assert.equal(
      client.files.url(file.id, { width: 100, format: "webp" }),
      `${server.url}${file.url}?width=100&format=webp`,
    );
    await client.files.delete(file.id);
    await assert.rejects(client.files.download(file.id), { code: "not_found" });
  });
});
