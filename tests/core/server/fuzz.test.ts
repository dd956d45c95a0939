import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BLOG_OPTIONS, BLOG_SEED, COMMENT, PERSON, POST, TAG } from "../../conformance/http/blog.ts";
import { openApp, type TestApp } from "../../support/app.ts";
import { succeed, uuid } from "../../support/scenario.ts";
import { createRandom, type Random, seedFromEnvironment } from "../rules/random.ts";

const ROUNDS = 2500;
const STATUSES = new Set([200, 201, 204, 304, 400, 401, 404, 405, 409, 412, 413, 415]);

const PIECES = [
  ..."title body status labels author tags price views ok at due day made meta slug secret id createdAt version name email age team boss".split(
    " ",
  ),
  ..."author.name author.team.name tags.name comments_via_post.text meta.a meta.b.c posts_via_author.tags.name people_via_boss.age".split(
    " ",
  ),
  ..."= != < <= > >= ~ !~ && || ! ( ) , in true false null @now @user.id @user.role @old.title every length lower distance count sum avg min max".split(
    " ",
  ),
  ..."'x' \"y\" '' 'ä' '%' '_' '\\\\' '2026-01-01' '2026-01-02T03:04:05Z' 0 1 -1 1.5 1e308 9007199254740993 0.1".split(
    " ",
  ),
  `'${PERSON.ann}'`,
  `'${TAG.y}'`,
  " ",
  "\u{1f600}",
  "\u0000",
  "'",
  ";",
  "--",
  "/*",
  "(1",
  "at, 48, 2",
  "`",
  "\\",
] as const;
const STRINGS = [
  "",
  "x",
  "ä\u{1f600}",
  "\u0000",
  "\ud800",
  "%",
  "'",
  '"',
  "\\",
  "2026-01-01",
  "2026-01-01T00:00:00Z",
  "draft",
  "red",
  POST.one,
  PERSON.bob,
  TAG.x,
  uuid(77),
  "x".repeat(300),
  "a@b.co",
  "https://x.y",
  "__proto__",
  "null",
] as const;
const NUMBERS = [0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 150] as const;
const NAMES = [
  "posts",
  "people",
  "tags",
  "teams",
  "comments",
  "nope",
  "batch",
  "__proto__",
  "posts:tags",
  "openapi.json",
  "docs",
  "",
] as const;
const IDS = [
  POST.one,
  POST.two,
  PERSON.ann,
  PERSON.bob,
  TAG.x,
  COMMENT.a,
  uuid(77),
  "x",
  "__proto__",
  "%00",
  "%",
  "%F0%9F%98%80",
  "",
] as const;
const FIELDS = PIECES.slice(0, 23);

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

describe("anything at all", () => {
  const seed = seedFromEnvironment();
  const random = createRandom(seed);
  let app: TestApp;
  before(async () => {
    app = await openApp({ ...BLOG_OPTIONS, limits: { body: 65_536 } });
    for (const [path, body] of BLOG_SEED) await succeed(app, "POST", path, body);
  });
  after(() => app.close());

  test(`${ROUNDS} requests, SEED=${seed}`, async () => {
    const seen = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const sent = randomRequest(random);
      const answer = await app.call(sent.method, sent.path, sent);
      const { status, text } = answer;
      const where = `SEED=${seed} round ${round}: ${JSON.stringify(sent).slice(0, 1000)} answered ${status} ${text.slice(0, 200)}`;
      seen.set(status, (seen.get(status) ?? 0) + 1);
      assert.ok(STATUSES.has(status), where);
      const type = answer.headers.get("content-type");
      const bare = status === 204 || status === 304;
      const expected: readonly (string | null)[] = bare
        ? [null]
        : status >= 400
          ? ["application/problem+json"]
          : ["application/json", "text/html; charset=utf-8"];
      assert.ok(expected.includes(type), `${type} ${where}`);
      if (bare || sent.method === "HEAD") assert.equal(text, "", where);
      else if (type !== "text/html; charset=utf-8") assert.notEqual(answer.body, undefined, where);
      assert.ok(text.isWellFormed() && !text.includes("s3cret"), where);
      if (status >= 400 && text !== "") assert.equal(answer.body.requestId, answer.headers.get("x-request-id"), where);
    }
    assert.ok((seen.get(200) ?? 0) > ROUNDS / 50, `too few good answers: ${JSON.stringify([...seen])}, SEED=${seed}`);
    assert.ok((seen.get(201) ?? 0) > 10, `too few records made: ${JSON.stringify([...seen])}, SEED=${seed}`);

    assert.equal((await app.call("GET", "/readyz")).status, 200);
    assert.equal((await app.call("POST", "/api/tags", { body: { name: "still here" } })).status, 201);
    assert.deepEqual(await app.sql("PRAGMA foreign_key_check"), []);
    assert.deepEqual(await app.sql("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
  });
});

function randomRequest(random: Random): Sent {
  const method = random.pick([
    "GET",
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "PATCH",
    "PATCH",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PROPFIND",
  ]);
  const name = random.chance(0.9) ? random.pick(NAMES.slice(0, 5)) : random.pick(NAMES);
  const single = random.chance(method === "GET" ? 0.25 : method === "POST" ? 0.05 : 0.95);
  const target =
    method === "POST" && random.chance(0.2) ? "/api/batch" : `/api/${name}${single ? `/${random.pick(IDS)}` : ""}`;
  const query = method === "GET" || random.chance(0.05) ? randomQuery(random) : "";
  const withBody = method === "POST" || method === "PATCH" || method === "PUT";
  return {
    method,
    path: `${target}${query && `?${query}`}`,
    headers: randomHeaders(random),
    ...(withBody ? { body: target === "/api/batch" ? randomBatch(random) : randomBody(random, name) } : {}),
  };
}

function randomHeaders(random: Random): Record<string, string> {
  const headers: Record<string, string> = {};
  const maybe = (name: string, values: readonly string[], chance = 0.06) => {
    if (random.chance(chance)) headers[name] = random.pick(values);
  };
  maybe("if-match", ['"1"', "*", '"x"', 'W/"1"', ",", '"999999999999999999"']);
  maybe("if-none-match", ['"1"', "*", ",,", "x"]);
  maybe("accept-encoding", ["gzip;q=0", "identity", "br", ";;"]);
  maybe("origin", ["https://a.b", "null", "", "x"]);
  maybe("idempotency-key", ["a", "b", "", "\u00e9", "x".repeat(300)]);
  maybe("x-request-id", ["12345678", "", '"', "x".repeat(100)]);
  maybe(
    "content-type",
    ["application/json; charset=utf-8", "application/problem+json", "text/plain", "application/json;x"],
    0.03,
  );
  maybe("authorization", ["Bearer x", ""], 0.02);
  return headers;
}

function randomQuery(random: Random): string {
  const soup = (most: number) => random.several(most, () => random.pick(PIECES)).join(random.chance(0.8) ? " " : "");
  const paths = (most: number) =>
    random.several(most, () => `${random.chance(0.3) ? "-" : ""}${random.pick(FIELDS)}`).join(",");
  const comparison = () =>
    `${random.pick(PIECES.slice(0, 31))} ${random.pick(["=", "!=", "<", ">=", "~", "!~"])} ${random.pick(PIECES.slice(57, 75))}`;
  const makers: readonly (() => [string, string])[] = [
    () => ["filter", soup(8)],
    () => ["filter", random.several(3, comparison).join(random.pick([" && ", " || "]))],
    () => ["filter", comparison()],
    () => ["sort", paths(4)],
    () => ["sort", random.pick(PIECES)],
    () => ["fields", paths(4).replaceAll("-", "")],
    () => [
      "expand",
      random
        .several(3, () =>
          random.pick([
            "author",
            "tags",
            "boss",
            "team",
            "post",
            "author.team",
            "comments_via_post",
            "posts_via_author.tags",
            "people_via_boss",
            "nope",
            "",
          ]),
        )
        .join(","),
    ],
    () => ["limit", random.pick(["1", "2", "500", "0", "x", "1e3"])],
    () => ["page", random.pick(["1", "2", "999999999999999", "0", "x"])],
    () => ["count", random.pick(["true", "false", "1"])],
    () => ["search", soup(3)],
    () => [
      "aggregate",
      random
        .several(3, () =>
          random.pick([
            "count()",
            "sum(price)",
            "avg(views)",
            "min(title)",
            "max(due)",
            "count(tags)",
            "sum(author.age)",
            `${random.pick(["count", "sum", "nope"])}(${random.pick(PIECES)})`,
          ]),
        )
        .join(","),
    ],
    () => ["group", paths(2).replaceAll("-", "")],
    () => [
      "cursor",
      btoa(
        JSON.stringify([
          random.pick(["posts|", "tags|", "x"]),
          random.pick([1, null, "x", {}]),
          random.pick(["x", 1, null]),
        ]),
      ),
    ],
    () => [random.pick(["nope", "__proto__", ""]), "1"],
  ];
  return random
    .several(3, () => random.pick(makers)())
    .map(
      ([key, value]) =>
        `${key}=${random.chance(0.95) ? encodeURIComponent(value.toWellFormed()) : value.replaceAll(/[^!-~]|#/g, "%")}`,
    )
    .join("&");
}

function randomValue(random: Random, depth = 0): unknown {
  const kind = random.below(depth > 3 ? 4 : 7);
  if (kind === 0) return random.pick(STRINGS);
  if (kind === 1) return random.pick(NUMBERS);
  if (kind === 2) return random.pick([true, false, null]);
  if (kind === 3) return random.pick([{ lat: 1, lng: 2 }, { lat: 91, lng: 2 }, [TAG.x], [TAG.y, TAG.x], ["red"], []]);
  if (kind === 4) return random.several(4, () => randomValue(random, depth + 1));
  return Object.fromEntries(random.several(4, () => [random.pick(STRINGS), randomValue(random, depth + 1)]));
}

function randomBody(random: Random, name: string): unknown {
  if (random.chance(0.05))
    return random.pick(["{", "", "null", "[]", "[[]]", '{"__proto__":1}', "\u0000", "1e999", `${"[".repeat(10_000)}`]);
  const good: Record<string, unknown> =
    name === "posts"
      ? { title: `t${random.below(1000)}`, views: random.below(10), tags: random.pick([[], [TAG.x], [TAG.y, TAG.z]]) }
      : name === "comments"
        ? { text: "c", post: random.pick([POST.one, POST.two, POST.three]) }
        : { name: `n${random.below(1_000_000)}` };
  if (random.chance(0.5)) return good;
  for (const field of random.several(3, () => random.pick(FIELDS))) good[field] = randomValue(random);
  return random.chance(0.1) ? [good, randomValue(random)] : good;
}

function randomBatch(random: Random): unknown {
  if (random.chance(0.1)) return randomValue(random);
  const operations = random.several(5, () => {
    const collection = random.pick(NAMES.slice(0, 6));
    return {
      op: random.pick(["create", "update", "upsert", "delete", ...(random.chance(0.05) ? ["nope"] : [])]),
      collection,
      ...(random.chance(0.8) ? { id: random.pick(IDS) } : {}),
      ...(random.chance(0.9) ? { data: randomBody(random, collection) } : {}),
    };
  });
  return { operations };
}
