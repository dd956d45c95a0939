import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseOperand, type ResolveOptions, resolveOperand, type Viewer } from "../../../src/core/rules/index.ts";
import { refusal, schema, understand, users } from "./fixture.ts";

function expectRefusals(cases: readonly (readonly [string, string])[], options: Partial<ResolveOptions> = {}): void {
  for (const [text, expected] of cases)
    assert.equal(
      refusal(() => understand(text, options)),
      expected,
      text,
    );
}

describe("resolve", () => {
  test("paths of every form are known", () => {
    // biome-ignore format: a list of paths
    const paths = [
      "id", "title", "author", "author.id", "author.name", "author.boss.boss.name", "author.boss.id", "tags", "tags.id", "tags.name",
      "roles", "meta", "meta.a.b.C", "author.prefs.lang", "comments_via_post", "comments_via_post.id", "comments_via_post.body",
      "a_via_b_via_c_via_d", "a_via_b_via_c_via_d.id", "comments_via_post.post.title", "author.posts_via_author.tags.name",
    ];
    for (const path of paths)
      assert.equal(
        refusal(() => understand(`${path} = 'x'`)),
        "accepted",
        path,
      );
    assert.equal(
      refusal(() => understand("position.lat < 5 && author.home.lng > 1")),
      "accepted",
    );
  });

  test("unknown names", () => {
    expectRefusals([
      ["nope = 1", 'Column 1: unknown field "nope".'],
      ["title = 'x' && nope = 1", 'Column 16: unknown field "nope".'],
      ["title.x = 1", 'Column 7: unknown field "x".'],
      ["author.nope = 1", 'Column 8: unknown field "nope".'],
      ["author.boss.nope = 1", 'Column 13: unknown field "nope".'],
      ["tags.nope = 1", 'Column 6: unknown field "nope".'],
      ["roles.x = 1", 'Column 7: unknown field "x".'],
      ["position.alt = 1", 'Column 10: unknown field "alt".'],
      ["position.lat.x = 1", 'Column 10: unknown field "lat".'],
      ["comments_via_body = 'x'", 'Column 1: unknown field "comments_via_body".'],
      ["posts_via_author = 'x'", 'Column 1: unknown field "posts_via_author".'],
      ["comments_via_post.nope = 1", 'Column 19: unknown field "nope".'],
      ["1 = upper(title)", 'Column 5: unknown function "upper"; there are length, lower, distance and every.'],
      ["toString(title) = 1", 'Column 1: unknown function "toString"; there are length, lower, distance and every.'],
      ["@old.nope = 1", 'Column 6: unknown field "nope".'],
      ["@old.author.name = 'x'", 'Column 13: unknown field "name".'],
    ]);
    const tooFar = `author${".boss".repeat(8)}.name = 'x'`;
    assert.equal(
      refusal(() => understand(tooFar)),
      "Column 43: a path goes through at most 8 relations.",
    );
  });

  test("types that do not compare", () => {
    const date = "expected a date such as 2026-11-20, or a date-time such as 2026-11-20T12:00:00Z.";
    expectRefusals([
      ["title = 5", 'Column 9: "title" is a text and does not compare with a number.'],
      ["5 = title", 'Column 1: "title" is a text and does not compare with a number.'],
      ["title = true", 'Column 9: "title" is a text and does not compare with a boolean.'],
      ["views = '5'", 'Column 9: "views" is a number and does not compare with a text.'],
      ["views in (1, '5')", 'Column 14: "views" is a number and does not compare with a text.'],
      ["active = 1", 'Column 10: "active" is a boolean and does not compare with a number.'],
      ["active < true", "Column 1: booleans have no order; use = or !=."],
      ["meta.a < true", "Column 10: booleans have no order; use = or !=."],
      ["title = views", 'Column 9: "title" is a text and does not compare with a number.'],
      ["title = createdAt", 'Column 9: "title" is a text and does not compare with a date-time.'],
      ["title = @now", 'Column 9: "title" is a text and does not compare with a date-time.'],
      ["meta.a = more.b", 'Column 10: "meta.a" is json and does not compare with json.'],
      ["1 = 'a'", "Column 5: 1 is a number and does not compare with a text."],
      ["createdAt > 'soon'", `Column 13: ${date}`],
      ["createdAt > '2024-02-30'", `Column 13: ${date}`],
      ["createdAt > '2024-01-01T10:00:00'", `Column 13: ${date}`],
      ["due = 5", 'Column 7: "due" is a date and does not compare with a number.'],
      ["due in ('2024-01-01', 'x')", `Column 23: ${date}`],
      ["views ~ '5'", 'Column 1: ~ looks into texts, and "views" is a number.'],
      ["createdAt ~ '2024'", 'Column 1: ~ looks into texts, and "createdAt" is a date-time.'],
      ["title ~ 5", "Column 9: the right side of ~ is a constant text."],
      ["title ~ author.name", "Column 9: the right side of ~ is a constant text."],
      ["'abc' ~ title", "Column 9: the right side of ~ is a constant text."],
      [`title ~ '${"x".repeat(2001)}'`, "Column 9: the right side of ~ has at most 2000 characters."],
      ["position = null", 'Column 1: "position" is a position; compare distance(), or its .lat and .lng.'],
      ["1 < position", 'Column 5: "position" is a position; compare distance(), or its .lat and .lng.'],
    ]);
  });

  test("types that do compare", () => {
    // biome-ignore format: a list of expressions
    const accepted = [
      "title = null", "views < null", "title ~ null", "active != null", "due < createdAt", "due = @now", "createdAt = '2024-01-01'",
      "createdAt < '2024-01-01T10:00:00.5+02:00'", "meta.a = title", "meta.a < views", "meta.a < createdAt", "meta.a in (1, 'x', true, null)",
      "meta.a = @old.more.b", "@user.x = @user.y", "1 = 1", "length(title) = length(meta.a)", "@user.x < 5", "title ~ lower('X')",
      "title ~ @user.name", "every(tags.name) = author.name", "lower(meta.a) ~ 'x'", "@old.tags = tags",
    ];
    for (const text of accepted)
      assert.equal(
        refusal(() => understand(text)),
        "accepted",
        text,
      );
  });

  test("functions", () => {
    expectRefusals([
      ["length(views) = 1", "Column 8: length() takes a text or a path with many values."],
      ["length() = 1", "Column 1: length() takes 1 value."],
      ["length(title, title) = 1", "Column 1: length() takes 1 value."],
      ["lower(views) = 'x'", "Column 7: lower() takes a text."],
      ["lower(every(tags.name)) = 'x'", "Column 7: every() stands only for a whole side of a comparison."],
      ["every(@user.x) = 'x'", "Column 1: every() takes one path."],
      ["every('x') = 'x'", "Column 1: every() takes one path."],
      ["distance(position, 1) < 5", "Column 1: distance() takes 3 values."],
      ["distance(title, 1, 2) < 5", "Column 10: distance() takes a position, a latitude and a longitude."],
      ["distance(position, 91, 2) < 5", "Column 20: a latitude lies between -90 and 90."],
      ["distance(position, 1, -181) < 5", "Column 23: a longitude lies between -180 and 180."],
      ["distance(position, 'x', 2) < 5", "Column 20: a latitude is one number."],
      ["distance(position, 1, meta.a) < 5", "Column 23: a longitude is one number."],
    ]);
    assert.equal(
      refusal(() => understand("distance(position, views, @user.lng) < 5")),
      "accepted",
    );
  });

  test("@old only where it is allowed", () => {
    assert.equal(
      refusal(() => understand("title = @old.title", { allowOld: false })),
      "Column 9: @old is known only to update and delete rules.",
    );
  });

  test("@user is checked where its collection is known", () => {
    expectRefusals(
      [
        ["title = @user.nope", 'Column 15: unknown field "nope".'],
        ["title = @user.boss.name", 'Column 20: unknown field "name".'],
        ["title = @user.age", 'Column 9: "title" is a text and does not compare with a number.'],
        ["createdAt > @user.name", 'Column 13: "createdAt" is a date-time and does not compare with a text.'],
        ["title = @user.home", "Column 9: @user.home is a position; compare distance(), or its .lat and .lng."],
      ],
      { user: users },
    );
    const accepted = [
      "title = @user.boss",
      "views = @user.home.lat",
      "title = @user.prefs.lang",
      "title = @user.teams",
    ];
    for (const text of accepted)
      assert.equal(
        refusal(() => understand(text, { user: users })),
        "accepted",
        text,
      );
  });
});

describe("a viewer", () => {
  const viewer: Viewer = {
    sees: (collection, field) => !(collection === "users" && field === "secret") && field !== "views",
    guard: (collection) => (collection === "tags" ? null : { all: [] }),
  };

  test("is answered about what they may not see as about what does not exist", () => {
    const pairs: readonly [string, string][] = [
      ["views = 1", "nope = 1"],
      ["author.secret = 'x'", "author.nope = 'x'"],
      ["tags.name = 'x'", "tags.nope = 'x'"],
      ["tags.id = 'x'", "tags.nope = 'x'"],
      ["length(tags.name) = 1", "length(tags.nope) = 1"],
      ["title = @user.secret", "title = @user.nope"],
    ];
    for (const [hidden, unknown] of pairs) {
      const answer = refusal(() => understand(hidden, { viewer, user: users }));
      const name = /"(\w+)"/.exec(answer)?.[1] ?? "";
      assert.equal(
        answer.replace(`"${name}"`, '"nope"'),
        refusal(() => understand(unknown, { viewer, user: users })),
        hidden,
      );
    }
    const closed: Viewer = { sees: () => true, guard: () => null };
    assert.equal(
      refusal(() => understand("comments_via_post = 'x'", { viewer: closed })),
      'Column 1: unknown field "comments_via_post".',
    );
    const blind: Viewer = { sees: (_, field) => field !== "post", guard: () => ({ all: [] }) };
    assert.equal(
      refusal(() => understand("comments_via_post = 'x'", { viewer: blind })),
      'Column 1: unknown field "comments_via_post".',
    );
  });

  test("may still name the ids that a visible relation holds", () => {
    assert.equal(
      refusal(() => understand("tags = 'x' && author = 'y' && author.name = 'z'", { viewer })),
      "accepted",
    );
  });
});

describe("resolveOperand", () => {
  const key = (text: string) => resolveOperand(parseOperand(text), { schema, collection: "posts" });

  test("takes what has one value", () => {
    for (const text of [
      "title",
      "author.name",
      "position.lat",
      "length(tags)",
      "lower(title)",
      "distance(position, 1, 2)",
    ]) {
      assert.ok(key(text), text);
    }
  });

  test("refuses the rest", () => {
    const cases: readonly [string, string][] = [
      ["tags.name", 'Column 1: "tags.name" may have many values.'],
      ["roles", 'Column 1: "roles" may have many values.'],
      ["meta.a", 'Column 1: "meta.a" may have many values.'],
      ["lower(tags.name)", "Column 1: lower() may have many values."],
      ["position", 'Column 1: "position" is a position; use distance() or .lat and .lng.'],
      ["5", "Column 1: expected a field, found 5."],
      ["@now", "Column 1: expected a field, found @now."],
      ["nope", 'Column 1: unknown field "nope".'],
    ];
    for (const [text, expected] of cases)
      assert.equal(
        refusal(() => key(text)),
        expected,
        text,
      );
  });
});
