import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { assertHolds } from "../../support/scenario.ts";

const PATH = "/api/admin/users";
const MEMBERS = {
  name: "members",
  kind: "auth",
  fields: [
    { name: "club", type: "text" },
    { name: "pin", type: "text", hidden: true },
  ],
};
const OPTIONS = { collections: [MEMBERS] };

/** Three users, one of them the admin, and four members. */
async function populate(world: World) {
  const admin = await world.signUp("root@example.com", "admin");
  const ann = await world.signUp("ann@example.com", "editor");
  const ben = await world.signUp("ben@example.com");
  const members: Somebody[] = [];
  for (const name of ["cat", "dan", "eve", "fay"]) {
    const body = { email: `${name}@example.com`, club: name > "dan" ? "b" : "a" };
    const { id, email } = await world.ok("POST", "/api/members", { token: admin.token, body });
    members.push({ id, email, token: "", refreshToken: "" });
  }
  return { admin, ann, ben, members };
}

const names = (items: readonly { readonly email: string }[]): readonly string[] =>
  items.map(({ email }) => email.split("@")[0] ?? "");

describe("the list of accounts", () => {
  const lists: readonly (readonly [query: string, names: readonly string[], total?: number])[] = [
    ["?sort=email", ["cat", "dan", "eve", "fay", "ann", "ben", "root"]],
    ["?sort=-email&count=true", ["fay", "eve", "dan", "cat", "root", "ben", "ann"], 7],
    ["?filter=email~'a'&sort=email&limit=500", ["cat", "dan", "eve", "fay", "ann", "ben", "root"]],
    ["?filter=email<'c'&sort=email&count=true", ["ann", "ben"], 2],
    ["?filter=role='admin'", ["root"]],
    ["?collection=users&sort=email", ["ann", "ben", "root"]],
    ["?collection=users&sort=email&limit=2&page=2&count=true", ["root"], 3],
    ["?collection=members&filter=club='b'&sort=email", ["eve", "fay"]],
    ["?collection=members&sort=email&fields=email", ["cat", "dan", "eve", "fay"]],
  ];
  for (const [query, expected, total] of lists) {
    test(
      query,
      inWorld(OPTIONS, async (world) => {
        const { admin } = await populate(world);
        const answer = await world.ok("GET", `${PATH}${query}`, admin);
        assert.deepEqual(names(answer.items), expected);
        assert.equal(answer.total, total);
        const where = (name: string) => (["ann", "ben", "root"].includes(name) ? "users" : "members");
        for (const one of answer.items) assert.equal(one.collection, where(names([one])[0] ?? ""));
        assert.ok(!/pin|passwordHash/.test(JSON.stringify(answer)));
      }),
    );
  }

  for (const limit of [1, 2, 3, 4, 5, 7, 8]) {
    test(
      `in pages of ${limit} has everybody once`,
      inWorld(OPTIONS, async (world) => {
        const { admin } = await populate(world);
        const seen: string[] = [];
        let cursor = "";
        for (let pages = 0; pages < 10; pages += 1) {
          const { items, next } = await world.ok("GET", `${PATH}?sort=email&limit=${limit}${cursor}`, admin);
          assert.ok(items.length <= limit);
          seen.push(...names(items));
          if (next === null) break;
          cursor = `&cursor=${encodeURIComponent(next)}`;
        }
        assert.deepEqual(seen, ["cat", "dan", "eve", "fay", "ann", "ben", "root"]);
      }),
    );
  }

  const bad: readonly (readonly [query: string, detail: RegExp])[] = [
    ["?collection=nope", /nope has no accounts/],
    ["?collection=", /no accounts/],
    ["?page=1", /collection/],
    ["?cursor=x", /cursor/],
    ["?cursor=users.x", /[Cc]ursor/],
    ["?cursor=.", /cursor/],
    ["?limit=0", /limit/],
    ["?limit=501", /limit/],
    ["?filter=club='b'", /club/],
    ["?filter=passwordHash='x'", /passwordHash/],
    ["?sort=pin", /pin/],
    ["?aggregate=count()", /aggregate/],
    ["?count=yes", /count/],
    ["?x=1", /"x"/],
  ];
  for (const [query, detail] of bad) {
    test(
      `refuses ${query}`,
      inWorld(OPTIONS, async (world) => {
        const { admin } = await populate(world);
        const { detail: told } = assertProblem(await world.call("GET", `${PATH}${query}`, admin), 400, "bad_request");
        assert.match(String(told), detail);
      }),
    );
  }
});

test(
  "an account is shown with its sessions, wherever it is",
  inWorld(OPTIONS, async (world) => {
    const { admin, ann, members } = await populate(world);
    await world.login(ann.email);
    const shown = await world.ok("GET", `${PATH}/${ann.id}`, admin);
    assertHolds(shown, { id: ann.id, email: ann.email, role: "editor", collection: "users" });
    assert.equal(shown.sessions.length, 2);
    assert.deepEqual(Object.keys(shown.sessions[0]).sort(), ["createdAt", "device", "expiresAt", "id", "lastUsedAt"]);
    const [cat] = members;
    assertHolds(await world.ok("GET", `${PATH}/${cat?.id}`, admin), { collection: "members", club: "a", sessions: [] });
  }),
);

test(
  "role, proof of the address and sessions are changed; who did it is told",
  inWorld(OPTIONS, async (world) => {
    const { admin, ann, members } = await populate(world);
    await world.app.heard();
    const patch = (id: string | undefined, body: object, headers = {}) =>
      world.call("PATCH", `${PATH}/${id}`, { token: admin.token, body, headers });

    const raised = await patch(ann.id, { role: "chief", verified: true });
    assertHolds(raised, { status: 200, body: { role: "chief", verified: true, collection: "users" } });
    const [heard] = await world.app.heard();
    assert.equal(heard?.event.type, "users.updated");
    assert.deepEqual(heard.detail.actor, { kind: "user", id: admin.id });
    assert.equal((await world.ok("GET", "/api/auth/me", ann)).user.role, "chief");

    assert.equal((await patch(ann.id, { endSessions: true })).status, 200);
    assert.deepEqual(await world.app.heard(), [], "nothing of the record was changed");
    assertProblem(await world.call("GET", "/api/auth/me", ann), 401, "unauthenticated");
    assertProblem(await world.call("POST", "/api/auth/refresh", { body: ann }), 401, "unauthenticated");
    assert.ok((await world.types()).includes("auth.logout"));
    assert.equal((await world.call("GET", "/api/auth/me", admin)).status, 200);

    assertHolds(await patch(members[0]?.id, { club: "z" }), {
      status: 200,
      body: { club: "z", collection: "members" },
    });
    const etag = String(raised.headers.get("etag"));
    assert.equal((await patch(ann.id, { role: "user" }, { "if-match": etag })).status, 200);
    assertProblem(await patch(ann.id, { role: "chief" }, { "if-match": etag }), 412, "precondition_failed");
    assert.equal((await world.call("DELETE", `${PATH}/${ann.id}`, admin)).status, 204);
    assertProblem(await world.call("GET", `${PATH}/${ann.id}`, admin), 404, "not_found");
  }),
);

test(
  "whoever is signed out by an admin is cut off at once",
  { timeout: 20_000 },
  // nobody looks at the connections from time to time
  inWorld({ ...OPTIONS, every: () => () => undefined }, async (world) => {
    const { admin, ann } = await populate(world);
    const headers = { authorization: `Bearer ${ann.token}` };
    const path = `http://test.local/api/realtime/sse?channel=users/${ann.id}`;
    const { body } = await world.app.app.fetch(new Request(path, { headers }));
    const reader = (body ?? assert.fail("there is no stream")).pipeThrough(new TextDecoderStream()).getReader();
    await world.ok("PATCH", `${PATH}/${ann.id}`, { token: admin.token, body: { endSessions: true } });
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    assert.match(text, /unauthenticated/);
  }),
);

describe("what is refused", () => {
  const bad: readonly (readonly [
    name: string,
    method: string,
    who: "root" | "ann" | "nobody" | "x'",
    body: unknown,
    status: number,
    code: string,
    detail: RegExp,
  ])[] = [
    ["to demote the last admin", "PATCH", "root", { role: "user" }, 409, "conflict", /last admin/],
    ["to delete the last admin", "DELETE", "root", undefined, 409, "conflict", /last admin/],
    ["nobody", "GET", "nobody", undefined, 404, "not_found", /no account/],
    ["to change nobody", "PATCH", "nobody", {}, 404, "not_found", /no account/],
    ["to delete nobody", "DELETE", "nobody", undefined, 404, "not_found", /no account/],
    ["what is no id", "GET", "x'", undefined, 404, "not_found", /no account/],
    ["a role that is none", "PATCH", "ann", { role: "A B" }, 400, "validation_failed", /role/],
    ["no role", "PATCH", "ann", { role: null }, 400, "validation_failed", /role/],
    ["proof that is none", "PATCH", "ann", { verified: "yes" }, 400, "validation_failed", /verified/],
    ["an end of sessions that is none", "PATCH", "ann", { endSessions: 1 }, 400, "validation_failed", /endSessions/],
    ["a field that is none", "PATCH", "ann", { colour: "red" }, 400, "validation_failed", /colour/],
    ["a hash", "PATCH", "ann", { passwordHash: "x" }, 400, "validation_failed", /passwordHash/],
    ["a short password", "PATCH", "ann", { password: "short" }, 400, "validation_failed", /password/],
    ["a list", "PATCH", "ann", [], 400, "validation_failed", /object/],
    ["no JSON", "PATCH", "ann", "{", 400, "bad_request", /JSON/],
  ];
  for (const [name, method, who, body, status, code, detail] of bad) {
    test(
      name,
      inWorld(OPTIONS, async (world) => {
        const { admin, ann } = await populate(world);
        const id = { root: admin.id, ann: ann.id, nobody: "01900000-0000-7000-8000-000000000000", "x'": "x'" }[who];
        const before = await world.app.sql(`SELECT * FROM "users"`);
        const call = { token: admin.token, body, headers: { "content-type": "application/json" } };
        const problem = assertProblem(await world.call(method, `${PATH}/${id}`, call), status, code);
        assert.match(String(problem.detail), detail);
        assert.deepEqual(await world.app.sql(`SELECT * FROM "users"`), before);
        assert.equal((await world.call("GET", "/api/auth/me", ann)).status, 200);
      }),
    );
  }

  test(
    "everybody but admins, with a key for it",
    inWorld(OPTIONS, async (world) => {
      const { admin, ann, ben } = await populate(world);
      const key = async (scopes: readonly string[]) =>
        (await world.ok("POST", "/api/auth/keys", { token: admin.token, body: { name: "k", scopes } })).key;
      const doors = [
        ["GET", PATH],
        ["GET", `${PATH}/${ben.id}`],
        ["PATCH", `${PATH}/${ben.id}`, { role: "admin" }],
        ["DELETE", `${PATH}/${ben.id}`],
      ] as const;
      for (const [method, path, body] of doors) {
        assertProblem(await world.call(method, path, { body }), 401, "unauthenticated", path);
        for (const token of [ann.token, ben.token, await key(["*"]), await key(["users"])])
          assertProblem(await world.call(method, path, { body, token }), 403, "forbidden", path);
      }
      const token = await key(["admin"]);
      await world.app.heard();
      assert.equal((await world.ok("GET", PATH, { token })).items.length, 7);
      await world.ok("PATCH", `${PATH}/${ben.id}`, { token, body: { role: "editor" } });
      const [heard] = await world.app.heard();
      assert.equal(heard?.detail.actor?.kind, "user");
      assert.ok(heard?.detail.actor?.key, "the key is told, too");
    }),
  );
});
