import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { RowData } from "../../../src/core/rules/index.ts";
import { type Fixture, openFixture, settled } from "./fixture.ts";

const USER = { id: "u1", names: ["red", "blue"], words: ["RED", "zzz"], numbers: [10, 30], flag: true };

const OLD = { id: "o", meta: { object: {}, mixed: [{}, "x"], five: 5, text: "5" } };

/** Checks which rows each expression selects, in SQL and in memory. */
function expectRows(name: string, rows: readonly RowData[], cases: readonly (readonly [string, string])[]): void {
  describe(name, () => {
    let fixture: Fixture;
    before(async () => {
      fixture = await openFixture(rows);
    });
    after(() => fixture.close());
    for (const [text, expected] of cases) {
      test(`${text} -> ${expected || "nothing"}`, () => {
        const { sql, memory } = fixture.select(settled(text, { user: USER, old: OLD }));
        assert.deepEqual([sql.join(" "), memory.join(" ")], [expected, expected]);
      });
    }
  });
}

expectRows(
  "null",
  [
    { id: "n", title: null, views: null, active: null },
    { id: "e", title: "", views: 0, active: false },
    { id: "x", title: "x", views: 5, active: true },
  ],
  [
    ["title = null", "n"],
    ["title != null", "e x"],
    ["title = ''", "e"],
    ["title != 'x'", "n e"],
    ["!(title = 'x')", "n e"],
    ["title < 'y'", "e x"],
    ["!(title < 'y')", "n"],
    ["title >= null", ""],
    ["!(title >= null)", "n e x"],
    ["title ~ ''", "e x"],
    ["title !~ ''", "n"],
    ["title ~ null", ""],
    ["title in ('x', null)", "n x"],
    ["!(title in ('x', null))", "e"],
    ["views != 5", "n e"],
    ["5 >= views", "e x"],
    ["active != true", "n e"],
    ["active = false", "e"],
    ["author = null", "n e x"],
    ["author.name = null", "n e x"],
    ["author.name != 'x'", "n e x"],
    ["author.name < 'x'", ""],
    ["length(title) = null", "n"],
    ["length(title) = 0", "e"],
    ["lower(title) = null", "n"],
    ["title = lower(title)", "n e x"],
  ],
);

expectRows(
  "relations",
  [
    { id: "p1", author: "u1", tags: ["t1", "t2"], title: "red" },
    { id: "p2", author: "u2", tags: ["t3"], title: "Ann" },
    { id: "p3", author: null, tags: [], title: null },
  ],
  [
    ["author.name = 'Ann'", "p1"],
    ["author.name = null", "p2 p3"],
    ["author.boss.name = 'Ann'", "p2"],
    ["author = @user.id", "p1"],
    ["tags = 't1'", "p1"],
    ["tags.name = 'red'", "p1"],
    ["tags.name != 'red'", "p1 p2"],
    ["!(tags.name = 'red')", "p2 p3"],
    ["every(tags.name) = 'red'", "p3"],
    ["every(tags.name) != null", "p1 p3"],
    ["!(every(tags.name) != null)", "p2"],
    ["tags.name = null", "p2"],
    ["tags.name > 'red'", ""],
    ["every(tags.name) <= 'red'", "p1 p3"],
    ["tags.name in ('Blue', 'x')", "p1"],
    ["every(tags.name) in ('Blue', 'red')", "p1 p3"],
    ["tags.name = @user.names", "p1"],
    ["tags.name = title", "p1"],
    ["every(tags.name) = title", "p3"],
    ["length(tags) = 0", "p3"],
    ["length(tags.name) = 2", "p1"],
    ["lower(tags.name) = 'blue'", "p1"],
    ["comments_via_post.body = 'first'", "p1"],
    ["comments_via_post.body = null", "p1"],
    ["every(comments_via_post.body) = 'first'", "p2 p3"],
    ["comments_via_post = 'c2'", "p1"],
    ["length(comments_via_post) = 2", "p1"],
    ["length(comments_via_post) = 0", "p2 p3"],
    ["a_via_b_via_c_via_d = 'a1'", "p1"],
    ["author.posts_via_author.title = 'red'", "p1"],
    ["author.posts_via_author.author.name = 'Ann'", "p1"],
    ["comments_via_post.post.author.boss.name = null", "p1"],
    ["author.teams = 'x'", "p1"],
    ["author.teams != 'y'", "p1"],
    ["every(author.teams) = 'y'", "p2 p3"],
    ["author.prefs.lang = null", "p2 p3"],
    ["author.home.lat = 1", "p2"],
  ],
);

expectRows(
  "json",
  [
    { id: "none", meta: null },
    { id: "null", meta: { a: null } },
    { id: "text", meta: { a: "5" } },
    { id: "num", meta: { a: 5 } },
    { id: "true", meta: { a: true } },
    { id: "one", meta: { a: 1 } },
    { id: "arr", meta: { a: [5, "x", [1], { b: 2 }] } },
    { id: "empty", meta: { a: [] } },
    { id: "obj", meta: { a: { k: "x", b: 5 } } },
    { id: "big", meta: { a: 2 ** 60 } },
    { id: "top", meta: ["x"] },
  ],
  [
    ["meta.a = null", "none null top"],
    ["meta.a != null", "text num true one arr obj big"],
    ["meta.a = '5'", "text"],
    ["meta.a = 5", "num arr"],
    ["meta.a = true", "true"],
    ["meta.a = 1", "one"],
    ["meta.a != 5", "none null text true one arr obj big top"],
    ["!(meta.a = 5)", "none null text true one empty obj big top"],
    ["every(meta.a) = 5", "num empty"],
    ["meta.a < 6", "num one arr"],
    ["meta.a < '6'", "text"],
    ["meta.a = 'x'", "arr"],
    ["meta.a ~ 'X'", "arr"],
    ["every(meta.a) !~ 'X'", "none null text num true one empty obj big top"],
    ["meta.a in (1, '5', true, null)", "none null text true one top"],
    ["meta.a.b = 5", "obj"],
    ["meta.a.b != 5", "none null text num true one arr empty big top"],
    [`meta.a = ${2 ** 60}`, "big"],
    [`meta.a in (${2 ** 60}, 0)`, "big"],
    ["meta = 'x'", "top"],
    ["meta = null", "none"],
    ["length(meta) = 1", "top"],
    ["length(meta.a) = 4", "arr"],
    ["length(meta.a) = 1", "text"],
    ["length(meta.a) = 0", "empty"],
    ["length(meta.a) = null", "none null num true one obj big top"],
    ["meta.__proto__ = null", "none null text num true one arr empty obj big top"],
    ["meta.a = length(tags)", ""],
  ],
);

expectRows(
  "json beside a column",
  [
    { id: "same", meta: { t: "x", n: 1.5, b: false }, title: "x", views: 1.5, active: false },
    { id: "type", meta: { t: 5, n: "1.5", b: 0 }, title: "5", views: 1.5, active: false },
    { id: "null", meta: { t: null }, title: null, views: null, active: null },
    { id: "half", meta: { t: "x", n: 1, b: true }, title: null, views: null, active: null },
  ],
  [
    ["meta.t = title", "same null"],
    ["title != meta.t", "type half"],
    ["meta.n = views", "same null"],
    ["meta.n <= views", "same"],
    ["views >= meta.n", "same"],
    ["!(meta.n <= views)", "type null half"],
    ["meta.b = active", "same null"],
    ["lower(meta.t) = title", "same null"],
  ],
);

expectRows(
  "lists",
  [
    { id: "none", roles: null },
    { id: "zero", roles: [] },
    { id: "red", roles: ["Red"] },
    { id: "both", roles: ["Red", "blue"] },
  ],
  [
    ["roles = 'Red'", "red both"],
    ["roles != 'Red'", "both"],
    ["!(roles = 'Red')", "none zero"],
    ["every(roles) = 'Red'", "none zero red"],
    ["length(roles) = 0", "none zero"],
    ["roles ~ 're'", "red both"],
    ["roles = @user.names", "both"],
    ["every(roles) ~ @user.words", "none zero red"],
    ["roles !~ @user.words", "red both"],
    ["roles = null", ""],
  ],
);

expectRows(
  "lists of constants",
  [
    { id: "a", views: 1, title: "Red car" },
    { id: "b", views: 10, title: "car" },
    { id: "c", views: 50, title: null },
    { id: "d", views: null, title: "zZz" },
  ],
  [
    ["views < @user.numbers", "a b"],
    ["views > @user.numbers", "c"],
    ["!(views > @user.numbers)", "a b d"],
    ["views != @user.numbers", "a b c d"],
    ["!(views != @user.numbers)", ""],
    ["title ~ @user.words", "a d"],
    ["!(title ~ @user.words)", "b c"],
    ["title !~ @user.words", "a b c d"],
    ["!(title !~ @user.words)", ""],
    [`title in (${Array.from({ length: 40 }, (_, n) => `'${n}'`).join(", ")}, 'car', null)`, "b c"],
  ],
);

expectRows(
  "old values that are no match by type",
  [
    { id: "five", title: "5", views: 5, meta: { a: 5 } },
    { id: "x", title: "x", views: 1, meta: { a: "5" } },
    { id: "none", title: null, views: null, meta: null },
  ],
  [
    ["title = @old.meta.object", ""],
    ["title != @old.meta.object", "five x none"],
    ["title < @old.meta.object", ""],
    ["title ~ @old.meta.object", ""],
    ["title = @old.meta.mixed", "x"],
    ["title = @old.meta.five", ""],
    ["title != @old.meta.five", "five x none"],
    ["views = @old.meta.five", "five"],
    ["views = @old.meta.text", ""],
    ["meta.a = @old.meta.five", "five"],
    ["meta.a = @old.meta.text", "x"],
    ["meta.a = @old.meta.object", ""],
  ],
);

expectRows(
  "lower over json",
  [
    { id: "text", meta: { a: "ÀB" } },
    { id: "num", meta: { a: 0.30000000000000004 } },
    { id: "bool", meta: { a: true } },
    { id: "arr", meta: { a: ["X", null] } },
  ],
  [
    ["lower(meta.a) = 'Àb'", "text"],
    ["lower(meta.a) = 0.30000000000000004", "num"],
    ["lower(meta.a) = true", "bool"],
    ["lower(meta.a) = 'x'", "arr"],
    ["lower(meta.a) = null", "arr"],
  ],
);

expectRows(
  "contains, in any script",
  [
    { id: "de", title: "Große STRASSE" },
    { id: "gr", title: "ΟΔΥΣΣΕΥΣ Οδυσσεύς" },
    { id: "ru", title: "Жёлтый ЖУК" },
    { id: "tr", title: "İstanbul ısparta" },
    { id: "as", title: "𐐀 😀" },
    { id: "gl", title: "a*b?[c]^d-e%f_g\\h'i\"" },
  ],
  [
    ["title ~ 'groẞe strasse'", "de"],
    ["title ~ 'STRASSE'", "de"],
    ["title ~ 'straße'", ""],
    ["title ~ 'οδυσσευσ'", "gr"],
    ["title ~ 'οδυσσευς'", "gr"],
    ["title ~ 'ύς'", "gr"],
    ["title ~ 'жук'", "ru"],
    ["title ~ 'ЖЁЛ'", "ru"],
    ["title ~ 'istanbul ISPARTA'", "tr"],
    ["title ~ '𐐨'", "as"],
    ["title ~ '😀'", "as"],
    ["title ~ '*'", "gl"],
    ["title ~ '?'", "gl"],
    ["title ~ '[c]'", "gl"],
    ["title ~ ']^D-E%F_G'", "gl"],
    ["title ~ '[a-z]'", ""],
    ["title ~ '\\\\H\\'I\"'", "gl"],
    ["title ~ 'a%b'", ""],
  ],
);

expectRows(
  "text",
  [
    { id: "bmp", title: "\uffee" },
    { id: "ast", title: "😀" },
    { id: "low", title: "ABC É" },
  ],
  [
    ["title < '😀'", "bmp low"],
    ["title > '\uffee'", "ast"],
    ["length(title) = 1", "bmp ast"],
    ["lower(title) = 'abc É'", "low"],
    ["lower(title) = 'abc é'", ""],
  ],
);

expectRows(
  "dates",
  [
    { id: "midnight", due: "2024-01-01", createdAt: "2024-01-01T00:00:00.000Z" },
    { id: "noon", due: "2024-01-01", createdAt: "2024-01-01T12:00:00.000Z" },
    { id: "next", due: "2024-01-02", createdAt: "2024-01-02T00:00:00.001Z" },
    { id: "none", due: null, createdAt: null },
  ],
  [
    ["createdAt = '2024-01-01'", "midnight"],
    ["createdAt = '2024-01-01T14:00:00+02:00'", "noon"],
    ["createdAt <= '2024-01-01T12:00Z'", "midnight noon"],
    ["due = '2024-01-01'", "midnight noon"],
    ["due = '2024-01-01T02:00:00+02:00'", "midnight noon"],
    ["due < '2024-01-01T00:00:00.001Z'", "midnight noon"],
    ["due <= '2023-12-31T23:59:59.999Z'", ""],
    ["due > '2024-01-01T00:00:00.001Z'", "next"],
    ["due = '2024-01-01T00:00:00.001Z'", ""],
    ["due = createdAt", "midnight none"],
    ["due < createdAt", "noon next"],
    ["createdAt > due", "noon next"],
    ["!(createdAt > due)", "midnight none"],
    ["due < @now", "midnight noon next"],
  ],
);

expectRows(
  "distance",
  [
    { id: "paris", position: { lat: 48.8566, lng: 2.3522 } },
    { id: "fiji", position: { lat: -17.8, lng: 178.0 } },
    { id: "samoa", position: { lat: -17.8, lng: -178.0 } },
    { id: "pole", position: { lat: 89.9, lng: 120 } },
    { id: "none", position: null },
  ],
  [
    ["distance(position, 51.5074, -0.1278) < 343", ""],
    ["distance(position, 51.5074, -0.1278) < 344.5", "paris"],
    ["distance(position, -17.8, 180) < 250", "fiji samoa"],
    ["distance(position, -17.8, 179) <= 400", "fiji samoa"],
    ["distance(position, 89.9, -60) < 30", "pole"],
    ["distance(position, 48.8566, 2.3522) <= 0", "paris"],
    ["distance(position, 0, 0) > 1", "paris fiji samoa pole"],
    ["!(distance(position, 0, 0) > 1)", "none"],
    ["distance(position, 0, 0) < 20100", "paris fiji samoa pole"],
    ["distance(position, 0, 0) = null", "none"],
    ["distance(position, 0, views) = null", "paris fiji samoa pole none"],
    ["distance(position, 1, 1) < -1", ""],
  ],
);
