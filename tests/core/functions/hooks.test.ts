import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { assertProblem } from "../../support/app.ts";
import { type FunctionWorld, openFunctions } from "../../support/functions.ts";

const FILES = {
  "functions/hooks.ts": `
    import { writeSync } from "node:fs";
    import { beforeCreate, beforeUpdate, beforeDelete, onRequest, FieldError, HttpError } from "bakend";
    const slug = (title) => title.toLowerCase().replaceAll(" ", "-");
    beforeCreate("posts", ({ record, user }) => {
      if (record.title === "spam") throw new FieldError("title", "refused", "No spam");
      if (record.title === "pay") throw new HttpError(402, "Pay for it first");
      if (record.title === "broken") throw new Error("inside");
      if (record.title === "loop") for (;;);
      if (record.title === "never") return new Promise(() => {});
      if (record.title === "exit") process.exit(0);
      if (record.title === "crash") { writeSync(3, "nonsense\\n"); return new Promise(() => {}); }
      if (record.title === "huge") return { body: "x".repeat(17_000_000) };
      if (record.title === "number") return 7;
      if (record.title === "function") return () => 1;
      if (record.title === "cycle") { const a = {}; a.a = a; return a; }
      if (record.title === "bigint") return { views: 10n };
      if (record.title === "wrong type") return { views: "many", slug: "x" };
      if (record.title === "unknown field") return { nothing: 1 };
      if (record.title === "other id") return { id: "01890000-0000-7000-8000-000000000001" };
      if (record.title === "time") return { slug: "x", createdAt: "2020-01-01T00:00:00.000Z" };
      if (record.title === "give away") return { author: "01890000-0000-7000-8000-000000000009" };
      if (record.title === "nothing") return;
      return { ...record, title: record.title.trim(), slug: slug(record.title.trim()), by: user?.email ?? null };
    });
    beforeCreate("posts", ({ record }) => record.title === "second" ? { body: "seen: " + record.slug } : null);
    beforeUpdate("posts", ({ record, previous }) => {
      if (previous.title === "locked") throw new HttpError(409, "It is locked");
      return { slug: slug(record.title), views: previous.views + 1 };
    });
    beforeDelete("posts", ({ record }) => { if (record.title === "kept") throw new HttpError(403, "It has to be kept"); });
    beforeCreate("users", ({ record }) => {
      if (record.email.endsWith("@spam.example")) throw new FieldError("email", "refused", "Not from there");
      if (record.email.startsWith("rich")) return { passwordHash: "x" };
      return { name: JSON.stringify(Object.keys(record).filter((key) => key.startsWith("pass"))) };
    });
    beforeCreate("loops", async ({ record, db }) => { await db.collection("loops").create({ name: record.name + "+" }); });
    onRequest("POST", "/make", async ({ request, db }) => {
      try { return Response.json(await db.collection("posts").create(await request.json())); }
      catch (error) { return Response.json({ code: error.code, status: error.status, errors: error.errors }); }
    });
  `,
};

const COLLECTIONS = [
  {
    name: "users",
    kind: "auth",
    fields: [{ name: "name", type: "text" }],
    permissions: { create: "public", read: "public" },
  },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "slug", type: "text", required: true, unique: true, permissions: { write: "admin" } },
      { name: "body", type: "text" },
      { name: "by", type: "text" },
      { name: "views", type: "integer", default: 0 },
      { name: "author", type: "relation", collection: "users", default: "@user.id" },
    ],
    permissions: { read: "public", create: "author = @user.id", update: "author = @user.id", delete: "authenticated" },
  },
  { name: "loops", fields: [{ name: "name", type: "text" }], permissions: { create: "public", read: "public" } },
  { name: "closed", fields: [{ name: "name", type: "text" }] },
];

describe("hooks", () => {
  let world: FunctionWorld;
  let token: string;
  let me: string;
  before(async () => {
    world = await openFunctions({ files: FILES, collections: COLLECTIONS, functions: { timeout: "600ms" } });
    assert.deepEqual(world.app.app.functions.report.faults, []);
    ({ token, id: me } = await world.signUp("ann@example.com"));
  });
  after(() => world.close());
  beforeEach(async () => {
    await world.app.sql("DELETE FROM posts");
  });

  const post = (body: unknown) => world.call("POST", "/api/posts", { token, body });
  const count = async (): Promise<number> => (await world.ok("GET", "/api/posts?count=true")).total;

  test("a hook changes what is created, fields that callers may not write included", async () => {
    const answer = await post({ title: "  Hello World " });
    assert.equal(answer.status, 201, answer.text);
    const { title, slug, by, author } = answer.body;
    assert.deepEqual(
      { title, slug, by, author },
      { title: "Hello World", slug: "hello-world", by: "ann@example.com", author: me },
    );
  });

  test("the second hook sees what the first has made", async () => {
    assert.equal((await post({ title: "second" })).body.body, "seen: second");
  });

  const refusals: readonly (readonly [title: string, status: number, code: string, field?: string])[] = [
    ["spam", 400, "validation_failed", "title"],
    ["pay", 402, "refused"],
    ["broken", 500, "function_failed"],
    ["loop", 503, "unavailable"],
    ["never", 503, "unavailable"],
    ["exit", 500, "function_failed"],
    ["crash", 503, "unavailable"],
    ["huge", 500, "function_failed"],
    ["number", 500, "function_failed"],
    ["function", 500, "function_failed"],
    ["cycle", 500, "function_failed"],
    ["bigint", 500, "function_failed"],
    ["wrong type", 400, "validation_failed", "views"],
    ["unknown field", 400, "validation_failed", "nothing"],
    ["time", 400, "validation_failed", "createdAt"],
    // the rule holds for the row as written, whoever has written which part of it
    ["give away", 400, "validation_failed", "slug"],
    // what no hook has filled in is missing
    ["nothing", 400, "validation_failed", "slug"],
  ];
  for (const [title, status, code, field] of refusals) {
    test(`"${title}" is answered ${status} ${code}, nothing is written, and the next is answered`, async () => {
      const before = await count();
      const body = assertProblem(await post({ title }), status, code);
      const [first] = (body.errors ?? []) as { field: string }[];
      assert.equal(first?.field, field);
      assert.equal(await count(), before);
      assert.equal((await post({ title: "after" })).status, 201);
    });
  }

  test("a caller cannot send a field that only hooks may set", async () => {
    assertProblem(await post({ title: "nothing", slug: "mine" }), 403, "forbidden");
    // what a hook sets in its place is the hook's
    assert.equal((await post({ title: "Own", slug: "mine" })).body.slug, "own");
  });

  test("a rule that the hook's change would break refuses", async () => {
    const other = await world.signUp("other@example.com");
    const answer = await world.call("POST", "/api/posts", { token, body: { title: "x", author: other.id } });
    assertProblem(answer, 403, "forbidden");
  });

  test("wrong values are told before a hook sees them", async () => {
    const body = assertProblem(await post({ title: "spam", views: "many" }), 400, "validation_failed");
    assert.deepEqual(
      (body.errors as { field: string }[]).map((one) => one.field),
      ["views"],
    );
  });

  test("an update: merge and replace, with the record before", async () => {
    const { body: made } = await post({ title: "One" });
    const merged = await world.call("PATCH", `/api/posts/${made.id}`, { token, body: { title: "Two Three" } });
    assert.equal(merged.body.slug, "two-three", merged.text);
    assert.equal(merged.body.views, 1);
    const replaced = await world.call("PUT", `/api/posts/${made.id}`, { token, body: { title: "Four", author: me } });
    assert.equal(replaced.body.slug, "four", replaced.text);
    assert.equal(replaced.body.views, 2);
  });

  test("a refused update and a refused deletion change nothing", async () => {
    const { body: locked } = await post({ title: "locked" });
    assertProblem(
      await world.call("PATCH", `/api/posts/${locked.id}`, { token, body: { title: "x" } }),
      409,
      "conflict",
    );
    const { body: kept } = await post({ title: "kept" });
    assertProblem(await world.call("DELETE", `/api/posts/${kept.id}`, { token }), 403, "forbidden");
    assert.equal((await world.call("DELETE", `/api/posts/${locked.id}`, { token })).status, 204);
    assert.equal(await count(), 1);
  });

  test("updates at the same time each see what the one before left", async () => {
    const { body: made } = await post({ title: "counted" });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.call("PATCH", `/api/posts/${made.id}`, { token, body: { body: "x" } })),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal((await world.ok("GET", `/api/posts/${made.id}`)).views, 8);
  });

  test("many at once: each is seen, and one refusal refuses all", async () => {
    const made = await world.ok("POST", "/api/posts", { token, body: [{ title: "a" }, { title: "b " }] });
    assert.deepEqual(
      made.map((one: { slug: string }) => one.slug),
      ["a", "b"],
    );
    const refused = await world.call("POST", "/api/posts", { token, body: [{ title: "c" }, { title: "spam" }] });
    assert.equal(refused.body.errors[0].field, "1.title");
    assert.equal(await count(), 2);
  });

  test("a batch, upserts included", async () => {
    const id = "01890000-0000-7000-8000-00000000000a";
    const batch = (operations: readonly unknown[]) => world.call("POST", "/api/batch", { token, body: { operations } });
    const first = await batch([
      { op: "create", collection: "posts", data: { title: "In Batch" } },
      { op: "upsert", collection: "posts", id, data: { title: "Up Sert" } },
      { op: "upsert", collection: "posts", id, data: { title: "Again" } },
    ]);
    assert.deepEqual(
      first.body.results?.map((one: { slug: string }) => one.slug),
      ["in-batch", "up-sert", "again"],
      first.text,
    );
    const refused = await batch([
      { op: "update", collection: "posts", id, data: { title: "fine" } },
      { op: "create", collection: "posts", data: { title: "spam" } },
    ]);
    assert.equal(refused.body.errors[0].field, "operations.1.data.title");
    assert.equal((await world.ok("GET", `/api/posts/${id}`)).title, "Again");
  });

  test("registration passes too; a hook sees no password and sets none", async () => {
    const register = (email: string) =>
      world.call("POST", "/api/auth/register", { body: { email, password: "correct horse" } });
    assert.equal((await register("a@spam.example")).body.errors[0].field, "email");
    assertProblem(await register("rich@example.com"), 500, "function_failed");
    assert.equal((await register("fine@example.com")).body.user.name, "[]");
    const created = await world.call("POST", "/api/users", {
      body: { email: "b@spam.example", password: "correct horse" },
    });
    assert.equal(created.body.errors[0].field, "email");
  });

  test("what functions write passes hooks as well", async () => {
    const make = (body: unknown) => world.ok("POST", "/api/functions/make", { body });
    assert.deepEqual(await make({ title: "spam" }), {
      code: "validation_failed",
      status: 400,
      errors: [{ field: "title", code: "refused", message: "No spam" }],
    });
    assert.equal((await make({ title: "From A Function" })).slug, "from-a-function");
  });

  test("hooks that set each other off come to an end", async () => {
    const answer = await world.call("POST", "/api/loops", { body: { name: "a" } });
    assertProblem(answer, 500, "function_failed");
    assert.equal((await world.ok("GET", "/api/loops")).items.length, 0);
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.match(world.lines.join("\n"), /8 functions have set each other off/);
  });

  test("nobody has a function run for what is closed to them", async () => {
    const before = world.events.filter(({ type }) => type === "function.started").length;
    assertProblem(await world.call("POST", "/api/posts", { body: { title: "guest" } }), 401, "unauthenticated");
    assert.equal(world.events.filter(({ type }) => type === "function.started").length, before);
  });

  test("to ask for an explanation runs no hook", async () => {
    const admin = await world.signUp("root@example.com", "admin");
    const before = world.events.filter(({ type }) => type === "function.started").length;
    const question = {
      as: { user: me, collection: "users" },
      action: "create",
      collection: "posts",
      data: { title: "spam" },
    };
    await world.call("POST", "/api/admin/rules/explain", { token: admin.token, body: question });
    await world.app.app.idle();
    assert.equal(world.events.filter(({ type }) => type === "function.started").length, before);
  });
});

test("hooks have room where as many functions as there may be wait for them", async () => {
  const world = await openFunctions({
    files: {
      "functions/order.ts": `
        import { beforeCreate, onRequest } from "bakend";
        onRequest("POST", "/order", async ({ db }) => {
          await new Promise((done) => setTimeout(done, 100));
          return new Response((await db.collection("orders").create({ what: "x" })).what);
        });
        beforeCreate("orders", ({ record }) => ({ what: record.what + "!" }));`,
    },
    collections: [{ name: "orders", fields: [{ name: "what", type: "text" }] }],
    functions: { timeout: "5s", processes: 1 },
  });
  const all = await Promise.all(Array.from({ length: 100 }, () => world.call("POST", "/api/functions/order")));
  assert.deepEqual(
    all.map(({ text }) => text),
    Array.from({ length: 100 }, () => "x!"),
  );
  await world.close();
});
