import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BLOG_OPTIONS, BLOG_SEED, PERSON, POST, TAG } from "../../conformance/http/blog.ts";
import { assertProblem, openApp, type TestApp } from "../../support/app.ts";
import { succeed, uuid } from "../../support/scenario.ts";

type Bad = readonly [request: string, status: number, code: string, body?: unknown, headers?: Record<string, string>];

const bad = (request: string, body?: unknown, headers?: Record<string, string>): Bad =>
  [request, 400, "bad_request", body, ...(headers ? [headers] : [])] as unknown as Bad;
const invalid = (request: string, body: unknown): Bad => [request, 400, "validation_failed", body];
const missing = (request: string, body?: unknown): Bad => [request, 404, "not_found", body];
const q = encodeURIComponent;
const filter = (text: string): Bad => bad(`GET /api/posts?filter=${q(text)}`);

const deepArray = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const deepObject = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

const BODIES: readonly Bad[] = [
  ...[
    "",
    " ",
    "{",
    "}",
    "nul",
    "{'name':1}",
    '{"name":}',
    '{"name":"x"',
    '{"a":1}{"b":2}',
    '{"name":"\u0001"}',
    "[1,]",
    "NaN",
    "Infinity",
    "01",
    '"\\x"',
    "undefined",
    "<xml/>",
    "name=x",
    "\u{feff}\u{feff}{}",
  ].map((body) => bad("POST /api/tags", body)),
  bad("POST /api/tags", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  bad("POST /api/tags", new Uint8Array([0xc3])),
  bad("POST /api/tags", new Uint8Array([0xed, 0xa0, 0x80])),
  bad(`PATCH /api/tags/${TAG.x}`, "{"),
  bad(`PUT /api/tags/${TAG.x}`, "{"),
  bad("POST /api/batch", "{"),
  ...["null", "true", "5", '"text"'].map((body) => invalid("POST /api/tags", body)),
  ...["null", "[]", "5", '"text"'].map((body) => invalid(`PATCH /api/tags/${TAG.x}`, body)),
  invalid("POST /api/tags", [null]),
  invalid("POST /api/tags", [[]]),
  invalid("POST /api/tags", ["x"]),
  ...[null, 5, true, [], {}, "a\u0000b", "\ud800", "\udc00x"].map((name) => invalid("POST /api/tags", { name })),
  invalid("POST /api/tags", '{"name":"ok","__proto__":{"admin":true}}'),
  invalid("POST /api/tags", '{"name":"ok","constructor":{"prototype":{}}}'),
  invalid("POST /api/tags", { name: "ok", toString: "x" }),
  invalid("POST /api/tags", { name: "ok", hasOwnProperty: "x" }),
  invalid("POST /api/tags", '{"__proto__":{"name":"x"}}'),
  invalid("POST /api/tags", { name: "ok", "": 1 }),
  invalid("POST /api/tags", { name: "ok", "a.b": 1 }),
  invalid("POST /api/tags", { name: "ok", 'x"; DROP TABLE tags; --': 1 }),
  invalid("POST /api/tags", { name: "ok", "\ud800": 1 }),
  invalid("POST /api/tags", { name: "ok", ["x".repeat(100_000)]: 1 }),
  invalid("POST /api/tags", Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`f${n}`, 1]))),
  invalid("POST /api/tags", { name: "ok", expand: {} }),
  ...[
    "__proto__",
    "constructor",
    "1",
    "",
    "x".repeat(300),
    `${uuid(1)} `,
    uuid(1).replaceAll("-", ""),
    5,
    null,
    {},
  ].map((id) => invalid("POST /api/tags", { name: "ok", id })),
  ...[1.5, "1", 1e300, true, [1], -1, 151].map((age) => invalid("POST /api/people", { name: "ok", age })),
  invalid("POST /api/people", '{"name":"ok","age":1e400}'),
  invalid("POST /api/posts", '{"title":"ok","price":1e999}'),
  ...["x", "a@b", "@example.com", "a b@example.com", "a@example..com", `${"x".repeat(250)}@example.com`].map((email) =>
    invalid("POST /api/people", { name: "ok", email }),
  ),
  ...["2026", "2026-02-30", "yesterday", "2026-01-01T00:00:00", "2026-01-01T25:00:00Z", 5, "2026-13-01T00:00:00Z"].map(
    (due) => invalid("POST /api/posts", { title: "ok", due }),
  ),
  ...["2026-02-29", "26-01-01", "2026-1-1", "2026-01-01T00:00:00Z", 20260101].map((day) =>
    invalid("POST /api/posts", { title: "ok", day }),
  ),
  ...[
    {},
    { lat: 1 },
    { lat: 91, lng: 0 },
    { lat: 0, lng: -180.5 },
    { lat: "1", lng: 2 },
    { lat: 1, lng: 2, alt: 3 },
    [1, 2],
    "1,2",
  ].map((at) => invalid("POST /api/posts", { title: "ok", at })),
  ...["red", ["pink"], [["red"]], [null], { 0: "red" }].map((labels) =>
    invalid("POST /api/posts", { title: "ok", labels }),
  ),
  ...["x", [TAG.x, TAG.x], ["x"], [null], { id: TAG.x }, [{ id: TAG.x }]].map((tags) =>
    invalid("POST /api/posts", { title: "ok", tags }),
  ),
  invalid("POST /api/posts", `{"title":"ok","meta":${deepArray(65)}}`),
  invalid("POST /api/posts", `{"title":"ok","meta":${deepObject(5000)}}`),
  invalid("POST /api/posts", { title: "ok", meta: { a: "\u0000" } }),
  invalid("POST /api/posts", { title: "ok", meta: { "\ud800": 1 } }),
  invalid("POST /api/posts", { title: "x".repeat(41) }),
  invalid("POST /api/posts", { title: "\u{1f600}".repeat(41) }),
  ["POST /api/tags", 413, "payload_too_large", { name: "x".repeat(1024 * 1024) }],
  ["POST /api/tags", 415, "unsupported_media_type", "{}", { "content-type": "text/plain" }],
  ["POST /api/tags", 415, "unsupported_media_type", "{}", { "content-type": "application/jsonx" }],
  ["POST /api/tags", 415, "unsupported_media_type", "{}", { "content-type": "multipart/form-data; boundary=x" }],
  ["POST /api/tags", 415, "unsupported_media_type", "a=b", { "content-type": "application/x-www-form-urlencoded" }],
  ["POST /api/tags", 415, "unsupported_media_type"],
  [`PATCH /api/tags/${TAG.x}`, 415, "unsupported_media_type", "{}", { "content-type": "text/json" }],
  ["POST /api/batch", 415, "unsupported_media_type", "{}", { "content-type": "text/plain" }],
];

const FILTERS: readonly Bad[] = [
  "",
  " ",
  "title",
  "title =",
  "= 'x'",
  "title = 'x",
  'title = "x',
  "title == 'x'",
  "title = 'x' &&",
  "&& title = 'x'",
  "title = 'x' & ok = true",
  "title = 'x' and ok = true",
  "title = x",
  "title = 5",
  "title > 5",
  "views = 'x'",
  "views ~ 5",
  "ok = 1",
  "ok > true",
  "due = 'yesterday'",
  "due = 5",
  "day = '2026-02-30'",
  "nope = 1",
  "author.nope = 1",
  "title.x = 1",
  "views.a = 1",
  "author.team.name.x = 'y'",
  "tags.author = 'x'",
  "comments_via_nope = 1",
  "nope_via_post = 1",
  "at = 1",
  "distance(at) < 1",
  "distance(at, 1) < 1",
  "distance(at, 1, 2, 3) < 1",
  "distance(title, 1, 2) < 1",
  "distance(at, 'a', 2) < 1",
  "length() > 1",
  "length(views) > 1",
  "nope(title) = 1",
  "lower(views) = 'x'",
  "title in ()",
  "title in ('x',)",
  "title in 'x'",
  "title in (author)",
  "title in ('x', 5)",
  "(title = 'x'",
  "title = 'x')",
  "()",
  "!",
  "!!",
  "!title",
  "@now",
  "@nope = 1",
  "@user = 1",
  "@user. = 1",
  "@old.title = 'x'",
  "@now = @now.x",
  "title = 'x' || ",
  "title = 'a\u0000b'",
  "title = '\\q'",
  "views = 1e999",
  "views = 01",
  "views = 1.",
  "views = .5",
  "views = 1e",
  "views = --1",
  "views = 0x10",
  "title = `x`",
  "title = 'x'; DROP TABLE posts",
  "title = 'x' -- ",
  "title like 'x'",
  "secret = 'x'",
  "author.posts_via_author.secret = 'x'",
  "__proto__ = 1",
  "constructor = 1",
  "toString = 1",
  "author.__proto__ = 1",
  "author.constructor.name = 'x'",
  "title = 'x' = 'y'",
  "1 < views < 5",
  "ok = true = false",
  "[title] = 'x'",
  '"title" = ',
  "title\u00a0= 'x'",
  "tïtle = 'x'",
  "\u{1f600}",
  `${"(".repeat(5000)}ok = true${")".repeat(5000)}`,
  `${"!".repeat(5000)}(ok = true)`,
  Array.from({ length: 5000 }, () => "ok = true").join(" || "),
  `${"author.boss.".repeat(1)}${"boss.".repeat(200)}name = 'x'`,
  `lower(${"lower(".repeat(2000)}title${")".repeat(2000)}) = 'x'`,
  `title in (${Array.from({ length: 100_000 }, () => "'x'").join(",")})`,
].map(filter);

const QUERIES: readonly Bad[] = [
  ...["0", "501", "-1", "1e3", "abc", "", "1.5", "0x10", " 5", "+5", "99999999999999999999", "NaN", "5;", "null"].map(
    (limit) => bad(`GET /api/posts?limit=${q(limit)}`),
  ),
  ...["0", "-1", "1.5", "abc", "", "99999999999999999999"].map((page) => bad(`GET /api/posts?page=${q(page)}`)),
  ...["1", "yes", "TRUE", "", "0"].map((count) => bad(`GET /api/posts?count=${count}`)),
  ...[
    "nope",
    "",
    "-",
    "--title",
    "title,",
    ",title",
    "title desc",
    "author.nope",
    "tags",
    "tags.name",
    "labels",
    "at",
    "meta",
    "meta.a",
    "secret",
    "@now",
    "'x'",
    "5",
    "distance(at,1)",
    "__proto__",
    "constructor",
    "title;",
    "comments_via_post.text",
    Array.from({ length: 20 }, () => "title").join(","),
  ].map((sort) => bad(`GET /api/posts?sort=${q(sort)}`)),
  ...["nope", "secret", "title.x", "author.name", "*", "__proto__", "constructor", "expand", "title;"].map((fields) =>
    bad(`GET /api/posts?fields=${q(fields)}`),
  ),
  bad(`GET /api/posts/${POST.one}?fields=nope`),
  ...[
    "nope",
    "title",
    "author.nope",
    "author.name",
    "comments_via_nope",
    "posts_via_author",
    "secret",
    "__proto__",
    "constructor.x",
    ".",
    "author.",
    ".author",
    "author..team",
    `author${".boss".repeat(10)}`,
  ].map((expand) => bad(`GET /api/posts?expand=${q(expand)}`)),
  bad(`GET /api/posts/${POST.one}?expand=nope`),
  bad("GET /api/tags?search=x"), // nothing is searchable there
  ...["", " ", "***", '"', "%", Array.from({ length: 17 }, () => "w").join(" ")].map((search) =>
    bad(`GET /api/posts?search=${q(search)}`),
  ),
  ...["nope", "x=1", "Filter=ok", "where", "__proto__", "limit[]", "offset"].map((name) =>
    bad(`GET /api/posts?${name}=1`),
  ),
  bad("GET /api/posts?limit=1&limit=2"),
  bad("GET /api/posts?filter=ok%3Dtrue&filter=ok%3Dfalse"),
  bad(`GET /api/posts/${POST.one}?limit=1`),
  bad("POST /api/tags?fields=name", { name: "q" }),
  bad("POST /api/batch?x=1", { operations: [] }),
  bad(`PATCH /api/tags/${TAG.x}?x=1`, { name: "q" }),
  bad(`DELETE /api/tags/${TAG.x}?filter=1`),
  ...[
    "sum()",
    "count",
    "count(nope)",
    "sum(title)",
    "avg(ok)",
    "min(ok)",
    "sum(tags.name)",
    "nope(price)",
    "count(",
    "sum(price",
    "",
    ",",
    "COUNT()",
    "count(secret)",
    "count(*)",
    "sum(price),sum(price)",
    "max(at)",
    "count(meta)",
    "avg(labels)",
    Array.from({ length: 17 }, (_, n) => `count(views)`.repeat(1) + " ".repeat(n)).join(","),
  ].map((aggregate) => bad(`GET /api/posts?aggregate=${q(aggregate)}`)),
  ...["nope", "at", "meta", "secret", "tags", "labels", "@now"].map((group) =>
    bad(`GET /api/posts?aggregate=count()&group=${q(group)}`),
  ),
  bad("GET /api/posts?aggregate=count()&sort=title"),
  bad("GET /api/posts?aggregate=count()&limit=0"),
  bad("GET /api/posts?aggregate=count()&page=1"),
  bad("GET /api/posts?aggregate=count()&cursor=x"),
  bad("GET /api/posts?aggregate=count()&expand=author"),
  ...["x", "", "e30", "W10", "bnVsbA", "%00", "[]", "====", "WyJwb3N0c3wiXQ", "x".repeat(100_000)].map((cursor) =>
    bad(`GET /api/posts?cursor=${cursor}`),
  ),
];

const PATHS: readonly Bad[] = [
  ...[
    "nope",
    "__proto__",
    "constructor",
    "toString",
    "Posts",
    "posts%00",
    "sqlite_schema",
    "_collections",
    "posts:tags",
    "posts:search",
    "%F0%9F%98%80",
    "x".repeat(5000),
    "posts%22",
    "..%2Fposts",
  ].map((name) => missing(`GET /api/${name}`)),
  ...[
    "nope",
    "__proto__",
    "constructor",
    "0",
    "null",
    "%00",
    "%F0%9F%98%80",
    `${"x".repeat(63)}\u{1f600}`,
    POST.one.toUpperCase(),
    "x".repeat(5000),
    `${POST.one}%20`,
    "'%20OR%201=1%20--",
  ].map((id) => missing(`GET /api/tags/${id}`)),
  missing("PATCH /api/tags/__proto__", {}),
  missing("DELETE /api/tags/constructor"),
  missing("DELETE /api/nope/x"),
  missing("POST /api/nope", {}),
  missing("POST /api/__proto__", {}),
  missing("GET /api/posts/x/y"),
  missing("GET /api"),
  ...["/api/%", "/api/%FF", "/api/tags/%", "/api/tags/%FF", "/api/tags/%ED%A0%80"].map((path) => bad(`GET ${path}`)),
  missing(`POST /${"x".repeat(2000)}`, {}),
  ["DELETE /api/posts", 405, "method_not_allowed"],
  ["PUT /api/posts", 405, "method_not_allowed", {}],
  [`POST /api/posts/${POST.one}`, 405, "method_not_allowed", {}],
  ["POST /health", 405, "method_not_allowed", {}],
  [`DELETE /api/tags/${TAG.x}`, 412, "precondition_failed", undefined, { "if-match": "nonsense" }],
  ["GET /api/posts", 401, "unauthenticated", undefined, { authorization: "Bearer \u00ff" }],
];

describe("bad input", () => {
  let app: TestApp;
  let dump: string;
  const cursors: Record<string, string> = {};
  before(async () => {
    app = await openApp(BLOG_OPTIONS);
    for (const [path, body] of BLOG_SEED) await succeed(app, "POST", path, body);
    for (const [name, path] of [
      ["title", "/api/posts?sort=title&limit=1"],
      ["default", "/api/posts?limit=1"],
      ["people", "/api/people?sort=name&limit=1"],
    ] as const)
      cursors[name] = (await succeed(app, "GET", path)).next;
    await app.heard();
    dump = await app.dump();
  });
  after(() => app.close());

  const all = [...BODIES, ...FILTERS, ...QUERIES, ...PATHS];
  test(`there are at least 100 cases (${all.length})`, () => assert.ok(all.length >= 100));

  for (const [request, status, code, body, headers] of all) {
    const sent = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    test(`${request.slice(0, 90)} ${sent.slice(0, 60)}`.replaceAll("\u0000", "␀").toWellFormed(), async () => {
      const [method = "", path = ""] = request.split(/ (.*)/s);
      const answer = await app.call(method, path, { body, ...(headers ? { headers } : {}) });
      const problem = assertProblem(answer, status, code, request.slice(0, 200));
      assert.ok(String(problem.detail).length < 2000, "a detail is for people");
      assert.ok(answer.text.length < 20_000, "an answer is not a copy of the request");
      if (code === "validation_failed") {
        const { errors } = problem as { errors: readonly Record<string, unknown>[] };
        assert.ok(errors.length > 0);
        for (const one of errors) assert.deepEqual(Object.keys(one).sort(), ["code", "field", "message"]);
      }
    });
  }

  test("cursors of another sort, collection or kind of list", async () => {
    const requests = [
      `/api/posts?sort=-title&cursor=${cursors.title}`,
      `/api/posts?cursor=${cursors.title}`,
      `/api/posts?sort=title&cursor=${cursors.default}`,
      `/api/posts?sort=name&cursor=${cursors.people}`,
      `/api/people?sort=name&cursor=${cursors.title}`,
      `/api/people?cursor=${cursors.default}`,
      `/api/posts?search=hello&cursor=${cursors.default}`,
      `/api/posts?cursor=${cursors.default}&page=2`,
      `/api/posts?sort=title&cursor=${cursors.title?.slice(0, -3)}`,
      `/api/posts?sort=title&cursor=${cursors.title}AAAA`,
      `/api/posts?sort=title&cursor=${btoa(JSON.stringify(["posts|title", {}, 1]))}`,
      `/api/posts?sort=title&cursor=${btoa(JSON.stringify(["posts|title", "x"]))}`,
    ];
    for (const path of requests) assertProblem(await app.call("GET", path), 400, "bad_request", path);
  });

  test("nothing was written and nothing was announced", async () => {
    assert.equal(await app.dump(), dump);
    assert.deepEqual(await app.types(), []);
    assert.equal((await app.call("GET", `/api/people/${PERSON.ann}`)).status, 200);
  });
});
