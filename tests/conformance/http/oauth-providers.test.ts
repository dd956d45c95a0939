import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import { MINUTE, openWorld } from "../../support/accounts.ts";
import { assertProblem, openApp, type TestAppOptions } from "../../support/app.ts";
import { ANN, begin, fakeLogins, identities, land, OAUTH_CLIENT, returning } from "../../support/oauth.ts";

const APPLE = await generateKeyPair("ES256", { extractable: true });
const pem = await exportPKCS8(APPLE.privateKey);

const logins = fakeLogins();
const { login } = logins;
const withFake = (run: Parameters<typeof logins.test>[0]) =>
  logins.test(run, (issuer) => {
    const key = { teamId: "TEAM", keyId: "KEY", privateKey: pem };
    const mine = { issuer, ...OAUTH_CLIENT };
    return {
      ...{ other: { issuer, clientId: "public", scopes: ["openid"] }, github: mine, discord: mine },
      ...{ microsoft: { ...mine, issuer: `${issuer}/common/v2.0` }, apple: { issuer, clientId: "app.id", ...key } },
    };
  });

describe("providers with ways of their own", () => {
  for (const name of ["github", "discord"]) {
    test(
      `${name} is OAuth 2 without OpenID Connect`,
      withFake(async (world) => {
        const { location } = await begin(world, name);
        const { searchParams: sent, pathname } = new URL(location);
        assert.equal(pathname, name === "github" ? "/login/oauth/authorize" : "/oauth2/authorize");
        assert.equal(sent.get("scope"), name === "github" ? "read:user user:email" : "identify email");
        assert.equal(sent.get("code_challenge_method"), "S256");
        assert.equal(sent.get("nonce"), null);
        logins.fake.person = { ...logins.fake.person, id: 583231 };
        const { body } = await login(world, name);
        assert.deepEqual([body.user.email, body.user.verified, body.user.name], [ANN, true, "Ann"]);
        assert.equal(logins.fake.asked[0]?.form.get("client_secret"), "shh");
        assert.deepEqual(
          (await identities(world)).map(({ subject }) => subject),
          ["583231"],
        );
        assert.equal((await login(world, name)).body.user.id, body.user.id);
        logins.fake.person = { sub: "", id: 2, email: ANN, email_verified: false };
        assertProblem(await login(world, name), 409, "conflict");
        logins.fake.person = { sub: "", email: ANN, email_verified: true };
        assert.notEqual((await login(world, name)).status, 200);
      }),
    );
  }

  test(
    "github says with a status of 200 that a code is not good",
    withFake(async (world) => {
      logins.fake.broken = { status: 200, body: { error: "bad_verification_code" } };
      assertProblem(await login(world, "github"), 401, "invalid_credentials");
      logins.fake.broken = { status: 200, body: { error: "incorrect_client_credentials" } };
      assertProblem(await login(world, "github"), 503, "unavailable");
    }),
  );

  test(
    "apple sends a form, and takes a secret that was signed for it",
    withFake(async (world) => {
      const begun = await begin(world, "apple");
      assert.equal(new URL(begun.location).searchParams.get("response_mode"), "form_post");
      const { path } = returning(logins.fake.consent(begun.location), begun);
      const [way = "", form = ""] = path.split("?");
      const posted = await world.call("POST", way, {
        body: `${form}&user=%7B%22name%22%3A%7B%7D%7D`,
        headers: { "content-type": "application/x-www-form-urlencoded", origin: "https://appleid.apple.com" },
      });
      assert.equal(posted.status, 303);
      logins.fake.person = { ...logins.fake.person, email_verified: "true" };
      const landed = await land(world, { path: posted.headers.get("location") ?? "", cookie: begun.cookie });
      assert.equal(landed.status, 200, landed.text);
      assert.equal(landed.body.user.verified, true);
      const secret = logins.fake.asked[0]?.form.get("client_secret") ?? "";
      const { payload, protectedHeader } = await jwtVerify(secret, APPLE.publicKey, {
        ...{ issuer: "TEAM", subject: "app.id", audience: logins.fake.issuer, maxTokenAge: "6m" },
        currentDate: new Date("2026-03-01T12:01:00.000Z"),
      });
      assert.equal(protectedHeader.kid, "KEY");
      assert.equal(Number(payload.exp) - Number(payload.iat), 300);
      assert.equal((await world.call("POST", way, { body: form })).status, 415);
    }),
  );

  test(
    "microsoft vouches for an address by another claim, and each tenant is an issuer",
    withFake(async (world) => {
      const tenanted = `${logins.fake.issuer}/11111111-2222-3333-4444-555555555555/v2.0`;
      const tid = "11111111-2222-3333-4444-555555555555";
      await login(world);
      logins.fake.about = { issuer: `${logins.fake.issuer}/{tenantid}/v2.0` };
      logins.fake.lie = { iss: tenanted };
      logins.fake.person = { sub: "ms", tid, email: ANN, email_verified: true };
      assertProblem(await login(world, "microsoft"), 409, "conflict");
      logins.fake.person = { ...logins.fake.person, xms_edov: true };
      assert.equal((await login(world, "microsoft")).status, 200);
      assert.deepEqual(
        (await identities(world)).map(({ issuer }) => issuer),
        [logins.fake.issuer, tenanted],
      );
      logins.fake.lie = { iss: `${logins.fake.issuer}/another/v2.0` };
      assertProblem(await login(world, "microsoft"), 401, "invalid_credentials");
    }),
  );

  test(
    "what the ID token does not tell is asked for",
    withFake(async (world) => {
      logins.fake.quiet = true;
      const { body } = await login(world);
      assert.deepEqual([body.user.email, body.user.verified], [ANN, true]);
      logins.fake.lie = { sub: "somebody else" };
      assertProblem(await login(world), 401, "invalid_credentials");
    }),
  );

  test(
    "a secret goes in the header, or in the body where the provider wants it there; without one, none goes",
    withFake(async (world) => {
      await login(world);
      assert.equal(logins.fake.asked[0]?.authorization, `Basic ${btoa("bakend:shh")}`);
      logins.fake.about = { token_endpoint_auth_methods_supported: ["client_secret_post"] };
      world.pass(61 * MINUTE);
      await login(world);
      assert.equal(logins.fake.asked[1]?.form.get("client_secret"), "shh");
      await login(world, "other");
      assert.equal(logins.fake.asked[2]?.form.get("client_secret"), null);
      assert.equal(logins.fake.asked[2]?.authorization, "");
      assert.equal(new URL((await begin(world, "other")).location).searchParams.get("scope"), "openid");
    }),
  );

  test(
    "methods name them",
    withFake(async (world) => {
      const { providers } = await world.ok("GET", "/api/auth/methods");
      assert.deepEqual(providers, ["mine", "google", "other", "github", "discord", "microsoft", "apple"]);
    }),
  );
});

describe("a configuration of providers", () => {
  const faults: readonly [providers: object, path: string][] = [
    [{ mine: OAUTH_CLIENT }, "auth.providers.mine.issuer"],
    [{ google: { clientId: "x" } }, "auth.providers.google.clientSecret"],
    [{ google: { ...OAUTH_CLIENT, teamId: "x" } }, "auth.providers.google.teamId"],
    [{ apple: { clientId: "x", teamId: "x", keyId: "x" } }, "auth.providers.apple.privateKey"],
    [{ apple: { ...OAUTH_CLIENT, teamId: "x", keyId: "x", privateKey: "x" } }, "auth.providers.apple.clientSecret"],
  ];
  for (const [providers, path] of faults) {
    test(`${path} is a mistake`, async () => {
      await assert.rejects(
        openApp({ auth: { providers } } as TestAppOptions),
        (error: Error) => error.name === "ConfigError" && error.message.includes(`\n  ${path}: `),
      );
    });
  }

  test("is told without secrets if it does not work", async () => {
    const privateKey = "-----BEGIN NOTHING-----secret-of-apple";
    const apple = { issuer: logins.fake.issuer, clientId: "x", teamId: "x", keyId: "x", privateKey };
    const world = await openWorld(logins.options(() => ({ apple })));
    const answer = await login(world, "apple");
    assertProblem(answer, 503, "unavailable");
    assert.doesNotMatch(answer.text, /secret-of-apple/);
    await world.close();
  });
});
