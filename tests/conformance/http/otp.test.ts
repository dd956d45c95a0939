import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { codeAt, stepOf } from "../../../src/core/auth/totp.ts";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, MINUTE, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { type Answer, assertProblem } from "../../support/app.ts";

const START = Date.parse("2026-03-01T12:00:00.000Z");
const STAFF = { name: "staff", kind: "auth", fields: [], permissions: { read: "public" } };
const OPTIONS = { collections: [STAFF] };
const BOB = "bob@example.com";

const request = (world: World, email: string, more: object = {}) =>
  world.call("POST", "/api/auth/otp/request", { body: { email, ...more } });
const login = (world: World, email: string, code: unknown, more: object = {}) =>
  world.call("POST", "/api/auth/otp/login", { body: { email, code, ...more } });
const other = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, "0");
const refused = (answer: Answer): void => {
  const { detail } = assertProblem(answer, 401, "invalid_credentials");
  assert.equal(detail, "The link or code is not good, or no longer; ask for a new one.");
};

async function codeFor(world: World, email: string): Promise<string> {
  assert.equal((await request(world, email)).status, 204);
  return world.secret(/code/);
}

/** Ann, whose address was not proven, and Bob, whose address was. */
async function populate(world: World): Promise<{ ann: Somebody; bob: Somebody }> {
  const ann = await world.signUp("ann@example.com");
  await world.mails();
  const bob = await world.signUp(BOB);
  await world.ok("POST", "/api/auth/verify/confirm", { body: { token: await world.secret() } });
  await world.types();
  return { ann, bob };
}

/** Turns a second factor on; returns the code for a later moment. */
async function enroll(world: World, { token }: Somebody): Promise<(after: number) => Promise<string>> {
  const { secret } = await world.ok("POST", "/api/auth/mfa/totp/enroll", { token, body: {} });
  const bits = [...secret].map((char) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(char).toString(2).padStart(5, "0"));
  const bytes = Uint8Array.from(bits.join("").match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  const code = (after: number) => codeAt(bytes, stepOf(START + after));
  await world.ok("POST", "/api/auth/mfa/totp/activate", { token, body: { code: await code(0) } });
  return code;
}

describe("a code by mail", () => {
  test(
    "signs in, once",
    inWorld(OPTIONS, async (world) => {
      const { bob } = await populate(world);
      const code = await codeFor(world, BOB);
      assert.match(code, /^\d{6}$/);
      const answer = await login(world, "Bob@Example.com", ` ${code} `);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.user.id, bob.id);
      assert.deepEqual(await world.types(), ["auth.otp_requested", "auth.login"]);
      const told = world.events.filter(({ type }) => type.startsWith("auth.otp"));
      assert.deepEqual(
        told.map(({ payload }) => payload),
        [{ user: bob.id, collection: "users" }],
      );
      // what was there before goes on: the address had been proven
      for (const token of [bob.token, answer.body.token]) await world.ok("GET", "/api/auth/me", { token });
      await world.login(BOB);
      refused(await login(world, BOB, code));
    }),
  );

  test(
    "lets one of two in that come at once",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const code = await codeFor(world, BOB);
      const answers = await Promise.all([login(world, BOB, code), login(world, BOB, code)]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
    }),
  );

  test(
    "has five tries, also at once",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const code = await codeFor(world, BOB);
      for (let count = 0; count < 4; count += 1) refused(await login(world, BOB, other(code)));
      assert.equal((await login(world, BOB, code)).status, 200);
      const next = await codeFor(world, BOB);
      const wrong = Array.from({ length: 4 }, () => login(world, BOB, other(next)));
      for (const answer of await Promise.all(wrong)) refused(answer);
      refused(await login(world, BOB, "12345"));
      assertProblem(await login(world, BOB, next), 429, "rate_limited");
      world.pass(MINUTE);
      refused(await login(world, BOB, next));
    }),
  );

  const spoilt: readonly [name: string, spoil: (world: World, bob: Somebody, code: string) => Promise<unknown>][] = [
    ["too old", async (world) => world.pass(10 * MINUTE)],
    ["followed by a newer one", async (world) => codeFor(world, BOB)],
    [
      "from before a change of the password",
      async (world, bob) =>
        world.ok("POST", "/api/auth/password/change", {
          token: bob.token,
          body: { currentPassword: PASSWORD, password: "another long password" },
        }),
    ],
  ];
  for (const [name, spoil] of spoilt) {
    test(
      `is not good if it is ${name}`,
      inWorld(OPTIONS, async (world) => {
        const { bob } = await populate(world);
        const code = await codeFor(world, BOB);
        await spoil(world, bob, code);
        refused(await login(world, BOB, code));
      }),
    );
  }

  test(
    "belongs to one account in one collection",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      await world.ok("POST", "/api/auth/register", { body: { email: BOB, password: PASSWORD, collection: "staff" } });
      await world.mails();
      const code = await codeFor(world, BOB);
      refused(await login(world, "ann@example.com", code));
      refused(await login(world, BOB, code, { collection: "staff" }));
      refused(await world.call("POST", "/api/auth/password/reset", { body: { token: code, password: PASSWORD } }));
      assert.equal((await login(world, BOB, code)).status, 200);
    }),
  );

  test(
    "of an account cannot be reached by its id",
    inWorld(OPTIONS, async (world) => {
      const { bob } = await populate(world);
      const code = await codeFor(world, BOB);
      await request(world, bob.id);
      assert.deepEqual(await world.mails(), []);
      refused(await login(world, bob.id, code));
      assert.equal((await login(world, BOB, code)).status, 200);
    }),
  );

  test(
    "is asked for and refused in the same way for an address without an account",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const tries = async () =>
        (await world.app.sql(`SELECT sum("tries") AS "all", count(*) AS "rows" FROM "_codes"`))[0];
      const seen: unknown[] = [];
      for (const email of [BOB, "nobody@example.com"]) {
        const before = await tries();
        const asked = await request(world, email);
        assert.equal((await world.mails()).length, email === BOB ? 1 : 0);
        const answer = await login(world, email, "000000x");
        const { requestId: _, ...problem } = answer.body;
        const after = await tries();
        const work = [Number(after?.all) - Number(before?.all), Number(after?.rows) - Number(before?.rows)];
        seen.push([asked.status, asked.text, answer.status, problem, work, world.hasher.checked.length]);
      }
      assert.deepEqual(seen[0], seen[1]);
    }),
  );

  test(
    "does not pass by a second factor",
    inWorld(OPTIONS, async (world) => {
      const { bob } = await populate(world);
      const code = await enroll(world, bob);
      world.pass(MINUTE);
      const answer = await login(world, BOB, await codeFor(world, BOB));
      assertProblem(answer, 401, "mfa_required");
      const body = { mfaToken: answer.body.mfaToken, code: await code(MINUTE) };
      assert.equal((await world.call("POST", "/api/auth/mfa/verify", { body })).status, 200);
    }),
  );

  test(
    "signs in to an account without a password, second factor included",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const users = world.app.app.as(systemPrincipal("test")).records("users");
      const { id } = await users.create({ email: "cleo@example.com", verified: true });
      const first = await login(world, "cleo@example.com", await codeFor(world, "cleo@example.com"));
      assert.equal(first.status, 200, first.text);
      const cleo = { id: String(id), email: "cleo@example.com", ...first.body };
      const code = await enroll(world, cleo);
      world.pass(MINUTE);
      const second = await login(world, cleo.email, await codeFor(world, cleo.email));
      assertProblem(second, 401, "mfa_required");
      const body = { mfaToken: second.body.mfaToken, code: await code(MINUTE) };
      assert.equal((await world.call("POST", "/api/auth/mfa/verify", { body })).status, 200);
    }),
  );

  for (const factor of [false, true]) {
    test(
      `proves an address, and ends whatever a stranger made of it before${factor ? ", a second factor too" : ""}`,
      inWorld(OPTIONS, async (world) => {
        const { ann } = await populate(world);
        const body = { name: "x", scopes: ["*"] };
        const { key } = await world.ok("POST", "/api/auth/keys", { token: ann.token, body });
        if (factor) await enroll(world, ann);
        await world.types();
        const answer = await login(world, ann.email, await codeFor(world, ann.email));
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.body.user.verified, true);
        const types = ["auth.otp_requested", "users.updated", "auth.verified", "auth.login"];
        assert.deepEqual(await world.types(), types);
        assert.deepEqual(await world.app.sql(`SELECT "user" FROM "_factors"`), []);
        for (const token of [ann.token, key])
          assertProblem(await world.call("GET", "/api/auth/me", { token }), 401, "unauthenticated");
        const old = { email: ann.email, password: PASSWORD };
        assertProblem(await world.call("POST", "/api/auth/login", { body: old }), 401, "invalid_credentials");
      }),
    );
  }

  for (const [body, status, code] of [
    [{}, 400, "validation_failed"],
    [{ email: BOB }, 400, "validation_failed"],
    [{ email: BOB, code: 123_456 }, 400, "validation_failed"],
    [{ email: BOB, code: "123456", collection: "nowhere" }, 404, "not_found"],
    [{ email: `${"x".repeat(2000)}@example.com`, code: "123456" }, 401, "invalid_credentials"],
  ] as const) {
    test(
      `otp/login ${JSON.stringify(body).slice(0, 60)} is ${status}`,
      inWorld(OPTIONS, async (world) => {
        assertProblem(await world.call("POST", "/api/auth/otp/login", { body }), status, code);
      }),
    );
  }
});
