import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../../src/core/principal.ts";
import { openApp, type TestApp } from "../../../support/app.ts";
import { succeed, uuid } from "../../../support/scenario.ts";
import { checkWhole, collection, type Field, fill, wholeState, withApp, withFile, words } from "./changed-app.ts";

const name: Field = { name: "name", type: "text" };
const good = collection("good", [name]);
const withFields = (...fields: readonly object[]) => ({ name: "things", fields });
const view = (query: string, ...fields: readonly object[]) => ({ name: "things", kind: "view", query, fields });

/** A definition and the faults that it has: path and code. */
const FAULTS: readonly (readonly [string, unknown, readonly string[]])[] = [
  ["nothing", null, ["definition type"]],
  ["a text", "posts", ["definition type"]],
  ["no name and no fields", {}, ["name type", "fields type"]],
  ["an unknown key", { ...good, colour: "red" }, ["colour unknown_field"]],
  ["an unknown kind", { ...good, kind: "table" }, ["kind enum"]],
  ...["", "Posts", "1posts", "my-posts", "my posts", "_posts", "p".repeat(64), "päge", "a.b", "__proto__"].map(
    (bad) => [`the name ${bad.slice(0, 12) || "(empty)"}`, { ...good, name: bad }, ["name pattern"]] as const,
  ),
  ...[
    "auth",
    "admin",
    "batch",
    "storage",
    "function",
    "functions",
    "job",
    "jobs",
    "system",
    "server",
    "realtime",
    "docs",
    "events",
  ].map((bad) => [`the reserved name ${bad}`, { ...good, name: bad }, ["name enum"]] as const),
  ...["sqlite_x", "sqlite_sequence"].map(
    (bad) => [`the name ${bad}`, { ...good, name: bad }, ["name pattern"]] as const,
  ),
  ...["json_each", "json_tree", "pragma_table_info"].map(
    (bad) => [`the name ${bad}`, { ...good, name: bad }, ["name enum"]] as const,
  ),
  ...["id", "createdAt", "updatedAt", "version", "expand", "createdat", "updatedAT"].map(
    (bad) => [`a field called ${bad}`, withFields({ name: bad, type: "text" }), ["fields.0.name enum"]] as const,
  ),
  ["two fields of one name", withFields(name, name), ["fields.1.name unique"]],
  [
    "two fields that differ in case",
    withFields({ name: "aB", type: "text" }, { name: "ab", type: "text" }),
    ["fields.1.name unique"],
  ],
  ["an unknown type", withFields({ name: "f", type: "string" }), ["fields.0.type enum"]],
  [
    "an option of another type",
    withFields({ name: "f", type: "integer", pattern: "x" }),
    ["fields.0.pattern unknown_field"],
  ],
  ["min above max", withFields({ name: "f", type: "integer", min: 2, max: 1 }), ["fields.0.min max"]],
  ["a bad pattern", withFields({ name: "f", type: "text", pattern: "(" }), ["fields.0.pattern pattern"]],
  ["a select without options", withFields({ name: "f", type: "select" }), ["fields.0.options type"]],
  ["a select with no options", withFields({ name: "f", type: "select", options: [] }), ["fields.0.options min"]],
  [
    "a default that does not fit",
    withFields({ name: "f", type: "select", options: ["a"], default: "b" }),
    ["fields.0.default enum"],
  ],
  ["a default of another type", withFields({ name: "f", type: "integer", default: "1" }), ["fields.0.default type"]],
  [
    "a default out of bounds",
    withFields({ name: "f", type: "text", max: 2, default: "abc" }),
    ["fields.0.default max"],
  ],
  ["@now for a text", withFields({ name: "f", type: "text", default: "@now" }), ["fields.0.default pattern"]],
  ["@nope", withFields({ name: "f", type: "datetime", default: "@nope" }), ["fields.0.default pattern"]],
  [
    "never null, never required, no default",
    withFields({ name: "f", type: "text", nullable: false }),
    ["fields.0.default required"],
  ],
  [
    "many values that may be null",
    withFields({ name: "f", type: "file", many: true, nullable: true }),
    ["fields.0.nullable enum"],
  ],
  ["many unique values", withFields({ name: "f", type: "file", many: true, unique: true }), ["fields.0.unique enum"]],
  ["unique json", withFields({ name: "f", type: "json", unique: true }), ["fields.0.unique enum"]],
  ["a unique position", withFields({ name: "f", type: "geo", unique: true }), ["fields.0.unique enum"]],
  [
    "setNull where null may not stand",
    withFields({ name: "f", type: "relation", collection: "things", required: true, onDelete: "setNull" }),
    ["fields.0.onDelete enum"],
  ],
  [
    "a relation to nothing",
    withFields({ name: "f", type: "relation", collection: "nope" }),
    ["fields.0.collection reference"],
  ],
  ["an index over nothing", { ...withFields(name), indexes: [{ fields: ["nope"] }] }, ["indexes.0.fields reference"]],
  [
    "an index over json",
    { ...withFields({ name: "f", type: "json" }), indexes: [{ fields: ["f"] }] },
    ["indexes.0.fields enum"],
  ],
  ["an index over no fields", { ...withFields(name), indexes: [{ fields: [] }] }, ["indexes.0.fields min"]],
  [
    "a rule that cannot be read",
    { ...withFields(name), permissions: { list: "name =" } },
    ["permissions.list pattern"],
  ],
  [
    "a rule over an unknown field",
    { ...withFields(name), permissions: { view: "nope = 1" } },
    ["permissions.view pattern"],
  ],
  [
    "@old where there is no old row",
    { ...withFields(name), permissions: { create: "@old.name = 'x'" } },
    ["permissions.create pattern"],
  ],
  [
    "owner without a relation",
    { ...withFields(name), permissions: { update: "owner" } },
    ["permissions.update pattern"],
  ],
  [
    "a bad rule of a field",
    withFields({ ...name, permissions: { view: "nope" } }),
    ["fields.0.permissions.view pattern"],
  ],
  ["a query without a view", { ...good, query: "SELECT 1" }, ["query unknown_field"]],
  ["a view without a query", { name: "things", kind: "view", fields: [name] }, ["query required"]],
  [
    "a view with an index",
    { ...view("SELECT 'x' AS id, 'y' AS name", name), indexes: [{ fields: ["name"] }] },
    ["indexes unknown_field"],
  ],
  ["a view to be searched", view("SELECT 'x' AS id, 'y' AS name", { ...name, searchable: true }), ["fields enum"]],
  [
    "every fault at once",
    {
      ...withFields(
        { name: "id", type: "text" },
        { name: "f", type: "integer", min: 2, max: 1 },
        { name: "f", type: "text", nullable: false },
      ),
      indexes: [{ fields: ["nope"] }],
    },
    [
      "fields.0.name enum",
      "fields.1.min max",
      "fields.2.name unique",
      "fields.2.default required",
      "indexes.0.fields reference",
    ],
  ],
];

describe("a definition is checked before anything happens", () => {
  for (const [title, definition, faults] of FAULTS) {
    test(title, async () => {
      const app = await openApp({ collections: [good] });
      try {
        const before = await wholeState(app);
        const refused = (error: {
          code: string;
          message: string;
          errors: readonly { field: string; code: string }[];
        }) => {
          assert.equal(error.code, "validation_failed", error.message);
          assert.deepEqual(error.errors.map((one) => `${one.field} ${one.code}`).sort(), [...faults].sort());
          return true;
        };
        await assert.rejects(app.app.collections.schema.define(definition), refused);
        await assert.rejects(app.app.collections.schema.apply([good, definition]), refused);
        assert.equal(await wholeState(app), before);
        await checkWhole(app);
      } finally {
        await app.close();
      }
    });
  }

  test("names that look dangerous and are not", async () => {
    const names = [
      "constructor",
      "toString",
      "valueOf",
      "hasOwnProperty",
      "select",
      "table",
      "order",
      "group",
      "rowid",
      "oid",
      "rank",
      "doomed",
      "r",
      "l",
      "x",
      "s",
      "m",
      "n",
    ];
    const fields = names.map((one) => ({ name: one, type: "text", searchable: true }));
    const definitions = names.map((one) =>
      collection(one, fields as unknown as readonly Field[], { indexes: [{ fields: ["order", "group"] }] }),
    );
    const app = await openApp({ collections: definitions });
    try {
      for (const one of names) {
        const empty = await succeed(app, "POST", `/api/${one}`, {});
        assert.deepEqual(
          names.map((field) => empty[field]),
          names.map(() => null),
          one,
        );
        const full = await succeed(
          app,
          "POST",
          `/api/${one}`,
          Object.fromEntries(names.map((field) => [field, `v ${field}`])),
        );
        assert.equal(full.constructor, "v constructor");
        const found = await succeed(
          app,
          "GET",
          `/api/${one}?search=v&sort=order,constructor&filter=rank%20~%20'V'&fields=${names.join(",")}`,
        );
        assert.equal(found.items.length, 1);
        assert.equal(found.items[0].toString, "v toString");
        await succeed(app, "DELETE", `/api/${one}/${full.id}`);
      }
      await checkWhole(app);
    } finally {
      await app.close();
    }
  });

  test("two collections that differ in case", async () => {
    await assert.rejects(openApp({ collections: [collection("theNames", [name]), collection("thenames", [name])] }), {
      code: "validation_failed",
    });
  });

  for (const [title, definition] of [
    ["that cannot be read", view("SELEC 1", name)],
    ["of a table that is not there", view("SELECT id, name FROM nope", name)],
    ["without a column", view("SELECT id FROM good", name)],
    ["without an id", view("SELECT name FROM good", name)],
    ["that is two", view("SELECT id, name FROM good; DROP TABLE good", name)],
    ["that writes", view("DELETE FROM good", name)],
  ] as const) {
    test(`a view with a query ${title}`, async () => {
      const app = await openApp({ collections: [good] });
      try {
        await fill(app, [["good", { name: "kept" }]]);
        const before = await wholeState(app);
        await assert.rejects(app.app.collections.schema.define(definition), { code: "conflict" });
        assert.equal(await wholeState(app), before);
        await checkWhole(app);
      } finally {
        await app.close();
      }
    });
  }
});

describe("views", () => {
  const base = collection("good", [
    name,
    { name: "n", type: "integer" },
    { name: "tags", type: "select", options: ["a", "b"], many: true },
  ]);
  const sums = {
    name: "sums",
    kind: "view",
    query:
      "SELECT min(id) AS id, name, sum(n) AS total, count(*) > 1 AS several, min(id) AS first, '[\"a\"]' AS tags FROM good GROUP BY name",
    fields: [
      name,
      { name: "total", type: "integer" },
      { name: "several", type: "boolean" },
      { name: "first", type: "relation", collection: "good" },
      { name: "tags", type: "select", options: ["a", "b"], many: true },
    ],
    permissions: { read: "public", create: "public" },
  };

  test("can be listed, filtered, expanded, counted, and not written", async () => {
    const app = await openApp({ collections: [sums, base] });
    try {
      await fill(app, [
        [
          "good",
          [
            { id: uuid(1), name: "x", n: 1 },
            { id: uuid(2), name: "x", n: 2 },
            { id: uuid(3), name: "y", n: 5 },
          ] as unknown as object,
        ],
      ]);
      const list = await succeed(app, "GET", "/api/sums?sort=-total&count=true&expand=first");
      assert.equal(list.total, 2);
      assert.deepEqual(
        list.items.map((item: { total: number; several: boolean }) => [item.total, item.several]),
        [
          [5, false],
          [3, true],
        ],
      );
      assert.deepEqual(list.items[0].tags, ["a"]);
      assert.equal(list.items[1].expand.first.n, 1);
      assert.deepEqual(Object.keys(list.items[0]).sort(), [
        "expand",
        "first",
        "id",
        "name",
        "several",
        "tags",
        "total",
      ]);
      assert.equal(
        (await succeed(app, "GET", "/api/sums?filter=several%20=%20true%20%26%26%20first.n%20=%201")).items.length,
        1,
      );
      const one = await app.call("GET", `/api/sums/${uuid(3)}`);
      assert.equal(one.body.total, 5);
      assert.equal(one.headers.get("etag"), null);
      assert.equal((await succeed(app, "GET", "/api/sums?limit=1")).items.length, 1);
      assert.deepEqual((await succeed(app, "GET", "/api/sums?aggregate=sum(total)")).groups, [{ sum_total: 8 }]);
      for (const [method, path] of [
        ["POST", "/api/sums"],
        ["PATCH", `/api/sums/${uuid(3)}`],
        ["PUT", `/api/sums/${uuid(3)}`],
        ["DELETE", `/api/sums/${uuid(3)}`],
      ] as const) {
        const answer = await app.call(method, path, { body: {} });
        assert.equal(answer.status, 405, answer.text);
        assert.equal(answer.headers.get("allow"), "GET, HEAD");
      }
      assert.equal((await app.call("GET", "/api/sums?sort=createdAt")).status, 400);
      assert.equal((await app.call("GET", `/api/sums/${uuid(9)}`)).status, 404);
    } finally {
      await app.close();
    }
  });
});

describe("files, database and panel", () => {
  const v1 = collection("things", [name]);
  const v2 = collection("things", [name, { name: "fromFile", type: "text" }]);
  const v3 = collection("things", [name, { name: "fromPanel", type: "text" }]);

  test("a change in the file is applied at the next start", () =>
    withFile(async (path) => {
      await withApp(path, [v1], async () => {});
      await withApp(path, [v2], async ({ app }) => {
        assert.deepEqual(words(app.schemaStatus.plan), ["add field things.fromFile"]);
        assert.equal(app.schemaStatus.safe, true);
        const history = await app.collections.schema.history();
        const steps = history.map((one) => one.steps.map((step) => step.words).join());
        // between the two: the first start's accounts, which this app does without
        assert.match(steps[0] ?? "", /^add field things.fromFile$/);
        assert.equal(steps.filter((words) => words.includes("create collection things")).length, 1);
      });
    }));

  test("a change in the panel stays, and is told as drift", () =>
    withFile(async (path) => {
      await withApp(path, [v1], ({ app }) => app.collections.schema.define(v3));
      await withApp(path, [v1], async ({ app }) => {
        assert.match(app.schemaStatus.drift.join(), /things was changed in the database/);
        assert.equal(app.schemaStatus.safe, true);
        assert.ok(app.collections.schema.catalog().get("things")?.field("fromPanel"));
      });
      await withApp(path, [v3], async ({ app }) =>
        assert.deepEqual(app.schemaStatus.drift, [], "once the file says so too"),
      );
    }));

  test("changed on both sides: a conflict, and the app starts with what the database has", () =>
    withFile(async (path) => {
      await withApp(path, [v1], async (app) => {
        await fill(app, [["things", { name: "kept" }]]);
        await app.app.collections.schema.define(v3);
        await succeed(app, "POST", "/api/things", { name: "also", fromPanel: "x" });
      });
      await withApp(path, [v2], async (app) => {
        const { schema } = app.app.collections;
        assert.equal(app.app.schemaStatus.safe, false);
        assert.match(app.app.schemaStatus.drift.join(), /both/);
        assert.ok(schema.catalog().get("things")?.field("fromPanel"));
        assert.equal((await app.call("GET", "/api/things")).body.items.length, 2);
        await assert.rejects(schema.apply([v2]), { code: "conflict" });
        await assert.rejects(schema.apply([v2], { force: true }), { code: "conflict", message: /fromPanel/ });
        await schema.apply([v2], { force: true, allowDataLoss: true });
        assert.deepEqual((await app.call("GET", "/api/things?sort=id&fields=name,fromFile")).body.items, [
          { name: "kept", fromFile: null },
          { name: "also", fromFile: null },
        ]);
        await checkWhole(app);
      });
      await withApp(path, [v2], async ({ app }) =>
        assert.deepEqual([app.schemaStatus.drift, app.schemaStatus.plan.steps], [[], []]),
      );
    }));

  test("what is declared no more stays, until it is said otherwise", () =>
    withFile(async (path) => {
      await withApp(path, [v1, good], (app) => fill(app, [["good", { name: "kept" }]]));
      await withApp(path, [v1], async (app) => {
        const { schema } = app.app.collections;
        assert.match(app.app.schemaStatus.drift.join(), /good is declared no more/);
        assert.equal((await app.call("GET", "/api/good")).body.items.length, 1);
        await assert.rejects(schema.apply([v1], { force: true }), { code: "conflict", message: /good with 1 records/ });
        await schema.apply([v1], { force: true, allowDataLoss: true });
        assert.equal((await app.call("GET", "/api/good")).status, 404);
        await checkWhole(app);
      });
    }));

  test("a collection of the panel is no drift and is not dropped by force", () =>
    withFile(async (path) => {
      await withApp(path, [v1], ({ app }) => app.collections.schema.define(good));
      await withApp(path, [v1], async ({ app }) => {
        assert.deepEqual(app.schemaStatus.drift, []);
        await app.collections.schema.apply([v1], { force: true });
        assert.ok(app.collections.schema.catalog().get("good"));
      });
    }));

  test("migrations by hand: a start changes nothing", () =>
    withFile(async (path) => {
      await withApp(path, [v1], async () => {});
      const app = await openApp({ path, collections: [v2], migrations: "manual" });
      try {
        assert.deepEqual(words(app.app.schemaStatus.plan), ["add field things.fromFile"]);
        assert.equal(app.app.collections.schema.catalog().get("things")?.field("fromFile"), undefined);
        await app.app.collections.schema.apply([v2]);
        assert.ok(app.app.collections.schema.catalog().get("things")?.field("fromFile"));
      } finally {
        await app.close();
      }
    }));

  test("what would lose data is not done by a start", () =>
    withFile(async (path) => {
      await withApp(path, [v2], (app) => fill(app, [["things", { fromFile: "x" }]]));
      await withApp(path, [v1], async (app) => {
        assert.equal(app.app.schemaStatus.safe, false);
        assert.match(app.app.schemaStatus.plan.losses.join(), /things\.fromFile.*1 records/);
        assert.equal((await app.call("GET", "/api/things")).body.items[0].fromFile, "x");
      });
    }));
});

describe("changes while the app runs", () => {
  test("at once from several sides: each is done, none is forgotten", () =>
    withFile(async (path) => {
      await withApp(path, [], async ({ app }) => {
        const names = Array.from({ length: 12 }, (_, n) => `c${n}`);
        await Promise.all(names.map((one) => app.collections.schema.define(collection(one, [name]))));
        assert.deepEqual(
          app.collections.schema
            .catalog()
            .collections.map((one) => one.name)
            .sort(),
          names.toSorted(),
        );
        await Promise.allSettled([
          app.collections.schema.remove("c1"),
          app.collections.schema.define({ nonsense: true }),
          app.collections.schema.remove("c2"),
        ]);
      });
      await withApp(path, [], async (app) => {
        assert.equal(app.app.collections.schema.catalog().collections.length, 10);
        await checkWhole(app);
      });
    }));

  test("a failure in the middle leaves tables and definitions as they were", async () => {
    const app = await openApp({ collections: [good] });
    try {
      await fill(app, [["good", { name: "kept" }]]);
      await app.sql(`CREATE TABLE "things" ("x" TEXT)`); // somebody else's table stands in the way
      const before = await wholeState(app);
      const { schema } = app.app.collections;
      await assert.rejects(
        schema.apply([
          collection("good", [name, { name: "extra", type: "text", default: "d" }]),
          collection("things", [name]),
        ]),
        { code: "conflict" },
      );
      assert.equal(await wholeState(app), before);
      assert.equal(schema.catalog().get("good")?.field("extra"), undefined);
      await checkWhole(app);
      await app.sql(`DROP TABLE "things"`);
      await schema.define(collection("things", [name]));
      await checkWhole(app);
    } finally {
      await app.close();
    }
  });

  test("a collection that others point at cannot go", async () => {
    const app = await openApp({
      collections: [good, collection("pointing", [{ name: "to", type: "relation", collection: "good" }])],
    });
    try {
      const before = await wholeState(app);
      await assert.rejects(app.app.collections.schema.remove("good", { allowDataLoss: true }), {
        code: "validation_failed",
        message: /pointing/,
      });
      await assert.rejects(app.app.collections.schema.remove("nope"), { code: "not_found" });
      assert.equal(await wholeState(app), before);
    } finally {
      await app.close();
    }
  });

  test("each change is announced, and seen by who holds the records already", async () => {
    const app = await openApp({ collections: [good] });
    try {
      await app.app.events.idle();
      const told: unknown[] = [];
      app.app.events.on("system.collection_changed", ({ payload }) => told.push(payload));
      const records = app.app.as(systemPrincipal("test")).records("good");
      await app.app.collections.schema.define(
        collection("good", [name, { name: "extra", type: "text", default: "d" }]),
      );
      assert.equal((await records.create({ name: "n" })).extra, "d");
      await app.app.collections.schema.remove("good", { allowDataLoss: true });
      await assert.rejects(records.list(), { code: "not_found" });
      await app.app.events.idle();
      assert.deepEqual(told, [
        { collection: "good", exists: true },
        { collection: "good", exists: false },
      ]);
    } finally {
      await app.close();
    }
  });

  const meanwhile = async (app: TestApp): Promise<void> => {
    const changes = (async () => {
      for (let n = 0; n < 10; n += 1)
        await app.app.collections.schema.define(
          collection("good", [name, { name: `f${n}`, type: "text", required: true, default: "d" }]),
          { allowDataLoss: true },
        );
    })();
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await new Promise((resolve) => setTimeout(resolve, n % 10));
        return n % 2 === 0 ? app.call("POST", "/api/good", { body: { name: `n${n}` } }) : app.call("GET", "/api/good");
      }),
    );
    await changes;
    for (const { status, text } of answers) assert.ok(status === 200 || status === 201, text);
    assert.equal((await app.sql("SELECT count(*) AS n FROM good"))[0]?.n, 50);
    await checkWhole(app);
  };

  test("requests that run meanwhile never fail inside", async () => {
    const app = await openApp({ collections: [good] });
    try {
      await meanwhile(app);
    } finally {
      await app.close();
    }
  });

  test("requests that run meanwhile never fail inside, over a file", () =>
    withFile(async (path) => {
      const app = await openApp({ path, threads: true, collections: [good] });
      try {
        await meanwhile(app);
      } finally {
        await app.close();
      }
    }));
});

test("a start is fit for any order of declarations", async () => {
  const one = collection("one", [{ name: "to", type: "relation", collection: "two", onDelete: "setNull" }]);
  const two = collection("two", [{ name: "to", type: "relation", collection: "one", onDelete: "setNull" }]);
  const seen = { name: "seen", kind: "view", query: "SELECT id FROM one", fields: [], permissions: { read: "public" } };
  for (const collections of [
    [one, two, seen],
    [seen, two, one],
  ]) {
    const app = await openApp({ collections });
    await checkWhole(app);
    await app.close();
  }
});

test("an index keeps its promise: lists by a filter on an indexed field use it", async () => {
  const app = await openApp({
    collections: [collection("things", [name], { indexes: [{ fields: ["name", "createdAt"] }] })],
  });
  try {
    const plan = await app.sql(`EXPLAIN QUERY PLAN SELECT * FROM things WHERE name = 'x' ORDER BY createdAt`);
    assert.match(String(plan[0]?.detail), /USING (COVERING )?INDEX things:index:name,createdAt/);
    assert.equal(plan.length, 1, "no sorting beside it");
  } finally {
    await app.close();
  }
});
