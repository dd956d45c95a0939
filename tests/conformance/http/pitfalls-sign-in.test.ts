import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PASSWORD, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { createAuthenticator } from "../../support/authenticator.ts";
import { ANN, APP_URL, fakeLogins, land } from "../../support/oauth.ts";

/** Faults of systems like this one in signing in by other ways than a password, each by its name. */

const logins = fakeLogins();
const { goThrough, login } = logins;
const codeOf = (location: string | null): string => (location ?? "").split("#code=")[1] ?? "";

const FAULTS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "an account pre-registered with somebody's address was taken over through OAuth": async (world) => {
    const eve = await world.signUp(ANN);
    const ann = await login(world);
    assert.deepEqual([ann.status, ann.body.user.id, ann.body.user.verified], [200, eve.id, true]);
    // the one who was there first is out, by every way in
    assertProblem(await world.call("GET", "/api/auth/me", { token: eve.token }), 401, "unauthenticated");
    const body = { email: ANN, password: PASSWORD };
    assertProblem(await world.call("POST", "/api/auth/login", { body }), 401, "invalid_credentials");
    const refresh = { refreshToken: eve.refreshToken };
    assertProblem(await world.call("POST", "/api/auth/refresh", { body: refresh }), 401, "unauthenticated");
  },
  "a link to set a password that was asked for in advance outlived the owner's first login": async (world) => {
    await world.signUp(ANN);
    await world.mails();
    await world.ok("POST", "/api/auth/password/forgot", { body: { email: ANN } });
    const token = await world.secret();
    await login(world);
    const body = { token, password: "eve's long password" };
    assertProblem(await world.call("POST", "/api/auth/password/reset", { body }), 401, "invalid_credentials");
  },
  "an address that a provider never proved opened the account of whoever owns it": async (world) => {
    await world.signUp(ANN);
    await world.ok("POST", "/api/auth/verify/confirm", { body: { token: await world.secret() } });
    logins.fake.person = { sub: "eve", email: ANN, email_verified: false };
    assertProblem(await login(world), 409, "conflict");
  },
  "an address that changed at the provider moved somebody to another's account": async (world) => {
    const ann = await login(world);
    const ben = await world.signUp("ben@example.com");
    logins.fake.person = { sub: "ann-1", email: "ben@example.com", email_verified: true };
    const again = await login(world);
    assert.equal(again.body.user.id, ann.body.user.id);
    assert.notEqual(again.body.user.id, ben.id);
  },
  "a state was not checked, and somebody was signed in to another's account": async (world) => {
    const eves = await goThrough(world);
    assertProblem(await land(world, { ...eves, cookie: "" }), 401, "unauthenticated");
    const own = await goThrough(world);
    assertProblem(await land(world, { path: eves.path, cookie: own.cookie }), 401, "unauthenticated");
    const forged = own.path.replace(/state=[\w-]+/, `state=${"A".repeat(43)}`);
    assertProblem(await land(world, { path: forged, cookie: own.cookie }), 401, "unauthenticated");
    assert.deepEqual(await world.app.sql(`SELECT "id" FROM "users"`), []);
  },
  "a state was good twice": async (world) => {
    const way = await goThrough(world);
    const answers = await Promise.all([land(world, way), land(world, way)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
  },
  "a redirect led anywhere, and took the login along": async (world) => {
    for (const redirect of ["https://evil.example", "//evil.example", "https://example.com.evil.example"]) {
      const answer = await world.call("GET", `/api/auth/oauth/mine?redirect=${encodeURIComponent(redirect)}`);
      assertProblem(answer, 400, "bad_request");
    }
    // nor does a header of the request say where the application is
    const headers = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" };
    const begun = await world.call("GET", "/api/auth/oauth/mine?redirect=/in", { headers });
    const sent = new URL(begun.headers.get("location") ?? "").searchParams.get("redirect_uri");
    assert.equal(sent, `${APP_URL}/api/auth/oauth/mine/callback`);
  },
  "tokens stood in the address of a page": async (world) => {
    const landed = await login(world, "mine", "?redirect=/in");
    const location = landed.headers.get("location") ?? "";
    assert.match(location, /^https:\/\/example\.com\/in#code=[\w-]{43}$/);
    const answer = await world.call("POST", "/api/auth/oauth/mine/token", { body: { code: codeOf(location) } });
    assert.equal(answer.status, 200);
    assert.ok(!location.includes(answer.body.token) && !location.includes(answer.body.refreshToken));
  },
  "a code of one provider was taken by another's door": async (world) => {
    const code = codeOf((await login(world, "mine", "?redirect=/in")).headers.get("location"));
    const body = { code };
    assertProblem(await world.call("POST", "/api/auth/oauth/google/token", { body }), 401, "invalid_credentials");
  },
  "an authenticator's answer was good twice, or for another site": async (world) => {
    const ann = await world.signUp(ANN);
    const device = createAuthenticator(APP_URL);
    const making = await world.ok("POST", "/api/auth/passkeys/register/options", { token: ann.token, body: {} });
    const made = { credential: device.create(making) };
    await world.ok("POST", "/api/auth/passkeys/register/verify", { token: ann.token, body: made });
    const enter = async (origin: string) => {
      const asking = await world.ok("POST", "/api/auth/passkeys/login/options", { body: {} });
      return { credential: device.get(asking, { origin }) };
    };
    const body = await enter(APP_URL);
    await world.ok("POST", "/api/auth/passkeys/login/verify", { body });
    assertProblem(await world.call("POST", "/api/auth/passkeys/login/verify", { body }), 401, "invalid_credentials");
    const phished = await enter("https://examp1e.com");
    const answer = await world.call("POST", "/api/auth/passkeys/login/verify", { body: phished });
    assertProblem(answer, 403, "forbidden");
  },
  "a page of another site acted with the cookies of whoever looked at it": async (world) => {
    const body = { email: ANN, password: PASSWORD };
    const headers = { origin: APP_URL, "x-session": "cookie" };
    const answer = await world.call("POST", "/api/auth/register", { body, headers });
    const cookie = answer.headers.getSetCookie().map((text) => text.split(";")[0]);
    const evil = { cookie: cookie.join("; "), origin: "https://evil.example" };
    const { id } = answer.body.user;
    assertProblem(await world.call("DELETE", `/api/users/${id}`, { headers: evil }), 403, "forbidden");
    assertProblem(await world.call("POST", "/api/auth/logout", { headers: evil, body: {} }), 403, "forbidden");
    await world.ok("DELETE", `/api/users/${id}`, { headers: { ...evil, origin: APP_URL } });
  },
};

describe("faults that other ways to sign in had elsewhere", () => {
  for (const [name, run] of Object.entries(FAULTS)) test(name, logins.test(run));
});
