import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDefinition, defineCollection } from "../../../src/core/collections/index.ts";
import type { RecordOf } from "../../../src/protocol/index.ts";

/** True only where two types are the same, `any` and optional keys included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Fails to compile unless it is given `true`. */
function holds<_T extends true>(): void {}

const posts = defineCollection({
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true, max: 200 },
    { name: "body", type: "richtext" },
    { name: "views", type: "integer", nullable: false, default: 0 },
    { name: "price", type: "number" },
    { name: "ok", type: "boolean", required: true },
    { name: "due", type: "datetime", required: true, nullable: true },
    { name: "status", type: "select", options: ["draft", "published"], required: true },
    { name: "labels", type: "select", options: ["red", "blue"], many: true },
    { name: "author", type: "relation", collection: "users" },
    { name: "tags", type: "relation", collection: "tags", many: true },
    { name: "at", type: "geo" },
    { name: "meta", type: "json", required: true },
    { name: "files", type: "file", many: true },
    { name: "secret", type: "text", hidden: true },
  ],
  permissions: { read: "public" },
});

type Post = RecordOf<typeof posts>;

test("a record's type follows from its definition", () => {
  holds<Same<Post["title"], string>>();
  holds<Same<Post["body"], string | null>>();
  holds<Same<Post["views"], number>>();
  holds<Same<Post["price"], number | null>>();
  holds<Same<Post["ok"], boolean>>();
  holds<Same<Post["due"], string | null>>();
  holds<Same<Post["status"], "draft" | "published">>();
  holds<Same<Post["labels"], ("red" | "blue")[]>>();
  holds<Same<Post["author"], string | null>>();
  holds<Same<Post["tags"], string[]>>();
  holds<Same<Post["at"], { lat: number; lng: number } | null>>();
  holds<Same<Post["meta"], unknown>>();
  holds<Same<Post["files"], string[]>>();
  holds<Same<Post["id"], string>>();
  holds<Same<Post["version"], number>>();
  holds<Same<"secret" extends keyof Post ? true : false, false>>();
  holds<Same<"nope" extends keyof Post ? true : false, false>>();
  assert.equal(checkDefinition(posts).name, "posts");
});

test("what the compiler refuses, the check refuses too", () => {
  const wrong = [
    // @ts-expect-error there is no such type
    defineCollection({ name: "wrong", fields: [{ name: "f", type: "string" }] }),
    // @ts-expect-error a select needs options
    defineCollection({ name: "wrong", fields: [{ name: "f", type: "select" }] }),
    // @ts-expect-error a default of another type
    defineCollection({ name: "wrong", fields: [{ name: "f", type: "integer", default: "1" }] }),
    // @ts-expect-error there is no such kind
    defineCollection({ name: "wrong", kind: "table", fields: [] }),
    // @ts-expect-error there is no such action
    defineCollection({ name: "wrong", fields: [], permissions: { destroy: "public" } }),
  ];
  for (const definition of wrong) assert.throws(() => checkDefinition(definition), { code: "validation_failed" });
});
