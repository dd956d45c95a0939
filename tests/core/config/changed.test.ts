import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { changedSettings, loadConfig } from "../../../src/core/config/index.ts";

const randomSecret = () => randomBytes(32).toString("base64url");
const read = (raw: object) => loadConfig({ raw, env: {}, readSecret: () => "" });
const provider = (clientSecret: string) => ({ auth: { providers: { google: { clientId: "id", clientSecret } } } });

describe("what differs between two configurations is told by name", () => {
  for (const [before, after, names] of [
    [{}, {}, []],
    [{}, { port: 8080 }, []],
    [{ port: 1 }, { port: 2, docs: false }, ["docs", "port"]],
    [{ secret: randomSecret() }, { secret: randomSecret() }, ["secret"]],
    [{ functions: { hosts: ["a.example"] } }, { functions: { hosts: ["b.example"] } }, ["functions.hosts"]],
    [provider("a"), provider("b"), ["auth.providers.google.clientSecret"]],
    [{}, provider("a"), ["auth.providers.google.clientId", "auth.providers.google.clientSecret"]],
    [
      { logging: { file: false } },
      { logging: { file: { path: "a.log" } } },
      ["logging.file.keep", "logging.file.maxSize", "logging.file.path"],
    ],
  ] as const)
    test(`${names.join(", ") || `nothing, of ${JSON.stringify(after)}`}`, () => {
      const found = changedSettings(read(before), read(after));
      for (const name of names) assert.ok(found.includes(name), found.join());
      if (names.length === 0) assert.deepEqual(found, []);
      assert.ok(!found.includes("logging.file"), "a part is told by what is in it");
    });
});
