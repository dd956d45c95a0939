import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPasswords } from "../../../src/core/auth/passwords.ts";
import { countingHasher } from "../../support/accounts.ts";

/** A hasher whose work ends when the test says so. */
function heldHasher() {
  const held: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => held.push(resolve));
    running -= 1;
  };
  return {
    hasher: {
      decoy: "decoy",
      hash: (password: string) => work().then(() => `hash of ${password}`),
      verify: () => work().then(() => true),
    },
    held,
    most: () => most,
  };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe("passwords", () => {
  test("without a hash, the decoy is checked and nothing fits", async () => {
    const hasher = countingHasher();
    const credulous = async (_password: string, hash: string) => hasher.checked.push(hash) > 0;
    const passwords = createPasswords({ ...hasher, verify: credulous });
    assert.equal(await passwords.verify("x", null), false);
    assert.equal(await passwords.verify("x", "y"), true);
    assert.deepEqual(hasher.checked, ["$fake$decoy$", "y"]);
  });

  test("one at a time, in the order of arrival, newcomers behind those who wait", async () => {
    const { hasher, held, most } = heldHasher();
    const passwords = createPasswords(hasher);
    const order: string[] = [];
    const ask = (name: string) => passwords.hash(name).then(() => void order.push(name));
    const all = [ask("a"), ask("b"), ask("c")];
    while (held.length > 0) {
      held.shift()?.();
      if (all.length < 6) all.push(ask(`late ${all.length}`));
      await turns();
    }
    await Promise.all(all);
    assert.equal(most(), 1);
    assert.deepEqual(order, ["a", "b", "c", "late 3", "late 4", "late 5"]);
  });

  test("a failure gives the place free", async () => {
    const hasher = countingHasher();
    const broken = { ...hasher, verify: () => Promise.reject(new Error("out of memory")) };
    const passwords = createPasswords(broken);
    await assert.rejects(passwords.verify("x", null), /out of memory/);
    assert.match(await passwords.hash("y"), /^\$fake/);
  });

  test("a queue that is too long takes nobody more", async () => {
    const { hasher, held } = heldHasher();
    const passwords = createPasswords(hasher);
    const all = Array.from({ length: 201 }, () => passwords.verify("x", "y"));
    await assert.rejects(passwords.verify("x", "y"), { code: "unavailable" });
    while (held.length > 0) {
      held.shift()?.();
      await turns();
    }
    assert.equal((await Promise.all(all)).every(Boolean), true);
  });
});
