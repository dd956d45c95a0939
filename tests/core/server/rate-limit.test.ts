import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRateLimit, network } from "../../../src/core/server/rate-limit.ts";

describe("networks", () => {
  const cases: readonly (readonly [address: string, network: string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ];
  for (const [address, expected] of cases) test(address, () => assert.equal(network(address), expected));
});

describe("limits", () => {
  const refusals = (tries: number, one: (index: number) => void): number => {
    let refused = 0;
    for (let index = 0; index < tries; index += 1) {
      try {
        one(index);
      } catch {
        refused += 1;
      }
    }
    return refused;
  };

  test("a bucket is emptied at once and fills with time, never past its size", () => {
    let now = 1_000_000;
    const limit = createRateLimit(() => now);
    const tries = (count: number) => refusals(count, () => limit.byAddress("192.0.2.1"));
    assert.equal(tries(61), 1);
    now += 5000;
    assert.equal(tries(6), 1);
    now += 3_600_000;
    assert.equal(tries(61), 1);
  });

  test("a refused try costs nothing", () => {
    let now = 0;
    const limit = createRateLimit(() => now);
    assert.equal(
      refusals(1000, () => limit.byAccount("a")),
      990,
    );
    now += 30_000;
    assert.equal(
      refusals(2, () => limit.byAccount("a")),
      1,
    );
  });

  test("accounts and addresses do not share, and nobody without an address is held up", () => {
    const limit = createRateLimit(() => 0);
    assert.equal(
      refusals(11, () => limit.byAccount("192.0.2.1")),
      1,
    );
    assert.equal(
      refusals(1, () => limit.byAddress("192.0.2.1")),
      0,
    );
    assert.equal(
      refusals(500, () => limit.byAddress(undefined)),
      0,
    );
    assert.equal(
      refusals(500, (index) => limit.byAccount(String(index))),
      0,
    );
  });

  test("what is no address of an account is cut before it is remembered", () => {
    const limit = createRateLimit(() => 0);
    assert.equal(
      refusals(11, (index) => limit.byAccount(`${"x".repeat(5000)}${index}`)),
      1,
    );
  });

  test("says when to come again", () => {
    let now = 0;
    const limit = createRateLimit(() => now);
    refusals(10, () => limit.byAccount("a"));
    now = 12_500;
    assert.throws(() => limit.byAccount("a"), {
      code: "rate_limited",
      headers: { "retry-after": "18", ratelimit: "limit=10, remaining=0, reset=18" },
    });
  });
});
