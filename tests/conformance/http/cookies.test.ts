import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, MINUTE, PASSWORD, type World } from "../../support/accounts.ts";
import { type Answer, assertProblem, type TestAppOptions } from "../../support/app.ts";
import { createAuthenticator } from "../../support/authenticator.ts";
import { turnOnFactor } from "../../support/second-factor.ts";

const ORIGIN = "https://example.com";
const NOTES = {
  name: "notes",
  fields: [
    { name: "text", type: "text" },
    { name: "owner", type: "relation", collection: "users", default: "@user.id" },
  ],
  permissions: { read: "owner", create: "owner = @user.id", update: "owner", delete: "owner" },
};
const OPEN = {
  name: "open",
  fields: [{ name: "text", type: "text" }],
  permissions: { read: "public", create: "public" },
};
const OPTIONS: TestAppOptions = {
  url: ORIGIN,
  collections: [NOTES, OPEN],
  cors: { origins: ["https://app.example.com"], credentials: true },
};
const ANN = { email: "ann@example.com", password: PASSWORD };
const PAGE = { origin: ORIGIN };
const WANTED = { ...PAGE, "x-session": "cookie" };

/** What a browser keeps, by name; nothing of what was taken back. */
type Jar = ReadonlyMap<string, string>;

/** The cookies of an answer over those that were there; each must be one that only our own host reads and sets. */
function kept(answer: Answer, jar: Jar = new Map(), secure = true): Jar {
  const next = new Map(jar);
  for (const text of answer.headers.getSetCookie()) {
    const [, name = "", value = "", age = ""] =
      /^([^=]+)=([^;]*); Path=\/; Max-Age=(\d+); HttpOnly; SameSite=Lax/.exec(text) ?? [];
    assert.match(name, secure ? /^__Host-bak-/ : /^bak-/, text);
    assert.equal(text.endsWith("; Secure"), secure, text);
    if (age === "0") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

const cookie = (jar: Jar): { readonly cookie: string } => ({
  cookie: ["theme=dark", ...[...jar].map(([name, value]) => `${name}=${value}`)].join("; "),
});

/** Ann, whose browser has her session, and what that browser keeps. */
async function signedIn(world: World): Promise<Jar> {
  await world.signUp(ANN.email);
  const answer = await world.call("POST", "/api/auth/login", { body: ANN, headers: WANTED });
  assert.equal(answer.status, 200, answer.text);
  return kept(answer);
}

const me = (world: World, jar: Jar): Promise<Answer> => world.call("GET", "/api/auth/me", { headers: cookie(jar) });
const send = (world: World, path: string, jar: Jar, headers: object = PAGE, body: object = {}): Promise<Answer> =>
  world.call("POST", path, { body, headers: { ...cookie(jar), ...headers } });

describe("a session by cookie", () => {
  test(
    "holds the tokens, and no answer does",
    inWorld(OPTIONS, async (world) => {
      await world.signUp(ANN.email);
      const answer = await world.call("POST", "/api/auth/login", { body: ANN, headers: WANTED });
      assert.deepEqual(Object.keys(answer.body).sort(), ["expiresAt", "user"]);
      const jar = kept(answer);
      assert.deepEqual([...jar.keys()], ["__Host-bak-session", "__Host-bak-refresh"]);
      const mine = await me(world, jar);
      assert.equal(mine.body.user.email, ANN.email);
      assert.equal(mine.headers.get("cache-control"), "no-store");
      assert.deepEqual(mine.headers.getSetCookie(), []);
      assert.equal((await send(world, "/api/notes", jar, PAGE, { text: "x" })).status, 201);
      const notes = await world.call("GET", "/api/notes", { headers: cookie(jar) });
      assert.equal(notes.body.items.length, 1);
      assert.equal(notes.headers.get("cache-control"), "private");
    }),
  );

  test(
    "is refreshed and ended by cookie",
    inWorld(OPTIONS, async (world) => {
      const jar = await signedIn(world);
      world.pass(16 * MINUTE);
      // a token that has ended is told to be refreshed, and is no guest's
      assertProblem(await world.call("GET", "/api/notes", { headers: cookie(jar) }), 401, "unauthenticated");
      assertProblem(await world.call("GET", "/api/open", { headers: cookie(jar) }), 401, "unauthenticated");
      const refreshed = await send(world, "/api/auth/refresh", jar);
      assert.deepEqual(Object.keys(refreshed.body).sort(), ["expiresAt", "user"]);
      const next = kept(refreshed, jar);
      assert.notEqual(next.get("__Host-bak-refresh"), jar.get("__Host-bak-refresh"));
      assert.equal((await me(world, next)).status, 200);
      const ended = await send(world, "/api/auth/logout", next);
      assert.equal(ended.status, 204);
      assert.deepEqual([...kept(ended, next)], []);
      assertProblem(await me(world, next), 401, "unauthenticated");
      // what is kept by mistake is taken back once more
      const again = await send(world, "/api/auth/logout", next);
      assert.deepEqual([again.status, [...kept(again, next)].length], [204, 0]);
      const refused = await send(world, "/api/auth/refresh", next);
      assertProblem(refused, 401, "unauthenticated");
      assert.deepEqual([...kept(refused, next)], []);
    }),
  );

  test(
    "is refreshed by two tabs at once",
    inWorld(OPTIONS, async (world) => {
      const jar = await signedIn(world);
      const answers = await Promise.all([1, 2, 3].map(() => send(world, "/api/auth/refresh", jar)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      );
      for (const answer of answers) assert.equal((await me(world, kept(answer, jar))).status, 200);
    }),
  );

  test(
    "comes with every way to sign in",
    inWorld(OPTIONS, async (world) => {
      const page = async (path: string, body: object, status = 200): Promise<Jar> => {
        const answer = await world.call("POST", `/api/auth/${path}`, { body, headers: WANTED });
        assert.equal(answer.status, status, answer.text);
        assert.ok(!("token" in answer.body) && !("refreshToken" in answer.body), path);
        const jar = kept(answer);
        assert.equal((await me(world, jar)).status, 200, path);
        return jar;
      };
      let jar = await page("register", ANN, 201);
      await world.ok("POST", "/api/auth/verify/confirm", { body: { token: await world.secret() } });
      await world.ok("POST", "/api/auth/otp/request", { body: { email: ANN.email } });
      jar = await page("otp/login", { email: ANN.email, code: await world.secret() });
      const device = createAuthenticator(ORIGIN);
      const making = await send(world, "/api/auth/passkeys/register/options", jar);
      const credential = device.create(making.body);
      assert.equal((await send(world, "/api/auth/passkeys/register/verify", jar, PAGE, { credential })).status, 201);
      const asking = await send(world, "/api/auth/passkeys/login/options", new Map());
      await page("passkeys/login/verify", { credential: device.get(asking.body) });
      const next = { currentPassword: PASSWORD, password: "another long password" };
      const changed = await send(world, "/api/auth/password/change", jar, WANTED, next);
      assert.equal((await me(world, kept(changed, jar))).status, 200);
      const { token } = await world.login(ANN.email, next.password);
      const code = await turnOnFactor(world, token);
      world.pass(MINUTE);
      const first = await world.call("POST", "/api/auth/login", { body: { ...ANN, ...next }, headers: WANTED });
      assertProblem(first, 401, "mfa_required");
      assert.deepEqual(first.headers.getSetCookie(), []);
      await page("mfa/verify", { mfaToken: first.body.mfaToken, code: await code(MINUTE) });
    }),
  );

  test(
    "is not secret over http, where no browser would keep it otherwise",
    inWorld({ ...OPTIONS, url: "http://localhost:8080" }, async (world) => {
      const headers = { origin: "http://localhost:8080", "x-session": "cookie" };
      const answer = await world.call("POST", "/api/auth/register", { body: ANN, headers });
      const jar = kept(answer, new Map(), false);
      assert.deepEqual([...jar.keys()], ["bak-session", "bak-refresh"]);
      assert.equal((await me(world, jar)).status, 200);
    }),
  );

  test(
    "is not made unless it is asked for",
    inWorld(OPTIONS, async (world) => {
      await world.signUp(ANN.email);
      for (const headers of [{}, { "x-session": "token" }]) {
        const answer = await world.call("POST", "/api/auth/login", { body: ANN, headers });
        assert.equal(typeof answer.body.token, "string");
        assert.deepEqual(answer.headers.getSetCookie(), []);
      }
      const odd = { ...PAGE, "x-session": "cookies" };
      assertProblem(await world.call("POST", "/api/auth/login", { body: ANN, headers: odd }), 400, "bad_request");
    }),
  );
});

describe("who may use the cookies", () => {
  const pages: readonly [name: string, headers: Readonly<Record<string, string>>, allowed: boolean][] = [
    ["our own page", PAGE, true],
    ["a page at the address that was asked", { origin: "http://test.local" }, true],
    ["a page of a site that is named", { origin: "https://app.example.com" }, true],
    ["our own page, as the browser says", { "sec-fetch-site": "same-origin" }, true],
    ["nobody says who", {}, false],
    ["another site", { origin: "https://evil.example" }, false],
    ["another site, as the browser says", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, false],
    ["another host of our domain", { origin: "https://other.example.com", "sec-fetch-site": "same-site" }, false],
    ["another port", { origin: "https://example.com:444" }, false],
    ["a page without an origin", { origin: "null" }, false],
    ["a page that begins like ours", { origin: "https://example.com.evil.example" }, false],
    ["a form of another site", { origin: "https://evil.example", "sec-fetch-mode": "navigate" }, false],
  ];
  for (const [name, headers, allowed] of pages) {
    test(
      `${name} ${allowed ? "may" : "may not"}`,
      inWorld(OPTIONS, async (world) => {
        const jar = await signedIn(world);
        const note = await send(world, "/api/notes", jar, PAGE, { text: "x" });
        const path = `/api/notes/${note.body.id}`;
        const calls: readonly [method: string, path: string, body?: object][] = [
          ["POST", "/api/notes", { text: "y" }],
          ["PATCH", path, { text: "z" }],
          ["POST", "/api/batch", { operations: [{ op: "create", collection: "notes", data: { text: "w" } }] }],
          ["POST", "/api/auth/keys", { name: "x", scopes: ["*"] }],
          ["DELETE", path],
        ];
        for (const [method, where, body] of calls) {
          const answer = await world.call(method, where, { body, headers: { ...cookie(jar), ...headers } });
          if (allowed) assert.ok(answer.status < 300, `${method} ${where}: ${answer.text}`);
          else assertProblem(answer, 403, "forbidden", `${method} ${where}`);
        }
        // what changes nothing needs no page: a link leads here
        for (const method of ["GET", "HEAD"])
          assert.equal(
            (await world.call(method, "/api/notes", { headers: { ...cookie(jar), ...headers } })).status,
            200,
          );
        // the one is enough without the other
        const refresh = new Map([...jar].filter(([cookieName]) => cookieName.endsWith("refresh")));
        for (const where of ["/api/auth/refresh", "/api/auth/logout"]) {
          const answer = await send(world, where, refresh, headers);
          if (allowed) assert.ok(answer.status < 300, answer.text);
          else assertProblem(answer, 403, "forbidden", where);
        }
        // nor are they given to such a page
        const login = await world.call("POST", "/api/auth/login", {
          body: ANN,
          headers: { ...headers, "x-session": "cookie" },
        });
        assert.equal(login.status, allowed ? 200 : 403, login.text);
        assert.equal(login.headers.getSetCookie().length, allowed ? 2 : 0);
      }),
    );
  }

  test(
    "a socket is opened by our own pages alone",
    inWorld(OPTIONS, async (world) => {
      const jar = await signedIn(world);
      const open = async (headers: Readonly<Record<string, string>>) => {
        const sent = { ...cookie(jar), connection: "upgrade", upgrade: "websocket", ...headers };
        const opened = await world.app.app.connect(new Request("http://test.local/api/realtime", { headers: sent }));
        if (opened instanceof Response) return opened.status;
        opened({ send: () => undefined, buffered: () => 0, close: () => undefined }).gone();
        return 101;
      };
      for (const [, headers, allowed] of pages) assert.equal(await open(headers), allowed ? 101 : 403);
    }),
  );

  test(
    "everybody's pages are nobody's",
    inWorld({ ...OPTIONS, cors: { origins: ["*"] } }, async (world) => {
      const jar = await signedIn(world);
      assertProblem(await send(world, "/api/notes", jar, { origin: "https://evil.example" }), 403, "forbidden");
      assert.equal((await send(world, "/api/notes", jar)).status, 201);
    }),
  );

  test(
    "a bearer token wins over a cookie, and needs no page",
    inWorld(OPTIONS, async (world) => {
      const jar = await signedIn(world);
      const ben = await world.signUp("ben@example.com");
      const { user } = await world.ok("GET", "/api/auth/me", { token: ben.token, headers: cookie(jar) });
      assert.equal(user.id, ben.id);
      await world.ok("POST", "/api/notes", { token: ben.token, headers: cookie(jar), body: { text: "x" } });
      const bad = await world.call("GET", "/api/auth/me", { token: "bad", headers: cookie(jar) });
      assertProblem(bad, 401, "unauthenticated");
      // a refresh token in the body wins too, and is answered as it came
      const body = { refreshToken: ben.refreshToken };
      const refreshed = await send(world, "/api/auth/refresh", jar, PAGE, body);
      assert.equal(refreshed.body.user.id, ben.id);
      assert.equal(typeof refreshed.body.refreshToken, "string");
    }),
  );

  const bad: readonly [name: string, value: string][] = [
    ["empty", ""],
    ["no token", "x"],
    ["a token of nobody", "a.b.c"],
    ["longer than any", "x".repeat(5000)],
  ];
  for (const [name, value] of bad) {
    test(
      `a cookie that is ${name} is refused, but where one signs in`,
      inWorld(OPTIONS, async (world) => {
        await world.signUp(ANN.email);
        const jar = new Map([["__Host-bak-session", value]]);
        assertProblem(await world.call("GET", "/api/open", { headers: cookie(jar) }), 401, "unauthenticated");
        assertProblem(await send(world, "/api/open", jar, PAGE, { text: "x" }), 401, "unauthenticated");
        assertProblem(await me(world, jar), 401, "unauthenticated");
        assert.equal((await world.call("GET", "/api/auth/methods", { headers: cookie(jar) })).status, 200);
        const login = await send(world, "/api/auth/login", jar, WANTED, ANN);
        assert.equal(login.status, 200, login.text);
        assert.equal((await me(world, kept(login, jar))).status, 200);
      }),
    );
  }

  test(
    "a cookie without the prefix that only our host can set is none",
    inWorld(OPTIONS, async (world) => {
      const jar = await signedIn(world);
      const tossed = new Map([...jar].map(([name, value]) => [name.replace("__Host-", ""), value]));
      assertProblem(await me(world, tossed), 401, "unauthenticated");
      assert.equal((await world.call("GET", "/api/open", { headers: cookie(tossed) })).status, 200);
      assertProblem(await send(world, "/api/auth/refresh", tossed), 400, "validation_failed");
    }),
  );
});
