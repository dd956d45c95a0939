import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const POSTS = {
  name: "posts",
  fields: [
    { name: "title", type: "text" },
    { name: "status", type: "select", options: ["draft", "flagged", "published"], default: "draft" },
    { name: "author", type: "relation", collection: "users", default: "@user.id" },
    { name: "notes", type: "text", permissions: { view: "permission:posts.notes" } },
  ],
  permissions: {
    read: "public",
    create: "role:writer",
    update: "permission:posts.edit",
    delete: "@user.permissions = 'posts.purge'",
  },
};
const OPTIONS = { collections: [POSTS] };

/** writer < editor < chief; a moderator deletes what is flagged, a janitor everything. */
const ROLES: Readonly<Record<string, object>> = {
  writer: { permissions: { "posts.edit": "author = @user.id" } },
  editor: { includes: ["writer"], permissions: { "posts.edit": "status != 'published'", "posts.notes": true } },
  chief: { includes: ["editor"], permissions: { "posts.edit": true } },
  moderator: { permissions: { "posts.delete": "status = 'flagged'" } },
  janitor: { permissions: { "posts.purge": true } },
};
const PEOPLE = ["user", ...Object.keys(ROLES)] as const;

type People = Readonly<Record<string, Somebody>>;

async function populate(world: World): Promise<{ readonly admin: Somebody; readonly people: People }> {
  const admin = await world.signUp("root@example.com", "admin");
  for (const [name, body] of Object.entries(ROLES))
    await world.ok("PUT", `/api/admin/roles/${name}`, { token: admin.token, body });
  const people: Record<string, Somebody> = {};
  for (const role of PEOPLE) people[role] = await world.signUp(`${role}@example.com`, role);
  return { admin, people };
}

/** A post of the role's own, or of nobody's, with this status. */
async function post(world: World, status: string, author?: string): Promise<string> {
  const posts = world.app.app.as(systemPrincipal("test")).records("posts");
  const record = await posts.create({ title: "t", status, notes: "n", ...(author ? { author } : { author: null }) });
  return String(record.id);
}

describe("what a role grants", () => {
  const whose = ["own", "nobody's"] as const;
  const statuses = ["draft", "flagged", "published"] as const;
  type Cell = (role: string, own: boolean, status: string) => boolean;
  const actions: readonly (readonly [action: string, method: string, body: object | undefined, Cell])[] = [
    [
      "update",
      "PATCH",
      { title: "changed" },
      (role, own, status) =>
        role === "chief" ||
        (role === "editor" && status !== "published") ||
        (["writer", "editor"].includes(role) && own),
    ],
    [
      "delete",
      "DELETE",
      undefined,
      (role, _own, status) => role === "janitor" || (role === "moderator" && status === "flagged"),
    ],
  ];
  for (const [action, method, body, expected] of actions) {
    test(
      `${action}, every role on every post`,
      inWorld(OPTIONS, async (world) => {
        const { people } = await populate(world);
        for (const role of PEOPLE) {
          const { id: user, token } = people[role] ?? assert.fail(role);
          for (const one of whose) {
            for (const status of statuses) {
              const id = await post(world, status, one === "own" ? user : undefined);
              const answer = await world.call(method, `/api/posts/${id}`, { token, body });
              const cell = `${role}: ${action} ${one} ${status}`;
              assert.equal(answer.status < 300, expected(role, one === "own", status), `${cell}: ${answer.status}`);
              if (answer.status >= 300) assert.ok([403, 404].includes(answer.status), cell);
            }
          }
        }
      }),
    );
  }

  test(
    "role:NAME is whoever has the role, or one that includes it",
    inWorld(OPTIONS, async (world) => {
      const { people } = await populate(world);
      for (const role of PEOPLE) {
        const answer = await world.call("POST", "/api/posts", { token: people[role]?.token, body: { title: "x" } });
        assert.equal(answer.status, ["writer", "editor", "chief"].includes(role) ? 201 : 403, role);
      }
      assertProblem(await world.call("POST", "/api/posts", { body: { title: "x" } }), 401, "unauthenticated");
    }),
  );

  test(
    "a field under a permission",
    inWorld(OPTIONS, async (world) => {
      const { people } = await populate(world);
      const id = await post(world, "draft");
      for (const role of PEOPLE) {
        const record = await world.ok("GET", `/api/posts/${id}`, { token: people[role]?.token });
        assert.equal("notes" in record, ["editor", "chief"].includes(role), role);
      }
    }),
  );

  test(
    "a change of a role counts from the next request on, for everybody who has it",
    inWorld(OPTIONS, async (world) => {
      const { admin, people } = await populate(world);
      const id = await post(world, "draft");
      const edit = () => world.call("PATCH", `/api/posts/${id}`, { token: people.chief?.token, body: { title: "y" } });
      assert.equal((await edit()).status, 200);
      await world.ok("PUT", "/api/admin/roles/chief", { token: admin.token, body: {} });
      assertProblem(await edit(), 403, "forbidden");
      await world.ok("PUT", "/api/admin/roles/chief", { token: admin.token, body: { includes: ["editor"] } });
      assert.equal((await edit()).status, 200);
      await world.ok("DELETE", "/api/admin/roles/chief", { token: admin.token });
      assertProblem(await edit(), 403, "forbidden");
    }),
  );

  test(
    "roles are kept in the database",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const rows = await world.app.sql(`SELECT "name" FROM "_roles" ORDER BY "name"`);
      assert.deepEqual(
        rows.map((row) => row.name),
        Object.keys(ROLES).sort(),
      );
    }),
  );
});

describe("/api/admin/roles", () => {
  test(
    "is for admins alone",
    inWorld(OPTIONS, async (world) => {
      const { admin, people } = await populate(world);
      const doors = [
        ["GET", "/api/admin/roles"],
        ["GET", "/api/admin/roles/writer"],
        ["GET", "/api/admin/roles/nothing"],
        ["PUT", "/api/admin/roles/chief", { permissions: { "posts.edit": true } }],
        ["DELETE", "/api/admin/roles/janitor"],
      ] as const;
      const before = await world.ok("GET", "/api/admin/roles", { token: admin.token });
      for (const [method, path, body] of doors) {
        assertProblem(await world.call(method, path, { body }), 401, "unauthenticated");
        assertProblem(await world.call(method, path, { body, token: people.chief?.token }), 403, "forbidden");
      }
      assert.deepEqual(await world.ok("GET", "/api/admin/roles", { token: admin.token }), before);
      assert.deepEqual(
        before.items.map((one: { name: string }) => one.name),
        Object.keys(ROLES).sort(),
      );
    }),
  );

  const bad: readonly (readonly [name: string, role: string, body: unknown, field: string])[] = [
    ["admin is built in", "admin", {}, "name"],
    ["a name with a space", "a%20b", {}, "name"],
    ["an unknown key", "x", { grants: {} }, "grants"],
    ["includes of another type", "x", { includes: "writer" }, "includes"],
    ["an unknown role", "x", { includes: ["nobody"] }, "includes.0"],
    ["admin by inclusion", "x", { includes: ["admin"] }, "includes.0"],
    ["itself", "x", { includes: ["x"] }, "includes.0"],
    ["a circle", "writer", { includes: ["chief"] }, "includes.0"],
    ["false", "x", { permissions: { "posts.edit": false } }, "permissions.posts.edit"],
    ["a permission without a family", "x", { permissions: { edit: true } }, "permissions.edit"],
    ["a condition that does not parse", "x", { permissions: { "posts.edit": "status =" } }, "permissions.posts.edit"],
    ["an unknown field", "x", { permissions: { "posts.edit": "colour = 'red'" } }, "permissions.posts.edit"],
    ["@old", "x", { permissions: { "posts.edit": "@old.status = 'draft'" } }, "permissions.posts.edit"],
    ["another permission", "x", { permissions: { "posts.edit": "permission:posts.x" } }, "permissions.posts.edit"],
    ["a condition on no collection", "x", { permissions: { "storage.upload": "a = 1" } }, "permissions.storage.upload"],
  ];
  for (const [name, role, body, field] of bad) {
    test(
      `refuses ${name}`,
      inWorld(OPTIONS, async (world) => {
        const { admin } = await populate(world);
        const before = await world.ok("GET", "/api/admin/roles", { token: admin.token });
        const answer = await world.call("PUT", `/api/admin/roles/${role}`, { token: admin.token, body });
        assertProblem(answer, 400, "validation_failed");
        assert.deepEqual(
          answer.body.errors.map((one: { field: string }) => one.field),
          [field],
        );
        assert.deepEqual(await world.ok("GET", "/api/admin/roles", { token: admin.token }), before);
      }),
    );
  }

  test(
    "refuses to delete what is included, and what is not there",
    inWorld(OPTIONS, async (world) => {
      const { admin } = await populate(world);
      const { token } = admin;
      assertProblem(await world.call("DELETE", "/api/admin/roles/writer", { token }), 409, "conflict");
      assertProblem(await world.call("DELETE", "/api/admin/roles/nobody", { token }), 404, "not_found");
      assertProblem(await world.call("GET", "/api/admin/roles/nobody", { token }), 404, "not_found");
    }),
  );

  test(
    "a collection does not lose what a role's condition names",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const { schema } = world.app.app.collections;
      const fields = POSTS.fields.filter(({ name }) => name !== "status");
      await assert.rejects(schema.define({ ...POSTS, fields }, { allowDataLoss: true }), /Role editor: .*status/);
      assert.ok(schema.catalog().get("posts")?.field("status"));
    }),
  );

  test(
    "tells the bus",
    inWorld(OPTIONS, async (world) => {
      const { admin } = await populate(world);
      await world.ok("DELETE", "/api/admin/roles/janitor", { token: admin.token });
      await world.app.app.events.idle();
      const told = world.events.filter(({ type }) => type === "system.role_changed").map(({ payload }) => payload);
      assert.equal(told.length, Object.keys(ROLES).length + 1);
      assert.deepEqual(told.at(-1), { role: "janitor", exists: false });
    }),
  );

  describe("a permission of one collection in the rule of another", () => {
    const NOTES = {
      name: "notes",
      fields: [{ name: "text", type: "text" }],
      permissions: { read: "permission:posts.edit" },
    };
    const FIELD = { ...NOTES, fields: [{ ...NOTES.fields[0], permissions: { view: "permission:posts.edit" } }] };

    test(
      "opens it where the permission is granted everywhere",
      inWorld({ collections: [POSTS, NOTES] }, async (world) => {
        const admin = await world.signUp("root@example.com", "admin");
        await world.ok("PUT", "/api/admin/roles/chief", {
          token: admin.token,
          body: { permissions: { "posts.edit": true } },
        });
        const chief = await world.signUp("chief@example.com", "chief");
        assert.equal((await world.call("GET", "/api/notes", chief)).status, 200);
      }),
    );

    for (const [name, other] of [
      ["an action", NOTES],
      ["a field", FIELD],
    ] as const) {
      test(
        `is refused for ${name} if a role grants it under a condition, whichever comes first`,
        inWorld({ collections: [POSTS] }, async (world) => {
          const { admin } = await populate(world);
          const { schema } = world.app.app.collections;
          await assert.rejects(schema.define(other), /Role (editor|writer): .*posts\.edit.*notes/);
          for (const role of ["chief", "editor", "writer"])
            await world.ok("DELETE", `/api/admin/roles/${role}`, { token: admin.token });
          await schema.define(other);
          const body = { permissions: { "posts.edit": "status = 'draft'" } };
          const answer = await world.call("PUT", "/api/admin/roles/late", { token: admin.token, body });
          assertProblem(answer, 400, "validation_failed");
          assert.match(answer.text, /notes/);
        }),
      );
    }
  });
});
