import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, MINUTE, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const POSTS = {
  name: "posts",
  fields: [
    { name: "title", type: "text" },
    { name: "author", type: "relation", collection: "users", default: "@user.id" },
  ],
  permissions: { read: "owner", create: "authenticated", update: "owner", delete: "owner" },
};
const LOGS = {
  name: "logs",
  fields: [{ name: "text", type: "text" }],
  permissions: { read: "role:robot", create: "@user.permissions = 'logs.write'" },
};
const OPTIONS = { collections: [POSTS, LOGS] };

interface People {
  readonly ann: Somebody;
  readonly ben: Somebody;
  readonly root: Somebody;
}

async function populate(world: World): Promise<People> {
  return {
    ann: await world.signUp("ann@example.com"),
    ben: await world.signUp("ben@example.com"),
    root: await world.signUp("root@example.com", "admin"),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
async function makeKey(world: World, { token }: Somebody, body: object): Promise<any> {
  return world.ok("POST", "/api/auth/keys", { token, body: { name: "test", scopes: ["*"], ...body } });
}

describe("API keys", () => {
  test(
    "act as their user, are listed without the key, and end when revoked",
    inWorld(OPTIONS, async (world) => {
      const { ann, ben } = await populate(world);
      const { key, id, ...info } = await makeKey(world, ann, { name: "backup" });
      assert.match(key, /^bak_[0-9a-f-]{36}_[\w-]{43}$/);
      assert.deepEqual(Object.keys(info).sort(), ["createdAt", "expiresAt", "lastUsedAt", "name", "role", "scopes"]);
      const post = await world.ok("POST", "/api/posts", { token: key, body: { title: "by key" } });
      assert.equal(post.author, ann.id);
      assert.equal((await world.ok("GET", "/api/auth/me", { token: key })).user.id, ann.id);
      assert.equal((await world.call("GET", `/api/posts/${post.id}`, { token: ben.token })).status, 404);
      const { items } = await world.ok("GET", "/api/auth/keys", { token: ann.token });
      assert.equal(items.length, 1);
      assert.equal(items[0].lastUsedAt, "2026-03-01T12:00:00.000Z");
      assert.ok(!JSON.stringify(items).includes(key.slice(-43)));
      assert.deepEqual((await world.ok("GET", "/api/auth/keys", { token: ben.token })).items, []);
      assertProblem(await world.call("DELETE", `/api/auth/keys/${id}`, { token: ben.token }), 404, "not_found");
      await world.ok("DELETE", `/api/auth/keys/${id}`, { token: ann.token });
      assertProblem(await world.call("GET", "/api/posts", { token: key }), 401, "unauthenticated");
      const told = JSON.stringify(world.events) + (await world.app.dump());
      assert.ok(!told.includes(key.slice(-43)), "the key stands somewhere");
    }),
  );

  /** `[scope, method, path of ann's own post or list, whether it may]`. */
  const scopes: readonly (readonly [scope: string, may: readonly string[]])[] = [
    ["*", ["GET list", "GET one", "POST", "PATCH", "DELETE"]],
    ["posts", ["GET list", "GET one", "POST", "PATCH", "DELETE"]],
    ["*:read", ["GET list", "GET one"]],
    ["posts:read", ["GET list", "GET one"]],
    ["posts:list", ["GET list"]],
    ["posts:view", ["GET one"]],
    ["posts:write", ["POST", "PATCH", "DELETE"]],
    ["posts:create", ["POST"]],
    ["posts:update", ["PATCH"]],
    ["posts:delete", ["DELETE"]],
    ["logs", []],
    ["post", []],
    ["admin", []],
  ];
  for (const role of ["user", "admin"] as const) {
    for (const [scope, may] of scopes) {
      test(
        `of a ${role} with the scope ${scope}: ${may.join(", ") || "nothing"}`,
        inWorld(OPTIONS, async (world) => {
          const { ann, root } = await populate(world);
          const owner = role === "admin" ? root : ann;
          const { key } = await makeKey(world, owner, { scopes: [scope] });
          const { id } = await world.ok("POST", "/api/posts", { token: owner.token, body: { title: "x" } });
          const doors = {
            "GET list": ["GET", "/api/posts"],
            "GET one": ["GET", `/api/posts/${id}`],
            POST: ["POST", "/api/posts", { title: "y" }],
            PATCH: ["PATCH", `/api/posts/${id}`, { title: "z" }],
            DELETE: ["DELETE", `/api/posts/${id}`],
          } as const;
          for (const [name, [method, path, body]] of Object.entries(doors)) {
            const answer = await world.call(method, path, { token: key, body });
            if (may.includes(name)) assert.ok(answer.status < 300, `${name}: ${answer.status}`);
            else assertProblem(answer, 403, "forbidden");
          }
          const batch = { operations: [{ op: "create", collection: "posts", data: { title: "b" } }] };
          const answer = await world.call("POST", "/api/batch", { token: key, body: batch });
          assert.equal(answer.status, may.includes("POST") ? 200 : 403);
          const roles = await world.call("GET", "/api/admin/roles", { token: key });
          assert.equal(roles.status, role === "admin" && scope === "admin" ? 200 : 403);
        }),
      );
    }
  }

  test(
    "of no user: a role, its permissions, and no id",
    inWorld(OPTIONS, async (world) => {
      const { ann, root } = await populate(world);
      const robot = { permissions: { "logs.write": true } };
      await world.ok("PUT", "/api/admin/roles/robot", { token: root.token, body: robot });
      const refused = { name: "x", scopes: ["*"], role: "robot" };
      assertProblem(await world.call("POST", "/api/auth/keys", { token: ann.token, body: refused }), 403, "forbidden");
      const { key, id, role } = await makeKey(world, root, { role: "robot" });
      assert.equal(role, "robot");
      await world.ok("POST", "/api/logs", { token: key, body: { text: "t" } });
      assert.equal((await world.ok("GET", "/api/logs", { token: key })).items.length, 1);
      assertProblem(await world.call("POST", "/api/posts", { token: key, body: {} }), 403, "forbidden");
      assertProblem(await world.call("GET", "/api/auth/me", { token: key }), 401, "unauthenticated");
      assert.deepEqual(
        (await world.ok("GET", "/api/auth/keys", { token: root.token })).items.map((one: { id: string }) => one.id),
        [id],
      );
      await world.ok("DELETE", `/api/auth/keys/${id}`, { token: root.token });
      assertProblem(await world.call("GET", "/api/logs", { token: key }), 401, "unauthenticated");
    }),
  );

  test(
    "are no way to what only a person may do",
    inWorld(OPTIONS, async (world) => {
      const { ann, root } = await populate(world);
      const robot = await makeKey(world, root, { role: "admin", scopes: ["*", "admin"] });
      const own = await makeKey(world, ann, {});
      const doors: readonly (readonly [method: string, path: string, body?: object])[] = [
        ["GET", "/api/auth/keys"],
        ["POST", "/api/auth/keys", { name: "more", scopes: ["*"] }],
        ["DELETE", `/api/auth/keys/${own.id}`],
        ["GET", "/api/auth/sessions"],
        ["DELETE", "/api/auth/sessions"],
        [
          "POST",
          "/api/auth/password/change",
          { currentPassword: "correct horse battery", password: "another one here" },
        ],
      ];
      for (const [method, path, body] of doors) {
        for (const { key } of [robot, own])
          assertProblem(await world.call(method, path, { token: key, body }), 403, "forbidden");
        assertProblem(await world.call(method, path, { body }), 401, "unauthenticated");
      }
    }),
  );

  test(
    "end with their time, and with their account",
    inWorld(OPTIONS, async (world) => {
      const { ann, root } = await populate(world);
      const short = await makeKey(world, ann, { expiresAt: "2026-03-01T12:10:00Z" });
      const long = await makeKey(world, ann, {});
      world.pass(9 * MINUTE);
      await world.ok("GET", "/api/posts", { token: short.key });
      world.pass(MINUTE);
      assertProblem(await world.call("GET", "/api/posts", { token: short.key }), 401, "unauthenticated");
      await world.ok("GET", "/api/posts", { token: long.key });
      await world.ok("DELETE", `/api/users/${ann.id}`, { token: root.token });
      assertProblem(await world.call("GET", "/api/posts", { token: long.key }), 401, "unauthenticated");
      assert.deepEqual(await world.app.sql(`SELECT "id" FROM "_keys" WHERE "user" = '${ann.id}'`), []);
    }),
  );

  test(
    "follow their user's role",
    inWorld(OPTIONS, async (world) => {
      const { ann, root } = await populate(world);
      const { key } = await makeKey(world, ann, {});
      assertProblem(await world.call("GET", "/api/logs", { token: key }), 403, "forbidden");
      await world.ok("PATCH", `/api/users/${ann.id}`, { token: root.token, body: { role: "robot" } });
      await world.ok("GET", "/api/logs", { token: key });
    }),
  );

  const bad: readonly (readonly [name: string, body: unknown, field: string])[] = [
    ["no name", { scopes: ["*"] }, "name"],
    ["an empty name", { name: " ", scopes: ["*"] }, "name"],
    ["no scopes", { name: "x" }, "scopes"],
    ["an empty list of scopes", { name: "x", scopes: [] }, "scopes"],
    ["an unknown action", { name: "x", scopes: ["posts:fly"] }, "scopes.0"],
    ["a time that has passed", { name: "x", scopes: ["*"], expiresAt: "2026-03-01T11:59:59Z" }, "expiresAt"],
    ["a time that is none", { name: "x", scopes: ["*"], expiresAt: "tomorrow" }, "expiresAt"],
    ["an unknown field", { name: "x", scopes: ["*"], id: "x" }, "id"],
    ["a list", [], "body"],
  ];
  for (const [name, body, field] of bad) {
    test(
      `refuse ${name}`,
      inWorld(OPTIONS, async (world) => {
        const { root } = await populate(world);
        const answer = await world.call("POST", "/api/auth/keys", { token: root.token, body });
        assertProblem(answer, 400, "validation_failed");
        assert.equal(answer.body.errors[0].field, field);
        assert.deepEqual((await world.ok("GET", "/api/auth/keys", { token: root.token })).items, []);
      }),
    );
  }

  const forged: readonly (readonly [name: string, change: (key: string) => string])[] = [
    ["another secret", (key) => `${key.slice(0, -43)}${"A".repeat(43)}`],
    ["another id", (key) => key.replace(/_[0-9a-f]{8}/, "_00000000")],
    ["a part of it", (key) => key.slice(0, -1)],
    ["more than it", (key) => `${key}A`],
    ["nothing but its beginning", () => "bak_"],
  ];
  for (const [name, change] of forged) {
    test(
      `are not ${name}`,
      inWorld(OPTIONS, async (world) => {
        const { ann } = await populate(world);
        const { key } = await makeKey(world, ann, {});
        assertProblem(await world.call("GET", "/health", { token: change(key) }), 401, "unauthenticated");
        await world.ok("GET", "/api/posts", { token: key });
      }),
    );
  }

  test(
    "are at most 100 for one user",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      for (let index = 0; index < 100; index += 1) await makeKey(world, ann, {});
      const body = { name: "one more", scopes: ["*"] };
      assertProblem(await world.call("POST", "/api/auth/keys", { token: ann.token, body }), 409, "conflict");
    }),
  );
});
