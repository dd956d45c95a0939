import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { CONFINED, type FunctionWorld, openFunctions } from "../../support/functions.ts";

/** A dozen processes are started, one after the other: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };

const FILES = {
  "functions/audit.ts": `
    import { onCreate, onUpdate, onDelete, onLogin, onEvent } from "bakend";
    const note = (db, what, more = {}) => db.collection("audit").create({ what, data: more });
    onCreate("posts", ({ event, record, db }) => note(db, event.type, { record, actor: event.actor }));
    onUpdate("posts", ({ event, record, previous, db }) => note(db, event.type, { from: previous.title, to: record.title }));
    onDelete("posts", ({ event, record, db }) => note(db, event.type, { title: record.title }));
    onLogin(({ user, event, db }) => note(db, "login", { email: user.email, keys: Object.keys(user).sort(), type: event.type }));
    onLogin("users", ({ user, db }) => note(db, "login of users", { email: user.email }));
    onLogin("staff", ({ user, db }) => note(db, "login of staff", { email: user.email }));
    onEvent("auth.*", ({ event, db }) => note(db, "auth: " + event.type));
    onEvent("*", ({ event, log }) => log.debug("heard", event.type));
  `,
  "functions/failing.ts": `
    import { onCreate } from "bakend";
    onCreate("fails", () => { throw new Error("a secret of " + "posts"); });
    onCreate("fails", async ({ db }) => { await db.collection("audit").create({ what: "the other one" }); });
  `,
  "functions/refusing.ts": `
    import { FieldError, HttpError, onCreate } from "bakend";
    onCreate("refuses", () => { throw new HttpError(402, "not paid"); });
    onCreate("refuses", () => { throw new FieldError("title", "taken", "is taken"); });
  `,
  "functions/chain.ts": `
    import { onCreate } from "bakend";
    onCreate("chain", async ({ record, db }) => { await db.collection("chain").create({ number: record.number + 1 }); });
    onCreate("guests", async ({ db }) => { await db.as(null).collection("guests").create({}); });
  `,
  "functions/watch.ts": `
    export const trigger = "function.failed";
    export default async ({ event, db }) => { await db.collection("audit").create({ what: "failed", data: event.payload }); };
  `,
};

const COLLECTIONS = [
  {
    name: "posts",
    fields: [
      { name: "title", type: "text" },
      { name: "hash", type: "text", hidden: true },
    ],
    permissions: { read: "public", create: "public", update: "public", delete: "public" },
  },
  {
    name: "audit",
    fields: [
      { name: "what", type: "text" },
      { name: "data", type: "json" },
    ],
  },
  { name: "staff", kind: "auth", fields: [] },
  { name: "fails", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } },
  { name: "refuses", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } },
  { name: "chain", fields: [{ name: "number", type: "integer" }], permissions: { create: "public" } },
  { name: "guests", fields: [{ name: "number", type: "integer" }], permissions: { create: "public" } },
];

describe("functions that events call", () => {
  let world: FunctionWorld;
  before(async () => {
    world = await openFunctions({ files: FILES, collections: COLLECTIONS });
    assert.deepEqual(world.app.app.functions.report.faults, []);
    assert.equal(world.app.app.functions.report.functions, 15);
  });
  after(() => world.close());

  /** What the functions have noted since, once they are through. */
  const notes = async (): Promise<readonly { what: string; data: Record<string, unknown> }[]> => {
    await world.app.app.idle();
    const records = world.app.app.as(systemPrincipal("test")).records("audit");
    const { items } = await records.list({ sort: "createdAt", limit: 500 });
    for (const { id } of items) await records.delete(String(id));
    await world.app.app.idle();
    return items as unknown as readonly { what: string; data: Record<string, unknown> }[];
  };

  test("a record's life, with what it was before and who did it", async () => {
    const ann = await world.signUp("ann@example.com");
    await notes();
    const made = await world.ok("POST", "/api/posts", { token: ann.token, body: { title: "a", hash: "hidden" } });
    const [created] = await notes();
    assert.equal(created?.what, "posts.created");
    assert.deepEqual(created?.data.record, made);
    assert.deepEqual(created?.data.actor, { kind: "user", id: ann.id });
    await world.ok("PATCH", `/api/posts/${made.id}`, { body: { title: "b" } });
    assert.deepEqual(
      (await notes()).map(({ what, data }) => [what, data]),
      [["posts.updated", { from: "a", to: "b" }]],
    );
    await world.call("DELETE", `/api/posts/${made.id}`);
    assert.deepEqual(
      (await notes()).map(({ what, data }) => [what, data]),
      [["posts.deleted", { title: "b" }]],
    );
  });

  test("a login, with the account", async () => {
    await world.signUp("bob@example.com");
    await notes();
    await world.login("bob@example.com");
    const all = await notes();
    assert.deepEqual(all.map(({ what }) => what).sort(), ["auth: auth.login", "login", "login of users"]);
    const { data } = all.find(({ what }) => what === "login") ?? { data: {} as Record<string, unknown> };
    assert.equal(data.email, "bob@example.com");
    assert.deepEqual(data.keys, [
      "collection",
      "createdAt",
      "email",
      "id",
      "name",
      "role",
      "updatedAt",
      "verified",
      "version",
    ]);
  });

  test("a failure is the function's own, is told without any data, and calls who asked for it", async () => {
    await world.ok("POST", "/api/fails", { body: { title: "unmentioned" } });
    const all = await notes();
    assert.deepEqual(all.map(({ what }) => what).sort(), ["failed", "the other one"]);
    const failed = world.events.filter(({ type }) => type === "function.failed").at(-1);
    const { ms, ...payload } = (failed?.payload ?? {}) as Record<string, unknown>;
    assert.equal(typeof ms, "number");
    assert.deepEqual(payload, { function: "failing", trigger: "fails.created", reason: "thrown" });
    assert.doesNotMatch(
      JSON.stringify(world.events.filter(({ type }) => type.startsWith("function."))),
      /unmentioned|secret/,
    );
  });

  test("a refusal is a failure, too: there is nobody to be refused", async () => {
    const since = world.events.length;
    await world.ok("POST", "/api/refuses", { body: { title: "a" } });
    await notes();
    const told = world.events
      .slice(since)
      .filter(({ payload }) => (payload as { function?: string }).function === "refusing");
    assert.deepEqual(told.map(({ type }) => type).sort(), [
      "function.failed",
      "function.failed",
      "function.started",
      "function.started",
    ]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const log = world.lines.join("\n");
    assert.match(log, /error: the function refusing failed .*HttpError 402: not paid/);
    assert.match(log, /error: the function refusing failed .*FieldError title taken: is taken/);
  });

  for (const [who, name] of [
    ["the system", "chain"],
    ["a guest", "guests"],
  ] as const)
    test(`functions that set each other off, writing as ${who}, come to an end`, async () => {
      await world.ok("POST", `/api/${name}`, { body: { number: 1 } });
      await notes();
      const chain = await world.app.app.as(systemPrincipal("test")).records(name).count();
      assert.equal(chain, 9, "the request's own, and one for each of 8 functions in a row");
    });

  test("what is logged has the function's name, and the log's level", async () => {
    await world.ok("POST", "/api/posts", { body: { title: "x" } });
    await notes();
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.ok(
      world.lines.includes(`debug: heard posts.created {"function":"audit"}`),
      world.lines.slice(-20).join("\n"),
    );
    assert.ok(
      !world.lines.some((line) => line.includes("heard function.")),
      "a function for everything would call itself",
    );
  });

  test("a burst of events is worked off, and who waits for an answer does not wait for it", async () => {
    const many = Array.from({ length: 400 }, (_, index) => ({ title: String(index) }));
    await world.ok("POST", "/api/posts", { body: many });
    assert.equal((await world.call("GET", "/health")).status, 200);
    assert.equal((await notes()).length, 400);
  });
});

describe("another version of the functions", () => {
  const answering = (text: string): string =>
    `import { onRequest, onCreate } from "bakend";
     import { word } from "./_word.ts";
     import { writeSync } from "node:fs";
     onRequest("GET", "/answer", () => new Response("${text} " + word));
     onRequest("GET", "/slow", async () => { await new Promise((done) => setTimeout(done, 150)); return new Response("slow ${text}"); });
     onRequest("GET", "/crash", () => { writeSync(3, "nonsense\\n"); return new Promise(() => {}); });`;

  test(
    "takes over when it is loaded, running calls end in theirs, and a broken one takes nothing over",
    LONG,
    async () => {
      const world = await openFunctions({
        files: { "functions/a.ts": answering("first"), "functions/_word.ts": "export const word = 1;" },
        functions: { timeout: "5s" },
      });
      const { functions } = world.app.app;
      const slow = world.get("/slow");
      await new Promise((resolve) => setTimeout(resolve, 20));
      world.write("functions/a.ts", answering("second"));
      world.write("functions/_word.ts", "export const word = 2;");
      assert.equal((await functions.load()).ok, true);
      assert.equal((await world.get("/answer")).text, "second 2");
      assert.equal((await slow).text, "slow first");

      world.write("functions/_word.ts", "export const word = ;");
      const report = await functions.load();
      assert.equal(report.ok, false);
      assert.equal(report.faults[0]?.file, "_word.ts");
      // processes that are started now load what the version in force was made of
      for (let index = 0; index < 3; index += 1) await world.get("/crash");
      assert.equal((await world.get("/answer")).text, "second 2");

      world.remove("functions/a.ts");
      world.remove("functions/_word.ts");
      assert.deepEqual((await functions.load()).files, 0);
      assert.equal((await world.get("/answer")).status, 404);
      await world.app.app.events.idle();
      const told = world.events.filter(({ type }) => type === "system.functions_loaded").map(({ payload }) => payload);
      assert.deepEqual(told, [
        { ok: true, files: 1, functions: 3, faults: [] },
        { ok: false, files: 1, functions: 3, faults: report.faults },
        { ok: true, files: 0, functions: 0, faults: [] },
      ]);
      await world.close();
    },
  );

  test("all faults of all files are told, by file and line", async () => {
    const world = await openFunctions({
      files: {
        "functions/syntax.ts": "\n\nconst a = = 1;\n",
        "functions/import.ts": `import "./nothing.ts";\n`,
        "functions/package.ts": `import "no-such-package";\n`,
        "functions/throws.ts": "\nthrow new Error('at load');\n",
        "functions/late.ts": `import { onCreate } from "bakend";\nqueueMicrotask(() => {});\nonCreate("posts", "no function");\n`,
        "functions/name.ts": `import { onCreat } from "bakend";\nonCreat("posts", () => {});\n`,
        "functions/half.ts": `export const trigger = "posts.created";\n`,
        "functions/fine.ts": `import { onEvent } from "bakend";\nonEvent("a.b", () => {});\n`,
      },
    });
    const { ok, faults } = world.app.app.functions.report;
    assert.equal(ok, false);
    assert.deepEqual(faults.map(({ file }) => file).sort(), [
      "half.ts",
      "import.ts",
      "late.ts",
      "name.ts",
      "package.ts",
      "syntax.ts",
      "throws.ts",
    ]);
    const lineOf = (file: string) => faults.find((one) => one.file === file)?.line;
    assert.equal(lineOf("throws.ts"), 2);
    assert.equal(lineOf("late.ts"), 3);
    if (CONFINED) assert.equal(lineOf("syntax.ts"), 3);
    assert.equal((await world.get("/x")).status, 503);
    await world.close();
  });

  for (const [name, text] of [
    ["exits while it is loaded", "process.exit(0);"],
    [
      "speaks for the parent while it is loaded",
      `import { writeSync } from "node:fs"; writeSync(3, '{"type":"loaded","triggers":[]}\\n');`,
    ],
  ] as const) {
    test(`a file that ${name} does not keep the server from starting`, async () => {
      const world = await openFunctions({ files: { "functions/a.ts": text }, functions: { timeout: "300ms" } });
      const { ok, faults } = world.app.app.functions.report;
      if (!name.startsWith("speaks"))
        assert.deepEqual([ok, faults], [false, [{ file: "a.ts", line: 1, message: "The file called process.exit." }]]);
      assert.equal((await world.call("GET", "/health")).status, 200);
      await world.close();
    });
  }
});
