import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRegistry } from "../../../src/core/functions/registry.ts";

describe("functions that an event calls", () => {
  const table: readonly (readonly [pattern: string, type: string, called: boolean])[] = [
    ["*", "posts.created", true],
    ["*", "function.started", false],
    ["*", "server.request", false],
    ["function.*", "function.started", true],
    ["server.request", "server.request", true],
    ["server.*", "posts.created", false],
  ];
  for (const [pattern, type, called] of table)
    test(`${type} ${called ? "calls" : "does not call"} one for ${pattern}`, () => {
      const registry = createRegistry([{ kind: "event", file: "a.ts", pattern }]);
      assert.equal(registry.onEvent(type).length, called ? 1 : 0);
    });
});
