import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, MINUTE, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { type Answer, assertProblem, type TestAppOptions } from "../../support/app.ts";
import { type Behaviour, createAuthenticator } from "../../support/authenticator.ts";
import { turnOnFactor } from "../../support/second-factor.ts";

const ORIGIN = "https://example.com";
const OPTIONS: TestAppOptions = { url: ORIGIN, auth: { origins: ["https://app.example.com"] } };

type Device = ReturnType<typeof createAuthenticator>;
const post = (world: World, path: string, body: object = {}, token?: string): Promise<Answer> =>
  world.call("POST", `/api/auth/passkeys/${path}`, { body, token });

async function optionsOf(world: World, token?: string): Promise<object> {
  const { status, body, text } = await post(world, token ? "register/options" : "login/options", {}, token);
  assert.equal(status, 200, text);
  return body;
}

async function register(
  world: World,
  device: Device,
  { token }: Somebody,
  behaviour: Behaviour = {},
  more: object = {},
): Promise<Answer> {
  const credential = device.create(await optionsOf(world, token), behaviour);
  return post(world, "register/verify", { credential, ...more }, token);
}

async function login(world: World, device: Device, behaviour: Behaviour = {}): Promise<Answer> {
  return post(world, "login/verify", { credential: device.get(await optionsOf(world), behaviour) });
}

/** Ann, with a passkey on a device of hers. */
async function populate(
  world: World,
  behaviour: Behaviour = {},
): Promise<{ ann: Somebody; device: Device; id: string }> {
  const ann = await world.signUp("ann@example.com");
  const device = createAuthenticator(ORIGIN);
  const { status, body, text } = await register(world, device, ann, behaviour);
  assert.equal(status, 201, text);
  await world.types();
  return { ann, device, id: body.id };
}

describe("a passkey", () => {
  test(
    "signs in without an address, and is listed and taken back",
    inWorld(OPTIONS, async (world) => {
      const ann = await world.signUp("ann@example.com");
      await world.types();
      const device = createAuthenticator(ORIGIN);
      const made = await register(world, device, ann, {}, { name: " My phone " });
      assert.equal(made.status, 201, made.text);
      const { id, createdAt, ...rest } = made.body;
      assert.deepEqual(rest, { name: "My phone", synced: false, lastUsedAt: null });
      const answer = await login(world, device);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.equal(answer.body.user.id, ann.id);
      assert.deepEqual(await world.types(), ["auth.passkey_added", "auth.login"]);
      assert.deepEqual(world.events.findLast(({ type }) => type === "auth.login")?.payload, {
        ...{ user: ann.id, collection: "users", method: "passkey" },
      });
      const { token } = answer.body;
      world.pass(MINUTE);
      await login(world, device);
      const { items } = await world.ok("GET", "/api/auth/passkeys", { token });
      const lastUsedAt = "2026-03-01T12:01:00.000Z";
      assert.deepEqual(items, [{ id, createdAt, name: "My phone", synced: false, lastUsedAt }]);
      await world.ok("DELETE", `/api/auth/passkeys/${id}`, { token });
      assert.deepEqual((await world.ok("GET", "/api/auth/passkeys", { token })).items, []);
      assertProblem(await login(world, device), 401, "invalid_credentials");
      assertProblem(await world.call("DELETE", `/api/auth/passkeys/${id}`, { token }), 404, "not_found");
    }),
  );

  test(
    "is asked for in the same way of everybody, and made with its owner verified",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const { challenge, ...asked } = Object(await optionsOf(world));
      assert.match(challenge, /^[\w-]{43}$/);
      assert.deepEqual(asked, { rpId: "example.com", timeout: 5 * MINUTE, userVerification: "required" });
      const making = Object(await optionsOf(world, ann.token));
      assert.deepEqual(making.rp, { name: "Bakend", id: "example.com" });
      assert.equal(making.attestation, "none");
      assert.equal(making.excludeCredentials.length, 1);
      assert.equal(making.authenticatorSelection.residentKey, "required");
      assert.equal(making.authenticatorSelection.userVerification, "required");
      assert.equal(Buffer.from(making.user.id, "base64url").toString(), ann.id);
    }),
  );

  test(
    "is both factors",
    inWorld(OPTIONS, async (world) => {
      const { ann, device } = await populate(world);
      const code = await turnOnFactor(world, ann.token);
      const body = { email: ann.email, password: PASSWORD };
      assertProblem(await world.call("POST", "/api/auth/login", { body }), 401, "mfa_required");
      assert.equal((await login(world, device)).status, 200);
      // so whoever has only a session makes none
      assertProblem(await post(world, "register/options", {}, ann.token), 400, "validation_failed");
      assertProblem(await post(world, "register/options", { code: "000000" }, ann.token), 401, "invalid_credentials");
      world.pass(MINUTE);
      const options = await post(world, "register/options", { code: await code(MINUTE) }, ann.token);
      assert.equal(options.status, 200, options.text);
    }),
  );

  const makings: readonly [name: string, behaviour: Behaviour, status: number, code: string][] = [
    ["on a page of another origin", { origin: "https://evil.example" }, 403, "forbidden"],
    ["on a page of another port", { origin: "https://example.com:444" }, 403, "forbidden"],
    ["on a page that names no origin", { origin: "null" }, 403, "forbidden"],
    ["for another domain", { rpId: "evil.example" }, 401, "invalid_credentials"],
    ["without its owner verified", { verified: false }, 401, "invalid_credentials"],
    ["by what should be a login", { type: "webauthn.get" }, 401, "invalid_credentials"],
  ];
  for (const [name, behaviour, status, code] of makings) {
    test(
      `made ${name} is refused`,
      inWorld(OPTIONS, async (world) => {
        const ann = await world.signUp("ann@example.com");
        assertProblem(await register(world, createAuthenticator(ORIGIN), ann, behaviour), status, code);
        assert.deepEqual((await world.ok("GET", "/api/auth/passkeys", { token: ann.token })).items, []);
      }),
    );
  }

  const uses: readonly [name: string, behaviour: Behaviour, status: number, code: string][] = [
    ["on a page of another origin", { origin: "https://evil.example" }, 403, "forbidden"],
    ["over http", { origin: "http://example.com" }, 403, "forbidden"],
    ["on localhost", { origin: "http://localhost:3000" }, 403, "forbidden"],
    ["for another domain", { rpId: "evil.example" }, 401, "invalid_credentials"],
    ["without its owner verified", { verified: false }, 401, "invalid_credentials"],
    ["by what should make one", { type: "webauthn.create" }, 401, "invalid_credentials"],
    ["for somebody else", { userHandle: Buffer.from("somebody").toString("base64url") }, 401, "invalid_credentials"],
  ];
  for (const [name, behaviour, status, code] of uses) {
    test(
      `used ${name} is refused`,
      inWorld(OPTIONS, async (world) => {
        const { device } = await populate(world);
        assertProblem(await login(world, device, behaviour), status, code);
        assert.equal((await login(world, device)).status, 200);
      }),
    );
  }

  for (const origin of ["https://app.example.com", "https://example.com"]) {
    test(
      `may be used at ${origin}`,
      inWorld(OPTIONS, async (world) => {
        const { ann } = await populate(world);
        const device = createAuthenticator(origin);
        assert.equal((await register(world, device, ann)).status, 201);
        assert.equal((await login(world, device)).status, 200);
      }),
    );
  }

  for (const origin of ["http://localhost:8080", "http://localhost:5173", "http://localhost"]) {
    test(
      `may be used at ${origin} while developing`,
      inWorld({ url: "http://localhost:8080" }, async (world) => {
        const ann = await world.signUp("ann@example.com");
        const device = createAuthenticator(origin);
        assert.equal((await register(world, device, ann)).status, 201);
        assertProblem(await login(world, device, { origin: "https://evil.example" }), 403, "forbidden");
        assertProblem(await login(world, device, { origin: "http://localhost.evil.example" }), 403, "forbidden");
      }),
    );
  }

  const counters: readonly [first: number, then: number, status: number][] = [
    [0, 0, 200],
    [0, 1, 200],
    [5, 6, 200],
    [5, 5, 401],
    [5, 4, 401],
    [5, 0, 401],
  ];
  for (const [first, then, status] of counters) {
    test(
      `that has signed ${first} times, and says ${then} then, gets ${status}`,
      inWorld(OPTIONS, async (world) => {
        const { device, ann } = await populate(world, { counter: first });
        const answer = await login(world, device, { counter: then });
        assert.equal(answer.status, status, answer.text);
        if (status === 200) return;
        assertProblem(answer, 401, "invalid_credentials");
        assert.deepEqual(await world.types(), ["auth.login_failed"]);
        const failed = world.events.findLast(({ type }) => type === "auth.login_failed");
        assert.deepEqual(failed?.payload, { user: ann.id, collection: "users" });
      }),
    );
  }
});

describe("a challenge", () => {
  test(
    "is good once, also for two at once",
    inWorld(OPTIONS, async (world) => {
      const { device } = await populate(world, { counter: 1 });
      const credential = device.get(await optionsOf(world));
      const both = await Promise.all([1, 2].map(() => post(world, "login/verify", { credential })));
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401]);
      assertProblem(await post(world, "login/verify", { credential }), 401, "invalid_credentials");
    }),
  );

  const spoilt: readonly [name: string, of: (world: World, ann: Somebody) => Promise<object>][] = [
    ["was made up", async () => ({ challenge: "A".repeat(43), rpId: "example.com" })],
    [
      "is for making a passkey",
      async (world, { token }) => ({ rpId: "example.com", ...(await optionsOf(world, token)) }),
    ],
    [
      "is too old",
      async (world) => {
        const options = await optionsOf(world);
        world.pass(5 * MINUTE);
        return options;
      },
    ],
  ];
  for (const [name, of] of spoilt) {
    test(
      `that ${name} is refused`,
      inWorld(OPTIONS, async (world) => {
        const { ann, device } = await populate(world);
        const credential = device.get(await of(world, ann));
        assertProblem(await post(world, "login/verify", { credential }), 401, "invalid_credentials");
      }),
    );
  }

  test(
    "to make a passkey is one person's",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const eve = await world.signUp("eve@example.com");
      const device = createAuthenticator(ORIGIN);
      const credential = device.create(await optionsOf(world, ann.token));
      assertProblem(await post(world, "register/verify", { credential }, eve.token), 401, "invalid_credentials");
      assertProblem(await post(world, "register/verify", { credential }), 401, "unauthenticated");
      assert.equal((await post(world, "register/verify", { credential }, ann.token)).status, 201);
      assertProblem(await post(world, "register/verify", { credential }, ann.token), 401, "invalid_credentials");
    }),
  );
});

describe("whose passkey it is", () => {
  test(
    "a credential is one account's",
    inWorld(OPTIONS, async (world) => {
      const { ann, device, id } = await populate(world);
      const eve = await world.signUp("eve@example.com");
      const other = createAuthenticator(ORIGIN);
      assert.equal((await register(world, other, eve)).status, 201);
      const mine = device.get(await optionsOf(world));
      const hers = other.get(await optionsOf(world));
      // her signature, under the name of somebody else's credential
      const forged = { ...hers, id: mine.id, rawId: mine.id };
      assertProblem(await post(world, "login/verify", { credential: forged }), 401, "invalid_credentials");
      assertProblem(await world.call("DELETE", `/api/auth/passkeys/${id}`, { token: eve.token }), 404, "not_found");
      assert.equal((await world.ok("GET", "/api/auth/passkeys", { token: ann.token })).items.length, 1);
      assert.equal((await world.ok("GET", "/api/auth/passkeys", { token: eve.token })).items.length, 1);
    }),
  );

  test(
    "the last way to sign in is not taken back, and of two at once one stays",
    inWorld(OPTIONS, async (world) => {
      const { ann, id } = await populate(world);
      await world.app.sql(`UPDATE "users" SET "passwordHash" = NULL WHERE "id" = '${ann.id}'`);
      const remove = (which: string): Promise<Answer> =>
        world.call("DELETE", `/api/auth/passkeys/${which}`, { token: ann.token });
      assertProblem(await remove(id), 409, "conflict");
      assert.deepEqual(await world.types(), []);
      const second = await register(world, createAuthenticator(ORIGIN), ann);
      const ends = await Promise.all([remove(id), remove(second.body.id)]);
      assert.deepEqual(ends.map(({ status }) => status).toSorted(), [204, 409]);
    }),
  );

  test(
    "it goes with the account, and with the first proof of its address",
    inWorld(OPTIONS, async (world) => {
      const { ann, device } = await populate(world);
      await world.mails();
      await world.ok("POST", "/api/auth/otp/request", { body: { email: ann.email } });
      await world.ok("POST", "/api/auth/otp/login", { body: { email: ann.email, code: await world.secret() } });
      assertProblem(await login(world, device), 401, "invalid_credentials");
      const ben = await world.signUp("ben@example.com");
      const bens = createAuthenticator(ORIGIN);
      await register(world, bens, ben);
      await world.app.app.as(systemPrincipal("test")).records("users").delete(ben.id);
      assertProblem(await login(world, bens), 401, "invalid_credentials");
      assert.deepEqual(await world.app.sql(`SELECT "id" FROM "_passkeys"`), []);
    }),
  );

  test(
    "no more than fifty, and none by an API key",
    inWorld(OPTIONS, async (world) => {
      const { ann, device } = await populate(world);
      for (let count = 1; count < 50; count += 1) {
        world.pass(MINUTE);
        assert.equal((await register(world, device, await again(world, ann))).status, 201);
      }
      assertProblem(await register(world, device, await again(world, ann)), 409, "conflict");
      const { token } = await again(world, ann);
      const { key } = await world.ok("POST", "/api/auth/keys", { token, body: { name: "x", scopes: ["*"] } });
      assertProblem(await post(world, "register/options", {}, key), 403, "forbidden");
      assertProblem(await world.call("GET", "/api/auth/passkeys", { token: key }), 403, "forbidden");
      assertProblem(await world.call("GET", "/api/auth/passkeys"), 401, "unauthenticated");
    }),
  );

  const malformed: readonly unknown[] = [
    ...[undefined, null, "x", [], {}, { id: "x" }],
    ...[
      { id: "x", type: "public-key", response: {} },
      { id: "x", type: "public-key", response: { clientDataJSON: "eyJ9" } },
    ],
    { id: "x", type: "public-key", response: { clientDataJSON: Buffer.from("{}").toString("base64url") } },
    {
      id: "x".repeat(70_000),
      type: "public-key",
      response: { clientDataJSON: Buffer.from("{}").toString("base64url") },
    },
  ];
  for (const [index, credential] of malformed.entries()) {
    test(
      `what is no credential is refused (${index + 1})`,
      inWorld(OPTIONS, async (world) => {
        const { ann } = await populate(world);
        assertProblem(await post(world, "login/verify", { credential }), 400, "validation_failed");
        assertProblem(await post(world, "register/verify", { credential }, ann.token), 400, "validation_failed");
      }),
    );
  }
});

/** The same person, with a token that is good now. */
async function again(world: World, { email }: Somebody): Promise<Somebody> {
  return world.login(email);
}
