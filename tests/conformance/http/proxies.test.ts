import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld } from "../../support/accounts.ts";

const PROXY = "10.0.0.1";
const OPTIONS = { proxies: ["10.0.0.0/8", "::1"] };

/** Whose bucket is empty after 60 tries of one client, told by who is limited. `[address of the peer, x-forwarded-for]`. */
type From = readonly [peer: string, forwarded?: string];

const CASES: readonly (readonly [name: string, options: object, tries: From, then: From, limited: boolean])[] = [
  ["the same client behind the proxy", OPTIONS, [PROXY, "203.0.113.1"], [PROXY, "203.0.113.1"], true],
  ["another client behind the proxy", OPTIONS, [PROXY, "203.0.113.1"], [PROXY, "203.0.113.2"], false],
  ["the same client through another proxy", OPTIONS, [PROXY, "203.0.113.1"], ["::1", "203.0.113.1, 10.9.9.9"], true],
  [
    "what the client itself put before",
    OPTIONS,
    [PROXY, "1.1.1.1, 203.0.113.1"],
    [PROXY, "2.2.2.2, 203.0.113.1"],
    true,
  ],
  ["the header from somebody else", OPTIONS, ["203.0.113.1", "1.1.1.1"], ["203.0.113.1", "2.2.2.2"], true],
  ["the header where no proxy is named", {}, [PROXY, "203.0.113.1"], [PROXY, "203.0.113.2"], true],
  ["the proxy itself", OPTIONS, [PROXY], [PROXY, "203.0.113.2"], false],
];

describe("clients behind proxies", () => {
  for (const [name, options, tries, then, limited] of CASES) {
    test(
      name,
      inWorld(options, async (world) => {
        const login = async ([address, forwarded]: From, index: number) => {
          const body = { email: `a${index}@example.com`, password: "wrong password" };
          const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
          return (await world.call("POST", "/api/auth/login", { address, headers, body })).status;
        };
        for (let index = 0; index < 60; index += 1) assert.equal(await login(tries, index), 401);
        assert.equal(await login(then, 60), limited ? 429 : 401);
      }),
    );
  }
});

describe("headers that keep browsers from guessing", () => {
  for (const path of ["/health", "/api/users", "/api/nothing/at/all", "/api/docs"]) {
    test(
      path,
      inWorld({}, async (world) => {
        const { headers } = await world.call("GET", path);
        assert.equal(headers.get("x-content-type-options"), "nosniff");
      }),
    );
  }
});
