import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { codeAt, stepOf } from "../../../src/core/auth/totp.ts";
import { inWorld, MINUTE, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const START = Date.parse("2026-03-01T12:00:00.000Z");

/** Somebody with a second factor, and the app that makes the codes. */
interface Careful {
  readonly ann: Somebody;
  readonly secret: string;
  readonly recovery: readonly string[];
  /** The code some milliseconds after the start. */
  code(after: number): Promise<string>;
}

function fromBase32(text: string): Uint8Array<ArrayBuffer> {
  const bits = [...text]
    .map((char) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(char).toString(2).padStart(5, "0"))
    .join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

async function populate(world: World): Promise<Careful> {
  const ann = await world.signUp("ann@example.com");
  const { secret, uri } = await world.ok("POST", "/api/auth/mfa/totp/enroll", { token: ann.token, body: {} });
  assert.equal(uri, `otpauth://totp/Bakend%3Aann%40example.com?secret=${secret}&issuer=Bakend`);
  const code = (after: number) => codeAt(fromBase32(secret), stepOf(START + after));
  const body = { code: await code(0) };
  const { recoveryCodes } = await world.ok("POST", "/api/auth/mfa/totp/activate", { token: ann.token, body });
  world.pass(MINUTE);
  return { ann, secret, recovery: recoveryCodes, code };
}

const login = (world: World, password = PASSWORD) =>
  world.call("POST", "/api/auth/login", { body: { email: "ann@example.com", password } });

async function firstStep(world: World): Promise<string> {
  const answer = await login(world);
  assertProblem(answer, 401, "mfa_required");
  return answer.body.mfaToken;
}

const verify = (world: World, mfaToken: string, code: string) =>
  world.call("POST", "/api/auth/mfa/verify", { body: { mfaToken, code } });

describe("a second factor", () => {
  test(
    "is asked for once it is active, and not before",
    inWorld({}, async (world) => {
      const ann = await world.signUp("ann@example.com");
      const status = () => world.ok("GET", "/api/auth/mfa", { token: ann.token });
      assert.deepEqual(await status(), { totp: false, recoveryCodes: 0 });
      const { secret } = await world.ok("POST", "/api/auth/mfa/totp/enroll", { token: ann.token, body: {} });
      assert.deepEqual(await status(), { totp: false, recoveryCodes: 0 });
      assert.equal((await login(world)).status, 200);
      const wrong = { code: "000000" };
      assertProblem(
        await world.call("POST", "/api/auth/mfa/totp/activate", { token: ann.token, body: wrong }),
        401,
        "invalid_credentials",
      );
      const body = { code: await codeAt(fromBase32(secret), stepOf(START)) };
      const { recoveryCodes } = await world.ok("POST", "/api/auth/mfa/totp/activate", { token: ann.token, body });
      assert.equal(new Set(recoveryCodes).size, 10);
      assert.deepEqual(await status(), { totp: true, recoveryCodes: 10 });
      await firstStep(world);
      const again = await world.call("POST", "/api/auth/mfa/totp/enroll", { token: ann.token, body: {} });
      assertProblem(again, 409, "conflict");
    }),
  );

  test(
    "signs in with a code, once for each",
    inWorld({}, async (world) => {
      const { ann, code } = await populate(world);
      const good = await code(MINUTE);
      const first = await verify(world, await firstStep(world), good);
      assert.equal(first.status, 200, first.text);
      assert.equal(first.body.user.id, ann.id);
      await world.ok("GET", "/api/auth/me", { token: first.body.token });
      assertProblem(await verify(world, await firstStep(world), good), 401, "invalid_credentials");
      const next = await code(MINUTE + 30_000);
      const both = await Promise.all([
        verify(world, await firstStep(world), next),
        verify(world, await firstStep(world), next),
      ]);
      assert.deepEqual(both.map((one) => one.status).sort(), [200, 401]);
    }),
  );

  test(
    "takes each recovery code once",
    inWorld({}, async (world) => {
      const { ann, recovery } = await populate(world);
      const [one = "", two = ""] = recovery;
      assert.equal((await verify(world, await firstStep(world), one.toUpperCase())).status, 200);
      assertProblem(await verify(world, await firstStep(world), one), 401, "invalid_credentials");
      const [a, b] = await Promise.all([
        verify(world, await firstStep(world), two),
        verify(world, await firstStep(world), two),
      ]);
      assert.deepEqual([a?.status, b?.status].sort(), [200, 401]);
      assert.equal((await world.ok("GET", "/api/auth/mfa", { token: ann.token })).recoveryCodes, 8);
    }),
  );

  test(
    "tells nothing to who has the password wrong",
    inWorld({}, async (world) => {
      await populate(world);
      const wrong = await login(world, "not the password");
      assertProblem(wrong, 401, "invalid_credentials");
      assert.equal(wrong.body.mfaToken, undefined);
    }),
  );

  test(
    "the first step lasts five minutes, opens nothing else, and ends with the password",
    inWorld({}, async (world) => {
      const { ann, code } = await populate(world);
      const token = await firstStep(world);
      assertProblem(await world.call("GET", "/api/auth/me", { token }), 401, "unauthenticated");
      assertProblem(
        await world.call("POST", "/api/auth/refresh", { body: { refreshToken: token } }),
        401,
        "unauthenticated",
      );
      for (const forged of [`${token}A`, `A${token}`, "x.y", "", token.split(".")[0] ?? ""])
        assert.ok([400, 401].includes((await verify(world, forged, await code(MINUTE))).status), forged);
      world.pass(5 * MINUTE);
      assertProblem(await verify(world, token, await code(6 * MINUTE)), 401, "unauthenticated");
      const before = await firstStep(world);
      const body = { currentPassword: PASSWORD, password: "an entirely new one" };
      const { token: session } = await world.ok("POST", "/api/auth/mfa/verify", {
        body: { mfaToken: await firstStep(world), code: await code(6 * MINUTE) },
      });
      await world.ok("POST", "/api/auth/password/change", { token: session, body });
      assertProblem(await verify(world, before, await code(6.5 * MINUTE)), 401, "unauthenticated");
      assert.ok(ann.id);
    }),
  );

  test(
    "guesses are counted",
    inWorld({}, async (world) => {
      const { code } = await populate(world);
      const token = await firstStep(world);
      for (let index = 0; index < 9; index += 1)
        assertProblem(await verify(world, token, String(index).repeat(6)), 401, "invalid_credentials");
      // one try went to the activation, and one more comes back in half a minute
      const statuses = [];
      for (let index = 0; index < 4; index += 1) statuses.push((await verify(world, token, "999999")).status);
      assert.equal(statuses.at(-1), 429);
      world.pass(MINUTE);
      assert.equal((await verify(world, token, await code(2 * MINUTE))).status, 200);
      await world.app.app.events.idle();
      assert.ok(world.events.some(({ type }) => type === "auth.mfa_failed"));
    }),
  );

  const proofs: readonly (readonly [name: string, body: (careful: Careful) => Promise<object>, done: boolean])[] = [
    ["the password", async () => ({ password: PASSWORD }), true],
    ["a code", async ({ code }) => ({ code: await code(MINUTE) }), true],
    ["a recovery code", async ({ recovery }) => ({ code: recovery[3] }), true],
    ["another password", async () => ({ password: "not the password" }), false],
    ["another code", async () => ({ code: "000000" }), false],
    ["nothing", async () => ({}), false],
  ];
  for (const [name, body, done] of proofs) {
    test(
      `is ${done ? "" : "not "}removed with ${name}`,
      inWorld({}, async (world) => {
        const careful = await populate(world);
        const answer = await world.call("POST", "/api/auth/mfa/totp/disable", {
          token: careful.ann.token,
          body: await body(careful),
        });
        assert.equal(answer.status === 204, done, answer.text);
        assert.equal((await login(world)).status, done ? 200 : 401);
      }),
    );
  }

  test(
    "needs a person, and goes with the account",
    inWorld({}, async (world) => {
      const { ann, secret } = await populate(world);
      const { key } = await world.ok("POST", "/api/auth/keys", {
        token: ann.token,
        body: { name: "k", scopes: ["*"] },
      });
      for (const path of ["enroll", "activate", "disable"]) {
        assertProblem(
          await world.call("POST", `/api/auth/mfa/totp/${path}`, { body: { code: "1" } }),
          401,
          "unauthenticated",
        );
        assertProblem(
          await world.call("POST", `/api/auth/mfa/totp/${path}`, { token: key, body: { code: "1" } }),
          403,
          "forbidden",
        );
      }
      assert.ok(!(await world.app.dump()).includes(secret));
      await world.ok("DELETE", `/api/users/${ann.id}`, { token: ann.token });
      assert.deepEqual(await world.app.sql(`SELECT "user" FROM "_factors"`), []);
    }),
  );
});
