import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { codeAt, stepOf } from "../../../src/core/auth/totp.ts";
import { createLogger } from "../../../src/core/logging/index.ts";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { countingHasher, inWorld, MINUTE, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem, openApp } from "../../support/app.ts";

const OTHER_PASSWORD = "another long password";
const HOUR = 60 * MINUTE;
const STAFF = { name: "staff", kind: "auth", fields: [], permissions: { read: "public" } };
const OPTIONS = { collections: [STAFF] };
const ANN = "ann@example.com";

const post = (world: World, path: string, body: object, token?: string) =>
  world.call("POST", `/api/auth/${path}`, { body, token });

/** Ann, whose address was not proven, and Bob, whose address was. */
async function populate(world: World): Promise<{ ann: Somebody; bob: Somebody }> {
  const ann = await world.signUp(ANN);
  await world.mails();
  const bob = await world.signUp("bob@example.com");
  await world.ok("POST", "/api/auth/verify/confirm", { body: { token: await world.secret() } });
  await world.types();
  return { ann, bob };
}

async function resetToken(world: World, email = ANN): Promise<string> {
  await world.ok("POST", "/api/auth/password/forgot", { body: { email } });
  return world.secret(/password/);
}

async function verifyToken(world: World, email = ANN): Promise<string> {
  await world.ok("POST", "/api/auth/verify/request", { body: { email } });
  return world.secret(/Confirm/);
}

const payload = (world: World, type: string) => world.events.findLast((event) => event.type === type)?.payload;
const codes = (world: World) => world.app.sql(`SELECT "purpose", "user" FROM "_codes" ORDER BY "purpose"`);
const system = (world: World) => world.app.app.as(systemPrincipal("test")).records("users");

describe("asking for a mail", () => {
  const asks = [
    ["password/forgot", { email: ANN }, 1],
    ["password/forgot", { email: "Ann@Example.com" }, 1],
    ["password/forgot", { email: "bob@example.com" }, 1],
    ["password/forgot", { email: "nobody@example.com" }, 0],
    ["password/forgot", { email: "no address" }, 0],
    ["password/forgot", { email: ANN, collection: "staff" }, 0],
    ["verify/request", { email: ANN }, 1],
    ["verify/request", { email: "bob@example.com" }, 0],
    ["verify/request", { email: "nobody@example.com" }, 0],
  ] as const;
  for (const [path, body, mails] of asks) {
    test(
      `${path} ${JSON.stringify(body)} sends ${mails} and answers like any other`,
      inWorld(OPTIONS, async (world) => {
        await populate(world);
        const work = [world.hasher.checked.length, world.hasher.hashed.length];
        const before = await world.app.dump();
        const answer = await post(world, path, body);
        // when the answer is there, nothing was looked for or written yet
        assert.equal(await world.app.dump(), before);
        assert.deepEqual([answer.status, answer.text], [204, ""]);
        assert.equal((await world.mails()).length, mails);
        assert.deepEqual([world.hasher.checked.length, world.hasher.hashed.length], work);
        assert.deepEqual(await world.types(), []);
      }),
    );
  }

  const refused = [
    ["password/forgot", {}, 400, "validation_failed"],
    ["password/forgot", { email: 1 }, 400, "validation_failed"],
    ["password/forgot", { email: ANN, collection: "nowhere" }, 404, "not_found"],
    ["verify/request", {}, 401, "unauthenticated"],
    ["verify/request", { email: "" }, 400, "validation_failed"],
  ] as const;
  for (const [path, body, status, code] of refused) {
    test(
      `${path} ${JSON.stringify(body)} is ${status}`,
      inWorld(OPTIONS, async (world) => {
        assertProblem(await post(world, path, body), status, code);
        assert.deepEqual(await world.mails(), []);
      }),
    );
  }

  for (const email of [ANN, "nobody@example.com"]) {
    test(
      `is limited for ${email}`,
      inWorld(OPTIONS, async (world) => {
        await populate(world);
        for (let count = 0; count < 10; count += 1)
          await world.ok("POST", "/api/auth/password/forgot", { body: { email } });
        assertProblem(await post(world, "password/forgot", { email }), 429, "rate_limited");
      }),
    );
  }

  test(
    "whoever is signed in need not say the address",
    inWorld(OPTIONS, async (world) => {
      const { ann, bob } = await populate(world);
      assert.equal((await post(world, "verify/request", {}, ann.token)).status, 204);
      assert.deepEqual(
        (await world.mails()).map(({ to }) => to),
        [ANN],
      );
      assert.equal((await post(world, "verify/request", {}, bob.token)).status, 204);
      assert.deepEqual(await world.mails(), []);
    }),
  );

  test("waits for no mail server, and what is not sent is told without address or token", async () => {
    const lines: string[] = [];
    let refused = 0;
    const app = await openApp({
      accounts: true,
      passwords: countingHasher(),
      logger: createLogger({ level: "debug", sinks: [{ write: (some) => void lines.push(JSON.stringify(some)) }] }),
      mailer: {
        async send({ to, text }) {
          refused += 1;
          throw Object.assign(new Error(`${to} ${text}`), { code: "EENVELOPE" });
        },
      },
      mailTimers: { set: (callback) => void setTimeout(callback, 0), clear: () => undefined },
    });
    const answer = await app.call("POST", "/api/auth/register", { body: { email: ANN, password: PASSWORD } });
    assert.equal(answer.status, 201);
    while (refused < 5) await new Promise((resolve) => setTimeout(resolve, 1));
    await app.close();
    const told = lines.join("\n");
    assert.match(told, /a mail was not sent/);
    assert.match(told, /EENVELOPE/);
    assert.doesNotMatch(told, /ann@example|#token/);
  });

  test("without a mailer it is unavailable, and accounts are made all the same", async () => {
    const app = await openApp({ accounts: true, passwords: countingHasher() });
    const body = { email: ANN, password: PASSWORD };
    const { status, body: made } = await app.call("POST", "/api/auth/register", { body });
    assert.equal(status, 201);
    for (const email of [ANN, "nobody@example.com"]) {
      assertProblem(await app.call("POST", "/api/auth/password/forgot", { body: { email } }), 503, "unavailable");
      assertProblem(await app.call("POST", "/api/auth/verify/request", { body: { email } }), 503, "unavailable");
    }
    const headers = { authorization: `Bearer ${made.token}` };
    assertProblem(await app.call("POST", "/api/auth/verify/request", { headers, body: {} }), 503, "unavailable");
    const methods = await app.call("GET", "/api/auth/methods");
    assert.deepEqual(methods.body, {
      password: true,
      otp: false,
      totp: true,
      mail: false,
      passkeys: true,
      providers: [],
      registration: "open",
    });
    await app.close();
  });
});

describe("the proof of an address", () => {
  test(
    "comes with the link that a new account gets",
    inWorld(OPTIONS, async (world) => {
      const ann = await world.signUp(ANN);
      await world.types();
      const token = await world.secret(/Confirm/);
      assert.equal((await post(world, "verify/confirm", { token })).status, 204);
      const { user } = await world.ok("GET", "/api/auth/me", { token: ann.token });
      assert.equal(user.verified, true);
      assert.deepEqual(await world.types(), ["users.updated", "auth.verified"]);
      assert.deepEqual(payload(world, "auth.verified"), { user: ann.id, collection: "users" });
      assertProblem(await post(world, "verify/confirm", { token }), 401, "invalid_credentials");
    }),
  );

  test(
    "works for other collections of accounts",
    inWorld(OPTIONS, async (world) => {
      const body = { email: ANN, password: PASSWORD, collection: "staff" };
      const { user } = await world.ok("POST", "/api/auth/register", { body });
      const token = await world.secret();
      assertProblem(await post(world, "verify/confirm", { token, collection: "users" }), 401, "invalid_credentials");
      assert.equal((await post(world, "verify/confirm", { token })).status, 204);
      assert.equal((await world.ok("GET", `/api/staff/${user.id}`)).verified, true);
    }),
  );
});

describe("a new password", () => {
  test(
    "ends every session and the old password, and proves the address",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const { key } = await world.ok("POST", "/api/auth/keys", {
        token: ann.token,
        body: { name: "x", scopes: ["*"] },
      });
      const token = await resetToken(world);
      await world.types();
      assert.equal((await post(world, "password/reset", { token, password: OTHER_PASSWORD })).status, 204);
      assert.deepEqual(await world.types(), ["users.updated", "auth.password_reset", "auth.verified"]);
      assert.deepEqual(payload(world, "auth.password_reset"), { user: ann.id, collection: "users" });
      assertProblem(await world.call("GET", "/api/auth/me", { token: ann.token }), 401, "unauthenticated");
      assertProblem(await post(world, "refresh", { refreshToken: ann.refreshToken }), 401, "unauthenticated");
      assertProblem(await post(world, "login", { email: ANN, password: PASSWORD }), 401, "invalid_credentials");
      // the address was not proven before, so a stranger may have made the key
      assertProblem(await world.call("GET", "/api/auth/me", { token: key }), 401, "unauthenticated");
      const again = await world.login(ANN, OTHER_PASSWORD);
      assert.equal((await world.ok("GET", "/api/auth/me", { token: again.token })).user.verified, true);
    }),
  );

  test(
    "leaves the keys of an account whose address was proven before",
    inWorld(OPTIONS, async (world) => {
      const { bob } = await populate(world);
      const { key } = await world.ok("POST", "/api/auth/keys", {
        token: bob.token,
        body: { name: "x", scopes: ["*"] },
      });
      const token = await resetToken(world, bob.email);
      await world.types();
      await world.ok("POST", "/api/auth/password/reset", { body: { token, password: OTHER_PASSWORD } });
      assert.deepEqual(await world.types(), ["users.updated", "auth.password_reset"]);
      await world.ok("GET", "/api/auth/me", { token: key });
    }),
  );

  test(
    "is no way past a second factor",
    inWorld(OPTIONS, async (world) => {
      const { bob } = await populate(world);
      const { secret } = await world.ok("POST", "/api/auth/mfa/totp/enroll", { token: bob.token, body: {} });
      const bits = [...secret].map((char) =>
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(char).toString(2).padStart(5, "0"),
      );
      const bytes = Uint8Array.from(bits.join("").match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
      const code = await codeAt(bytes, stepOf(Date.parse("2026-03-01T12:00:00.000Z")));
      await world.ok("POST", "/api/auth/mfa/totp/activate", { token: bob.token, body: { code } });
      const body = { token: await resetToken(world, bob.email), password: OTHER_PASSWORD };
      assert.equal((await post(world, "password/reset", body)).text, "");
      assertProblem(await post(world, "login", { email: bob.email, password: OTHER_PASSWORD }), 401, "mfa_required");
    }),
  );

  test(
    "that will not do leaves the link good",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const token = await resetToken(world);
      for (const password of ["short", "", undefined, 5]) {
        const answer = await post(world, "password/reset", { token, password });
        assertProblem(answer, 400, "validation_failed");
        assert.equal(answer.body.errors[0].field, "password");
      }
      assert.equal((await post(world, "password/reset", { token, password: OTHER_PASSWORD })).status, 204);
    }),
  );

  test(
    "of two at once, one is set",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const token = await resetToken(world);
      const passwords = [OTHER_PASSWORD, "a third long password"];
      const answers = await Promise.all(
        passwords.map((password) => post(world, "password/reset", { token, password })),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 401]);
      const set = passwords[answers.findIndex(({ status }) => status === 204)];
      await world.login(ANN, set);
    }),
  );
});

describe("a link that is not good", () => {
  const cases: readonly [
    name: string,
    path: string,
    spoil: (world: World, ann: Somebody) => Promise<string | object>,
  ][] = [
    [
      "used before",
      "password/reset",
      async (world) => {
        const token = await resetToken(world);
        await world.ok("POST", "/api/auth/password/reset", { body: { token, password: "a third long password" } });
        return token;
      },
    ],
    [
      "too old",
      "password/reset",
      async (world) => {
        const token = await resetToken(world);
        world.pass(HOUR);
        return token;
      },
    ],
    [
      "too old to prove an address",
      "verify/confirm",
      async (world) => {
        const token = await verifyToken(world);
        world.pass(24 * HOUR);
        return token;
      },
    ],
    ["for another purpose", "password/reset", (world) => verifyToken(world)],
    ["for yet another purpose", "verify/confirm", (world) => resetToken(world)],
    [
      "for another collection",
      "password/reset",
      async (world) => ({ token: await resetToken(world), collection: "staff" }),
    ],
    ["made up", "password/reset", async () => "x".repeat(43)],
    ["no text of a token", "password/reset", async () => "%' OR 1=1 --"],
    [
      "followed by a newer one",
      "password/reset",
      async (world) => {
        const token = await resetToken(world);
        await resetToken(world);
        return token;
      },
    ],
    [
      "from before a change of the password",
      "password/reset",
      async (world, ann) => {
        const token = await resetToken(world);
        await system(world).update(ann.id, { password: "a third long password" });
        return token;
      },
    ],
    [
      "from before a change of the address",
      "password/reset",
      async (world, ann) => {
        const token = await resetToken(world);
        await world.ok("PATCH", `/api/users/${ann.id}`, { token: ann.token, body: { email: "new@example.com" } });
        return token;
      },
    ],
    [
      "for an address that is another by now",
      "verify/confirm",
      async (world, ann) => {
        const token = await verifyToken(world);
        await world.ok("PATCH", `/api/users/${ann.id}`, { token: ann.token, body: { email: "new@example.com" } });
        return token;
      },
    ],
    [
      "of an account that is gone",
      "password/reset",
      async (world, ann) => {
        const token = await resetToken(world);
        await system(world).delete(ann.id);
        assert.deepEqual(await codes(world), []);
        return token;
      },
    ],
  ];
  for (const [name, path, spoil] of cases) {
    test(
      `${name}: ${path}`,
      inWorld(OPTIONS, async (world) => {
        const { ann } = await populate(world);
        const spoilt = await spoil(world, ann);
        const hashed = world.hasher.hashed.length;
        const body = typeof spoilt === "string" ? { token: spoilt } : spoilt;
        const answer = await post(world, path, { ...body, password: OTHER_PASSWORD });
        const problem = assertProblem(answer, 401, "invalid_credentials");
        assert.equal(problem.detail, "The link or code is not good, or no longer; ask for a new one.");
        assert.equal(world.hasher.hashed.length, hashed);
        assert.equal((await post(world, "login", { email: ANN, password: OTHER_PASSWORD })).status, 401);
      }),
    );
  }

  for (const path of ["password/reset", "verify/confirm"]) {
    test(
      `${path} without a token`,
      inWorld(OPTIONS, async (world) => {
        for (const token of [undefined, "", 5, null, {}])
          assertProblem(await post(world, path, { token, password: PASSWORD }), 400, "validation_failed");
      }),
    );
  }

  test(
    "is cleared away",
    inWorld(OPTIONS, async (world) => {
      const { ann, bob } = await populate(world);
      await resetToken(world);
      assert.deepEqual(await codes(world), [
        { purpose: "reset", user: ann.id },
        { purpose: "verify", user: ann.id },
      ]);
      world.pass(HOUR);
      await resetToken(world, bob.email);
      assert.deepEqual(await codes(world), [
        { purpose: "reset", user: bob.id },
        { purpose: "verify", user: ann.id },
      ]);
    }),
  );

  test(
    "is not one because a field of the profile changed",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const token = await resetToken(world);
      await system(world).update(ann.id, { role: "editor" });
      assert.equal((await post(world, "password/reset", { token, password: OTHER_PASSWORD })).status, 204);
    }),
  );
});
