import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { MINUTE, PASSWORD, type World } from "../../support/accounts.ts";
import { type Answer, assertProblem } from "../../support/app.ts";
import { ANN, fakeLogins, identities, land } from "../../support/oauth.ts";
import { turnOnFactor } from "../../support/second-factor.ts";

const logins = fakeLogins();
const { goThrough, login, test: withFake } = logins;

/** An account whose address is proven. */
async function proven(world: World, email = ANN) {
  const account = await world.signUp(email);
  await world.ok("POST", "/api/auth/verify/confirm", { body: { token: await world.secret() } });
  await world.types();
  return account;
}

describe("whose account it is", () => {
  test(
    "an address that both have proven is one person's",
    withFake(async (world) => {
      const ann = await proven(world);
      const { status, body } = await login(world);
      assert.deepEqual([status, body.user.id], [200, ann.id]);
      assert.deepEqual(await world.types(), ["auth.identity_added", "auth.login"]);
      // nothing that was there ends
      await world.ok("GET", "/api/auth/me", { token: ann.token });
      await world.login(ANN);
      assert.deepEqual(await identities(world), [
        { issuer: logins.fake.issuer, subject: "ann-1", collection: "users", user: ann.id },
      ]);
      // from now on the address does not matter
      logins.fake.person = { sub: "ann-1", email: "new@example.com", email_verified: false };
      assert.equal((await login(world)).body.user.id, ann.id);
    }),
  );

  test(
    "an account that somebody made in advance ends as a way in for them",
    withFake(async (world) => {
      const eve = await world.signUp(ANN);
      await world.mails();
      const { key } = await world.ok("POST", "/api/auth/keys", {
        token: eve.token,
        body: { name: "x", scopes: ["*"] },
      });
      await turnOnFactor(world, eve.token);
      // an identity of hers leads there too: her provider does not vouch for the address
      await world.app.sql(
        `INSERT INTO "_identities" VALUES ('https://evil.example', 'eve', 'users', ?, 'x', 'evil', '')`,
        [eve.id],
      );
      await world.types();
      const answer = await login(world);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual([answer.body.user.id, answer.body.user.verified], [eve.id, true]);
      assert.deepEqual(await world.types(), ["users.updated", "auth.verified", "auth.identity_added", "auth.login"]);
      for (const token of [eve.token, key])
        assertProblem(await world.call("GET", "/api/auth/me", { token }), 401, "unauthenticated");
      const body = { email: ANN, password: PASSWORD };
      assertProblem(await world.call("POST", "/api/auth/login", { body }), 401, "invalid_credentials");
      assert.deepEqual(await world.app.sql(`SELECT "user" FROM "_factors"`), []);
      assert.deepEqual(
        (await identities(world)).map(({ subject }) => subject),
        ["ann-1"],
      );
    }),
  );

  for (const made of ["proven", "unproven"]) {
    test(
      `an address that the provider has not proven is no way into an account (${made})`,
      withFake(async (world) => {
        const ann = made === "proven" ? await proven(world) : await world.signUp(ANN);
        for (const email_verified of [false, undefined, "false", 0, null]) {
          logins.fake.person = { sub: "eve", email: ANN, email_verified };
          assertProblem(await login(world), 409, "conflict");
          const told = await login(world, "mine", "?redirect=/in");
          assert.equal(told.headers.get("location"), "https://example.com/in#error=conflict");
        }
        assert.deepEqual(await identities(world), []);
        await world.ok("GET", "/api/auth/me", { token: ann.token });
      }),
    );
  }

  test(
    "an identity whose address was not proven goes when the address is",
    withFake(async (world) => {
      logins.fake.person = { sub: "eve", email: ANN, email_verified: false };
      const eve = await login(world);
      assert.deepEqual([eve.status, eve.body.user.verified], [200, false]);
      await world.mails();
      await world.ok("POST", "/api/auth/otp/request", { body: { email: ANN } });
      const { user } = await world.ok("POST", "/api/auth/otp/login", {
        body: { email: ANN, code: await world.secret() },
      });
      assert.equal(user.id, eve.body.user.id);
      assert.deepEqual(await identities(world), []);
      assertProblem(await world.call("GET", "/api/auth/me", { token: eve.body.token }), 401, "unauthenticated");
      assertProblem(await login(world), 409, "conflict");
    }),
  );

  test(
    "nobody's address is nobody's account",
    withFake(async (world) => {
      for (const email of [undefined, null, "", 7]) {
        logins.fake.person = { sub: "ann-1", email, email_verified: true };
        assertProblem(await login(world), 409, "conflict");
      }
      logins.fake.person = { sub: "ann-1", email: "no address", email_verified: true };
      assertProblem(await login(world), 400, "validation_failed");
    }),
  );

  test(
    "closed registration lets in whom it knows, and nobody else",
    withFake(
      async (world) => {
        assertProblem(await login(world), 403, "forbidden");
        const users = world.app.app.as(systemPrincipal("test")).records("users");
        const { id } = await users.create({ email: ANN, verified: true });
        assert.equal((await login(world)).body.user.id, id);
      },
      undefined,
      "closed",
    ),
  );

  test(
    "another collection has accounts of its own",
    withFake(async (world) => {
      const user = await login(world);
      const staff = await login(world, "mine", "?collection=staff");
      assert.notEqual(staff.body.user.id, user.body.user.id);
      assert.deepEqual(
        (await identities(world)).map(({ collection }) => collection),
        ["staff", "users"],
      );
      assert.equal((await login(world, "mine", "?collection=staff")).body.user.id, staff.body.user.id);
    }),
  );

  const names: readonly [name: unknown, field: object, expected: string | null][] = [
    ["Ann", {}, "Ann"],
    ["Ann of the hills", { max: 3 }, "Ann"],
    ["x".repeat(300), {}, "x".repeat(200)],
    ["A\u{1F600}B\u0000", { max: 2 }, "A\uFFFD"],
    ["A\u0000B", {}, "AB"],
    ["Al", { min: 3 }, null],
    ["Ann", { pattern: "^[0-9]+$" }, null],
    ["Ann", { unique: true }, null],
    ["Ann", { permissions: { write: "admin" } }, null],
    ["Ann", { type: "integer" }, null],
    ["", {}, null],
    [7, {}, null],
    [undefined, {}, null],
  ];
  for (const [name, field, expected] of names) {
    test(
      `the name ${JSON.stringify(name)?.slice(0, 30)} becomes ${JSON.stringify(expected)?.slice(0, 30)} of a field ${JSON.stringify(field)}`,
      withFake(async (world) => {
        const staff = { name: "staff", kind: "auth", fields: [{ name: "name", type: "text", ...field }] };
        await world.app.app.collections.schema.define(staff);
        logins.fake.person = { ...logins.fake.person, name };
        const { status, body } = await login(world, "mine", "?collection=staff");
        assert.deepEqual([status, body.user.name ?? null], [200, expected]);
      }),
    );
  }

  test(
    "two logins of a new person at once are one account",
    withFake(async (world) => {
      const ways = await Promise.all([goThrough(world), goThrough(world), goThrough(world)]);
      const answers = await Promise.all(ways.map((way) => land(world, way)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      );
      assert.equal(new Set(answers.map(({ body }) => body.user.id)).size, 1);
    }),
  );

  test(
    "an identity is its owner's to list and to take back",
    withFake(async (world) => {
      // with a password: the last way to sign in stays
      await proven(world);
      const { token, user } = (await login(world)).body;
      const ben = await world.signUp("ben@example.com");
      const { items } = await world.ok("GET", "/api/auth/identities", { token });
      const [{ id, ...rest }] = items;
      assert.deepEqual(rest, { provider: "mine", createdAt: "2026-03-01T12:00:00.000Z" });
      assert.deepEqual((await world.ok("GET", "/api/auth/identities", { token: ben.token })).items, []);
      const path = `/api/auth/identities/${id}`;
      assertProblem(await world.call("DELETE", path, { token: ben.token }), 404, "not_found");
      assertProblem(await world.call("DELETE", path), 401, "unauthenticated");
      await world.types();
      await world.ok("DELETE", path, { token });
      assert.deepEqual(await world.types(), ["auth.identity_removed"]);
      assert.deepEqual(await identities(world), []);
      // the address is proven still, and so the next login finds the account again
      assert.equal((await login(world)).body.user.id, user.id);
    }),
  );

  test(
    "a deleted account is forgotten",
    withFake(async (world) => {
      const first = await login(world);
      await world.ok("DELETE", `/api/users/${first.body.user.id}`, { token: first.body.token });
      assert.deepEqual(await identities(world), []);
      assert.notEqual((await login(world)).body.user.id, first.body.user.id);
    }),
  );

  test(
    "a code ends with the account's address",
    withFake(async (world) => {
      const landed = await login(world, "mine", "?redirect=/in");
      const code = (landed.headers.get("location") ?? "").split("#code=")[1];
      const users = world.app.app.as(systemPrincipal("test")).records("users");
      const { items } = await users.list();
      await users.update(String(items[0]?.id), { email: "other@example.com" });
      const answer = await world.call("POST", "/api/auth/oauth/mine/token", { body: { code } });
      assertProblem(answer, 401, "invalid_credentials");
    }),
  );

  for (const way of ["json", "redirect", "app"]) {
    test(
      `a second factor is asked for (${way})`,
      withFake(async (world) => {
        const ann = await proven(world);
        const code = await turnOnFactor(world, ann.token);
        world.pass(MINUTE);
        const answer = await enter(world, way);
        assertProblem(answer, 401, "mfa_required");
        const body = { mfaToken: answer.body.mfaToken, code: await code(MINUTE) };
        const done = await world.ok("POST", "/api/auth/mfa/verify", { body });
        assert.equal(done.user.id, ann.id);
        assert.equal((await world.types()).at(-1), "auth.login");
        const payload = world.events.findLast(({ type }) => type === "auth.login")?.payload;
        assert.deepEqual(payload, { user: ann.id, collection: "users", method: "mine" });
      }),
    );
  }
});

async function enter(world: World, way: string): Promise<Answer> {
  if (way === "json") return login(world);
  if (way === "redirect") {
    const landed = await login(world, "mine", "?redirect=/in");
    const code = (landed.headers.get("location") ?? "").split("#code=")[1];
    return world.call("POST", "/api/auth/oauth/mine/token", { body: { code } });
  }
  const codeVerifier = "v".repeat(50);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  const redirectUri = "com.example.app:/back";
  const parameters = new URLSearchParams({
    ...{ client_id: "bakend", redirect_uri: redirectUri, scope: "openid email" },
    code_challenge: Buffer.from(digest).toString("base64url"),
  });
  const code = new URL(logins.fake.consent(`${logins.fake.issuer}/authorize?${parameters}`)).searchParams.get("code");
  return world.call("POST", "/api/auth/oauth/mine/token", { body: { code, codeVerifier, redirectUri } });
}
