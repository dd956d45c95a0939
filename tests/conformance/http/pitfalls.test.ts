import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { uuid } from "../../support/scenario.ts";

/** Faults of systems like this one, each by its name: none of them is to come back. */

const [OWN, OTHER] = [uuid(1), uuid(2)];
const NOTES = {
  name: "notes",
  fields: [
    { name: "text", type: "text", searchable: true },
    { name: "owner", type: "relation", collection: "users", default: "@user.id" },
    { name: "price", type: "number" },
  ],
  permissions: { read: "owner", create: "owner = @user.id", update: "owner" },
};
const BARE = { name: "bare", fields: [{ name: "text", type: "text" }] };
const COMMENTS = {
  name: "comments",
  fields: [{ name: "note", type: "relation", collection: "notes" }],
  permissions: { read: "public" },
};
const OPTIONS = { collections: [NOTES, BARE, COMMENTS] };

interface People {
  readonly ann: Somebody;
  readonly ben: Somebody;
  readonly root: Somebody;
}

async function populate(world: World): Promise<People> {
  const ann = await world.signUp("ann@example.com");
  const ben = await world.signUp("ben@example.com");
  const root = await world.signUp("root@example.com", "admin");
  const system = world.app.app.as(systemPrincipal("test"));
  await system.records("notes").create({ id: OWN, text: "mine 100%", owner: ann.id, price: 1 });
  await system.records("notes").create({ id: OTHER, text: "secret", owner: ben.id, price: 1000 });
  await system.records("comments").createMany([{ note: OWN }, { note: OTHER }]);
  return { ann, ben, root };
}

const ids = (answer: { items: { id: string }[] }): readonly string[] => answer.items.map(({ id }) => id);
const wide = (filter: string): string => `/api/notes?filter=${encodeURIComponent(filter)}`;

const RULES: Readonly<Record<string, (world: World, people: People) => Promise<void>>> = {
  "missing rules mean admins only": async (world, { ann, root }) => {
    assertProblem(await world.call("GET", "/api/bare"), 401, "unauthenticated");
    assertProblem(await world.call("POST", "/api/bare", { body: { text: "x" } }), 401, "unauthenticated");
    assertProblem(await world.call("GET", "/api/bare", { token: ann.token }), 403, "forbidden");
    await world.ok("POST", "/api/bare", { token: root.token, body: { text: "x" } });
  },
  "a list under an owner rule holds what is one's own": async (world, { ann }) => {
    assert.deepEqual(ids(await world.ok("GET", "/api/notes", { token: ann.token })), [OWN]);
  },
  "a caller's OR does not widen the rule": async (world, { ann }) => {
    for (const filter of ["id != null || price > 0", `owner != '${ann.id}' || true = true`, "!(price < 0)"]) {
      const answer = await world.call("GET", wide(filter), { token: ann.token });
      if (answer.status === 200) assert.deepEqual(ids(answer.body), [OWN], filter);
      else assertProblem(answer, 400, "bad_request");
    }
  },
  "counts, aggregates, search and expands are under the rule": async (world, { ann }) => {
    const { token } = ann;
    assert.equal((await world.ok("GET", "/api/notes?count=true", { token })).total, 1);
    const { groups } = await world.ok("GET", "/api/notes?aggregate=count(),sum(price)", { token });
    assert.deepEqual(groups, [{ count: 1, sum_price: 1 }]);
    assert.deepEqual(ids(await world.ok("GET", "/api/notes?search=secret", { token })), []);
    const { items } = await world.ok("GET", "/api/comments?expand=note", { token });
    const shown = items.map((one: { expand?: { note?: { id: string } | null } }) => one.expand?.note?.id ?? null);
    assert.deepEqual(new Set(shown), new Set([OWN, null]));
  },
  "a row is not handed to somebody else": async (world, { ann, ben }) => {
    const body = { owner: ben.id };
    assertProblem(await world.call("PATCH", `/api/notes/${OWN}`, { token: ann.token, body }), 403, "forbidden");
    const batch = { operations: [{ op: "update", collection: "notes", id: OWN, data: body }] };
    assertProblem(await world.call("POST", "/api/batch", { token: ann.token, body: batch }), 403, "forbidden");
  },
  "nobody creates in another's name, a guest least of all": async (world, { ann, ben }) => {
    const body = { text: "x", owner: ben.id };
    assertProblem(await world.call("POST", "/api/notes", { body }), 401, "unauthenticated");
    assertProblem(await world.call("POST", "/api/notes", { token: ann.token, body }), 403, "forbidden");
  },
  "~ takes % and _ as they are": async (world, { ann }) => {
    const found = async (text: string) => ids(await world.ok("GET", wide(`text ~ '${text}'`), { token: ann.token }));
    assert.deepEqual(await found("100%"), [OWN]);
    assert.deepEqual(await found("m%e"), []);
    assert.deepEqual(await found("min_"), []);
  },
  "what is hidden and what is not there answer alike": async (world, { ann }) => {
    const { token } = ann;
    for (const [method, body] of [["GET"], ["PATCH", { text: "x" }]] as const) {
      const [hidden, nothing] = [
        await world.call(method, `/api/notes/${OTHER}`, { token, body }),
        await world.call(method, `/api/notes/${uuid(99)}`, { token, body }),
      ];
      assertProblem(hidden, 404, "not_found");
      assert.equal(hidden.body.detail.replace(OTHER, ""), nothing.body.detail.replace(uuid(99), ""));
    }
  },
};

const AUTH: Readonly<Record<string, (world: World, people: People) => Promise<void>>> = {
  "concurrent refreshes all succeed": async (world, { ann }) => {
    const body = { refreshToken: ann.refreshToken };
    const answers = await Promise.all([1, 2, 3].map(() => world.call("POST", "/api/auth/refresh", { body })));
    assert.deepEqual(
      answers.map((one) => one.status),
      [200, 200, 200],
    );
    await world.ok("GET", "/api/auth/me", { token: answers[2]?.body.token });
  },
  "a malformed token is 401, and says nothing about the inside": async (world) => {
    for (const token of ["x", "a.b.c", "eyJ.eyJ.x", "..", "a".repeat(5000)])
      assertProblem(await world.call("GET", "/api/notes", { token }), 401, "unauthenticated");
  },
  "a token that is not good is not a guest's": async (world, { ann }) => {
    const token = `${ann.token.slice(0, -4)}AAAA`;
    assertProblem(await world.call("GET", "/api/comments", { token }), 401, "unauthenticated");
    await world.ok("GET", "/api/comments");
  },
  "logout, demotion and deletion count at once": async (world, { ann, ben, root }) => {
    await world.ok("POST", "/api/auth/logout", { body: { refreshToken: ann.refreshToken } });
    assertProblem(await world.call("GET", "/api/auth/me", { token: ann.token }), 401, "unauthenticated");
    const second = await world.signUp("second@example.com", "admin");
    await world.ok("GET", "/api/admin/roles", { token: second.token });
    await world.ok("PATCH", `/api/users/${second.id}`, { token: root.token, body: { role: "user" } });
    assertProblem(await world.call("GET", "/api/admin/roles", { token: second.token }), 403, "forbidden");
    await world.ok("DELETE", `/api/users/${ben.id}`, { token: root.token });
    assertProblem(await world.call("GET", "/api/auth/me", { token: ben.token }), 401, "unauthenticated");
  },
  "an unknown address costs a login the same work, and gets the same answer": async (world) => {
    const login = async (email: string) => {
      const before = world.hasher.checked.length;
      const answer = await world.call("POST", "/api/auth/login", { body: { email, password: "not the password" } });
      const { requestId: _, ...body } = answer.body;
      return { status: answer.status, body, checked: world.hasher.checked.length - before };
    };
    assert.deepEqual(await login("ann@example.com"), await login("nobody@example.com"));
  },
  "whoever registers the admin's address first is no admin": async (world) => {
    const body = { email: "boss@example.com", password: PASSWORD };
    const { user } = await world.ok("POST", "/api/auth/register", { body });
    assert.equal(user.role, "user");
    for (const more of [{ role: "admin" }, { verified: true }, { id: uuid(5) }]) {
      const answer = await world.call("POST", "/api/auth/register", {
        body: { email: "eve@example.com", password: PASSWORD, ...more },
      });
      assertProblem(answer, 400, "validation_failed");
    }
  },
  "the last admin stays one": async (world, { root }) => {
    const { token, id } = root;
    assertProblem(await world.call("PATCH", `/api/users/${id}`, { token, body: { role: "user" } }), 409, "conflict");
    assertProblem(await world.call("DELETE", `/api/users/${id}`, { token }), 409, "conflict");
  },
  "a login shows no hash, then or later": async (world, { root }) => {
    await world.login("ann@example.com");
    const { items } = await world.ok("GET", "/api/users", { token: root.token });
    assert.equal(items.length, 3);
    for (const one of items) assert.ok(!("passwordHash" in one) && !("password" in one));
  },
  "addresses of one IPv6 /64 are counted as one": async (world) => {
    const from = async (last: number, network = "2001:db8:0:1") => {
      const body = { email: `u${last}@example.com`, password: "not the password" };
      return (await world.call("POST", "/api/auth/login", { address: `${network}::${last.toString(16)}`, body }))
        .status;
    };
    for (let last = 0; last < 60; last += 1) assert.equal(await from(last), 401);
    assert.equal(await from(1000), 429);
    assert.equal(await from(1001, "2001:db8:0:2"), 401);
  },
};

describe("faults that rules had elsewhere", () => {
  for (const [name, run] of Object.entries(RULES))
    test(
      name,
      inWorld(OPTIONS, async (world) => run(world, await populate(world))),
    );
});

describe("faults that accounts had elsewhere", () => {
  for (const [name, run] of Object.entries(AUTH))
    test(
      name,
      inWorld(OPTIONS, async (world) => run(world, await populate(world))),
    );

  test("no two databases have the same secret, and a weak one is refused", async () => {
    const secrets: unknown[] = [];
    for (let index = 0; index < 2; index += 1) {
      await inWorld({}, async (world) => {
        const [row] = await world.app.sql(`SELECT "value" FROM "_secrets"`);
        secrets.push(row?.value);
      })();
    }
    assert.equal(new Set(secrets).size, 2);
    for (const secret of ["secret", "changeme", "a".repeat(64)])
      await assert.rejects(inWorld({ secret }, async () => {})(), /secret/);
  });
});
