import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sqliteDialect } from "../../../src/core/database/dialect.ts";
import {
  ALWAYS,
  compile,
  compileOperand,
  isLocal,
  matches,
  NEVER,
  parseSort,
  resolveOperand,
} from "../../../src/core/rules/index.ts";
import { type Fixture, openFixture, schema, settled, understand } from "./fixture.ts";

const TO = { dialect: sqliteDialect, table: "posts" };

describe("compile", () => {
  const author = `(SELECT _1."name" FROM "users" AS _1 WHERE _1."id" = "posts"."author")`;
  const tagNames = `"posts_tags" AS _2 JOIN "tags" AS _1 ON _1."id" = _2."target" WHERE _2."source" = "posts"."id"`;
  const cases: readonly [string, string, readonly unknown[]][] = [
    ["title = 'x'", `"posts"."title" = +?`, ["x"]],
    ["title != 'x'", `"posts"."title" IS NOT +?`, ["x"]],
    ["!(title = 'x')", `"posts"."title" IS NOT +?`, ["x"]],
    ["title = null", `"posts"."title" IS NULL`, []],
    ["title = id", `"posts"."title" IS "posts"."id"`, []],
    ["views < 5", `"posts"."views" < +?`, [5]],
    ["!(views < 5)", `("posts"."views" < +?) IS NOT TRUE`, [5]],
    ["5 < views", `"posts"."views" > +?`, [5]],
    ["views < null", "0", []],
    ["active = true", `"posts"."active" = +?`, [1]],
    ["title in ('a', 'b')", `"posts"."title" IN (+?, +?)`, ["a", "b"]],
    ["title in ('a', null)", `("posts"."title" IN (+?) OR "posts"."title" IS NULL)`, ["a"]],
    ["title ~ 's*'", `"posts"."title" GLOB +?`, ["*[sSſ][*]*"]],
    ["title !~ 'x'", `("posts"."title" GLOB +?) IS NOT TRUE`, ["*[xX]*"]],
    ["author.name = 'x'", `${author} = +?`, ["x"]],
    ["author.id = 'x'", `"posts"."author" = +?`, ["x"]],
    // where an index finds the far end, the way goes from there
    ["author.boss = 'x'", `"posts"."author" IN (SELECT _1."id" FROM "users" AS _1 WHERE _1."boss" = +?)`, ["x"]],
    [
      "author.boss in ('x', 'y')",
      `"posts"."author" IN (SELECT _1."id" FROM "users" AS _1 WHERE _1."boss" IN (+?, +?))`,
      ["x", "y"],
    ],
    [
      "author.boss.boss = 'x'",
      `"posts"."author" IN (SELECT _1."id" FROM "users" AS _1 WHERE _1."boss" IN (SELECT _2."id" FROM "users" AS _2 WHERE _2."boss" = +?))`,
      ["x"],
    ],
    ["author.boss != 'x'", `(SELECT _1."boss" FROM "users" AS _1 WHERE _1."id" = "posts"."author") IS NOT +?`, ["x"]],
    ["author.boss = null", `(SELECT _1."boss" FROM "users" AS _1 WHERE _1."id" = "posts"."author") IS NULL`, []],
    [
      "tags = 'x'",
      `EXISTS (SELECT 1 FROM "posts_tags" AS _1 WHERE _1."source" = "posts"."id" AND _1."target" = +?)`,
      ["x"],
    ],
    ["tags.name = 'x'", `EXISTS (SELECT 1 FROM ${tagNames} AND _1."name" = +?)`, ["x"]],
    ["every(tags.name) = 'x'", `NOT EXISTS (SELECT 1 FROM ${tagNames} AND _1."name" IS NOT +?)`, ["x"]],
    ["every(tags.name) < 'x'", `NOT EXISTS (SELECT 1 FROM ${tagNames} AND (_1."name" < +?) IS NOT TRUE)`, ["x"]],
    ["!(tags.name = 'x')", `NOT EXISTS (SELECT 1 FROM ${tagNames} AND _1."name" = +?)`, ["x"]],
    [
      "comments_via_post.post.title = 'x'",
      `EXISTS (SELECT 1 FROM "comments" AS _1 LEFT JOIN "posts" AS _2 ON _2."id" = _1."post" WHERE _1."post" = "posts"."id" AND _2."title" = +?)`,
      ["x"],
    ],
    ["roles = 'x'", `EXISTS (SELECT 1 FROM json_each("posts"."roles") AS _1 WHERE _1."value" = +?)`, ["x"]],
    [
      "title = 'a' && (views = 1 || views = 2)",
      `"posts"."title" = +? AND ("posts"."views" = +? OR "posts"."views" = +?)`,
      ["a", 1, 2],
    ],
    ["!(title = 'a' && views = 1)", `("posts"."title" IS NOT +? OR "posts"."views" IS NOT +?)`, ["a", 1]],
    ["length(tags) > 1", `(SELECT count(*) FROM "posts_tags" AS _1 WHERE _1."source" = "posts"."id") > +?`, [1]],
    ["lower(title) = 'x'", `lower("posts"."title") = +?`, ["x"]],
    ["due < createdAt", `("posts"."due" || 'T00:00:00.000Z') < "posts"."createdAt"`, []],
  ];

  let fixture: Fixture;
  before(async () => {
    fixture = await openFixture([{ id: "p1", title: "x", views: 1, tags: ["t1"] }]);
  });
  after(() => fixture.close());

  for (const [text, sql, params] of cases) {
    test(text, () => {
      const condition = settled(text);
      assert.deepEqual(compile(condition, TO), { sql, params });
      const selected = fixture.select(condition);
      assert.deepEqual(selected.sql, selected.memory);
    });
  }

  test("constants", () => {
    assert.equal(compile(ALWAYS, TO).sql, "1");
    assert.equal(compile(NEVER, TO).sql, "0");
  });

  test("near positions are looked up by their box", () => {
    const { sql, params } = compile(settled("distance(position, 48, 2) < 10"), TO);
    assert.match(
      sql,
      /^"posts"\."position_lat" BETWEEN \+\? AND \+\? AND "posts"\."position_lng" BETWEEN \+\? AND \+\? AND /,
    );
    assert.deepEqual(
      params.slice(0, 4).map((value) => Number(value).toFixed(2)),
      ["47.91", "48.09", "1.87", "2.13"],
    );
    assert.doesNotMatch(compile(settled("!(distance(position, 48, 2) < 10)"), TO).sql, /BETWEEN/);
  });

  test("an index serves equality and ranges", () => {
    fixture.database.exec("CREATE INDEX by_title ON posts (title)");
    for (const text of ["title = 'x'", "title in ('x', 'y')", "title > 'x'", "title = null"]) {
      const { sql, params } = compile(settled(text), TO);
      const plan = fixture.database.all(`EXPLAIN QUERY PLAN SELECT id FROM posts WHERE ${sql}`, params);
      assert.match(JSON.stringify(plan), /SEARCH posts USING INDEX by_title/, text);
    }
  });

  test("identifiers are quoted, values never stand in the text", () => {
    const { sql, params } = compile(settled(`title = '"; DROP TABLE posts; --' || meta.a = "'" || title ~ "'"`), {
      dialect: sqliteDialect,
      table: 'we"ird',
    });
    assert.ok(sql.startsWith(`("we""ird"."title" = +?`), sql);
    assert.doesNotMatch(sql, /DROP|'"|''/);
    assert.ok(params.includes('"; DROP TABLE posts; --'));
  });

  test("the largest expressions that are allowed run", () => {
    const far = `author${".boss".repeat(7)}`;
    const back = `comments_via_post${".post.comments_via_post".repeat(3)}`;
    const nested = Array.from({ length: 32 }).reduce<string>(
      (inner, _, n) => `!(${inner} ${n % 2 ? "&&" : "||"} views = ${n})`,
      "tags.name = 'x'",
    );
    const largest = [
      Array(256).fill("tags.name = 'x'").join(" || "),
      Array(256).fill("!(views < 1 && meta.a = 1)").slice(0, 128).join(" && "),
      nested,
      `views in (${Array(3000).fill("1").join(",")})`,
      `title in (${Array(2000).fill("'x'").join(",")})`,
      `title ~ '${"κ".repeat(2000)}'`,
      `title ~ '${"θ".repeat(2000)}'`,
      `${far}.name = ${far}.name`,
      `every(${back}.body) = ${back}.body`,
      `length(meta${".a".repeat(4000)}) = 1`,
    ];
    for (const text of largest) {
      const { sql, memory } = fixture.select(settled(text));
      assert.deepEqual(sql, memory, text.slice(0, 80));
    }
  });

  test("what is not settled is not compiled", () => {
    assert.throws(() => compile(understand("@user.a = @user.b"), TO), /settled/);
    assert.throws(() => matches(understand("title = @user.a"), { title: "x" }), /settled/);
  });
});

describe("guards", () => {
  const viewer = {
    sees: () => true,
    guard: (name: string) =>
      name === "tags"
        ? settled("name = 'red'", {}, "tags")
        : name === "users"
          ? settled("age != null", {}, "users")
          : null,
  };
  const rows = [
    { id: "p1", author: "u1", tags: ["t1", "t2"] },
    { id: "p2", author: "u2", tags: ["t2"] },
  ];
  const cases: readonly [string, string][] = [
    ["tags.name = 'red'", "p1"],
    ["tags.name = 'Blue'", ""],
    ["length(tags.name) = 0", "p2"],
    ["every(tags.name) = 'red'", "p1 p2"],
    ["tags.id = 't2'", ""],
    ["tags = 't2'", "p1 p2"],
    ["author.boss.name = null", "p1 p2"],
    ["author.id = null", "p2"],
    ["author = 'u2'", "p2"],
  ];
  test("hide rows of other collections", async () => {
    const fixture = await openFixture(rows);
    for (const [text, expected] of cases) {
      const { sql, memory } = fixture.select(settled(text, {}, "posts", { viewer }));
      assert.deepEqual([sql.join(" "), memory.join(" ")], [expected, expected], text);
    }
    fixture.close();
  });
});

describe("compileOperand", () => {
  test("sort keys run, null first", async () => {
    const fixture = await openFixture([
      { id: "a", title: "B", author: "u2", position: { lat: 0, lng: 0 }, tags: ["t1"] },
      { id: "b", title: null, author: "u1", position: { lat: 5, lng: 5 }, tags: [] },
      { id: "c", title: "a", author: null, position: null, tags: ["t1", "t2"] },
    ]);
    const cases: readonly [string, string][] = [
      ["title", "b a c"],
      ["-title", "c a b"],
      ["lower(title)", "b c a"],
      ["-author.age,-id", "b c a"],
      ["distance(position, 5, 5)", "c b a"],
      ["length(tags)", "b a c"],
      ["author.boss.name,id", "b c a"],
    ];
    for (const [text, expected] of cases) {
      const keys = parseSort(text).map(({ operand, descending }) => ({
        ...compileOperand(resolveOperand(operand, { schema, collection: "posts" }), TO),
        descending,
      }));
      const order = keys.map(({ sql, descending }) => `${sql}${descending ? " DESC" : ""}`).join(", ");
      const found = fixture.database.all(
        `SELECT id FROM posts ORDER BY ${order}`,
        keys.flatMap(({ params }) => params),
      );
      assert.equal(found.map((row) => row.id).join(" "), expected, text);
    }
    fixture.close();
  });
});

describe("isLocal", () => {
  test("tells what the record alone decides", () => {
    for (const text of ["title = 'x'", "tags = 't1'", "length(meta.a) = 1", "!(author = 'x' || roles = 'y')"]) {
      assert.equal(isLocal(settled(text)), true, text);
    }
    for (const text of ["author.name = 'x'", "title = 'x' && length(comments_via_post) = 1", "!(tags.name = 'x')"]) {
      assert.equal(isLocal(settled(text)), false, text);
      assert.throws(() => matches(settled(text), { title: "x", tags: ["t1"] }), /source/);
    }
  });
});
