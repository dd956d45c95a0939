import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { StoredFile } from "../../../src/core/collections/index.ts";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { PASSWORD, type Somebody } from "../../support/accounts.ts";
import { assertProblem, OPEN } from "../../support/app.ts";
import { type FileWorld, openFileWorld } from "../../support/files.ts";
import { uuid } from "../../support/scenario.ts";

const file = (name: string, more: object = {}) => ({ name, type: "file", ...more });
const OWN = { list: "owner", view: "owner", create: "authenticated", update: "owner", delete: "owner" };
const COLLECTIONS = [
  {
    name: "users",
    kind: "auth",
    fields: [file("avatar")],
    permissions: { read: "id = @user.id", update: "id = @user.id", delete: "id = @user.id" },
  },
  {
    name: "posts",
    fields: [
      { name: "state", type: "text" },
      file("photo"),
      file("papers", { many: true }),
      file("secret", { hidden: true }),
      file("draft", { permissions: { view: "author = @user.id" } }),
      { name: "author", type: "relation", collection: "users", onDelete: "cascade", default: "@user.id" },
    ],
    permissions: { ...OWN, list: "public", view: "state = 'published' || author = @user.id", update: "authenticated" },
  },
  { name: "must", fields: [file("photo", { required: true }), file("all", { many: true })], permissions: OPEN },
  {
    name: "shown",
    kind: "view",
    query: `SELECT "id", "photo" FROM posts WHERE "state" = 'shown'`,
    fields: [file("photo")],
    permissions: { read: "public" },
  },
];

let world: FileWorld;
let owner: Somebody;
let other: Somebody;
let admin: Somebody;
before(async () => {
  world = await openFileWorld({ collections: COLLECTIONS });
  owner = await world.signUp("owner@example.com");
  other = await world.signUp("other@example.com");
  admin = await world.signUp("admin@example.com", "admin");
});
after(() => world.close());

const statusOf = async ({ url }: StoredFile, token?: string) => (await world.call("GET", url, { token })).status;
const post = (who: Somebody, body: object) => world.ok("POST", "/api/posts", { ...who, body });
const patch = (who: Somebody, id: string, body: object) => world.call("PATCH", `/api/posts/${id}`, { ...who, body });

function assertReference(answer: Awaited<ReturnType<FileWorld["call"]>>, field: string): void {
  const { errors } = assertProblem(answer, 400, "validation_failed");
  const [first] = errors as readonly { readonly field: string; readonly code: string }[];
  assert.deepEqual([first?.field, first?.code], [field, "reference"]);
}

describe("whoever may view a record may read the files that it holds", () => {
  for (const field of ["photo", "papers"])
    test(`in ${field}, for as long as it does`, async () => {
      const secret = await world.upload(owner);
      const held = (id: string | null) => ({ [field]: field === "papers" ? (id === null ? [] : [id]) : id });
      const { id } = await post(owner, { state: "private", ...held(secret.id) });
      assert.equal(await statusOf(secret), 404);
      assert.equal(await statusOf(secret, other.token), 404);
      await patch(owner, id, { state: "published" });
      assert.equal(await statusOf(secret), 200);
      assert.equal(await statusOf(secret, other.token), 200);
      await patch(owner, id, { state: "private" });
      assert.equal(await statusOf(secret, other.token), 404);
      await patch(owner, id, { state: "published", ...held(null) });
      assert.equal(await statusOf(secret), 404);
      await patch(owner, id, held(secret.id));
      assert.equal(await statusOf(secret), 200);
      await world.ok("DELETE", `/api/posts/${id}`, owner);
      assert.equal(await statusOf(secret), 404);
      assert.equal(await statusOf(secret, owner.token), 200);
    });

  test("not through a hidden field, and through a guarded one only whom it is shown", async () => {
    const [hidden, guarded] = [await world.upload(owner), await world.upload(owner)];
    await post(owner, { state: "published", secret: hidden.id, draft: guarded.id });
    for (const who of [undefined, other.token]) {
      assert.equal(await statusOf(hidden, who), 404);
      assert.equal(await statusOf(guarded, who), 404);
    }
    const theirs = await world.upload(admin);
    const system = world.app.app.as(systemPrincipal("test")).records("posts");
    await system.create({ author: other.id, draft: theirs.id, secret: hidden.id });
    assert.equal(await statusOf(theirs, other.token), 200);
    assert.equal(await statusOf(theirs, owner.token), 404);
    assert.equal(await statusOf(hidden, other.token), 404);
  });

  test("by the rule to view it, and not by the one to list it", async () => {
    const secret = await world.upload(owner);
    const { id } = await post(owner, { state: "private", photo: secret.id });
    const { items } = await world.ok("GET", `/api/posts?filter=id='${id}'&expand=photo`);
    assert.deepEqual([items.length, items[0].photo, items[0].expand.photo], [1, secret.id, null]);
    assert.equal(await statusOf(secret), 404);
  });

  test("a view shows what it shows", async () => {
    const secret = await world.upload(owner);
    const { id } = await post(owner, { state: "private", photo: secret.id });
    assert.equal(await statusOf(secret), 404);
    await patch(owner, id, { state: "shown" });
    assert.equal(await statusOf(secret), 200);
  });

  test("they may sign for it, and not delete it", async () => {
    const secret = await world.upload(owner);
    await post(owner, { state: "published", photo: secret.id });
    const { url } = await world.ok("POST", `${secret.url}/sign`, other);
    assert.equal((await world.call("GET", url)).status, 200);
    assertProblem(await world.call("DELETE", secret.url, other), 403, "forbidden");
    assertProblem(await world.call("DELETE", secret.url), 401, "unauthenticated");
  });

  test("expanded, a file is what is known of it", async () => {
    const [one, two] = [await world.upload(owner), await world.upload(owner)];
    const { id } = await post(owner, { state: "published", photo: one.id, papers: [two.id, one.id] });
    const { expand } = await world.ok("GET", `/api/posts/${id}?expand=photo,papers`);
    assert.deepEqual(expand, { photo: one, papers: [two, one] });
    assertProblem(await world.call("GET", `/api/posts/${id}?expand=photo.x`), 400, "bad_request");
    assertProblem(await world.call("GET", `/api/posts?filter=photo.filename='a'`), 400, "bad_request");
  });
});

describe("nobody gets at a file by holding it", () => {
  const attempts: readonly (readonly [
    what: string,
    attempt: (id: string) => Promise<readonly [Awaited<ReturnType<FileWorld["call"]>>, string]>,
  ])[] = [
    [
      "in a new record",
      async (id) => [await world.call("POST", "/api/posts", { ...other, body: { photo: id } }), "photo"],
    ],
    [
      "among several",
      async (id) => {
        const own = await world.upload(other);
        return [await world.call("POST", "/api/posts", { ...other, body: { papers: [own.id, id] } }), "papers"];
      },
    ],
    [
      "in one of many new records",
      async (id) => [await world.call("POST", "/api/posts", { ...other, body: [{}, { photo: id }] }), "1.photo"],
    ],
    ["in a record of theirs", async (id) => [await patch(other, (await post(other, {})).id, { photo: id }), "photo"]],
    [
      "by replacing one",
      async (id) => {
        const { id: mine } = await post(other, {});
        return [await world.call("PUT", `/api/posts/${mine}`, { ...other, body: { draft: id } }), "draft"];
      },
    ],
    [
      "in a field that nobody sees",
      async (id) => [await world.call("POST", "/api/posts", { ...other, body: { secret: id } }), "secret"],
    ],
    [
      "in a batch, beside another that does",
      async (id) => {
        const operations = [
          { op: "create", collection: "posts", id: uuid(71), data: { photo: id } },
          { op: "update", collection: "posts", id: uuid(71), data: { papers: [id] } },
        ];
        return [await world.call("POST", "/api/batch", { ...other, body: { operations } }), "operations.0.data.photo"];
      },
    ],
    [
      "in their account",
      async (id) => [await world.call("PATCH", `/api/users/${other.id}`, { ...other, body: { avatar: id } }), "avatar"],
    ],
    [
      "in an account that they make",
      async (id) => {
        const body = { email: "thief@example.com", password: PASSWORD, avatar: id };
        return [await world.call("POST", "/api/auth/register", { body }), "avatar"];
      },
    ],
    [
      "in an account that they were invited to",
      async (id) => {
        await world.ok("POST", "/api/auth/invitations", { ...admin, body: { email: "invited@example.com" } });
        const token = await world.secret(/invit/i);
        const body = { token, password: PASSWORD, avatar: id };
        return [await world.call("POST", "/api/auth/invitations/accept", { body }), "avatar"];
      },
    ],
    [
      "in a record open to all",
      async (id) => [await world.call("POST", "/api/must", { body: { photo: id } }), "photo"],
    ],
  ];
  for (const [what, attempt] of attempts)
    test(`a protected one, ${what}`, async () => {
      const secret = await world.upload(owner);
      assertReference(...(await attempt(secret.id)));
      assert.equal(await statusOf(secret, other.token), 404);
      assert.equal(await statusOf(secret), 404);
      // the same answer as for one that is not there
      assertReference(...(await attempt(uuid(72))));
    });

  test("what they may read they may hold", async () => {
    const open = await world.upload({ ...owner, visibility: "public" });
    const secret = await world.upload(owner);
    await post(owner, { state: "published", photo: secret.id });
    await post(other, { photo: open.id, papers: [secret.id] });
    await world.ok("POST", "/api/auth/register", {
      body: { email: "n@example.com", password: PASSWORD, avatar: open.id },
    });
  });

  test("what a record holds already stays when it is written again", async () => {
    const secret = await world.upload(owner);
    const { id } = await post(owner, { photo: secret.id, papers: [secret.id] });
    const system = world.app.app.as(systemPrincipal("test")).records("posts");
    await system.update(id, { author: other.id });
    const answer = await patch(other, id, { state: "x", photo: secret.id, papers: [secret.id] });
    assert.equal(answer.status, 200, answer.text);
  });

  test("not the system either holds what is not there", async () => {
    const system = world.app.app.as(systemPrincipal("test")).records("posts");
    await assert.rejects(system.create({ photo: uuid(73) }), { code: "validation_failed" });
    await assert.rejects(system.create({ papers: [uuid(73)] }), { code: "validation_failed" });
  });
});

describe("when a file is deleted", () => {
  test("records lose it, which is told like any other change", async () => {
    const [gone, stays] = [await world.upload(owner), await world.upload(owner)];
    const { id } = await post(owner, { state: "published", photo: gone.id, papers: [stays.id, gone.id] });
    await world.types();
    await world.ok("DELETE", gone.url, owner);
    const after = await world.ok("GET", `/api/posts/${id}`);
    assert.deepEqual([after.photo, after.papers, after.version], [null, [stays.id], 3]);
    const types = await world.types();
    assert.deepEqual(types, ["posts.updated", "posts.updated", "storage.deleted"]);
  });

  test("a record that must have it keeps it", async () => {
    const open = await world.upload({ ...owner, visibility: "public" });
    const { id } = await world.ok("POST", "/api/must", { body: { photo: open.id } });
    const { errors } = assertProblem(await world.call("DELETE", open.url, owner), 409, "conflict");
    assert.deepEqual(errors, [{ field: "id", code: "restrict", message: "is in use by must.photo" }]);
    assert.equal(await statusOf(open), 200);
    await world.ok("DELETE", `/api/must/${id}`);
    await world.ok("DELETE", open.url, owner);
  });
});

test("the files of an account that is deleted belong to nobody", async () => {
  const leaver = await world.signUp("leaver@example.com");
  const [secret, open] = [await world.upload(leaver), await world.upload({ ...leaver, visibility: "public" })];
  await world.ok("DELETE", `/api/users/${leaver.id}`, leaver);
  assert.equal(await statusOf(secret, other.token), 404);
  assert.equal(await statusOf(secret, admin.token), 200);
  assert.equal(await statusOf(open), 200);
  const { items } = await world.ok("GET", "/api/admin/storage?limit=2", admin);
  assert.deepEqual(
    items.map(({ id, ownerId }: StoredFile) => [id, ownerId]),
    [
      [open.id, null],
      [secret.id, null],
    ],
  );
});

test("every field that holds files has an index to find its records by", async () => {
  const plans = await Promise.all(
    [`"posts" AS r WHERE r."photo" = 'x'`, `"posts:papers" AS l WHERE l."target" = 'x'`].map((from) =>
      world.app.sql(`EXPLAIN QUERY PLAN SELECT 1 FROM ${from}`),
    ),
  );
  for (const [step] of plans) assert.match(String(step?.detail), /USING (COVERING )?INDEX/);
});

describe("who may upload", () => {
  const send = async (own: FileWorld, who?: Pick<Somebody, "token">) =>
    (await own.send(who ? { token: who.token } : {})).status;

  test("everybody, whoever is signed in, or admins, as the setting says; and whom a role grants it", async () => {
    // biome-ignore format: a table
    const rows = [
      ["public", 201, 201, 201, 201],
      ["authenticated", 401, 201, 201, 201],
      ["admin", 401, 403, 201, 201],
    ] as const;
    for (const [uploads, ...statuses] of rows) {
      const own = await openFileWorld({ uploads });
      const [user, editor] = [await own.signUp("u@example.com"), await own.signUp("e@example.com", "editor")];
      const boss = await own.signUp("b@example.com", "admin");
      await own.ok("PUT", "/api/admin/roles/editor", { ...boss, body: { permissions: { "storage.upload": true } } });
      const found = [];
      for (const who of [undefined, user, editor, boss]) found.push(await send(own, who));
      assert.deepEqual(found, statuses, uploads);
      await own.close();
    }
  });

  test("a role may be granted to read and to delete all files", async () => {
    const editor = await world.signUp("editor@example.com", "editor");
    const secret = await world.upload(owner);
    const grant = (permissions: object) =>
      world.ok("PUT", "/api/admin/roles/editor", { ...admin, body: { permissions } });
    assert.equal(await statusOf(secret, editor.token), 404);
    await grant({ "storage.view": true });
    assert.equal(await statusOf(secret, editor.token), 200);
    assertProblem(await world.call("DELETE", secret.url, editor), 403, "forbidden");
    await grant({ "storage.view": true, "storage.delete": true });
    await world.ok("DELETE", secret.url, editor);
  });

  // biome-ignore format: a table
  const scopes: readonly (readonly [scope: string, upload: number, own: number, held: number, remove: number])[] = [
    ["*", 201, 200, 200, 204],
    ["storage", 201, 200, 404, 204],
    ["storage:view", 403, 200, 404, 403],
    ["storage:create", 201, 404, 404, 404],
    ["*:read", 403, 200, 200, 403],
    ["posts:view", 403, 404, 200, 404],
    ["must", 403, 404, 404, 404],
  ];
  for (const [scope, ...statuses] of scopes)
    test(`a key for ${scope}`, async () => {
      const { key: token } = await world.ok("POST", "/api/auth/keys", {
        ...other,
        body: { name: "k", scopes: [scope] },
      });
      const [own, held] = [await world.upload(other), await world.upload(owner)];
      await post(owner, { state: "published", photo: held.id });
      const found = [await send(world, { token }), await statusOf(own, token), await statusOf(held, token)];
      found.push((await world.call("DELETE", own.url, { token })).status);
      assert.deepEqual(found, statuses);
      assert.equal(await statusOf(await world.upload({ ...owner, visibility: "public" }), token), 200);
    });
});
