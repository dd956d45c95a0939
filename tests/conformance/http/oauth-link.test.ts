import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MINUTE, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { type Answer, assertProblem } from "../../support/app.ts";
import { fakeLogins, identities, land, type Returning, returning } from "../../support/oauth.ts";
import { turnOnFactor } from "../../support/second-factor.ts";

const logins = fakeLogins();
const { login, test: withFake } = logins;
const PATH = "/api/auth/oauth/mine/link";

const ask = (world: World, token: string | undefined, body: object = {}): Promise<Answer> =>
  world.call("POST", PATH, { token, body });

/** As far as the way back. */
async function goThrough(world: World, token: string, body: object = {}): Promise<Returning> {
  const answer = await ask(world, token, body);
  assert.equal(answer.status, 200, answer.text);
  const [cookie = ""] = answer.headers.getSetCookie();
  assert.match(cookie, /^__Host-bak-oauth-[\w-]{8}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/);
  return returning(logins.fake.consent(answer.body.location), { cookie: cookie.split(";")[0] ?? "" });
}

/** Somebody whose address the provider does not know. */
const other = (world: World): Promise<Somebody> => world.signUp("other@example.com");

describe("whoever is signed in", () => {
  test(
    "leads an identity to their account, whatever address it has, and signs in by it",
    withFake(async (world) => {
      const { id, token } = await other(world);
      await world.types();
      const answer = await land(world, await goThrough(world, token));
      assert.deepEqual([answer.status, answer.body], [200, { linked: "mine" }]);
      assert.deepEqual(await world.types(), ["auth.identity_added"]);
      assert.equal((await login(world)).body.user.id, id);
      const { items } = await world.ok("GET", "/api/auth/identities", { token });
      assert.deepEqual(
        items.map(({ provider }: { provider: string }) => provider),
        ["mine"],
      );
      // once more is nothing new
      assert.equal((await land(world, await goThrough(world, token))).status, 200);
      assert.equal((await identities(world)).length, 1);
    }),
  );

  test(
    "comes back to a page of theirs",
    withFake(async (world) => {
      const { token } = await other(world);
      const back = await land(world, await goThrough(world, token, { redirect: "/settings#here" }));
      assert.equal(back.headers.get("location"), "https://example.com/settings#linked=mine");
      logins.fake.person = { sub: "eve", email: "eve@example.com", email_verified: true };
      await login(world);
      const taken = await land(world, await goThrough(world, token, { redirect: "/settings" }));
      assert.equal(taken.headers.get("location"), "https://example.com/settings#error=conflict");
    }),
  );

  test(
    "does not take an identity that belongs to somebody else",
    withFake(async (world) => {
      const ann = (await login(world)).body.user;
      const { token } = await other(world);
      assertProblem(await land(world, await goThrough(world, token)), 409, "conflict");
      assert.deepEqual(
        (await identities(world)).map(({ user }) => user),
        [ann.id],
      );
    }),
  );

  const begins: readonly (readonly [
    name: string,
    ask: (world: World, somebody: Somebody) => Promise<Answer>,
    status: number,
    code: string | null,
  ])[] = [
    ["nobody", (world) => ask(world, undefined), 401, "unauthenticated"],
    [
      "a key",
      async (world, { token }) => {
        const { key } = await world.ok("POST", "/api/auth/keys", { token, body: { name: "k", scopes: ["*"] } });
        return ask(world, key);
      },
      403,
      "forbidden",
    ],
    [
      "to a provider that there is not",
      (world, { token }) => world.call("POST", "/api/auth/oauth/none/link", { token, body: {} }),
      404,
      "not_found",
    ],
    [
      "back to a page of somebody else",
      (world, { token }) => ask(world, token, { redirect: "https://evil.example/" }),
      400,
      "bad_request",
    ],
    ["back to no address", (world, { token }) => ask(world, token, { redirect: 1 }), 400, "validation_failed"],
    ["in a session that is new", (world, { token }) => ask(world, token), 200, null],
    [
      "in a session that is not",
      (world, { token }) => {
        world.pass(11 * MINUTE);
        return ask(world, token);
      },
      403,
      "forbidden",
    ],
    [
      "in a session that is not, with a wrong password",
      (world, { token }) => {
        world.pass(11 * MINUTE);
        return ask(world, token, { password: "wrong password" });
      },
      401,
      "invalid_credentials",
    ],
    [
      "in a session that is not, with the password",
      (world, { token }) => {
        world.pass(11 * MINUTE);
        return ask(world, token, { password: PASSWORD });
      },
      200,
      null,
    ],
    [
      "with a second factor, and the password only",
      async (world, { token }) => {
        await turnOnFactor(world, token);
        world.pass(11 * MINUTE);
        return ask(world, token, { password: PASSWORD });
      },
      400,
      "validation_failed",
    ],
    [
      "with a second factor, and a wrong code",
      async (world, { token }) => {
        await turnOnFactor(world, token);
        world.pass(11 * MINUTE);
        return ask(world, token, { code: "000000" });
      },
      401,
      "invalid_credentials",
    ],
    [
      "with a second factor, and its code",
      async (world, { token }) => {
        const code = await turnOnFactor(world, token);
        world.pass(11 * MINUTE);
        return ask(world, token, { code: await code(11 * MINUTE) });
      },
      200,
      null,
    ],
  ];
  for (const [name, begin, status, code] of begins)
    test(
      `${code === null ? "may begin" : "may not begin"} ${name}`,
      withFake(async (world) => {
        const answer = await begin(world, await other(world));
        if (code === null) assert.equal(answer.status, status, answer.text);
        else assertProblem(answer, status, code);
        assert.equal(answer.headers.getSetCookie().length, code === null ? 1 : 0);
      }),
    );
});

describe("what comes back", () => {
  const refused: readonly (readonly [name: string, forge: (world: World, somebody: Somebody) => Promise<Returning>])[] =
    [
      ["in another browser", async (world, { token }) => ({ ...(await goThrough(world, token)), cookie: "" })],
      [
        "in a browser that has begun something else",
        async (world, { token }) => ({
          path: (await goThrough(world, token)).path,
          cookie: (await logins.goThrough(world)).cookie,
        }),
      ],
      [
        "of somebody else who has begun, too",
        async (world, { token }) => {
          const eve = await world.signUp("eve@example.com");
          return { path: (await goThrough(world, eve.token)).path, cookie: (await goThrough(world, token)).cookie };
        },
      ],
      [
        "after the session has ended",
        async (world, { token, refreshToken }) => {
          const back = await goThrough(world, token);
          await world.ok("POST", "/api/auth/logout", { body: { refreshToken } });
          return back;
        },
      ],
      [
        "after ten minutes",
        async (world, { token }) => {
          const back = await goThrough(world, token);
          world.pass(10 * MINUTE);
          return back;
        },
      ],
      [
        "after a change of the password",
        async (world, { token }) => {
          const back = await goThrough(world, token);
          const body = { currentPassword: PASSWORD, password: "another password" };
          await world.ok("POST", "/api/auth/password/change", { token, body });
          return back;
        },
      ],
      [
        "a second time",
        async (world, { token }) => {
          const back = await goThrough(world, token);
          assert.equal((await land(world, back)).status, 200);
          await world.app.sql(`DELETE FROM "_identities"`);
          return back;
        },
      ],
      [
        "after a newer one was begun",
        async (world, { token }) => {
          const back = await goThrough(world, token);
          await goThrough(world, token);
          return back;
        },
      ],
      [
        "to the door of another provider",
        async (world, { token }) => {
          const { path, cookie } = await goThrough(world, token);
          return { cookie, path: path.replace("/mine/", "/google/") };
        },
      ],
      [
        "in a browser where somebody else is signed in",
        async (world, { token }) => {
          const back = await goThrough(world, token);
          await world.signUp("eve@example.com");
          const answer = await world.call("POST", "/api/auth/login", {
            body: { email: "eve@example.com", password: PASSWORD },
            headers: { "x-session": "cookie", "sec-fetch-site": "same-origin" },
          });
          const session = answer.headers.getSetCookie().map((one) => one.split(";")[0]);
          assert.ok(session.length > 0);
          return { ...back, cookie: [back.cookie, ...session].join("; ") };
        },
      ],
    ];
  for (const [name, forge] of refused)
    test(
      `${name} links nothing`,
      withFake(async (world) => {
        const back = await forge(world, await other(world));
        assertProblem(await land(world, back), 401, "unauthenticated");
        assert.deepEqual(await identities(world), []);
      }),
    );

  test(
    "of a login is none of a link, and of a link none of a login",
    withFake(async (world) => {
      const { token } = await other(world);
      const answer = await land(world, await goThrough(world, token));
      assert.equal("token" in answer.body, false);
      assert.equal("linked" in (await login(world)).body, false);
    }),
  );

  test(
    "of somebody else's code is refused by the provider",
    withFake(async (world) => {
      const { token } = await other(world);
      const { path, cookie } = await goThrough(world, token);
      const code = new URLSearchParams((await logins.goThrough(world)).path.split("?")[1]).get("code") ?? "";
      const forged = { cookie, path: path.replace(/code=[^&]+/, `code=${encodeURIComponent(code)}`) };
      assertProblem(await land(world, forged), 401, "invalid_credentials");
      assert.deepEqual(await identities(world), []);
    }),
  );
});

describe("an identity is let go of", () => {
  const forget = async (world: World, token: string): Promise<Answer> => {
    const { items } = await world.ok("GET", "/api/auth/identities", { token });
    return world.call("DELETE", `/api/auth/identities/${items[0].id}`, { token });
  };

  test(
    "where there is a password",
    withFake(async (world) => {
      const { token } = await other(world);
      await land(world, await goThrough(world, token));
      assert.equal((await forget(world, token)).status, 204);
      assert.deepEqual(await identities(world), []);
    }),
  );

  test(
    "where there is another one, and not where it is the last way to sign in",
    withFake(async (world) => {
      const { token } = (await login(world)).body;
      assertProblem(await forget(world, token), 409, "conflict");
      logins.fake.person = { sub: "ann-2", email: "ann2@example.com", email_verified: true };
      await land(world, await goThrough(world, token));
      // of two at once, one stays
      const { items } = await world.ok("GET", "/api/auth/identities", { token });
      assert.equal(items.length, 2);
      const ends = await Promise.all(
        items.map(({ id }: { id: string }) => world.call("DELETE", `/api/auth/identities/${id}`, { token })),
      );
      assert.deepEqual(ends.map(({ status }) => status).toSorted(), [204, 409]);
      assert.equal((await identities(world)).length, 1);
    }),
  );

  test(
    "by nobody else",
    withFake(async (world) => {
      const { token } = (await login(world)).body;
      const eve = await other(world);
      const { items } = await world.ok("GET", "/api/auth/identities", { token });
      const answer = await world.call("DELETE", `/api/auth/identities/${items[0].id}`, { token: eve.token });
      assertProblem(answer, 404, "not_found");
    }),
  );
});
