import assert from "node:assert/strict";
import { test } from "node:test";
import { providerFaults } from "../../src/core/auth/index.ts";
import { loadConfig } from "../../src/core/config/index.ts";
import { readDoc } from "./snippets.ts";

test("the configuration of providers in docs/accounts.md is one, with its secret from the environment", () => {
  const [, text = ""] = /```json\n([\s\S]*?)```/.exec(readDoc("docs/accounts.md")) ?? [];
  const env = { BAKEND_AUTH_PROVIDERS_GOOGLE_CLIENT_SECRET_FILE: "/run/secrets/google" };
  const { auth } = loadConfig({ raw: JSON.parse(text), env, readSecret: () => "shh\n" });
  assert.equal(auth.providers.google?.clientSecret, "shh");
  assert.deepEqual(providerFaults(auth.providers), []);
});
