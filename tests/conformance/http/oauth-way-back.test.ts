import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MINUTE, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { begin, fakeLogins, land, type Returning } from "../../support/oauth.ts";

const logins = fakeLogins();
const { goThrough, login, test: withFake } = logins;

describe("what comes back from a provider", () => {
  const mine = async (world: World) => goThrough(world);
  const changed = (path: string, change: (query: URLSearchParams) => void): string => {
    const [way = "", text] = path.split("?");
    const query = new URLSearchParams(text);
    change(query);
    return `${way}?${query}`;
  };
  const refused: readonly [name: string, forge: (world: World) => Promise<Returning>, status: number, code: string][] =
    [
      [
        "without a state",
        async (world) => {
          const { path, cookie } = await mine(world);
          return { cookie, path: changed(path, (query) => query.delete("state")) };
        },
        401,
        "unauthenticated",
      ],
      [
        "with a state that was made up",
        async (world) => {
          const { path } = await mine(world);
          const state = "A".repeat(43);
          return { cookie: `__Host-bak-oauth-AAAAAAAA=${state}`, path: changed(path, (q) => q.set("state", state)) };
        },
        401,
        "unauthenticated",
      ],
      [
        "in another browser than the one that began",
        async (world) => ({ ...(await mine(world)), cookie: "" }),
        401,
        "unauthenticated",
      ],
      [
        "with the cookie of another login",
        async (world) => ({ path: (await mine(world)).path, cookie: (await begin(world, "mine")).cookie }),
        401,
        "unauthenticated",
      ],
      [
        "with a cookie that anybody could have set",
        async (world) => {
          const { path, cookie } = await mine(world);
          return { path, cookie: cookie.replace("__Host-", "") };
        },
        401,
        "unauthenticated",
      ],
      [
        "after ten minutes",
        async (world) => {
          const back = await mine(world);
          world.pass(10 * MINUTE);
          return back;
        },
        401,
        "unauthenticated",
      ],
      [
        "a second time",
        async (world) => {
          const back = await mine(world);
          assert.equal((await land(world, back)).status, 200);
          return back;
        },
        401,
        "unauthenticated",
      ],
      [
        "to the door of another provider",
        async (world) => {
          const { path, cookie } = await mine(world);
          return { cookie, path: path.replace("/mine/", "/google/") };
        },
        401,
        "unauthenticated",
      ],
      [
        "with the code of another login",
        async (world) => {
          const { path, cookie } = await mine(world);
          const code = new URLSearchParams((await mine(world)).path.split("?")[1]).get("code") ?? "";
          return { cookie, path: changed(path, (query) => query.set("code", code)) };
        },
        401,
        "invalid_credentials",
      ],
      [
        "with a code that was made up",
        async (world) => {
          const { path, cookie } = await mine(world);
          return { cookie, path: changed(path, (query) => query.set("code", "x")) };
        },
        401,
        "invalid_credentials",
      ],
      [
        "with a refusal",
        async (world) => {
          const { path, cookie } = await mine(world);
          const refuse = (query: URLSearchParams): void => {
            query.delete("code");
            query.set("error", "access_denied");
            query.set("error_description", "<script>");
          };
          return { cookie, path: changed(path, refuse) };
        },
        401,
        "invalid_credentials",
      ],
      [
        "from a provider that is not there",
        async (world) => ({ ...(await mine(world)), path: "/api/auth/oauth/nobody/callback?state=x" }),
        404,
        "not_found",
      ],
    ];
  for (const [name, forge, status, code] of refused) {
    test(
      `${name} is ${status}`,
      withFake(async (world) => {
        const answer = await land(world, await forge(world));
        assertProblem(answer, status, code);
        assert.doesNotMatch(answer.text, /script/);
        assert.deepEqual(answer.headers.getSetCookie(), []);
      }),
    );
  }

  const untrue: readonly [name: string, spoil: () => void, status: number, code: string][] = [
    ["another nonce", () => void Object.assign(logins.fake, { lie: { nonce: "x" } }), 401, "invalid_credentials"],
    ["another audience", () => void Object.assign(logins.fake, { lie: { aud: "x" } }), 401, "invalid_credentials"],
    [
      "another issuer",
      () => void Object.assign(logins.fake, { lie: { iss: "https://x" } }),
      401,
      "invalid_credentials",
    ],
    [
      "a token that has ended",
      () => void Object.assign(logins.fake, { lie: { iat: 1, exp: 2 } }),
      401,
      "invalid_credentials",
    ],
    ["a key that nobody knows", () => void Object.assign(logins.fake, { forged: true }), 401, "invalid_credentials"],
    [
      "a client that it does not know",
      () => void Object.assign(logins.fake, { broken: { status: 401, body: { error: "invalid_client" } } }),
      503,
      "unavailable",
    ],
    ["nothing", () => void Object.assign(logins.fake, { broken: { status: 200, body: {} } }), 503, "unavailable"],
    [
      "an error of its own",
      () => void Object.assign(logins.fake, { broken: { status: 500, body: {} } }),
      503,
      "unavailable",
    ],
  ];
  for (const [name, spoil, status, code] of untrue) {
    test(
      `${name} is ${status}, and makes no account`,
      withFake(async (world) => {
        spoil();
        const answer = await login(world);
        assertProblem(answer, status, code);
        assert.deepEqual(await world.app.sql(`SELECT "id" FROM "users"`), []);
        assert.deepEqual(await world.types(), []);
      }),
    );
  }

  test(
    "asks a provider again that did not answer",
    withFake(async (world) => {
      logins.fake.about = { issuer: "https://another.example.com" };
      assertProblem(await world.call("GET", "/api/auth/oauth/mine"), 503, "unavailable");
      logins.fake.about = {};
      assert.equal((await login(world)).status, 200);
    }),
  );
});

describe("where a login may lead", () => {
  const cases: readonly [redirect: string, leads: string | null][] = [
    ["/in", "https://example.com/in"],
    ["https://example.com/in?a=b", "https://example.com/in?a=b"],
    ["https://app.example.com", "https://app.example.com/"],
    ["https://APP.example.com:443/x", "https://app.example.com/x"],
    ["myapp://login/done", "myapp://login/done"],
    ["https://evil.example", null],
    ["https://example.com.evil.example", null],
    ["https://example.com@evil.example", null],
    ["https://ann:secret@example.com", null],
    ["http://example.com", null],
    ["https://example.com:444", null],
    ["//evil.example", null],
    ["\\\\evil.example", null],
    ["/\\evil.example", null],
    ["/\t/evil.example", null],
    ["https:evil.example", null],
    ["javascript:alert(1)", null],
    ["data:text/html,x", null],
    ["myapp://other", null],
    ["https://[", null],
  ];
  for (const [redirect, leads] of cases) {
    test(
      `${JSON.stringify(redirect)} ${leads === null ? "is refused" : `leads to ${leads}`}`,
      withFake(async (world) => {
        const query = `?redirect=${encodeURIComponent(redirect)}`;
        const answer = await world.call("GET", `/api/auth/oauth/mine${query}`);
        if (leads === null) {
          // what stays on the application's own origin does no harm
          if (answer.status === 302) {
            const landed = await login(world, "mine", query);
            assert.match(landed.headers.get("location") ?? "", /^https:\/\/example\.com\/[^/]/);
            return;
          }
          assertProblem(answer, 400, "bad_request");
          assert.equal(answer.headers.get("location"), null);
          return;
        }
        const landed = await login(world, "mine", query);
        assert.equal(landed.status, 302);
        const [target = "", code = ""] = (landed.headers.get("location") ?? "").split("#code=");
        assert.equal(target, leads);
        assert.match(code, /^[\w-]{43}$/);
        assert.equal(landed.headers.get("referrer-policy"), "no-referrer");
      }),
    );
  }

  test(
    "what went wrong is told there too",
    withFake(async (world) => {
      const query = "?redirect=/in";
      logins.fake.lie = { nonce: "x" };
      const answer = await login(world, "mine", query);
      assert.equal(answer.headers.get("location"), "https://example.com/in#error=invalid_credentials");
      const { path, cookie } = await goThrough(world, "mine", query);
      const denied = await land(world, { cookie, path: path.replace("code=", "error=access_denied&x=") });
      assert.equal(denied.headers.get("location"), "https://example.com/in#error=invalid_credentials");
      // a login that this browser did not begin leads nowhere
      const stolen = await land(world, { ...(await goThrough(world, "mine", query)), cookie: "" });
      assertProblem(stolen, 401, "unauthenticated");
    }),
  );

  for (const query of ["?redirect=/a&redirect=/b", "?next=/a", "?codeChallenge=short", "?collection=notes"]) {
    test(
      `${query} is refused`,
      withFake(async (world) => {
        const answer = await world.call("GET", `/api/auth/oauth/mine${query}`);
        assert.ok([400, 404].includes(answer.status), answer.text);
      }),
    );
  }
});
