import assert from "node:assert/strict";
import { test } from "node:test";
import {
  definitionOf,
  draftOf,
  followRename,
  move,
  newDraft,
  removeField,
} from "../../dashboard/src/lib/definition/draft.ts";
import {
  defaultText,
  FIELD_TYPES,
  readDefault,
  TYPE_FACTS,
  withType,
} from "../../dashboard/src/lib/definition/field-types.ts";
import { draftProblems, messagesAt } from "../../dashboard/src/lib/definition/problems.ts";
import { readDefinition } from "../../dashboard/src/lib/definition/read-definition.ts";
import {
  applyPreset,
  isApart,
  presetsFor,
  ruleOf,
  setApart,
  withRule,
} from "../../dashboard/src/lib/definition/rules.ts";
import { checkDefinition } from "../../src/core/collections/check.ts";
import { FIELD_TYPES as SERVER_TYPES } from "../../src/core/collections/definition.ts";

const POSTS = {
  name: "posts",
  description: "What is written",
  fields: [
    { name: "title", type: "text", required: true, max: 200, searchable: true },
    { name: "status", type: "select", options: ["draft", "published"], default: "draft", aside: [1] },
    { name: "author", type: "relation", collection: "users", default: "@user.id", permissions: { view: "public" } },
  ],
  indexes: [{ fields: ["status", "createdAt"] }, { fields: ["title"], unique: true, note: "kept" }],
  permissions: { read: "public", update: "owner" },
  owner: "author",
  later: { any: "thing" },
} as const;

test("a definition comes out of the form as it went in, with keys that the form does not know", () => {
  assert.deepEqual(definitionOf(draftOf(POSTS, POSTS)), POSTS);
  const explicit = { name: "a", kind: "base", fields: [], indexes: [], permissions: {} } as const;
  assert.deepEqual(definitionOf(draftOf(explicit, null)), explicit);
  const bare = { name: "a", fields: [] };
  assert.deepEqual(definitionOf(draftOf(bare, null)), bare);
  // as one would write it, however it was given
  const odd = { later: 1, fields: [{ max: 1, type: "text", name: "b" }], permissions: {}, name: "a" };
  assert.equal(
    JSON.stringify(definitionOf(draftOf(odd, null))),
    '{"name":"a","fields":[{"name":"b","type":"text","max":1}],"permissions":{},"later":1}',
  );
});

test("the draft shares nothing with the definition that it was made from", () => {
  const before = JSON.stringify(POSTS);
  const draft = draftOf(POSTS, POSTS);
  for (const field of draft.fields) field.definition.name += "x";
  followRename(draft, "status", "state");
  draft.permissions.read = "admin";
  assert.equal(JSON.stringify(POSTS), before);
});

test("another name for a stored field is a rename, and what names it follows", () => {
  const draft = draftOf(POSTS, POSTS);
  const [title, , author] = draft.fields;
  assert.ok(title && author);
  title.definition.name = "headline";
  followRename(draft, "title", "headline");
  author.definition.name = "writer";
  followRename(draft, "author", "writer");
  const { fields = [], indexes = [], owner } = definitionOf(draft);
  assert.deepEqual(
    fields.map(({ name, renamedFrom }) => [name, renamedFrom]),
    [
      ["headline", "title"],
      ["status", undefined],
      ["writer", "author"],
    ],
  );
  assert.deepEqual(indexes[1]?.fields, ["headline"]);
  assert.equal(owner, "writer");
  // through the other tab and back it is still the same field
  const again = draftOf(definitionOf(draft), POSTS);
  assert.deepEqual(
    again.fields.map(({ was }) => was),
    ["title", "status", "author"],
  );
  const [field] = again.fields;
  assert.ok(field);
  field.definition.name = "title";
  assert.equal(definitionOf(again).fields?.[0]?.renamedFrom, undefined, "a name taken back is no rename");
});

test("another name for a stored collection is a rename", () => {
  const draft = draftOf(POSTS, POSTS);
  draft.name = "articles";
  assert.equal(definitionOf(draft).renamedFrom, "posts");
  draft.name = "posts";
  assert.equal(definitionOf(draft).renamedFrom, undefined);
});

test("a field that is taken out leaves indexes and the owner too", () => {
  const draft = draftOf(POSTS, POSTS);
  for (const { key } of draft.fields.filter(({ was }) => was !== "status")) removeField(draft, key);
  const { fields, indexes, owner } = definitionOf(draft);
  assert.deepEqual(
    fields?.map(({ name }) => name),
    ["status"],
  );
  assert.deepEqual(indexes, [{ fields: ["status", "createdAt"] }]);
  assert.equal(owner, undefined);
});

test("rules that are empty are not sent", () => {
  const draft = draftOf(POSTS, POSTS);
  draft.permissions = { read: "public", update: "", delete: " " };
  assert.deepEqual(definitionOf(draft).permissions, { read: "public" });
});

test("things move one place, and not over the end", () => {
  assert.deepEqual(move(["a", "b", "c"], 0, 1), ["b", "a", "c"]);
  assert.deepEqual(move(["a", "b", "c"], 2, -1), ["a", "c", "b"]);
  assert.deepEqual(move(["a", "b"], 0, -1), ["a", "b"]);
  assert.deepEqual(move(["a", "b"], 1, 1), ["a", "b"]);
});

test("the types of fields are the server's, and each option that is offered is one that it takes", () => {
  assert.deepEqual([...FIELD_TYPES].sort(), [...SERVER_TYPES].sort());
  const values = {
    min: 1,
    max: 2,
    pattern: "^a",
    searchable: true,
    options: ["a"],
    collection: "users",
    onDelete: "setNull",
    many: false,
  };
  for (const type of FIELD_TYPES) {
    const options = TYPE_FACTS[type].takes.filter((option) => option !== "default");
    const field = Object.fromEntries(options.map((option) => [option, values[option]]));
    assert.ok(checkDefinition({ name: "a", fields: [{ name: "b", type, ...field }] }), type);
  }
});

test("another type keeps what every type has, and what is not known here", () => {
  const field = { name: "a", type: "text", required: true, min: 1, pattern: "x", default: "y", aside: 1 };
  assert.deepEqual(withType(field, "integer"), { name: "a", type: "integer", required: true, min: 1, aside: 1 });
});

test("defaults are read as their type has them", () => {
  const cases = [
    ["text", "x", "x"],
    ["integer", "3", 3],
    ["boolean", "false", false],
    ["json", '{"a":1}', { a: 1 }],
    ["geo", '{"lat":1,"lng":2}', { lat: 1, lng: 2 }],
    ["datetime", "@now", "@now"],
    ["relation", "@user.id", "@user.id"],
  ] as const;
  for (const [type, text, value] of cases) {
    assert.deepEqual(readDefault(type, text, false), value);
    assert.equal(defaultText(type, value), text);
  }
  assert.equal(readDefault("integer", "", false), undefined);
  assert.equal(readDefault("integer", "many", false), "many", "the server says what is wrong with it");
  assert.equal(readDefault("geo", "{", false), "{");
  assert.throws(() => readDefault("json", "{", false), /must be JSON/);
  assert.deepEqual(readDefault("select", '["a"]', true), ["a"]);
});

test("JSON that a form cannot show is refused in words", () => {
  const cases = [
    ["{", /not JSON/],
    ["[]", /is an object/],
    ["{}", /"name"/],
    ['{"name":"a","fields":1}', /"fields" must be a list/],
    ['{"name":"a","fields":[{}]}', /item 1/],
    ['{"name":"a","kind":"odd"}', /"kind"/],
    ['{"name":"a","permissions":{"read":true}}', /permissions/],
    ['{"name":"a","indexes":[{}]}', /indexes/],
  ] as const;
  for (const [text, fault] of cases) assert.throws(() => readDefinition(text), fault);
  assert.equal(readDefinition('{"name":"a","aside":1}').aside, 1);
});

test("what is wrong is told before the server is asked", () => {
  const draft = newDraft();
  const missing = draftProblems(draft, []);
  assert.deepEqual(missing, [{ field: "name", message: "give it a name", missing: true }]);
  draft.name = "Posts";
  assert.match(messagesAt(draftProblems(draft, []), "name").join(), /lower-case letter/);
  draft.name = "posts";
  assert.match(messagesAt(draftProblems(draft, ["POSTS"]), "name").join(), /already/);
  assert.deepEqual(draftProblems(draft, ["users"]), []);
});

test("presets are rules that the server takes, with an owner where they speak of one", () => {
  for (const kind of ["base", "auth"] as const) {
    for (const preset of presetsFor(kind)) {
      const draft = newDraft();
      draft.name = "things";
      draft.kind = kind;
      applyPreset(draft, preset);
      applyPreset(draft, preset);
      const { fields, permissions = {} } = checkDefinition(definitionOf(draft));
      const speaks = Object.values(permissions).includes("owner");
      assert.equal(fields.filter(({ name }) => name === "owner").length, speaks ? 1 : 0, preset.title);
    }
  }
});

test("list and view go apart and come together", () => {
  const apart = setApart({ read: "public", update: "owner" }, true);
  assert.deepEqual(apart, { list: "public", view: "public", update: "owner" });
  assert.ok(isApart(apart));
  assert.deepEqual(setApart(apart, false), { read: "public", update: "owner" });
  // `read` with a rule for lists beside it: what is shown for view is what is in force, and stays so
  const both = { read: "public", list: "owner" };
  assert.equal(ruleOf(both, "view"), "public");
  assert.deepEqual(withRule(both, "list", ""), { list: "", view: "public" });
  assert.deepEqual(withRule(both, "update", "owner"), { ...both, update: "owner" });
});
