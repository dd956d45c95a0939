import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, MINUTE, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const NEW = "new@example.com";

async function populate(world: World): Promise<{ ann: Somebody; bob: Somebody }> {
  const ann = await world.signUp("ann@example.com");
  const bob = await world.signUp("bob@example.com");
  await world.mails();
  await world.types();
  return { ann, bob };
}

const change = (world: World, { token }: Pick<Somebody, "token">, body: object) =>
  world.call("POST", "/api/auth/email/change", { token, body });
const confirm = (world: World, token: unknown) => world.call("POST", "/api/auth/email/confirm", { body: { token } });

describe("a change of address", () => {
  test(
    "counts from its confirmation, and the old address is told",
    inWorld({}, async (world) => {
      const { ann } = await populate(world);
      const asked = await change(world, ann, { email: "New@Example.com", password: PASSWORD });
      assert.deepEqual([asked.status, asked.text], [204, ""]);
      const [mail, ...more] = await world.mails();
      assert.deepEqual([mail?.to, more], [NEW, []]);
      const token = /#token=([\w-]{43})/.exec(mail?.text ?? "")?.[1];
      assert.equal((await world.ok("GET", "/api/auth/me", { token: ann.token })).user.email, ann.email);
      assert.deepEqual(await world.types(), []);
      assert.equal((await confirm(world, token)).status, 204);
      assert.deepEqual(await world.types(), ["users.updated", "auth.email_changed"]);
      const told = world.events.find(({ type }) => type === "auth.email_changed");
      assert.deepEqual(told?.payload, { user: ann.id, collection: "users" });
      const { user } = await world.ok("GET", "/api/auth/me", { token: ann.token });
      assert.deepEqual([user.email, user.verified], [NEW, true]);
      const notices = await world.mails();
      assert.deepEqual(
        notices.map(({ to, subject }) => [to, subject]),
        [[ann.email, "Your address was changed"]],
      );
      assert.ok(notices[0]?.text.includes(NEW));
      await world.login(NEW);
      assertProblem(await confirm(world, token), 401, "invalid_credentials");
    }),
  );

  test(
    "to an address that has an account is told to that address alone",
    inWorld({}, async (world) => {
      const { ann, bob } = await populate(world);
      const asked = await change(world, ann, { email: bob.email, password: PASSWORD });
      assert.deepEqual([asked.status, asked.text], [204, ""]);
      assert.deepEqual(
        (await world.mails()).map(({ to, subject }) => [to, subject]),
        [[bob.email, "You have an account already"]],
      );
      assert.equal((await change(world, ann, { email: ann.email, password: PASSWORD })).status, 204);
      assert.deepEqual(await world.mails(), []);
    }),
  );

  test(
    "to an address that got an account meanwhile is a conflict",
    inWorld({}, async (world) => {
      const { ann } = await populate(world);
      await change(world, ann, { email: NEW, password: PASSWORD });
      const token = await world.secret();
      await world.signUp(NEW);
      const problem = assertProblem(await confirm(world, token), 409, "conflict");
      assert.deepEqual(problem.errors, [{ field: "email", code: "unique", message: "has an account" }]);
      assert.equal((await world.ok("GET", "/api/auth/me", { token: ann.token })).user.email, ann.email);
    }),
  );

  const refused: readonly [name: string, body: object, status: number, code: string][] = [
    ["a wrong password", { email: NEW, password: "not my password" }, 401, "invalid_credentials"],
    ["no password", { email: NEW }, 400, "validation_failed"],
    ["no address", { password: PASSWORD }, 400, "validation_failed"],
    ["what is no address", { email: "a@b", password: PASSWORD }, 400, "validation_failed"],
    ["two addresses", { email: "a@b.de,c@d.de", password: PASSWORD }, 400, "validation_failed"],
    ["a second header", { email: "a@b.de\r\nBcc: c@d.de", password: PASSWORD }, 400, "validation_failed"],
  ];
  for (const [name, body, status, code] of refused) {
    test(
      `with ${name} is refused`,
      inWorld({}, async (world) => {
        const { ann } = await populate(world);
        assertProblem(await change(world, ann, body), status, code);
        assert.deepEqual(await world.mails(), []);
      }),
    );
  }

  test(
    "needs somebody in person",
    inWorld({}, async (world) => {
      const { ann } = await populate(world);
      const body = { email: NEW, password: PASSWORD };
      assertProblem(await world.call("POST", "/api/auth/email/change", { body }), 401, "unauthenticated");
      const wanted = { name: "x", scopes: ["*"] };
      const { key } = await world.ok("POST", "/api/auth/keys", { token: ann.token, body: wanted });
      assertProblem(await change(world, { token: key }, body), 403, "forbidden");
    }),
  );

  const spoilt: readonly [name: string, spoil: (world: World, ann: Somebody) => Promise<unknown>][] = [
    ["too old", async (world) => world.pass(60 * MINUTE)],
    [
      "from before a change of the password",
      async (world) => {
        await world.ok("POST", "/api/auth/password/forgot", { body: { email: "ann@example.com" } });
        const body = { token: await world.secret(), password: "another long password" };
        await world.ok("POST", "/api/auth/password/reset", { body });
      },
    ],
    ["of an account that is gone", async (world, ann) => world.app.sql(`DELETE FROM "users" WHERE "id" = ?`, [ann.id])],
  ];
  for (const [name, spoil] of spoilt) {
    test(
      `by a link that is ${name} is refused`,
      inWorld({}, async (world) => {
        const { ann } = await populate(world);
        await change(world, ann, { email: NEW, password: PASSWORD });
        const token = await world.secret();
        await spoil(world, ann);
        assertProblem(await confirm(world, token), 401, "invalid_credentials");
        assert.deepEqual(await world.mails(), []);
      }),
    );
  }

  test(
    "voids a link to choose a new password that the old address has",
    inWorld({}, async (world) => {
      const { ann } = await populate(world);
      await change(world, ann, { email: NEW, password: PASSWORD });
      const token = await world.secret();
      await world.ok("POST", "/api/auth/password/forgot", { body: { email: ann.email } });
      const reset = await world.secret();
      assert.equal((await confirm(world, token)).status, 204);
      const body = { token: reset, password: "another long password" };
      assertProblem(await world.call("POST", "/api/auth/password/reset", { body }), 401, "invalid_credentials");
    }),
  );
});
