import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem, OPEN, openApp } from "../../support/app.ts";
import { ABSENT, type Scenario, scenarios, succeed, uuid } from "../../support/scenario.ts";
import { BLOG_OPTIONS, BLOG_SEED, PERSON, POST, TAG } from "./blog.ts";

const NEW = uuid(101);
const operations = (...list: readonly unknown[]) => ({ operations: list });
const make = (name: string, id?: string) => ({
  op: "create",
  collection: "tags",
  ...(id ? { id } : {}),
  data: { name },
});

const BATCH: readonly Scenario[] = [
  {
    name: "create, update, upsert, delete; later operations see earlier ones; events in their order",
    request: "POST /api/batch",
    body: operations(
      make("fresh", NEW),
      { op: "update", collection: "tags", id: NEW, data: { name: "fresher" } },
      { op: "upsert", collection: "tags", id: NEW, data: { name: "freshest" } },
      { op: "upsert", collection: "tags", id: uuid(102), data: { name: "inserted" } },
      { op: "create", collection: "posts", data: { title: "In a batch", tags: [NEW, TAG.x], secret: "s" } },
      { op: "update", collection: "posts", id: POST.two, data: { views: 21 } },
      { op: "delete", collection: "tags", id: uuid(102) },
    ),
    status: 200,
    holds: {
      results: [
        { id: NEW, name: "fresh", version: 1 },
        { name: "fresher", version: 2 },
        { name: "freshest", version: 3 },
        { id: uuid(102), name: "inserted" },
        { title: "In a batch", tags: [NEW, TAG.x], secret: ABSENT },
        { id: POST.two, views: 21, version: 2, secret: ABSENT },
        (gone: unknown) => gone === null,
      ],
    },
    events: [
      "tags.created",
      "tags.updated",
      "tags.updated",
      "tags.created",
      "posts.created",
      "posts.updated",
      "tags.deleted",
    ],
    check: async (app) => {
      assert.equal((await app.call("GET", `/api/tags/${NEW}`)).body.name, "freshest");
      assert.equal((await app.call("GET", `/api/tags/${uuid(102)}`)).status, 404);
    },
  },
  {
    name: "what a deletion takes along is told in its place",
    request: "POST /api/batch",
    body: operations(
      { op: "update", collection: "posts", id: POST.two, data: { views: 1 } },
      { op: "delete", collection: "people", id: PERSON.bob },
      make("after"),
    ),
    status: 200,
    events: [
      "posts.updated", // the update itself
      "people.updated", // Çid loses the boss
      "posts.deleted",
      "posts.deleted",
      "comments.deleted",
      "people.deleted",
      "tags.created",
    ],
  },
  {
    name: "a unique value may move from one record to another",
    request: "POST /api/batch",
    body: operations(
      { op: "update", collection: "tags", id: TAG.x, data: { name: "was-x" } },
      { op: "update", collection: "tags", id: TAG.y, data: { name: "x" } },
    ),
    status: 200,
    events: ["tags.updated", "tags.updated"],
  },
  {
    name: "delete, then create with the same id",
    request: "POST /api/batch",
    body: operations({ op: "delete", collection: "tags", id: TAG.z }, make("again", TAG.z)),
    status: 200,
    holds: { results: [(gone: unknown) => gone === null, { id: TAG.z, name: "again", version: 1 }] },
    events: ["tags.deleted", "tags.created"],
  },
  {
    name: "upsert with the id in its data",
    request: "POST /api/batch",
    body: operations({ op: "upsert", collection: "tags", data: { id: NEW, name: "n" } }),
    status: 200,
    holds: { results: [{ id: NEW, name: "n" }] },
    events: ["tags.created"],
  },
  {
    name: "delete a tag, then change a post that had it",
    request: "POST /api/batch",
    body: operations(
      { op: "delete", collection: "tags", id: TAG.y },
      { op: "update", collection: "posts", id: POST.one, data: { views: 11 } },
    ),
    status: 200,
    holds: { results: [(gone: unknown) => gone === null, { id: POST.one, views: 11, tags: [TAG.x], version: 3 }] },
    events: ["posts.updated", "posts.updated", "tags.deleted", "posts.updated"],
  },
  {
    name: "delete an author, then change a post that went along",
    request: "POST /api/batch",
    body: operations(
      { op: "delete", collection: "people", id: PERSON.ann },
      { op: "update", collection: "posts", id: POST.one, data: { views: 11 } },
    ),
    status: 404,
    code: "not_found",
  },
  {
    name: "the last one fails: nothing is written and nothing is told",
    request: "POST /api/batch",
    body: operations(make("p"), { op: "delete", collection: "posts", id: POST.one }, make("x")),
    status: 409,
    code: "conflict",
    holds: { errors: [{ field: "operations.2.data.name", code: "unique" }] },
  },
  {
    name: "a fault is named by its place",
    request: "POST /api/batch",
    body: operations(make("p"), { op: "update", collection: "posts", id: POST.one, data: { views: "many" } }),
    status: 400,
    code: "validation_failed",
    holds: { errors: [{ field: "operations.1.data.views", code: "type" }] },
  },
  {
    name: "a reference to a record of the same batch is good; only the missing one is named",
    request: "POST /api/batch",
    body: operations(
      { op: "create", collection: "people", id: NEW, data: { name: "Dee" } },
      { op: "create", collection: "posts", data: { title: "refs", author: NEW, tags: [uuid(999)] } },
    ),
    status: 400,
    code: "validation_failed",
    holds: { errors: [{ field: "operations.1.data.tags", code: "reference" }] },
  },
  {
    name: "a reference to a record that the batch deletes",
    request: "POST /api/batch",
    body: operations(
      { op: "delete", collection: "tags", id: TAG.z },
      { op: "create", collection: "posts", data: { title: "refs", tags: [TAG.z] } },
    ),
    status: 400,
    code: "validation_failed",
    holds: { errors: [{ field: "operations.1.data.tags", code: "reference" }] },
  },
  {
    name: "update of a record that the batch deleted",
    request: "POST /api/batch",
    body: operations(
      { op: "delete", collection: "tags", id: TAG.z },
      { op: "update", collection: "tags", id: TAG.z, data: {} },
    ),
    status: 404,
    code: "not_found",
  },
  ...(
    [
      [
        "no record to update",
        operations({ op: "update", collection: "tags", id: uuid(9), data: {} }),
        404,
        "not_found",
      ],
      ["no record to delete", operations({ op: "delete", collection: "tags", id: uuid(9) }), 404, "not_found"],
      ["no such collection", operations({ op: "create", collection: "nope", data: {} }), 404, "not_found"],
      ["no id", operations({ op: "update", collection: "tags", data: {} }), 400, "validation_failed"],
      ["no id to delete", operations({ op: "delete", collection: "tags" }), 400, "validation_failed"],
      ["an id that is no UUID", operations(make("n", "me")), 400, "validation_failed"],
      ["an unknown operation", operations({ op: "merge", collection: "tags" }), 400, "validation_failed"],
      ["an unknown key", operations({ ...make("n"), where: 1 }), 400, "validation_failed"],
      ["an operation that is a list", operations([]), 400, "validation_failed"],
      ["no data", operations({ op: "create", collection: "tags" }), 400, "validation_failed"],
      ["data that is a list", operations({ op: "create", collection: "tags", data: [] }), 400, "validation_failed"],
      ["no operations", operations(), 400, "bad_request"],
      ["1,001 operations", operations(...Array.from({ length: 1001 }, (_, n) => make(`n${n}`))), 400, "bad_request"],
      ["operations that are no list", { operations: {} }, 400, "validation_failed"],
      ["a list", [], 400, "validation_failed"],
      ["null", "null", 400, "validation_failed"],
    ] as const
  ).map(([name, body, status, code]): Scenario => ({ name, request: "POST /api/batch", body, status, code })),
];

scenarios("batches", BLOG_OPTIONS, BLOG_SEED, BATCH);

const key = { "idempotency-key": "key-1" };

describe("idempotency keys", () => {
  const cases: readonly (readonly [string, string, unknown, unknown])[] = [
    ["one record", "/api/tags", { name: "k" }, { name: "other" }],
    ["many records", "/api/tags", [{ name: "k" }, { name: "l" }], [{ name: "k" }]],
    ["a batch", "/api/batch", operations(make("k")), operations(make("other"))],
  ];
  for (const [name, path, body, other] of cases) {
    test(`${name}: again, then with another body`, async () => {
      const app = await openApp(BLOG_OPTIONS);
      try {
        const first = await app.call("POST", path, { body, headers: key });
        assert.ok(first.status < 300, first.text);
        const told = await app.types();
        const rows = await app.dump();
        const again = await app.call("POST", path, { body, headers: key });
        assert.equal(again.status, first.status);
        assert.equal(again.text, first.text);
        assert.equal(again.headers.get("idempotent-replayed"), "true");
        assert.notEqual(again.headers.get("x-request-id"), first.headers.get("x-request-id"));
        const conflict = await app.call("POST", path, { body: other, headers: key });
        assert.equal(conflict.status, 409, conflict.text);
        assert.equal(await app.dump(), rows);
        assert.deepEqual(await app.types(), []);
        assert.ok(told.length > 0);
      } finally {
        await app.close();
      }
    });
  }

  for (const unique of [true, false]) {
    test(`twenty at once make one record${unique ? ", though its value is unique" : ""}`, async () => {
      const fields = [{ name: "name", type: "text", unique }];
      const app = await openApp({ collections: [{ name: "things", fields, permissions: { create: "public" } }] });
      try {
        const body = { name: "once" };
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => app.call("POST", "/api/things", { body, headers: key })),
        );
        assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1, answers[1]?.text);
        assert.equal(answers[0]?.status, 201);
        assert.equal((await app.sql("SELECT count(*) AS n FROM things"))[0]?.n, 1);
        assert.deepEqual(await app.types(), ["things.created"]);
      } finally {
        await app.close();
      }
    });
  }

  test("a refused request leaves its key free", async () => {
    const app = await openApp(BLOG_OPTIONS);
    try {
      assert.equal((await app.call("POST", "/api/tags", { body: { name: 5 }, headers: key })).status, 400);
      assert.equal((await app.call("POST", "/api/tags", { body: { name: "5" }, headers: key })).status, 201);
    } finally {
      await app.close();
    }
  });

  test("after a day the key is free", async () => {
    let now = Date.UTC(2026, 0, 1);
    const app = await openApp({ ...BLOG_OPTIONS, clock: () => now });
    try {
      const day = 24 * 60 * 60 * 1000;
      assert.equal((await app.call("POST", "/api/tags", { body: { name: "k" }, headers: key })).status, 201);
      now += day - 1;
      const late = await app.call("POST", "/api/tags", { body: { name: "k" }, headers: key });
      assert.equal(late.headers.get("idempotent-replayed"), "true");
      now += 2;
      const fresh = await app.call("POST", "/api/tags", { body: { name: "l" }, headers: key });
      assert.equal(fresh.status, 201, fresh.text);
      assert.equal((await app.sql("SELECT count(*) AS n FROM tags"))[0]?.n, 2);
      assert.equal((await app.sql(`SELECT count(*) AS n FROM "_idempotency"`))[0]?.n, 1);
    } finally {
      await app.close();
    }
  });

  for (const given of ["", "x".repeat(256)]) {
    test(`a key of ${given.length} characters is refused`, async () => {
      const app = await openApp(BLOG_OPTIONS);
      try {
        const answer = await app.call("POST", "/api/tags", {
          body: { name: "k" },
          headers: { "idempotency-key": given },
        });
        assert.equal(answer.status, 400);
      } finally {
        await app.close();
      }
    });
  }

  test("the same key at another path is another request", async () => {
    const app = await openApp(BLOG_OPTIONS);
    try {
      await succeed(app, "POST", "/api/tags", { name: "plain" });
      assert.equal((await app.call("POST", "/api/tags", { body: { name: "k" }, headers: key })).status, 201);
      assert.equal((await app.call("POST", "/api/teams", { body: { name: "k" }, headers: key })).status, 409);
    } finally {
      await app.close();
    }
  });
});

describe("an operation whose rule an earlier one of the same batch closes", () => {
  const [BOX, ITEM] = [uuid(1), uuid(2)];
  const rule = "box.open = true";
  const collections = [
    { name: "boxes", fields: [{ name: "open", type: "boolean" }], permissions: OPEN },
    {
      name: "items",
      fields: [
        { name: "name", type: "text" },
        { name: "box", type: "relation", collection: "boxes", onDelete: "setNull" },
      ],
      permissions: { ...OPEN, update: rule, delete: rule },
    },
  ];
  const shut = { op: "update", collection: "boxes", id: BOX, data: { open: false } };
  const item = { collection: "items", id: ITEM };
  for (const [name, second] of [
    ["update", { op: "update", ...item, data: { name: "new" } }],
    ["upsert", { op: "upsert", ...item, data: { name: "new" } }],
    ["delete", { op: "delete", ...item }],
  ] as const)
    test(`${name}: the record is not there for it, and nothing is written`, async () => {
      const app = await openApp({ collections });
      try {
        await succeed(app, "POST", "/api/boxes", { id: BOX, open: true });
        await succeed(app, "POST", "/api/items", { id: ITEM, name: "old", box: BOX });
        const before = await app.dump();
        assertProblem(await app.call("POST", "/api/batch", { body: operations(shut, second) }), 404, "not_found");
        assert.equal(await app.dump(), before);
        await succeed(app, "POST", "/api/batch", operations(second, shut));
      } finally {
        await app.close();
      }
    });
});
