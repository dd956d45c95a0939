import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, PASSWORD, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const TOKEN = "a token that only the terminal knows";
const OPTIONS = { setupToken: TOKEN };
const PATH = "/api/auth/setup";

const setUp = (world: World, change: object = {}) =>
  world.call("POST", PATH, { body: { token: TOKEN, email: "root@example.com", password: PASSWORD, ...change } });

describe("the first admin", () => {
  test(
    "is made once, by whoever has the link, and signed in",
    inWorld(OPTIONS, async (world) => {
      assert.ok(world.app.app.needsAdmin);
      const { status, body, headers } = await setUp(world);
      assert.equal(status, 201);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(body.user.role, "admin");
      assert.equal(body.user.verified, true);
      await world.ok("GET", "/api/admin/roles", { token: body.token });
      assertProblem(await setUp(world, { email: "second@example.com" }), 403, "forbidden");
    }),
  );

  test(
    "two who come at once are one",
    inWorld(OPTIONS, async (world) => {
      const both = await Promise.all([setUp(world), setUp(world, { email: "other@example.com" })]);
      assert.deepEqual(both.map((one) => one.status).sort(), [201, 403]);
    }),
  );

  test(
    "is never whoever registers first",
    inWorld(OPTIONS, async (world) => {
      const ann = await world.signUp("ann@example.com");
      assertProblem(await world.call("GET", "/api/admin/roles", { token: ann.token }), 403, "forbidden");
      const body = { email: "eve@example.com", password: PASSWORD, role: "admin" };
      assertProblem(await world.call("POST", "/api/auth/register", { body }), 400, "validation_failed");
      assert.equal((await setUp(world)).status, 201);
    }),
  );

  test(
    "is not made over this link once another way made one",
    inWorld(OPTIONS, async (world) => {
      await world.signUp("root@example.com", "admin");
      assertProblem(await setUp(world, { email: "second@example.com" }), 403, "forbidden");
    }),
  );

  const bad: readonly (readonly [name: string, change: object, status: number, code: string])[] = [
    ["another token", { token: `${TOKEN}x` }, 403, "forbidden"],
    ["no token", { token: undefined }, 403, "forbidden"],
    ["an empty token", { token: "" }, 403, "forbidden"],
    ["a weak password", { password: "short" }, 400, "validation_failed"],
    ["no password", { password: undefined }, 400, "validation_failed"],
    ["no address", { email: undefined }, 400, "validation_failed"],
    ["no address that could be one", { email: "root" }, 400, "validation_failed"],
  ];
  for (const [name, change, status, code] of bad) {
    test(
      `is not made with ${name}`,
      inWorld(OPTIONS, async (world) => {
        assertProblem(await setUp(world, change), status, code);
        assert.deepEqual(await world.app.sql(`SELECT "id" FROM "users"`), []);
        assert.equal((await setUp(world)).status, 201);
      }),
    );
  }

  test(
    "without a token there is no such path",
    inWorld({}, async (world) => {
      assert.ok(!world.app.app.needsAdmin);
      assertProblem(await setUp(world, { token: undefined }), 404, "not_found");
      assertProblem(await world.call("GET", PATH), 404, "not_found");
    }),
  );
});
