import { OPEN, type TestAppOptions } from "../../support/app.ts";
import { uuid } from "../../support/scenario.ts";

/** The collections that most tables are about. Every kind of relation and every option occurs. */
export const BLOG = [
  { name: "teams", fields: [{ name: "name", type: "text", required: true, unique: true }], permissions: OPEN },
  {
    name: "people",
    fields: [
      { name: "name", type: "text", required: true, searchable: true },
      { name: "email", type: "email", unique: true },
      { name: "age", type: "integer", min: 0, max: 150 },
      { name: "team", type: "relation", collection: "teams", onDelete: "setNull" },
      { name: "boss", type: "relation", collection: "people", onDelete: "setNull" },
    ],
    permissions: OPEN,
  },
  { name: "tags", fields: [{ name: "name", type: "text", required: true, unique: true }], permissions: OPEN },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true, min: 2, max: 40, searchable: true },
      { name: "body", type: "richtext", searchable: true },
      { name: "status", type: "select", options: ["draft", "published"], default: "draft" },
      { name: "labels", type: "select", options: ["red", "green", "blue"], many: true },
      { name: "author", type: "relation", collection: "people", onDelete: "cascade" },
      { name: "tags", type: "relation", collection: "tags", many: true },
      { name: "price", type: "number" },
      { name: "views", type: "integer", default: 0, nullable: false },
      { name: "ok", type: "boolean" },
      { name: "at", type: "geo" },
      { name: "due", type: "datetime" },
      { name: "day", type: "date" },
      { name: "made", type: "datetime", default: "@now" },
      { name: "meta", type: "json" },
      { name: "slug", type: "text", immutable: true },
      { name: "secret", type: "text", hidden: true },
    ],
    permissions: OPEN,
  },
  {
    name: "comments",
    fields: [
      { name: "text", type: "text", required: true },
      { name: "post", type: "relation", collection: "posts", required: true, onDelete: "cascade" },
    ],
    permissions: OPEN,
  },
] as const;

export const BLOG_OPTIONS: TestAppOptions = { collections: BLOG };

export const TEAM = { red: uuid(1), blue: uuid(2) } as const;
export const PERSON = { ann: uuid(11), bob: uuid(12), cid: uuid(13) } as const;
export const TAG = { x: uuid(21), y: uuid(22), z: uuid(23) } as const;
export const POST = { one: uuid(31), two: uuid(32), three: uuid(33), four: uuid(34) } as const;
export const COMMENT = { a: uuid(41), b: uuid(42), c: uuid(43) } as const;

/** Records to begin with. */
export const BLOG_SEED: readonly (readonly [string, unknown])[] = [
  [
    "/api/teams",
    [
      { id: TEAM.red, name: "Red" },
      { id: TEAM.blue, name: "Blue" },
    ],
  ],
  [
    "/api/people",
    [
      { id: PERSON.ann, name: "Ann Ångström", email: "ann@example.com", age: 40, team: TEAM.red },
      { id: PERSON.bob, name: "Bob", email: "bob@example.com", age: 30, team: TEAM.blue, boss: PERSON.ann },
      { id: PERSON.cid, name: "Çid", age: null, boss: PERSON.bob },
    ],
  ],
  [
    "/api/tags",
    [
      { id: TAG.x, name: "x" },
      { id: TAG.y, name: "y" },
      { id: TAG.z, name: "z" },
    ],
  ],
  [
    "/api/posts",
    [
      {
        id: POST.one,
        title: "Hello Wörld",
        body: "the quick brown fox",
        status: "published",
        labels: ["red", "blue"],
        author: PERSON.ann,
        tags: [TAG.y, TAG.x],
        price: 1.5,
        views: 10,
        ok: true,
        at: { lat: 48.85, lng: 2.35 },
        due: "2026-01-02T03:04:05Z",
        day: "2026-01-02",
        meta: { a: [1, 2, 3], b: { c: "deep" } },
        slug: "hello",
        secret: "s3cret-one",
      },
      {
        id: POST.two,
        title: "100% _wild_ 'quoted'",
        body: "lazy dog",
        author: PERSON.bob,
        tags: [TAG.y],
        price: 2.5,
        views: 20,
        ok: false,
        at: { lat: 52.52, lng: 13.4 },
        due: "2026-01-02T04:04:05+01:00",
        day: "2026-02-01",
        meta: "text",
        secret: "s3cret-two",
      },
      { id: POST.three, title: "Żółw", status: "published", author: PERSON.bob, price: 4, views: 5, meta: [] },
      { id: POST.four, title: "zz \u{1f600}", labels: ["green"], views: 5, secret: "s3cret-four" },
    ],
  ],
  [
    "/api/comments",
    [
      { id: COMMENT.a, text: "first", post: POST.one },
      { id: COMMENT.b, text: "second", post: POST.one },
      { id: COMMENT.c, text: "third", post: POST.two },
    ],
  ],
];
