import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRateLimit } from "../../../src/core/server/rate-limit.ts";
import type { Method, Route } from "../../../src/core/server/route.ts";

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
      headers: { "retry-after": "18", "ratelimit-policy": `"account";q=10;w=300`, ratelimit: `"account";r=0;t=288` },
    });
  });
});

describe("limits of paths", () => {
  const route = (method: Method, path: string): Route => ({ method, path, handle: () => ({ status: 204 }) });
  const ROUTES = [
    route("GET", "/api/:collection"),
    route("POST", "/api/:collection"),
    route("GET", "/api/:collection/:id"),
    route("POST", "/api/auth/login"),
    route("GET", "/api/functions/*"),
  ];
  /** The routes that a setting leaves as they are, and that it cannot be about. */
  const cases: readonly (readonly [setting: string, touched: readonly number[]])[] = [
    ["POST /api/posts 1/1m", [1]],
    ["/api/posts 1/1m", [0, 1]],
    ["GET /api/posts/:id 1/1m", [2]],
    ["/api/:collection/:id 1/1m", [2, 3, 4]],
    ["/api/functions/hello 1/1m", [2, 4]],
    ["/api/functions/hello/:name 1/1m", [4]],
    ["GET /api/functions/* 1/1m", [0, 2, 4]],
    ["POST /api/auth/login 1/1m", [3]],
    ["GET /elsewhere 1/1m", []],
    ["POST /api/posts off", []],
    ["auth 1/1m", []],
  ];
  for (const [setting, touched] of cases) {
    test(setting, () => {
      const over = createRateLimit(() => 0, [setting]).over(ROUTES);
      const changed = over.flatMap((one, index) => (one === ROUTES[index] ? [] : [index]));
      assert.deepEqual(changed, touched);
    });
  }

  test("without settings nothing is touched", () => assert.equal(createRateLimit(() => 0).over(ROUTES), ROUTES));
});

test("the usual limits can be set, and be off", () => {
  const tries = (settings: readonly string[], count: (limit: ReturnType<typeof createRateLimit>) => void): number => {
    const limit = createRateLimit(() => 0, settings);
    for (let done = 0; done < 200; done += 1) {
      try {
        count(limit);
      } catch {
        return done;
      }
    }
    return 200;
  };
  const byAddress = (limit: ReturnType<typeof createRateLimit>) => void limit.byAddress("192.0.2.1");
  const byAccount = (limit: ReturnType<typeof createRateLimit>) => limit.byAccount("a");
  assert.deepEqual([tries([], byAddress), tries([], byAccount)], [60, 10]);
  assert.deepEqual([tries(["auth 7/1m"], byAddress), tries(["auth 7/1m"], byAccount)], [7, 10]);
  assert.deepEqual([tries(["account 3/7s"], byAddress), tries(["account 3/7s"], byAccount)], [60, 3]);
  assert.deepEqual([tries(["auth off"], byAddress), tries(["account off"], byAccount)], [200, 200]);
  assert.equal(tries(["auth 7/1m", "auth 9/1m"], byAddress), 9, "the last one counts");
});
