import assert from "node:assert/strict";
import { ABSENT, type Scenario, scenarios, uuid } from "../../support/scenario.ts";
import { BLOG_OPTIONS, BLOG_SEED, PERSON, POST, TAG } from "./blog.ts";

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const one = `/api/posts/${POST.one}`;
const fault = (...errors: readonly (readonly [string, string])[]) => ({
  errors: (found: readonly { field: string; code: string; message: string }[]) => {
    const got = found.map((each) => `${each.field} ${each.code}`).sort();
    assert.deepEqual(got, errors.map(([field, code]) => `${field} ${code}`).sort());
    return found.every((each) => each.message.length > 3);
  },
});

const CREATE: readonly Scenario[] = [
  {
    name: "one record: the whole of it comes back, with etag and location",
    request: "POST /api/posts",
    body: { title: "New", tags: [TAG.z, TAG.x], secret: "hush" },
    status: 201,
    answered: { "content-type": "application/json", etag: '"1"', location: /^\/api\/posts\/[0-9a-f-]{36}$/ },
    holds: {
      id: UUID7,
      title: "New",
      body: null,
      status: "draft",
      labels: [],
      author: null,
      tags: [TAG.z, TAG.x],
      price: null,
      views: 0,
      ok: null,
      at: null,
      made: INSTANT,
      meta: null,
      createdAt: INSTANT,
      updatedAt: INSTANT,
      version: 1,
      secret: ABSENT,
      expand: ABSENT,
    },
    events: ["posts.created"],
    check: async (app, { body }) => {
      assert.equal(body.createdAt, body.updatedAt);
      assert.equal(body.made, body.createdAt);
      assert.deepEqual((await app.call("GET", `/api/posts/${body.id}`)).body, body);
    },
  },
  {
    name: "a chosen id",
    request: "POST /api/tags",
    body: { id: uuid(99), name: "chosen" },
    status: 201,
    holds: { id: uuid(99) },
    events: ["tags.created"],
  },
  {
    name: "many records, in order",
    request: "POST /api/tags",
    body: [{ name: "p" }, { name: "q" }, { name: "r" }],
    status: 201,
    answered: { location: null },
    holds: [
      { name: "p", version: 1 },
      { name: "q", version: 1 },
      { name: "r", version: 1 },
    ],
    events: ["tags.created", "tags.created", "tags.created"],
  },
  {
    name: "many records, one at fault: none is written",
    request: "POST /api/tags",
    body: [{ name: "p" }, { name: 5 }, { name: "r", nope: 1 }],
    status: 400,
    code: "validation_failed",
    holds: { errors: [{ field: "1.name", code: "type" }] },
  },
  {
    name: "many records, one taken: none is written, and the place is named",
    request: "POST /api/tags",
    body: [{ name: "p" }, { name: "x" }],
    status: 409,
    code: "conflict",
    holds: fault(["1.name", "unique"]),
  },
  {
    name: "many records, two alike among themselves",
    request: "POST /api/tags",
    body: [{ name: "p" }, { name: "p" }],
    status: 409,
    code: "conflict",
    holds: fault(["1.name", "unique"]),
  },
  { name: "no records", request: "POST /api/tags", body: [], status: 400, code: "bad_request" },
  {
    name: "1,001 records",
    request: "POST /api/tags",
    body: Array.from({ length: 1001 }, (_, index) => ({ name: `n${index}` })),
    status: 400,
    code: "bad_request",
  },
  {
    name: "a taken id",
    request: "POST /api/tags",
    body: { id: TAG.x, name: "other" },
    status: 409,
    code: "conflict",
    holds: fault(["id", "unique"]),
  },
  {
    name: "a taken id, and another value taken by the same record",
    request: "POST /api/tags",
    body: { id: TAG.x, name: "x" },
    status: 409,
    code: "conflict",
    holds: fault(["id", "unique"], ["name", "unique"]),
  },
  {
    name: "a taken id, and another value taken by another record",
    request: "POST /api/tags",
    body: { id: TAG.x, name: "y" },
    status: 409,
    code: "conflict",
    holds: fault(["id", "unique"], ["name", "unique"]),
  },
  {
    name: "a taken unique value",
    request: "POST /api/people",
    body: { name: "Else", email: "ann@example.com" },
    status: 409,
    code: "conflict",
    holds: fault(["email", "unique"]),
  },
  {
    name: "many nulls in a unique field",
    request: "POST /api/people",
    body: [{ name: "N1" }, { name: "N2", email: null }],
    status: 201,
    events: ["people.created", "people.created"],
  },
  {
    name: "every fault at once",
    request: "POST /api/posts",
    body: {
      title: "x",
      status: "gone",
      views: 1.5,
      ok: "yes",
      nope: 1,
      version: 7,
      author: "me",
      labels: ["red", "red"],
    },
    status: 400,
    code: "validation_failed",
    holds: fault(
      ["title", "min"],
      ["status", "enum"],
      ["views", "type"],
      ["ok", "type"],
      ["nope", "unknown_field"],
      ["version", "immutable"],
      ["author", "type"],
      ["labels", "unique"],
    ),
  },
  {
    name: "a required field that is missing",
    request: "POST /api/posts",
    body: {},
    status: 400,
    code: "validation_failed",
    holds: fault(["title", "required"]),
  },
  {
    name: "a required field that is empty",
    request: "POST /api/posts",
    body: { title: "" },
    status: 400,
    code: "validation_failed",
    holds: fault(["title", "required"]),
  },
  {
    name: "null where null may not stand",
    request: "POST /api/posts",
    body: { title: "ok", views: null },
    status: 400,
    code: "validation_failed",
    holds: fault(["views", "required"]),
  },
  {
    name: "a relation to nothing",
    request: "POST /api/posts",
    body: { title: "ok", author: uuid(999) },
    status: 400,
    code: "validation_failed",
    holds: fault(["author", "reference"]),
  },
  {
    name: "relations to nothing, both at once",
    request: "POST /api/posts",
    body: { title: "ok", author: uuid(999), tags: [TAG.x, uuid(998)] },
    status: 400,
    code: "validation_failed",
    holds: fault(["author", "reference"], ["tags", "reference"]),
  },
  {
    name: "a relation to a record of another collection",
    request: "POST /api/posts",
    body: { title: "ok", author: TAG.x },
    status: 400,
    code: "validation_failed",
    holds: fault(["author", "reference"]),
  },
  {
    name: "system fields are not the caller's",
    request: "POST /api/posts",
    body: { title: "ok", createdAt: "2020-01-01T00:00:00.000Z", updatedAt: "2020-01-01T00:00:00.000Z", version: 1 },
    status: 400,
    code: "validation_failed",
    holds: fault(["createdAt", "immutable"], ["updatedAt", "immutable"], ["version", "immutable"]),
  },
  {
    name: "ids must be UUIDs in lower case",
    request: "POST /api/tags",
    body: { id: uuid(5).toUpperCase().replace("0190", "ABCD"), name: "id" },
    status: 400,
    code: "validation_failed",
    holds: fault(["id", "type"]),
  },
  {
    name: "times are kept as UTC with milliseconds, numbers as they are",
    request: "POST /api/posts",
    body: { title: "ok", due: "2026-05-05T05:05:05.5+02:00", price: -0.1, at: { lat: -90, lng: 180 } },
    status: 201,
    holds: { due: "2026-05-05T03:05:05.500Z", price: -0.1, at: { lat: -90, lng: 180 } },
    events: ["posts.created"],
  },
];

const CHANGE: readonly Scenario[] = [
  {
    name: "PATCH merges",
    request: `PATCH ${one}`,
    body: { title: "Changed", tags: [TAG.z] },
    status: 200,
    answered: { etag: '"2"' },
    holds: { title: "Changed", tags: [TAG.z], body: "the quick brown fox", version: 2, slug: "hello" },
    events: ["posts.updated"],
    check: async (app, { body }) => {
      assert.ok(body.updatedAt >= body.createdAt);
      assert.deepEqual((await app.call("GET", one)).body, body);
    },
  },
  {
    name: "PATCH with nothing counts as a write all the same",
    request: `PATCH ${one}`,
    body: {},
    status: 200,
    holds: { version: 2 },
    events: ["posts.updated"],
  },
  {
    name: "PATCH to null and to nothing",
    request: `PATCH ${one}`,
    body: { at: null, meta: null, tags: [], labels: null, author: null },
    status: 200,
    holds: { at: null, meta: null, tags: [], labels: [], author: null },
    events: ["posts.updated"],
  },
  {
    name: "PATCH of a hidden field is possible and tells nothing",
    request: `PATCH ${one}`,
    body: { secret: "new" },
    status: 200,
    holds: { secret: ABSENT },
    events: ["posts.updated"],
    check: async (app) => {
      const [row] = await app.sql(`SELECT secret FROM posts WHERE id = ?`, [POST.one]);
      assert.equal(row?.secret, "new");
    },
  },
  {
    name: "PATCH may repeat system fields as they are",
    request: `PATCH ${one}`,
    body: { id: POST.one, version: 1 },
    status: 200,
    holds: { version: 2 },
    events: ["posts.updated"],
  },
  {
    name: "PATCH may not change system fields",
    request: `PATCH ${one}`,
    body: { id: POST.two, version: 5, createdAt: "2020-01-01T00:00:00.000Z" },
    status: 400,
    code: "validation_failed",
    holds: fault(["id", "immutable"], ["version", "immutable"], ["createdAt", "immutable"]),
  },
  {
    name: "an immutable field may be repeated",
    request: `PATCH ${one}`,
    body: { slug: "hello" },
    status: 200,
    events: ["posts.updated"],
  },
  {
    name: "an immutable field may not change",
    request: `PATCH ${one}`,
    body: { slug: "other" },
    status: 400,
    code: "validation_failed",
    holds: fault(["slug", "immutable"]),
  },
  {
    name: "an immutable field may not be taken away",
    request: `PATCH ${one}`,
    body: { slug: null },
    status: 400,
    code: "validation_failed",
    holds: fault(["slug", "immutable"]),
  },
  {
    name: "a required field may not be taken away",
    request: `PATCH ${one}`,
    body: { title: null },
    status: 400,
    code: "validation_failed",
    holds: fault(["title", "required"]),
  },
  {
    name: "PUT resets what it does not name, except what is immutable or hidden",
    request: `PUT ${one}`,
    body: { title: "Put" },
    status: 200,
    answered: { etag: '"2"' },
    holds: { title: "Put", body: null, status: "draft", tags: [], labels: [], author: null, views: 0, slug: "hello" },
    events: ["posts.updated"],
    check: async (app) => {
      const [row] = await app.sql(`SELECT secret FROM posts WHERE id = ?`, [POST.one]);
      assert.equal(row?.secret, "s3cret-one");
    },
  },
  {
    name: "PUT needs what is required",
    request: `PUT ${one}`,
    body: { body: "no title" },
    status: 400,
    code: "validation_failed",
    holds: fault(["title", "required"]),
  },
  {
    name: "PUT makes no record",
    request: `PUT /api/posts/${uuid(77)}`,
    body: { title: "New" },
    status: 404,
    code: "not_found",
  },
  { name: "PATCH of no record", request: `PATCH /api/posts/${uuid(77)}`, body: {}, status: 404, code: "not_found" },
  { name: "PATCH in no collection", request: `PATCH /api/nope/${POST.one}`, body: {}, status: 404, code: "not_found" },
  {
    name: "PATCH to a taken value",
    request: `PATCH /api/tags/${TAG.x}`,
    body: { name: "y" },
    status: 409,
    code: "conflict",
    holds: fault(["name", "unique"]),
  },
  {
    name: "PATCH to the value it has",
    request: `PATCH /api/tags/${TAG.x}`,
    body: { name: "x" },
    status: 200,
    events: ["tags.updated"],
  },
  {
    name: "PATCH to a relation to nothing",
    request: `PATCH ${one}`,
    body: { tags: [uuid(404)] },
    status: 400,
    code: "validation_failed",
    holds: fault(["tags", "reference"]),
  },
  {
    name: "a record may be its own boss",
    request: `PATCH /api/people/${PERSON.ann}`,
    body: { boss: PERSON.ann },
    status: 200,
    holds: { boss: PERSON.ann },
    events: ["people.updated"],
  },
  {
    name: "DELETE",
    request: `DELETE /api/tags/${TAG.z}`,
    status: 204,
    answered: { "content-type": null, etag: null },
    events: ["tags.deleted"],
    check: async (app, { text }) => {
      assert.equal(text, "");
      assert.equal((await app.call("GET", `/api/tags/${TAG.z}`)).status, 404);
      assert.equal((await app.call("DELETE", `/api/tags/${TAG.z}`)).status, 404);
    },
  },
  { name: "DELETE of no record", request: `DELETE /api/tags/${uuid(77)}`, status: 404, code: "not_found" },
];

const CONDITIONS: readonly Scenario[] = [
  {
    name: "GET gives an etag",
    request: `GET ${one}`,
    status: 200,
    answered: { etag: '"1"' },
    holds: { id: POST.one, secret: ABSENT },
  },
  ...['"1"', '"0", "1"', 'W/"1"', "*"].map(
    (tag): Scenario => ({
      name: `If-None-Match ${tag}: not modified`,
      request: `GET ${one}`,
      headers: { "if-none-match": tag },
      status: 304,
      answered: { etag: '"1"', "content-type": null },
      check: (_app, { text }) => assert.equal(text, ""),
    }),
  ),
  ...['"2"', "1", '"11"', ""].map(
    (tag): Scenario => ({
      name: `If-None-Match ${tag || "(empty)"}: the record`,
      request: `GET ${one}`,
      headers: { "if-none-match": tag },
      status: 200,
      holds: { id: POST.one },
    }),
  ),
  ...["PATCH", "PUT", "DELETE"].flatMap((method) => {
    const body = method === "DELETE" ? undefined : { title: "If" };
    const [status, event] = method === "DELETE" ? ([204, "posts.deleted"] as const) : ([200, "posts.updated"] as const);
    const request = `${method} /api/posts/${POST.four}`;
    return [
      ...['"1"', '"5", "1"', "*"].map(
        (tag): Scenario => ({
          name: `${method} If-Match ${tag}`,
          request,
          body,
          headers: { "if-match": tag },
          status,
          events: [event],
        }),
      ),
      ...['"2"', 'W/"1"', '"abc"', "1", '"1'].map(
        (tag): Scenario => ({
          name: `${method} If-Match ${tag}: the record has changed`,
          request,
          body,
          headers: { "if-match": tag },
          status: 412,
          code: "precondition_failed",
        }),
      ),
      {
        name: `${method} If-Match * of no record`,
        request: `${method} /api/posts/${uuid(77)}`,
        body,
        headers: { "if-match": "*" },
        status: 404,
        code: "not_found",
      } satisfies Scenario,
    ];
  }),
];

scenarios("creating records", BLOG_OPTIONS, BLOG_SEED, CREATE);
scenarios("changing records", BLOG_OPTIONS, BLOG_SEED, CHANGE);
scenarios("conditions", BLOG_OPTIONS, BLOG_SEED, CONDITIONS);
