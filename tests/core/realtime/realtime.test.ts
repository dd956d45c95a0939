import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, type World } from "../../support/accounts.ts";
import type { TestAppOptions } from "../../support/app.ts";
import { brief, connectTo, type TestClient } from "../../support/realtime.ts";

const COLLECTIONS = [
  {
    name: "teams",
    fields: [
      { name: "name", type: "text" },
      { name: "lead", type: "relation", collection: "users" },
    ],
    permissions: { read: "public" },
  },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text" },
      { name: "published", type: "boolean" },
      { name: "author", type: "relation", collection: "users" },
      { name: "team", type: "relation", collection: "teams" },
      { name: "tags", type: "relation", collection: "teams", many: true },
      { name: "notes", type: "text", permissions: { view: "author = @user.id" } },
      { name: "secret", type: "text", hidden: true },
    ],
    permissions: { read: "published = true || author = @user.id || team.lead = @user.id", create: "authenticated" },
  },
  { name: "closed", fields: [{ name: "title", type: "text" }] },
  {
    name: "marked",
    fields: [
      { name: "title", type: "text" },
      { name: "mark", type: "text", hidden: true },
    ],
    permissions: { read: "mark = 'open'" },
  },
  {
    name: "tagged",
    fields: [
      { name: "title", type: "text" },
      { name: "tags", type: "relation", collection: "teams", many: true },
    ],
    permissions: { read: "tags.name = 'open'" },
  },
];

const USERS = {
  name: "users",
  kind: "auth",
  fields: [{ name: "level", type: "integer" }],
  permissions: { create: "public", view: "id = @user.id", update: "id = @user.id" },
};

const inOurs = (work: (world: World) => Promise<void>, options: TestAppOptions = {}): Promise<void> =>
  inWorld({ collections: [USERS, ...COLLECTIONS], ...options }, work)();

interface People {
  readonly admin: string;
  make(collection: string, data: object): Promise<string>;
  change(collection: string, id: string, data: object): Promise<void>;
  drop(collection: string, id: string): Promise<void>;
}

/** An admin, and what an admin does. */
async function people(world: World): Promise<People> {
  const { token } = await world.signUp("root@example.com", "admin");
  return {
    admin: token,
    make: async (collection, data) => (await world.ok("POST", `/api/${collection}`, { token, body: data })).id,
    change: async (collection, id, data) =>
      void (await world.ok("PATCH", `/api/${collection}/${id}`, { token, body: data })),
    drop: async (collection, id) => void (await world.ok("DELETE", `/api/${collection}/${id}`, { token })),
  };
}

const told = async (client: TestClient): Promise<readonly string[]> => brief(await client.take());

describe("what a subscriber sees of records", () => {
  for (const durable of [true, false]) {
    test(`follows the rule, row by row, ${durable ? "with" : "without"} a durable log`, () =>
      inOurs(
        async (world) => {
          const { make, change, drop } = await people(world);
          const ann = await world.signUp("ann@example.com");
          const [guest, owner] = [await connectTo(world.app), await connectTo(world.app, ann.token)];
          for (const client of [guest, owner]) await client.subscribe("p", "posts.*");

          const open = await make("posts", { title: "open", published: true });
          const own = await make("posts", { title: "own", author: ann.id });
          assert.deepEqual(await told(guest), ["p posts.created open"]);
          assert.deepEqual(await told(owner), ["p posts.created open", "p posts.created own"]);

          await change("posts", own, { published: true });
          await change("posts", open, { published: false });
          assert.deepEqual(await told(guest), ["p posts.updated own", "p leave"]);
          assert.deepEqual(await told(owner), ["p posts.updated own", "p leave"]);

          await change("posts", open, { title: "nobody's business" });
          await drop("posts", open);
          await drop("posts", own);
          assert.deepEqual(await told(guest), ["p posts.deleted own"]);
          assert.deepEqual(await told(owner), ["p posts.deleted own"]);
        },
        { events: { durable } },
      ));
  }

  test("holds the fields that they may see, and never hidden ones", () =>
    inOurs(async (world) => {
      const { admin, make } = await people(world);
      const ann = await world.signUp("ann@example.com");
      const clients = [
        await connectTo(world.app),
        await connectTo(world.app, ann.token),
        await connectTo(world.app, admin),
      ];
      for (const client of clients) await client.subscribe("p", "posts.created");
      await make("posts", { title: "a", published: true, author: ann.id, notes: "mine", secret: "hush" });
      const [guest, owner, root] = await Promise.all(clients.map(async (one) => (await one.take())[0]?.event.payload));
      assert.equal("notes" in guest, false);
      assert.deepEqual([owner.notes, root.notes], ["mine", "mine"]);
      for (const seen of [guest, owner, root]) assert.equal("secret" in seen, false);
    }));

  test("is judged where a rule leads to other records, deletions and cascades included", () =>
    inOurs(async (world) => {
      const { make, change, drop } = await people(world);
      const ann = await world.signUp("ann@example.com");
      const team = await make("teams", { name: "t", lead: ann.id });
      const [lead, guest] = [await connectTo(world.app, ann.token), await connectTo(world.app)];
      for (const client of [lead, guest]) await client.subscribe("p", "posts.*");
      const post = await make("posts", { title: "ours", team });
      assert.deepEqual(await told(lead), ["p posts.created ours"]);
      await change("posts", post, { team: null });
      assert.deepEqual(await told(lead), ["p leave"]);
      await change("posts", post, { team });
      await drop("posts", post);
      assert.deepEqual(await told(lead), ["p posts.updated ours", "p posts.deleted ours"]);
      const second = await make("posts", { title: "second", team });
      assert.deepEqual(await told(lead), ["p posts.created second"]);
      // who led a team is known for as long as it is told what goes with it
      await drop("teams", team);
      assert.deepEqual(await told(lead), ["p leave"]);
      await drop("posts", second);
      assert.deepEqual(await told(lead), []);
      assert.deepEqual(await told(guest), []);
    }));

  test("is judged by the links that a record had when it happened", () =>
    inOurs(async (world) => {
      const { make, change, drop } = await people(world);
      const [shown, plain] = [await make("teams", { name: "open" }), await make("teams", { name: "x" })];
      const guest = await connectTo(world.app);
      await guest.subscribe("t", "tagged.*");
      const one = await make("tagged", { title: "one", tags: [plain, shown] });
      await change("tagged", one, { tags: [plain] });
      await change("tagged", one, { title: "unseen" });
      await change("tagged", one, { tags: [shown], title: "back" });
      await drop("tagged", one);
      assert.deepEqual(await told(guest), [
        "t tagged.created one",
        "t leave",
        "t tagged.updated back",
        "t tagged.deleted back",
      ]);
    }));

  test("by a rule over a hidden field, is only what is still so", () =>
    inOurs(async (world) => {
      const { make, change, drop } = await people(world);
      const guest = await connectTo(world.app);
      await guest.subscribe("m", "marked.*");
      const one = await make("marked", { title: "one", mark: "open" });
      const two = await make("marked", { title: "two", mark: "no" });
      assert.deepEqual(await told(guest), ["m marked.created one"]);
      await change("marked", two, { mark: "open" });
      assert.deepEqual(await told(guest), ["m marked.updated two"]);
      await drop("marked", one);
      assert.deepEqual(await told(guest), []);
    }));
});

describe("filters and channels", () => {
  test("narrow what is told; several subscriptions get one message", () =>
    inOurs(async (world) => {
      const { make, change, drop } = await people(world);
      const guest = await connectTo(world.app);
      await guest.subscribe("all", "posts.*");
      await guest.subscribe("a", "posts.*", { filter: "title ~ 'a'" });
      await guest.subscribe("made", "posts.created");
      const id = await make("posts", { title: "ab", published: true });
      assert.deepEqual(await told(guest), ["all,made,a posts.created ab"]);
      await guest.subscribe("one", `posts/${id}`);
      await change("posts", id, { title: "b" });
      const after = await told(guest);
      assert.deepEqual([...after].sort(), ["a leave", "all,one posts.updated b"]);
      await make("posts", { title: "other", published: true });
      assert.deepEqual(await told(guest), ["all,made posts.created other"]);
      await guest.say({ action: "unsubscribe", id: "all" });
      await drop("posts", id);
      assert.deepEqual(await told(guest), ["one posts.deleted b"]);
    }));

  test("what has piled up leaves in a few goes, in order", () =>
    inOurs(async (world) => {
      const { admin } = await people(world);
      const guest = await connectTo(world.app);
      await guest.subscribe("p", "posts.*");
      const titles = Array.from({ length: 20 }, (_, n) => String(n));
      const body = titles.map((title) => ({ title, published: true }));
      await world.ok("POST", "/api/posts", { token: admin, body });
      assert.deepEqual(
        await told(guest),
        titles.map((title) => `p posts.created ${title}`),
      );
      assert.deepEqual(guest.bundles, [16, 4]);
    }));

  const refusals: [name: string, as: "guest" | "user" | "admin", message: object | string, answer: string][] = [
    ["a closed collection, for a guest", "guest", { channel: "closed.*" }, "1 error unauthenticated"],
    ["a closed collection, for a user", "user", { channel: "closed.*" }, "1 error forbidden"],
    ["a closed collection, for an admin", "admin", { channel: "closed.*" }, "subscribed"],
    ["an event family, for a guest", "guest", { channel: "auth.*" }, "1 error unauthenticated"],
    ["an event family, for a user", "user", { channel: "auth.*" }, "1 error forbidden"],
    ["an event family, for an admin", "admin", { channel: "auth.*" }, "subscribed"],
    ["everything, for a user", "user", { channel: "*" }, "1 error forbidden"],
    ["everything, for an admin", "admin", { channel: "*" }, "subscribed"],
    ["an unknown event, for a user", "user", { channel: "invoices.paid" }, "1 error forbidden"],
    ["a collection that there is not", "user", { channel: "nothing.*" }, "1 error forbidden"],
    [
      "a record of a collection that there is not",
      "user",
      { channel: `nothing/${"0".repeat(36)}` },
      "1 error not_found",
    ],
    ["no channel at all", "user", { channel: "a b" }, "1 error bad_request"],
    ["a filter that does not parse", "user", { channel: "posts.*", filter: "title =" }, "1 error bad_request"],
    ["a filter over a hidden field", "user", { channel: "posts.*", filter: "secret = 'x'" }, "1 error bad_request"],
    ["a filter over a field with a rule", "user", { channel: "posts.*", filter: "notes = 'x'" }, "1 error bad_request"],
    ["a filter with @old", "user", { channel: "posts.*", filter: "@old.title = 'x'" }, "1 error bad_request"],
    ["a filter on events", "admin", { channel: "auth.*", filter: "title = 'x'" }, "1 error bad_request"],
    ["a cursor that is none", "user", { channel: "posts.*", since: "nonsense" }, "1 reset cursor"],
    ["a cursor of another stream", "user", { channel: "posts.*", since: "12345678-1" }, "1 reset cursor"],
    ["a field too many", "user", { channel: "posts.*", more: 1 }, "1 error bad_request"],
    ["no action", "user", { action: "", channel: "posts.*" }, "1 error bad_request"],
    ["an unknown action", "user", { action: "publish", channel: "posts.*" }, "1 error bad_request"],
    ["what is no JSON", "user", "hello", "- error bad_request"],
    ["a list", "user", "[]", "- error bad_request"],
    ["nothing", "user", "null", "- error bad_request"],
    ["a ping", "user", { action: "ping", id: undefined }, "pong"],
  ];
  for (const [name, as, message, answer] of refusals) {
    test(name, () =>
      inOurs(async (world) => {
        const { admin } = await people(world);
        const user = await world.signUp("ann@example.com");
        const client = await connectTo(world.app, { guest: undefined, user: user.token, admin }[as]);
        const wish = typeof message === "string" ? message : { action: "subscribe", id: "1", ...message };
        assert.deepEqual(brief(await client.say(wish)), [answer]);
        assert.deepEqual(brief(await client.say({ action: "ping" })), ["pong"]);
      }),
    );
  }
});

describe("resuming", () => {
  for (const durable of [true, false]) {
    test(`by a cursor misses nothing and repeats nothing, ${durable ? "with" : "without"} a durable log`, () =>
      inOurs(
        async (world) => {
          const { make, change } = await people(world);
          const first = await connectTo(world.app);
          const start = await first.subscribe("p", "posts.*");
          const id = await make("posts", { title: "a", published: true });
          const [event] = await first.take();
          first.leave();
          await make("posts", { title: "hidden" });
          await change("posts", id, { title: "b" });
          const second = await connectTo(world.app);
          await second.subscribe("since", "posts.*", { since: String(event?.cursor) });
          assert.deepEqual(await told(second), ["since posts.updated b"]);
          await second.subscribe("start", "posts.*", { since: start });
          await change("posts", id, { title: "c" });
          const all = await told(second);
          assert.deepEqual(
            all.filter((line) => line.startsWith("start")),
            ["start posts.created a", "start posts.updated b"],
          );
          assert.equal(all.at(-1)?.endsWith("posts.updated c"), true, all.join());
          assert.equal(all.length, 3, all.join());
        },
        { events: { durable } },
      ));
  }

  test("while events come in, and go out to a crowd, loses and doubles none, in order", () =>
    inOurs(async (world) => {
      const { make } = await people(world);
      // so many that each event goes out in several parts
      for (let n = 0; n < 250; n += 1) {
        const one = await connectTo(world.app, undefined, `192.0.2.${n}`);
        await one.subscribe("p", "posts.created");
      }
      const first = await connectTo(world.app);
      const start = await first.subscribe("p", "posts.created");
      const making = (async () => {
        for (let n = 0; n < 300; n += 1) await make("posts", { title: `n${n}`, published: true });
      })();
      const clients: { readonly client: TestClient; readonly early: ReturnType<TestClient["say"]> }[] = [];
      for (let n = 0; n < 40; n += 1) {
        const client = await connectTo(world.app);
        const early = client.say({ action: "subscribe", id: "p", channel: "posts.created", since: start });
        clients.push({ client, early });
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await making;
      const wanted = Array.from({ length: 300 }, (_, n) => `p posts.created n${n}`);
      assert.deepEqual(await told(first), wanted);
      for (const { client, early } of clients) {
        const [answer, ...all] = brief([...(await early), ...(await client.take())]);
        assert.equal(answer, "subscribed");
        assert.deepEqual(all, wanted);
      }
    }));

  test("from before what is kept is told apart", () =>
    inOurs(async (world) => {
      const { make } = await people(world);
      const client = await connectTo(world.app);
      const start = await client.subscribe("p", "posts.*");
      for (const title of ["a", "b", "c"]) await make("posts", { title, published: true });
      await world.app.sql(`DELETE FROM "_events" WHERE "seq" < (SELECT max("seq") FROM "_events")`);
      await client.take();
      const answer = await client.say({ action: "subscribe", id: "old", channel: "posts.*", since: start });
      assert.deepEqual(brief(answer), ["old reset cursor"]);
    }));
});

describe("who may no longer", () => {
  const ends: [
    name: string,
    act: (world: World, user: { id: string; token: string; refreshToken: string }, admin: string) => Promise<unknown>,
  ][] = [
    ["after a logout", (world, { refreshToken }) => world.ok("POST", "/api/auth/logout", { body: { refreshToken } })],
    ["after deletion", (world, { id }, admin) => world.ok("DELETE", `/api/users/${id}`, { token: admin })],
    [
      "after the session was ended elsewhere",
      async (world) => {
        const { token } = await world.login("ann@example.com");
        await world.ok("DELETE", "/api/auth/sessions", { token });
      },
    ],
    [
      "after an admin set a password",
      (world, { id }, admin) =>
        world.ok("PATCH", `/api/users/${id}`, { token: admin, body: { password: "another good password" } }),
    ],
  ];
  for (const [name, act] of ends) {
    test(`is cut off at once ${name}`, () =>
      inOurs(async (world) => {
        const { admin, make } = await people(world);
        const ann = await world.signUp("ann@example.com");
        const client = await connectTo(world.app, ann.token);
        await client.subscribe("p", "posts.*");
        await act(world, ann, admin);
        await make("posts", { title: "late", published: true });
        const messages = await told(client);
        assert.deepEqual(messages, ["- error unauthenticated"]);
        assert.equal(client.closed?.code, 4401);
      }));
  }

  test("is cut off when the token ends by itself", () =>
    inOurs(
      async (world) => {
        const ann = await world.signUp("ann@example.com");
        const client = await connectTo(world.app, ann.token);
        await client.subscribe("p", "posts.*");
        world.pass(16 * 60_000);
        for (const task of timers) task();
        assert.deepEqual(await told(client), ["- error unauthenticated"]);
        assert.equal(client.closed?.code, 4401);
      },
      { every },
    ));

  test("a demoted admin is judged by the new role, sooner than the next event is told", () =>
    inOurs(async (world) => {
      const { make, admin } = await people(world);
      const eve = await world.signUp("eve@example.com", "admin");
      const client = await connectTo(world.app, eve.token);
      await client.subscribe("p", "posts.*");
      await client.subscribe("c", "closed.*");
      await client.subscribe("e", "auth.*");
      await world.ok("PATCH", `/api/users/${eve.id}`, { token: admin, body: { role: "user" } });
      await make("posts", { title: "draft" });
      await make("closed", { title: "x" });
      await make("posts", { title: "public", published: true });
      assert.deepEqual(await told(client), ["p reset changed", "c error forbidden", "e error forbidden"]);
    }));

  test("a changed rule counts from the next event on", () =>
    inOurs(async (world) => {
      const { make } = await people(world);
      const client = await connectTo(world.app);
      await client.subscribe("p", "posts.*");
      const posts = COLLECTIONS.find(({ name }) => name === "posts");
      await world.app.app.collections.schema.define({ ...posts, permissions: { read: "authenticated" } });
      await make("posts", { title: "a", published: true });
      assert.deepEqual(await told(client), ["p error unauthenticated"]);
    }));

  test(
    "a changed account is what rules see",
    inWorld(
      {
        collections: [
          USERS,
          {
            name: "papers",
            fields: [
              { name: "title", type: "text" },
              { name: "level", type: "integer" },
            ],
            permissions: { read: "level <= @user.level" },
          },
        ],
      },
      async (world) => {
        const { make, change } = await people(world);
        const ann = await world.signUp("ann@example.com");
        // a path without a value opens nothing
        const client = await connectTo(world.app, ann.token);
        const [refused] = await client.say({ action: "subscribe", id: "p", channel: "papers.*" });
        assert.equal(refused?.code, "forbidden");
        await change("users", ann.id, { level: 1 });
        await client.subscribe("p", "papers.*");
        await make("papers", { title: "one", level: 3 });
        await world.ok("PATCH", `/api/users/${ann.id}`, { token: ann.token, body: { level: 5 } });
        assert.deepEqual(await told(client), ["p reset changed"]);
        await client.subscribe("p", "papers.*");
        await make("papers", { title: "two", level: 3 });
        await make("papers", { title: "three", level: 9 });
        assert.deepEqual(await told(client), ["p papers.created two"]);
      },
    ),
  );

  test(
    "what rules reach from an account is looked at anew",
    inWorld(
      {
        collections: [
          { name: "teams", fields: [{ name: "name", type: "text" }] },
          { ...USERS, fields: [{ name: "team", type: "relation", collection: "teams" }] },
          {
            name: "papers",
            fields: [
              { name: "title", type: "text" },
              { name: "color", type: "text" },
            ],
            permissions: { read: "color = @user.team.name" },
          },
        ],
      },
      async (world) => {
        const { make, change } = await people(world);
        const team = await make("teams", { name: "red" });
        const ann = await world.signUp("ann@example.com");
        await change("users", ann.id, { team });
        const client = await connectTo(world.app, ann.token);
        await client.subscribe("p", "papers.*");
        await make("papers", { title: "one", color: "red" });
        assert.deepEqual(await told(client), ["p papers.created one"]);
        await change("teams", team, { name: "blue" });
        assert.deepEqual(await told(client), ["p reset changed"]);
        await client.subscribe("p", "papers.*");
        await make("papers", { title: "two", color: "red" });
        await make("papers", { title: "three", color: "blue" });
        assert.deepEqual(await told(client), ["p papers.created three"]);
      },
    ),
  );

  test("a token that is not good is refused at the door, and ends an open connection", () =>
    inOurs(async (world) => {
      const request = new Request("http://test.local/api/realtime", { headers: { authorization: "Bearer nonsense" } });
      const refused = await world.app.app.connect(request);
      assert.ok(refused instanceof Response);
      assert.equal(refused.status, 401);
      const client = await connectTo(world.app);
      assert.deepEqual(brief(await client.say({ action: "auth", token: "nonsense" })), ["- error unauthenticated"]);
      assert.equal(client.closed?.code, 4401);
    }));

  test("somebody who signs in on an open connection is judged anew", () =>
    inOurs(async (world) => {
      const { make } = await people(world);
      const ann = await world.signUp("ann@example.com");
      const client = await connectTo(world.app);
      await client.subscribe("p", "posts.*");
      await make("posts", { title: "one", author: ann.id });
      assert.deepEqual(await told(client), []);
      assert.deepEqual(await client.say({ action: "auth", token: ann.token }), [
        { type: "reset", id: "p", reason: "changed" },
        { type: "authenticated", user: ann.id },
      ]);
      await client.subscribe("p", "posts.*");
      await make("posts", { title: "two", author: ann.id });
      assert.deepEqual(await told(client), ["p posts.created two"]);
    }));
});

describe("readers who do not keep up", () => {
  test("are told so, nobody waits for them, and they may begin anew", () =>
    inOurs(async (world) => {
      const { make } = await people(world);
      const [slow, quick] = [await connectTo(world.app), await connectTo(world.app)];
      for (const client of [slow, quick]) await client.subscribe("p", "posts.*");
      slow.waiting = 10_000_000;
      for (const title of ["a", "b"]) await make("posts", { title, published: true });
      assert.deepEqual(await told(quick), ["p posts.created a", "p posts.created b"]);
      const messages = await slow.take();
      assert.deepEqual(brief(messages), ["p posts.created a", "p reset slow"]);
      slow.waiting = 0;
      slow.drained();
      await slow.subscribe("p", "posts.*", { since: String(messages[0]?.cursor) });
      assert.deepEqual(await told(slow), ["p posts.created b"]);
    }));
});

describe("limits", () => {
  const limits = { connections: 3, perAddress: 2, subscriptions: 2 };
  test("of subscriptions, connections and addresses are kept", () =>
    inOurs(
      async (world) => {
        const first = await connectTo(world.app, undefined, "192.0.2.1");
        for (const id of ["a", "b"]) await first.subscribe(id, "posts.*");
        assert.deepEqual(brief(await first.say({ action: "subscribe", id: "a", channel: "posts.*" })), [
          "a error conflict",
        ]);
        assert.deepEqual(brief(await first.say({ action: "subscribe", id: "c", channel: "posts.*" })), [
          "c error rate_limited",
        ]);
        const second = await connectTo(world.app, undefined, "192.0.2.1");
        await assert.rejects(connectTo(world.app, undefined, "192.0.2.1"), { code: "rate_limited" });
        await connectTo(world.app, undefined, "192.0.2.2");
        await assert.rejects(connectTo(world.app, undefined, "192.0.2.3"), { code: "rate_limited" });
        second.leave();
        await connectTo(world.app, undefined, "192.0.2.1");
      },
      { realtime: limits },
    ));

  test("of an address count all of a network of IPv6, where anybody has any number of them", () =>
    inOurs(
      async (world) => {
        const first = await connectTo(world.app, undefined, "2001:db8:0:1::1");
        await connectTo(world.app, undefined, "2001:db8:0:1::2");
        await assert.rejects(connectTo(world.app, undefined, "2001:db8:0:1:2:3:4:5"), { code: "rate_limited" });
        await connectTo(world.app, undefined, "2001:db8:0:2::1");
        first.leave();
        await connectTo(world.app, undefined, "2001:db8:0:1::3");
      },
      { realtime: { perAddress: 2 } },
    ));

  test("of what the filters of a connection cost is kept for all of them together, what they lead to included", () =>
    inOurs(
      async (world) => {
        const client = await connectTo(world.app);
        const brieflyAdd = async (id: string, filter: string): Promise<readonly string[]> =>
          brief(await client.say({ action: "subscribe", id, channel: "posts.*", filter }));
        const many = (count: number): string => Array.from({ length: count }, (_, n) => `title = '${n}'`).join(" || ");
        assert.deepEqual(await brieflyAdd("a", many(7)), ["a error rate_limited"]);
        assert.deepEqual(await brieflyAdd("a", many(4)), ["subscribed"]);
        assert.deepEqual(await brieflyAdd("b", "team.posts_via_team.title = 'x'"), ["b error rate_limited"]);
        const values = Array.from({ length: 21 }, (_, n) => `'${n}'`);
        assert.deepEqual(await brieflyAdd("b", `title in (${values.join()})`), ["b error rate_limited"]);
        assert.deepEqual(await brieflyAdd("b", `team.name in (${values.slice(1).join()})`), ["subscribed"]);
        assert.deepEqual(await brieflyAdd("c", "title = 'x'"), ["c error rate_limited"]);
        assert.equal(typeof (await client.subscribe("c", "posts.*")), "string", "a rule is nobody's choice");
        await client.say({ action: "unsubscribe", id: "b" });
        assert.deepEqual(await brieflyAdd("b", "title = 'x'"), ["subscribed"]);
        const other = await connectTo(world.app);
        await other.subscribe("a", "posts.*", { filter: many(6) });
      },
      { realtime: { comparisons: 6 } },
    ));

  test("of a message's size ends the connection", () =>
    inOurs(async (world) => {
      const client = await connectTo(world.app);
      assert.deepEqual(await client.say("x".repeat(20_000)), []);
      assert.equal(client.closed?.code, 1008);
    }));

  test("when the app is closed, clients are told to come back", () =>
    inOurs(async (world) => {
      const client = await connectTo(world.app);
      world.app.app.disconnect();
      assert.equal(client.closed?.code, 1001);
      await assert.rejects(connectTo(world.app), { code: "unavailable" });
    }));
});

/** Tasks that a test runs when it sees fit. */
const timers = new Set<() => void>();
function every(_: number, task: () => void): () => void {
  timers.add(task);
  return () => void timers.delete(task);
}
