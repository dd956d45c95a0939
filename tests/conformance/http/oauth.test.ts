import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inWorld, MINUTE, openWorld, PASSWORD, type World } from "../../support/accounts.ts";
import { assertProblem, type TestAppOptions } from "../../support/app.ts";
import { APP_URL, begin, land, type Returning, returning } from "../../support/oauth.ts";
import { CLIENT, type RealProvider, realProvider } from "../../support/real-provider.ts";

const CALLBACK = `${APP_URL}/api/auth/oauth/mine/callback`;
const OWN_PAGE = "https://app.example.com/signed-in";
const ANN = "ann@example.com";

const base64url = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("base64url");
const sha256 = async (text: string): Promise<string> =>
  base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

let provider: RealProvider;
before(async () => {
  provider = await realProvider([CALLBACK, OWN_PAGE]);
});
after(() => provider.close());

const options = (): TestAppOptions => ({
  url: APP_URL,
  auth: { providers: { mine: { issuer: provider.issuer, ...CLIENT } }, origins: ["https://app.example.com"] },
});
/** The provider is there only once the tests run. */
const withProvider = (run: (world: World) => Promise<void>) => async () => inWorld(options(), run)();

async function goThrough(world: World, email: string, query = ""): Promise<Returning> {
  const begun = await begin(world, "mine", query);
  return returning(await provider.signIn(begun.location, email), begun);
}

describe("a login through a provider of OpenID Connect", () => {
  test(
    "makes an account, and finds it again",
    withProvider(async (world) => {
      const first = await land(world, await goThrough(world, ANN));
      assert.equal(first.status, 200, first.text);
      assert.equal(first.headers.get("cache-control"), "no-store");
      assert.match(first.headers.getSetCookie()[0] ?? "", /^__Host-bak-oauth-[\w-]{8}=; Path=\/; Max-Age=0;/);
      const { user, token } = first.body;
      assert.deepEqual([user.email, user.verified, user.role, user.name], [ANN, true, "user", "Ann of the provider"]);
      assert.equal((await world.ok("GET", "/api/auth/me", { token })).user.id, user.id);
      assert.deepEqual(await world.types(), ["users.created", "auth.register", "auth.login"]);
      assert.deepEqual(world.events.findLast(({ type }) => type === "auth.login")?.payload, {
        ...{ user: user.id, collection: "users", method: "mine" },
      });
      const second = await land(world, await goThrough(world, ANN));
      assert.equal(second.body.user.id, user.id);
      assert.deepEqual(await world.types(), ["auth.login"]);
      assert.deepEqual(await world.mails(), []);
      const other = await land(world, await goThrough(world, "ben@example.com"));
      assert.notEqual(other.body.user.id, user.id);
      const wrong = { email: ANN, password: PASSWORD };
      assertProblem(await world.call("POST", "/api/auth/login", { body: wrong }), 401, "invalid_credentials");
    }),
  );

  test(
    "leads to a page with a code, which is good once and for a minute",
    withProvider(async (world) => {
      const query = `?redirect=${encodeURIComponent("https://app.example.com/in?to=1#part")}`;
      const codeOf = async (): Promise<string> => {
        const landed = await land(world, await goThrough(world, ANN, query));
        assert.equal(landed.status, 302, landed.text);
        assert.equal(landed.text, "");
        const location = landed.headers.get("location") ?? "";
        const [, code = ""] = /^https:\/\/app\.example\.com\/in\?to=1#code=([\w-]{43})$/.exec(location) ?? [];
        assert.notEqual(code, "", location);
        return code;
      };
      const take = (code: string, more: object = {}) =>
        world.call("POST", "/api/auth/oauth/mine/token", { body: { code, ...more } });
      const code = await codeOf();
      assert.deepEqual(await world.types(), ["users.created", "auth.register"]);
      const both = await Promise.all([take(code), take(code)]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401]);
      assert.equal(both.find(({ status }) => status === 200)?.body.user.email, ANN);
      assertProblem(await take(code), 401, "invalid_credentials");
      const late = await codeOf();
      world.pass(MINUTE);
      assertProblem(await take(late), 401, "invalid_credentials");
    }),
  );

  test(
    "gives the code only to who began the login, if they brought a challenge",
    withProvider(async (world) => {
      const verifier = "v".repeat(43);
      const query = `?redirect=/in&codeChallenge=${await sha256(verifier)}`;
      const landed = await land(world, await goThrough(world, ANN, query));
      const [, code = ""] = /^https:\/\/example\.com\/in#code=(.+)$/.exec(landed.headers.get("location") ?? "") ?? [];
      const take = (more: object) => world.call("POST", "/api/auth/oauth/mine/token", { body: { code, ...more } });
      assertProblem(await take({}), 400, "validation_failed");
      assertProblem(await take({ codeVerifier: "w".repeat(43) }), 401, "invalid_credentials");
      assert.equal((await take({ codeVerifier: verifier })).status, 200);
    }),
  );

  test(
    "takes the code of an application that ran the login itself",
    withProvider(async (world) => {
      const verifier = "abcdefghijklmnopqrstuvwxyz0123456789-._~ABCDEFG";
      const parameters = new URLSearchParams({
        ...{ client_id: CLIENT.clientId, response_type: "code", scope: "openid email", redirect_uri: OWN_PAGE },
        ...{ code_challenge: await sha256(verifier), code_challenge_method: "S256", state: "s", nonce: "n" },
      });
      const codeOf = async (): Promise<string> => {
        const back = await provider.signIn(`${provider.issuer}/auth?${parameters}`, ANN);
        assert.ok(back.startsWith(OWN_PAGE), back);
        return new URL(back).searchParams.get("code") ?? "";
      };
      const take = (body: object) => world.call("POST", "/api/auth/oauth/mine/token", { body });
      const right = { codeVerifier: verifier, redirectUri: OWN_PAGE, nonce: "n" };
      const code = await codeOf();
      const answer = await take({ code, ...right });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.user.email, ANN);
      assertProblem(await take({ code, ...right }), 401, "invalid_credentials");
      for (const wrong of [
        { codeVerifier: "x".repeat(43) },
        { redirectUri: "https://app.example.com/another" },
        { nonce: "another" },
        { nonce: undefined },
      ]) {
        const refused = await take({ code: await codeOf(), ...right, ...wrong });
        assertProblem(refused, 401, "invalid_credentials", JSON.stringify(wrong));
      }
      assertProblem(await take({ code, redirectUri: OWN_PAGE }), 400, "validation_failed");
    }),
  );

  test(
    "does not believe an address that the provider has not proven",
    withProvider(async (world) => {
      const landed = await land(world, await goThrough(world, "unproven@example.com"));
      assert.equal(landed.status, 200, landed.text);
      assert.equal(landed.body.user.verified, false);
      assert.deepEqual(
        (await world.mails()).map(({ to }) => to),
        ["unproven@example.com"],
      );
      await world.signUp("unproven2@example.com");
      const taken = await land(world, await goThrough(world, "unproven2@example.com"));
      assertProblem(taken, 409, "conflict");
      assert.equal((await world.app.sql(`SELECT * FROM "_identities"`)).length, 1);
    }),
  );
});

test("a provider that is away is told so, and is asked again", async () => {
  const port = new URL(provider.issuer).port;
  const away = { issuer: `http://127.0.0.1:${port === "9" ? 7 : 9}`, ...CLIENT };
  const world = await openWorld({ ...options(), auth: { providers: { mine: away } } });
  const answer = await world.call("GET", "/api/auth/oauth/mine");
  assertProblem(answer, 503, "unavailable");
  assert.equal(answer.headers.get("retry-after"), "5");
  await world.close();
});
