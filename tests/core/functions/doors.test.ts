import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FunctionAccounts } from "../../../src/core/functions/access.ts";
import { createAuthDoor } from "../../../src/core/functions/answer-auth.ts";
import { createMailDoor } from "../../../src/core/functions/answer-mail.ts";
import { readGuestMessage } from "../../../src/core/functions/read-message.ts";

describe("what a child asks of accounts and mails", () => {
  const asked: unknown[] = [];
  const told =
    (name: string) =>
    (...args: readonly unknown[]): never => {
      asked.push([name, ...args]);
      return undefined as never;
    };
  const accounts: FunctionAccounts = {
    verify: told("verify"),
    signIn: told("signIn"),
    signOut: told("signOut"),
    invite: told("invite"),
    sendPasswordReset: told("sendPasswordReset"),
    sendVerification: told("sendVerification"),
  };
  const by = { name: "billing", depth: 3 };
  const auth = createAuthDoor({ access: { account: told("account") }, accounts, by });
  const mail = createMailDoor({ send: told("send") });

  for (const [method, args, reaches] of [
    ["user", ["1"], ["account", "users", "1"]],
    ["user", ["1", null], ["account", "users", "1"]],
    ["user", ["1", "staff"], ["account", "staff", "1"]],
    ["verify", ["t", "more"], ["verify", "t"]],
    ["signIn", ["1"], ["signIn", by, "users", "1"]],
    ["signOut", ["1", "staff"], ["signOut", by, "staff", "1"]],
    ["invite", ["e", { role: "r", collection: "staff" }], ["invite", by, "staff", "e", "r"]],
    ["sendPasswordReset", ["e"], ["sendPasswordReset", "users", "e"]],
    ["sendVerification", ["e", "staff"], ["sendVerification", "staff", "e"]],
  ] as const)
    test(`auth.${method}(${JSON.stringify(args)})`, async () => {
      asked.length = 0;
      await auth({ method, args });
      assert.deepEqual(asked, [reaches]);
    });

  for (const method of ["", "constructor", "__proto__", "toString", "has", "signin"])
    test(`there is no auth.${method}, nor mail.${method}`, async () => {
      asked.length = 0;
      for (const door of [auth, mail]) await assert.rejects(door({ method, args: [] }), { code: "bad_request" });
      assert.deepEqual(asked, []);
    });

  for (const what of [
    { op: "auth" },
    { op: "auth", method: 1, args: [] },
    { op: "auth", method: "user", args: { 0: "1" } },
    { op: "mail", method: "send" },
    { op: "mail", method: ["send"], args: [] },
    { op: "mails", method: "send", args: [] },
  ])
    test(`no message: ${JSON.stringify(what)}`, () => {
      assert.equal(readGuestMessage(JSON.stringify({ type: "ask", call: 1, ask: 1, what })), null);
    });
});
