import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertProblem, openApp, type TestApp } from "../../support/app.ts";
import { ABSENT, assertHolds, succeed } from "../../support/scenario.ts";
import { BLOG_OPTIONS, BLOG_SEED, COMMENT, PERSON, POST, TAG, TEAM } from "./blog.ts";

const { one, two, three, four } = POST;
const names = new Map<string, string>([
  [one, "1"],
  [two, "2"],
  [three, "3"],
  [four, "4"],
]);

/** A filter and the numbers of the posts that it leaves, in any order. */
const FILTERS: readonly (readonly [string, string])[] = [
  ["title = 'Hello Wörld'", "1"],
  ["title != 'Hello Wörld'", "234"],
  ["title ~ 'WÖRLD'", "1"],
  ["title ~ 'żÓŁ'", "3"],
  ["title ~ '%'", "2"],
  ["title ~ '_wild_'", "2"],
  ["title ~ '_'", "2"],
  ["title ~ \"'quoted'\"", "2"],
  ["title ~ ''", "1234"],
  ["title ~ '\u{1f600}'", "4"],
  ["title !~ 'WÖRLD'", "234"],
  ["body ~ 'fox'", "1"],
  ["body !~ 'fox'", "234"],
  ["body = null", "34"],
  ["body != null", "12"],
  ["null = body", "34"],
  ["body != 'lazy dog'", "134"],
  ["price > 1.5", "23"],
  ["price >= 1.5 && price < 4", "12"],
  ["price < 100", "123"],
  ["!(price < 100)", "4"],
  ["price < null", ""],
  ["price <= null", ""],
  ["!(price < null)", "1234"],
  ["1.5 < price", "23"],
  ["views = 5 || views = 10", "134"],
  ["views in (5, 20)", "234"],
  ["!(views in (5, 20))", "1"],
  ["body in ('lazy dog', null)", "234"],
  ["ok = true", "1"],
  ["ok != true", "234"],
  ["ok = false", "2"],
  ["ok = null", "34"],
  ["status = 'draft' && views > 5", "2"],
  ["status = 'draft' && views > 5 || ok = true", "12"],
  ["status = 'draft' && (views > 5 || ok = true)", "2"],
  ["due = '2026-01-02T03:04:05Z'", "12"],
  ["due = '2026-01-02T04:04:05.000+01:00'", "12"],
  ["due > '2026-01-02'", "12"],
  ["due < '2026-01-02'", ""],
  ["due < @now", "12"],
  ["day < '2026-01-15'", "1"],
  ["createdAt <= @now", "1234"],
  ["version = 1", "1234"],
  [`id = '${one}'`, "1"],
  [`author = '${PERSON.bob}'`, "23"],
  [`author.id = '${PERSON.bob}'`, "23"],
  ["author = null", "4"],
  ["author.name ~ 'ÅNGSTRÖM'", "1"],
  ["author.team.name = 'Blue'", "23"],
  ["author.team.name = null", "4"],
  ["author.team.name != 'Blue'", "14"],
  ["author.boss.name = 'Ann Ångström'", "23"],
  ["author.boss.boss = null", "1234"],
  ["author.age > 35", "1"],
  ["title != author.name", "1234"],
  ["labels = 'red'", "1"],
  ["labels != 'red'", "14"],
  ["!(labels = 'red')", "234"],
  ["every(labels) = 'green'", "234"],
  ["length(labels) > 1", "1"],
  ["length(labels) = 0", "23"],
  ["tags.name = 'x'", "1"],
  ["tags.name = 'y'", "12"],
  ["tags.name != 'y'", "1"],
  ["!(tags.name = 'x')", "234"],
  ["every(tags.name) = 'y'", "234"],
  [`tags = '${TAG.y}'`, "12"],
  ["length(tags) = 2", "1"],
  ["comments_via_post.text = 'second'", "1"],
  ["comments_via_post.text != 'second'", "12"],
  ["length(comments_via_post) >= 1", "12"],
  ["meta = 'text'", "2"],
  ["meta.a = 2", "1"],
  ["meta.a > 2", "1"],
  ["every(meta.a) > 0", "1"], // what is missing is null,
  ["length(meta.a) = 3", "1"],
  ["meta.b.c = 'deep'", "1"],
  ["meta.b.c ~ 'EE'", "1"],
  ["meta.b.d = null", "1234"],
  ["distance(at, 48.85, 2.35) < 1", "1"],
  ["distance(at, 48.85, 2.35) > 500", "2"],
  ["distance(at, 48.85, 2.35) = null", "34"],
  ["length(title) = 4", "34"],
  ["lower(status) = 'draft'", "24"],
  ["@user.id = null", "1234"],
  ["author = @user.id", ""],
  ["!(author = @user.id)", ""],
  ["author = @user.id || ok = true", "1"],
  ["true = ok", "1"],
  ["title ~ '100% _wild_ \\'quoted\\''", "2"],
];

/** Query, then the expected posts in this order. */
const ORDERS: readonly (readonly [string, string])[] = [
  ["", "4321"],
  ["sort=createdAt", "1234"],
  ["sort=title", "2143"],
  ["sort=-title", "3412"],
  ["sort=price", "4123"],
  ["sort=-price", "3214"],
  ["sort=views", "3412"],
  ["sort=-views", "2143"],
  ["sort=views,-title", "3412"],
  ["sort=ok", "3421"],
  ["sort=-ok", "1243"],
  ["sort=status,-price", "2431"],
  ["sort=author.name,title", "4123"],
  ["sort=-author.name,title", "2314"],
  ["sort=author.team.name,id", "4231"],
  ["sort=id", "1234"],
  ["sort=-id", "4321"],
  ["sort=due,id", "3412"],
  ["sort=distance(at,52,13)", "3421"],
  ["sort=length(title)", "3412"],
  ["limit=2", "43"],
  ["limit=2&page=2", "21"],
  ["limit=2&page=3", ""],
  ["limit=500", "4321"],
  ["page=999999999999999", ""],
  ["search=fox", "1"],
  ["search=FO", "1"],
  ["search=WORLD", "1"],
  ["search=ŻÓŁW", "3"],
  ["search=lazy wild", "2"],
  ["search=lazy fox", ""],
  ['search="quoted" OR -fox*', ""],
  ["search=hello&filter=ok = false", ""],
  ["search=w&sort=title", "21"],
];

describe("lists", () => {
  let app: TestApp;
  before(async () => {
    app = await openApp(BLOG_OPTIONS);
    for (const [path, body] of BLOG_SEED) await succeed(app, "POST", path, body);
  });
  after(() => app.close());
  const get = (path: string) => app.call("GET", path);
  const numbers = (items: readonly { id: string }[]) => items.map(({ id }) => names.get(id) ?? "?").join("");
  const sorted = (text: string) => [...text].sort().join("");

  for (const [filter, expected] of FILTERS) {
    test(`filter ${filter}`, async () => {
      const query = `filter=${encodeURIComponent(filter)}`;
      const { status, body, text } = await get(`/api/posts?${query}&count=true`);
      assert.equal(status, 200, text);
      assert.equal(sorted(numbers(body.items)), expected);
      assert.equal(body.total, expected.length);
      assert.equal(body.next, null);
      const { groups } = (await get(`/api/posts?aggregate=count()&${query}`)).body;
      assert.equal(groups[0].count, expected.length, "aggregates count the same");
    });
  }

  for (const [query, expected] of ORDERS) {
    test(`list ?${query}`, async () => {
      const { status, body, text } = await get(`/api/posts?${query.replaceAll(" ", "%20")}`);
      assert.equal(status, 200, text);
      assert.equal(numbers(body.items), expected);
    });
  }

  test("fields: only these, the id only if asked for", async () => {
    const { body } = await get("/api/posts?fields=title,views&sort=id&limit=1");
    assert.deepEqual(body.items, [{ title: "Hello Wörld", views: 10 }]);
    const { body: own } = await get(`/api/posts/${one}?fields=id,version,tags`);
    assert.deepEqual(own, { id: one, version: 1, tags: [TAG.y, TAG.x] });
    const sortedByOther = await get("/api/posts?fields=title&sort=-price&limit=2");
    assert.deepEqual(sortedByOther.body.items, [{ title: "Żółw" }, { title: "100% _wild_ 'quoted'" }]);
    assert.equal(
      (await get(`/api/posts?fields=title&sort=-price&limit=2&cursor=${sortedByOther.body.next}`)).status,
      200,
    );
  });

  test("fields and the etag of one record", async () => {
    const { headers } = await get(`/api/posts/${one}?fields=title`);
    assert.equal(headers.get("etag"), '"1"');
  });

  const EXPANSIONS: readonly (readonly [string, unknown])[] = [
    [
      `posts/${one}?expand=author`,
      { author: PERSON.ann, expand: { author: { id: PERSON.ann, name: "Ann Ångström", expand: ABSENT } } },
    ],
    [`posts/${four}?expand=author,tags`, { expand: { author: (value: unknown) => value === null, tags: [] } }],
    [`posts/${one}?expand=tags`, { tags: [TAG.y, TAG.x], expand: { tags: [{ name: "y" }, { name: "x" }] } }],
    [`posts/${one}?expand=author.team`, { expand: { author: { expand: { team: { name: "Red" } } } } }],
    [
      `posts/${two}?expand=author.boss.team,author.team`,
      { expand: { author: { expand: { boss: { expand: { team: { name: "Red" } } }, team: { name: "Blue" } } } } },
    ],
    [
      `posts/${one}?expand=comments_via_post`,
      { expand: { comments_via_post: [{ id: COMMENT.a }, { id: COMMENT.b }] } },
    ],
    [
      `people/${PERSON.ann}?expand=posts_via_author.tags,people_via_boss`,
      {
        expand: {
          posts_via_author: [{ id: one, secret: ABSENT, expand: { tags: [{ name: "y" }, { name: "x" }] } }],
          people_via_boss: [{ id: PERSON.bob }],
        },
      },
    ],
    [`people/${PERSON.cid}?expand=posts_via_author`, { expand: { posts_via_author: [] } }],
    [
      `tags/${TAG.y}?expand=posts_via_tags`,
      { expand: { posts_via_tags: [{ id: one, tags: [TAG.y, TAG.x] }, { id: two }] } },
    ],
    [
      `teams/${TEAM.red}?expand=people_via_team.posts_via_author.comments_via_post`,
      {
        expand: {
          people_via_team: [
            {
              expand: {
                posts_via_author: [{ expand: { comments_via_post: [{ text: "first" }, { text: "second" }] } }],
              },
            },
          ],
        },
      },
    ],
    [
      `posts/${one}?expand=author&fields=title`,
      { title: "Hello Wörld", author: ABSENT, id: ABSENT, expand: { author: { name: "Ann Ångström" } } },
    ],
    [
      "posts?expand=author,tags&sort=id",
      {
        items: [
          { expand: { author: { id: PERSON.ann }, tags: [{}, {}] } },
          { expand: { author: { id: PERSON.bob }, tags: [{}] } },
          { expand: { author: { id: PERSON.bob }, tags: [] } },
          { expand: { author: (value: unknown) => value === null } },
        ],
      },
    ],
  ];
  for (const [path, expected] of EXPANSIONS) {
    test(`expand ${path}`, async () => {
      const answer = await get(`/api/${path}`);
      assert.equal(answer.status, 200, answer.text);
      assertHolds(answer.body, expected);
      assert.doesNotMatch(answer.text, /s3cret|"secret"/);
    });
  }

  const AGGREGATES: readonly (readonly [string, unknown])[] = [
    ["aggregate=count()", [{ count: 4 }]],
    [
      "aggregate=count(),sum(price),avg(price),min(price),max(price)",
      [{ count: 4, sum_price: 8, avg_price: 8 / 3, min_price: 1.5, max_price: 4 }],
    ],
    ["aggregate=count(price)", [{ count_price: 3 }]],
    [
      "aggregate=count()&group=status",
      [
        { status: "draft", count: 2 },
        { status: "published", count: 2 },
      ],
    ],
    [
      "aggregate=count()&group=ok",
      [
        { ok: null, count: 2 },
        { ok: false, count: 1 },
        { ok: true, count: 1 },
      ],
    ],
    [
      "aggregate=count(),sum(views)&group=status,ok&sort=-sum_views",
      [
        { status: "draft", ok: false, count: 1, sum_views: 20 },
        { status: "published", ok: true, count: 1, sum_views: 10 },
        {},
        {},
      ],
    ],
    [
      "aggregate=max(title),min(due)&filter=ok != null",
      [{ max_title: "Hello Wörld", min_due: "2026-01-02T03:04:05.000Z" }],
    ],
    [
      "aggregate=count()&group=author.name&sort=-count,author.name&limit=2",
      [
        { "author.name": "Bob", count: 2 },
        { "author.name": null, count: 1 },
      ],
    ],
    [
      "aggregate=avg(author.age)&group=status",
      [
        { status: "draft", avg_author_age: 30 },
        { status: "published", avg_author_age: 35 },
      ],
    ],
    ["aggregate=count()&filter=views > 1000", [{ count: 0 }]],
    ["aggregate=sum(price)&filter=views > 1000", [{ sum_price: null }]],
    ["aggregate=count()&group=status&filter=views > 1000", []],
    ["aggregate=count()&search=fox", [{ count: 1 }]],
  ];
  for (const [query, expected] of AGGREGATES) {
    test(`?${query}`, async () => {
      const { status, body, text } = await get(`/api/posts?${query.replaceAll(" ", "%20").replaceAll("!", "%21")}`);
      assert.equal(status, 200, text);
      assertHolds(body, { groups: expected });
    });
  }

  test("a hidden field is nowhere", async () => {
    const queries = [
      "filter=secret%20%3D%20's3cret-one'",
      "filter=secret%20!%3D%20null",
      "filter=author.posts_via_author.secret%20~%20's3cret'",
      "sort=secret",
      "fields=secret",
      "aggregate=count(secret)",
      "aggregate=max(secret)",
      "aggregate=count()&group=secret",
      "expand=secret",
    ];
    for (const query of queries) assertProblem(await get(`/api/posts?${query}`), 400, "bad_request", query);
    for (const { query, text } of [
      { query: "posts", text: (await get("/api/posts")).text },
      { query: "one", text: (await get(`/api/posts/${one}`)).text },
      { query: "search", text: (await get("/api/posts?search=s3cret")).text },
    ]) {
      assert.doesNotMatch(text, /s3cret|"secret"/, query);
    }
    assert.deepEqual((await get("/api/posts?search=s3cret")).body.items, []);
  });
});

test("a sum of whole numbers past 2^53 is a number all the same", async () => {
  const fields = [{ name: "n", type: "integer" }];
  const app = await openApp({
    collections: [{ name: "numbers", fields, permissions: { read: "public", create: "public" } }],
  });
  try {
    const n = Number.MAX_SAFE_INTEGER;
    for (let round = 0; round < 2; round += 1)
      await succeed(
        app,
        "POST",
        "/api/numbers",
        Array.from({ length: 600 }, () => ({ n })),
      );
    const answer = await app.call("GET", "/api/numbers?aggregate=count(),sum(n),avg(n),max(n)");
    assert.equal(answer.status, 200, answer.text);
    const [group] = answer.body.groups;
    assert.equal(group.max_n, n);
    assert.ok(Math.abs(group.sum_n - n * 1200) <= n * 1e-9, answer.text);
    assert.ok(Math.abs(group.avg_n - n) <= n * 1e-9, answer.text);
  } finally {
    await app.close();
  }
});
