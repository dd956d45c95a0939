import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inWorld, openWorld, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { assertHolds } from "../../support/scenario.ts";

const PATH = "/api/admin/collections";
const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { read: "public" } };
const TAGS = { name: "tags", fields: [{ name: "name", type: "text" }] };
const LINK = { fields: [...NOTES.fields, { name: "link", type: "relation", collection: "nope" }] };
const UNIQUE = { fields: [{ name: "title", type: "text", unique: true }] };
const OPTIONS = { collections: [NOTES] };

/** Two notes, so that there is something to lose, and an admin. */
async function populate(world: World): Promise<Somebody> {
  const admin = await world.signUp("root@example.com", "admin");
  await world.ok("POST", "/api/notes", { token: admin.token, body: [{ title: "a" }, { title: "b" }] });
  return admin;
}

/** What of a database a change of definitions may change. */
const schemaOf = async (world: World): Promise<string> =>
  JSON.stringify([
    await world.app.sql(`SELECT "name", "sql" FROM sqlite_schema ORDER BY "name"`),
    await world.app.sql(`SELECT * FROM "_collections"`),
    await world.app.sql(`SELECT * FROM "notes"`),
  ]);

test(
  "a collection is made, read, changed, renamed and dropped",
  inWorld(OPTIONS, async (world) => {
    const { token } = await populate(world);
    const made = await world.call("POST", PATH, { token, body: TAGS });
    assert.equal(made.status, 201, made.text);
    assertHolds(made.body, { applied: true, losses: [], obstacles: [], collection: TAGS });
    assert.match(JSON.stringify(made.body.steps), /create collection tags.*CREATE TABLE/);
    assert.deepEqual(await world.ok("GET", `${PATH}/tags`, { token }), TAGS);
    await world.ok("POST", "/api/tags", { token, body: { name: "red" } });

    const patched = await world.ok("PATCH", `${PATH}/tags`, { token, body: { permissions: { read: "public" } } });
    assert.deepEqual(patched.collection, { ...TAGS, permissions: { read: "public" } });
    assert.equal((await world.ok("GET", "/api/tags")).items.length, 1);
    const without = await world.ok("PATCH", `${PATH}/tags`, { token, body: { permissions: null } });
    assert.deepEqual(without.collection, TAGS);

    const body = { ...TAGS, name: "labels", renamedFrom: "tags" };
    const renamed = await world.call("PUT", `${PATH}/labels`, { token, body });
    assert.equal(renamed.status, 201, renamed.text);
    assert.deepEqual(renamed.body.collection, { ...TAGS, name: "labels" });
    assert.equal((await world.ok("GET", "/api/labels", { token })).items[0].name, "red");
    assertProblem(await world.call("GET", "/api/tags", { token }), 404, "not_found");

    const more = { fields: [...TAGS.fields, { name: "rank", type: "integer", default: 1 }] };
    await world.ok("PUT", `${PATH}/labels`, { token, body: more });
    assert.equal((await world.ok("GET", "/api/labels", { token })).items[0].rank, 1);

    await world.ok("DELETE", `${PATH}/labels?allowDataLoss=true`, { token });
    assertProblem(await world.call("GET", `${PATH}/labels`, { token }), 404, "not_found");
    const { items } = await world.ok("GET", PATH, { token });
    assert.deepEqual(
      items.map((one: { name: string }) => one.name),
      ["notes", "users"],
    );
  }),
);

describe("a dry run", () => {
  const runs: readonly (readonly [method: string, path: string, body: object | undefined, words: RegExp])[] = [
    ["POST", PATH, TAGS, /create collection tags.*CREATE TABLE/],
    ["PUT", `${PATH}/tags`, TAGS, /create collection tags.*CREATE TABLE/],
    ["PUT", `${PATH}/notes`, { fields: [] }, /drop.*title/],
    ["PATCH", `${PATH}/notes`, { permissions: null }, /change the definition of notes/],
    ["DELETE", `${PATH}/notes`, undefined, /collection notes with 2 records/],
    ["DELETE", `${PATH}/users`, undefined, /no admin would be left/],
  ];
  for (const [method, path, body, words] of runs) {
    test(
      `of ${method} ${path} ${JSON.stringify(body) ?? ""} tells the plan and changes nothing`,
      inWorld(OPTIONS, async (world) => {
        const { token } = await populate(world);
        const before = await schemaOf(world);
        const answer = await world.call(method, `${path}?dryRun=true`, { token, body });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.body.applied, false);
        assert.match(answer.text, words);
        assert.equal(await schemaOf(world), before);
        assert.deepEqual(await world.ok("GET", `${PATH}/notes`, { token }), NOTES);
      }),
    );
  }
});

describe("what is refused", () => {
  const bad: readonly (readonly [
    name: string,
    method: string,
    path: string,
    body: unknown,
    status: number,
    code: string,
    detail: RegExp,
  ])[] = [
    ["an unknown collection", "GET", "/nope", undefined, 404, "not_found", /nope/],
    ["a change of an unknown one", "PATCH", "/nope", {}, 404, "not_found", /nope/],
    ["dropping an unknown one", "DELETE", "/nope", undefined, 404, "not_found", /nope/],
    ["one that is there", "POST", "", NOTES, 409, "conflict", /notes already/],
    ["a name that differs from the path", "PUT", "/notes", { ...NOTES, name: "x" }, 400, "validation_failed", /path/],
    ["a name that is none", "PATCH", "/notes", { name: null }, 400, "validation_failed", /path/],
    ["no object", "PUT", "/notes", [], 400, "validation_failed", /notes|definition/],
    ["no fields", "PUT", "/notes", {}, 400, "validation_failed", /fields/],
    ["no name", "POST", "", { fields: [] }, 400, "validation_failed", /name/],
    ["an unknown key", "PATCH", "/notes", { colour: "red" }, 400, "validation_failed", /colour/],
    ["an inherited key", "PATCH", "/notes", '{"__proto__":{"fields":[]}}', 400, "validation_failed", /__proto__/],
    ["a reserved name", "PUT", "/admin", { fields: [] }, 400, "validation_failed", /reserved/],
    ["a name with capitals", "PUT", "/Tags", { fields: [] }, 400, "validation_failed", /name/],
    ["a rule of nonsense", "PATCH", "/notes", { permissions: { read: "a b" } }, 400, "validation_failed", /list/],
    ["a rule over no field", "PATCH", "/notes", { permissions: { list: "x = 1" } }, 400, "validation_failed", /list/],
    ["a relation to nowhere", "PATCH", "/notes", LINK, 400, "validation_failed", /nope/],
    ["losing a field", "PUT", "/notes", { fields: [] }, 409, "conflict", /lose/],
    ["losing records", "DELETE", "/notes", undefined, 409, "conflict", /3 records/],
    ["losing every admin", "DELETE", "/users?allowDataLoss=true", undefined, 409, "conflict", /no admin/],
    ["accounts that are no more", "PATCH", "/users?allowDataLoss=true", { kind: "base" }, 409, "conflict", /no admin/],
    ["a value that is not unique", "PATCH", "/notes", UNIQUE, 409, "conflict", /cannot be done/],
    ["an unknown parameter", "GET", "?x=1", undefined, 400, "bad_request", /"x"/],
    ["a parameter of a change", "GET", "/notes?dryRun=true", undefined, 400, "bad_request", /dryRun/],
    ["a flag that is none", "DELETE", "/notes?dryRun=yes", undefined, 400, "bad_request", /dryRun/],
    ["no JSON", "PUT", "/notes", "{", 400, "bad_request", /JSON/],
  ];
  for (const [name, method, path, body, status, code, detail] of bad) {
    test(
      name,
      inWorld(OPTIONS, async (world) => {
        const { token } = await populate(world);
        await world.ok("POST", "/api/notes", { token, body: { title: "b" } });
        const before = await schemaOf(world);
        const headers = { "content-type": "application/json" };
        const problem = assertProblem(
          await world.call(method, `${PATH}${path}`, { token, body, headers }),
          status,
          code,
        );
        assert.match(String(problem.detail), detail);
        assert.equal(await schemaOf(world), before);
      }),
    );
  }

  test(
    "everybody but admins",
    inWorld(OPTIONS, async (world) => {
      const admin = await populate(world);
      const ann = await world.signUp("ann@example.com");
      const key = (scopes: readonly string[]) =>
        world.ok("POST", "/api/auth/keys", { token: admin.token, body: { name: "k", scopes } });
      const keys = [(await key(["*"])).key, (await key(["notes"])).key];
      const doors = [
        ["GET", PATH],
        ["POST", PATH, TAGS],
        ["GET", `${PATH}/notes`],
        ["GET", `${PATH}/nope`],
        ["PUT", `${PATH}/tags`, TAGS],
        ["PATCH", `${PATH}/notes`, {}],
        ["DELETE", `${PATH}/notes?allowDataLoss=true`],
      ] as const;
      const before = await schemaOf(world);
      for (const [method, path, body] of doors) {
        assertProblem(await world.call(method, path, { body }), 401, "unauthenticated", path);
        for (const token of [ann.token, ...keys])
          assertProblem(await world.call(method, path, { body, token }), 403, "forbidden", path);
      }
      assert.equal(await schemaOf(world), before);
      const { key: good } = await key(["admin"]);
      assert.equal((await world.call("GET", PATH, { token: good })).status, 200);
    }),
  );
});

test(
  "another admin elsewhere is enough for accounts to go",
  inWorld({ collections: [{ name: "staff", kind: "auth", fields: [] }] }, async (world) => {
    const { token } = await world.signUp("root@example.com", "admin");
    const body = { email: "chief@example.com", role: "admin" };
    await world.ok("POST", "/api/staff", { token, body });
    await world.ok("DELETE", `${PATH}/users?allowDataLoss=true`, { token });
    assertProblem(await world.call("GET", PATH, { token }), 401, "unauthenticated");
  }),
);

test(
  "what is changed here differs from what the files say, and is told so",
  inWorld(OPTIONS, async (world) => {
    const { token } = await populate(world);
    const listed = () => world.ok("GET", PATH, { token });
    assertHolds(await listed(), { drift: [], pending: [] });
    await world.ok("PATCH", `${PATH}/notes`, { token, body: { permissions: { create: "public" } } });
    assertHolds(await listed(), { drift: [/notes was changed in the database/], pending: [] });
    await world.ok("PUT", `${PATH}/notes`, { token, body: NOTES });
    assertHolds(await listed(), { drift: [], pending: [] });
    await world.ok("DELETE", `${PATH}/notes?allowDataLoss=true`, { token });
    assertHolds(await listed(), { drift: [/notes was dropped in the database/], pending: [] });
    await world.ok("PUT", `${PATH}/notes`, { token, body: NOTES });
    assertHolds(await listed(), { drift: [], pending: [] });
  }),
);

test("what was dropped or renamed here stays so at the next start, whatever its file says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-drift-"));
  try {
    const link = { name: "tag", type: "relation", collection: "tags" };
    const marks = { name: "marks", fields: [link], permissions: { list: "tag.name = 'x'" } };
    const options = { collections: [TAGS, NOTES, marks], path: join(folder, "test.db") };
    const world = await openWorld(options);
    const { token } = await populate(world);
    // without marks, nothing keeps the field that its file still names
    await world.ok("DELETE", `${PATH}/marks`, { token });
    const fields = [{ name: "label", type: "text", renamedFrom: "name" }];
    await world.ok("PATCH", `${PATH}/tags`, { token, body: { fields } });
    await world.ok("PUT", `${PATH}/papers`, { token, body: { ...NOTES, name: "papers", renamedFrom: "notes" } });
    await world.app.close();

    const again = await openWorld(options);
    const { drift, plan } = again.app.app.schemaStatus;
    assert.deepEqual(drift.toSorted(), [
      "marks was dropped in the database; its file still says otherwise",
      "notes was dropped in the database; its file still says otherwise",
      "tags was changed in the database; its file still says otherwise",
    ]);
    assert.deepEqual(plan.steps, []);
    const after = await again.login("root@example.com");
    assert.equal((await again.ok("GET", `${PATH}/tags`, after)).fields[0].name, "label");
    assert.equal((await again.ok("GET", "/api/papers", after)).items.length, 2);
    assertProblem(await again.call("GET", `${PATH}/marks`, after), 404, "not_found");
    assertProblem(await again.call("DELETE", `${PATH}/marks`, after), 404, "not_found");
    // a file that is changed since asks for a person's word; one that is gone is forgotten
    const { schema } = again.app.app.collections;
    const changed = await schema.status([TAGS, { ...marks, permissions: {} }]);
    assert.deepEqual([changed.safe, changed.drift.join().includes("marks was changed both")], [false, true]);
    await schema.apply([TAGS]);
    const anew = await schema.status([TAGS, NOTES]);
    assert.match(anew.plan.steps.map(({ words }) => words).join(), /create collection notes/);
    await again.app.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test(
  "of two who make the same collection at once, one is told that it is there; changes at once are all kept",
  inWorld(OPTIONS, async (world) => {
    const { token } = await populate(world);
    const made = await Promise.all([1, 2, 3].map(() => world.call("POST", PATH, { token, body: TAGS })));
    assert.deepEqual(made.map(({ status }) => status).sort(), [201, 409, 409]);
    const rules = ["list", "view", "create", "update", "delete"];
    await Promise.all(
      rules.map((rule) => world.ok("PATCH", `${PATH}/tags`, { token, body: { permissions: { [rule]: "public" } } })),
    );
    const { permissions } = await world.ok("GET", `${PATH}/tags`, { token });
    assert.deepEqual(Object.keys(permissions).sort(), rules.sort());
  }),
);
