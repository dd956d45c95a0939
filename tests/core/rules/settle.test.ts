import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ALWAYS,
  and,
  type Bindings,
  type Condition,
  isAlways,
  isNever,
  matches,
  NEVER,
  or,
  settle,
} from "../../../src/core/rules/index.ts";
import { refusal, settled, understand, users } from "./fixture.ts";

const NOW = new Date("2024-05-01T12:00:00Z");

/** `true`, `false`, or null for unknown. */
type Truth = boolean | null;

interface Tree {
  readonly text: string;
  readonly truth: (row: boolean) => Truth;
}

const LEAVES: readonly Tree[] = [
  { text: "1 = 1", truth: () => true },
  { text: "1 = 2", truth: () => false },
  { text: "title = @user.nothing", truth: () => null },
  { text: "title = 'x'", truth: (row) => row },
];

// Kleene's strong three-valued logic.
const both = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === null || b === null ? null : true;
const not = (a: Truth): Truth => (a === null ? null : !a);

function grow(trees: readonly Tree[]): readonly Tree[] {
  const grown = [...trees];
  for (const a of trees) {
    grown.push({ text: `!(${a.text})`, truth: (row) => not(a.truth(row)) });
    for (const b of trees) {
      grown.push({ text: `(${a.text} && ${b.text})`, truth: (row) => both(a.truth(row), b.truth(row)) });
      grown.push({
        text: `(${a.text} || ${b.text})`,
        truth: (row) => not(both(not(a.truth(row)), not(b.truth(row)))),
      });
    }
  }
  return grown;
}

function isSimple(condition: Condition, isTop = true): boolean {
  if ("not" in condition) return "op" in condition.not;
  if ("op" in condition) return true;
  const parts = "all" in condition ? condition.all : condition.any;
  if (parts.length === 0) return isTop;
  return parts.length > 1 && parts.every((part) => isSimple(part, false));
}

describe("settle", () => {
  test("decides every small tree as three-valued logic does, and denies what is unknown", () => {
    const trees = grow(grow(LEAVES));
    assert.equal(trees.length, 3280);
    for (const { text, truth } of trees) {
      const condition = settled(text);
      assert.ok(isSimple(condition), `${text}\n${JSON.stringify(condition)}`);
      for (const row of [true, false]) {
        assert.equal(matches(condition, { title: row ? "x" : "y" }), truth(row) === true, `${text} over ${row}`);
      }
    }
  });

  test("a @user path without a value is unknown", () => {
    // biome-ignore format: a list of expressions
    const unknown = [
      "author = @user.id", "author != @user.id", "@user.id = author", "title ~ @user.id", "title !~ @user.id", "views < @user.id",
      "@user.id in ('a', null)", "@user.id = @user.id", "@user.id != 'x'", "@user.a.b = 1", "length(@user.id) = 0", "length(@user.id) != 0",
      "lower(@user.id) = title", "lower(@user.id) = null", "distance(position, @user.lat, 1) != 5", "every(tags) = @user.id", "tags != @user.id",
      "@user.id < null",
    ];
    const empty = [{}, { id: null }, { id: undefined }, { id: "" }, { id: [] }, { id: [null, ""] }];
    for (const text of unknown) {
      for (const user of [null, ...empty]) {
        assert.deepEqual(settled(text, { user }), NEVER, text);
        assert.deepEqual(settled(`!(${text})`, { user }), NEVER, `!(${text})`);
        assert.deepEqual(settled(`${text} || 1 = 1`, { user }), ALWAYS, text);
      }
    }
  });

  test("= null and != null ask for absence itself", () => {
    const absent = [null, {}, { x: null }, { x: "" }, { x: [] }];
    for (const user of absent) {
      assert.deepEqual(settled("@user.x = null", { user }), ALWAYS);
      assert.deepEqual(settled("null != @user.x", { user }), NEVER);
      assert.deepEqual(settled("!(@user.x = null)", { user }), NEVER);
      assert.deepEqual(settled("!(@user.x != null)", { user }), ALWAYS);
    }
    for (const user of [{ x: "a" }, { x: 0 }, { x: false }, { x: ["a"] }, { x: { y: 1 } }]) {
      assert.deepEqual(settled("@user.x = null", { user }), NEVER);
      assert.deepEqual(settled("@user.x != null", { user }), ALWAYS);
    }
  });

  test("a value that cannot be compared with the other side is unknown too", () => {
    const user = { text: "5", number: 5, object: { a: 1 }, day: "2024-01-01" };
    const unknown = [
      "views = @user.text",
      "views != @user.text",
      "title != @user.number",
      "title != @user.object",
      "meta.a != @user.object",
      "createdAt < @user.text",
      "active != @user.number",
      "distance(position, @user.text, 1) > 1",
    ];
    for (const text of unknown) {
      assert.deepEqual(settled(text, { user }), NEVER, text);
      assert.deepEqual(settled(`!(${text})`, { user }), NEVER, text);
    }
  });

  test("binds what is known", () => {
    const user = {
      id: "u1",
      n: 5,
      flag: true,
      ids: ["a", "b", "a"],
      one: ["a"],
      deep: { er: { x: "y" } },
      day: "2024-01-01",
      at: "2024-01-01T01:00:00+01:00",
    };
    const old = {
      id: "p1",
      title: "T",
      views: null,
      tags: ["t1", "t2"],
      roles: null,
      meta: { a: [1, "x", { b: 1 }], b: { c: 1 }, d: "2024-01-01T01:00:00+01:00" },
      due: "2024-01-01",
      position: { lat: 1, lng: 2 },
    };
    const bound = (text: string): unknown => {
      const condition = settled(text, { user, old });
      if (!("op" in condition)) return "all" in condition ? "always" : "never";
      assert.equal(condition.left.kind, "path");
      const { op, right } = condition;
      return [op, right.kind === "literal" ? right.value : right.kind === "list" ? right.values : right.kind];
    };
    const opaque = { opaque: true };
    const cases: readonly [string, unknown][] = [
      ["author = @user.id", ["=", "u1"]],
      ["@user.n < views", [">", 5]],
      ["active = @user.flag", ["=", true]],
      ["tags = @user.ids", ["=", ["a", "b"]]],
      ["tags = @user.one", ["=", "a"]],
      ["title = @user.deep.er.x", ["=", "y"]],
      ["createdAt > @user.day", [">", "2024-01-01T00:00:00.000Z"]],
      ["createdAt > @user.at", [">", "2024-01-01T00:00:00.000Z"]],
      ["due = @user.at", ["=", "2024-01-01"]],
      ["due < @now", ["<", "2024-05-01T12:00:00.000Z"]],
      ["createdAt < @now", ["<", "2024-05-01T12:00:00.000Z"]],
      ["meta.at < @now", ["<", "2024-05-01T12:00:00.000Z"]],
      ["title = @old.title", ["=", "T"]],
      ["views = @old.views", ["=", null]],
      ["tags = @old.tags", ["=", ["t1", "t2"]]],
      ["title = @old.roles", ["=", null]],
      ["title = @old.meta.a", ["=", [opaque, "x"]]],
      ["meta.z = @old.meta.b", ["=", opaque]],
      ["createdAt = @old.due", ["=", "2024-01-01T00:00:00.000Z"]],
      ["createdAt = @old.meta.d", ["=", "2024-01-01T01:00:00+01:00"]],
      ["views = @old.position.lat", ["=", 1]],
      ["title = lower(@old.title)", ["=", "t"]],
      ["views = length(@user.ids)", ["=", 3]],
      ["@user.id = 'u1'", "always"],
      ["@user.id in ('a', 'u1')", "always"],
      ["@user.ids != 'a'", "always"],
      ["@user.one != 'a'", "never"],
      ["@user.n >= 5 && @user.n < 6", "always"],
      ["@user.id ~ 'U'", "always"],
      ["@user.day < @now", "always"],
      ["@user.at = '2024-01-01T00:00:00Z'", "never"],
      ["@old.due = '2024-01-01'", "always"],
      ["@old.due < @now", "always"],
      ["@old.meta.b = 1", "never"],
      ["@old.meta.b != 1", "always"],
      ["@old.views = null", "always"],
      ["@old.views < 1", "never"],
      ["1 < 2 && 'a' < 'b' && true != false && null = null", "always"],
    ];
    for (const [text, expected] of cases) assert.deepEqual(bound(text), expected, text);
  });

  test("without an old row, what speaks of it denies", () => {
    for (const text of ["title = @old.title", "title != @old.title", "!(@old.title = null)"])
      assert.deepEqual(settled(text), NEVER, text);
  });

  test("an unread old row leaves open what speaks of it, and nothing else", () => {
    const user = { id: "u1", name: "T" };
    const openOrNot: readonly (readonly [text: string, isOpen: boolean])[] = [
      ["title = @old.title", true],
      ["!(@old.title = null)", true],
      ["@old.title = @user.name", true],
      ["lower(@old.title) in ('a', 'b')", true],
      ["length(@old.tags) > 1 && @user.id != null", true],
      ["@old.title = @user.missing", false],
      ["!(@old.title = @user.missing)", false],
      ["@old.views = @user.name", false],
      ["@old.title = 'x' && @user.id = null", false],
    ];
    for (const [text, isOpen] of openOrNot) {
      const condition = settled(text, { user, old: "unread" });
      assert.equal(isNever(condition), !isOpen, text);
      assert.ok(!isAlways(condition), text);
    }
  });

  test("the type of @user counts where it is known", () => {
    const condition = settle(understand("@user.joined = '2024-01-01T01:00:00+01:00'", { user: users }), {
      user: { joined: "2024-01-01T00:00:00.000Z" },
      now: NOW,
    });
    assert.deepEqual(condition, ALWAYS);
  });

  test("settles the guards within paths", () => {
    const viewer = { sees: () => true, guard: () => understand("name = @user.id", { collection: "users" }) };
    const bindings: Bindings = { user: { id: "u1" }, now: NOW };
    const guardOf = (condition: Condition) =>
      "op" in condition && condition.left.kind === "path" ? condition.left.hops[0]?.guard : undefined;
    const guard = guardOf(settle(understand("author.age = 1", { viewer }), bindings));
    assert.deepEqual(guard && "op" in guard ? guard.right : guard, { kind: "literal", value: "u1", type: "text" });
    assert.deepEqual(guardOf(settle(understand("author.age = 1", { viewer }), { ...bindings, user: null })), NEVER);
  });

  test("refuses to look for a text that is too long", () => {
    const user = { x: "x".repeat(2001) };
    assert.equal(
      refusal(() => settled("title ~ @user.x", { user })),
      "The right side of ~ has at most 2000 characters.",
    );
  });
});

describe("and, or", () => {
  const a = understand("title = 'a'");
  const b = understand("title = 'b'");
  const c = understand("title = 'c'");

  test("simplify", () => {
    assert.deepEqual(and(), ALWAYS);
    assert.deepEqual(or(), NEVER);
    assert.equal(and(a), a);
    assert.equal(or(NEVER, a), a);
    assert.equal(and(ALWAYS, a), a);
    assert.deepEqual(and(a, NEVER), NEVER);
    assert.deepEqual(or(a, ALWAYS), ALWAYS);
    assert.deepEqual(and(and(a, b), c), { all: [a, b, c] });
    assert.deepEqual(or(or(a, b), c), { any: [a, b, c] });
    assert.deepEqual(and(or(a, b), c), { all: [{ any: [a, b] }, c] });
  });
});
