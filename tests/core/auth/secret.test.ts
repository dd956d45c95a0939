import assert from "node:assert/strict";
import { test } from "node:test";
import { inWorld, openWorld } from "../../support/accounts.ts";

const stored = `SELECT "value" FROM "_secrets"`;

test(
  "without a configured secret, one of 256 bits is made and kept",
  inWorld({}, async (world) => {
    const [row] = await world.app.sql(stored);
    assert.match(String(row?.value), /^[\w-]{43}$/);
    const { token } = await world.signUp("ann@example.com");
    await world.ok("GET", "/api/auth/me", { token });
  }),
);

test("two databases have different secrets: a token of one is nothing to the other", async () => {
  const [first, second] = [await openWorld(), await openWorld()];
  const { token } = await first.signUp("ann@example.com");
  assert.equal((await second.call("GET", "/api/auth/me", { token })).status, 401);
  assert.notDeepEqual(await first.app.sql(stored), await second.app.sql(stored));
  await first.close();
  await second.close();
});

test(
  "a configured secret is not stored",
  inWorld({ secret: "0123456789-abcdefghijklmnopqrstuvwxyz" }, async (world) => {
    assert.doesNotMatch(await world.app.dump(), /0123456789-abc/);
  }),
);
