import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FunctionAccounts, FunctionFiles } from "../../../src/core/functions/access.ts";
import { createAuthDoor } from "../../../src/core/functions/answer-auth.ts";
import { createMailDoor } from "../../../src/core/functions/answer-mail.ts";
import { createStorageDoor } from "../../../src/core/functions/answer-storage.ts";
import { readGuestMessage } from "../../../src/core/functions/read-message.ts";

describe("what a child asks of accounts, mails and files", () => {
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
  const files: FunctionFiles = {
    ...{ put: told("put"), get: told("get"), delete: told("delete"), url: told("url") },
    read: async (...args) => told("read")(...args) ?? new Uint8Array(),
  };
  const storage = createStorageDoor(files, by);

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

  const x = Uint8Array.of(120);
  for (const [method, args, reaches] of [
    ["get", ["1"], ["get", "1"]],
    ["read", ["1", 5], ["read", "1", 8_388_608]],
    ["delete", ["1"], ["delete", by, "1"]],
    ["url", ["1"], ["url", "1", undefined]],
    ["url", ["1", { expiresIn: 5 }], ["url", "1", 5]],
    ["put", [{ filename: "a", text: "x" }], ["put", by, { filename: "a", mimeType: undefined, body: x, owner: null }]],
    [
      "put",
      [{ filename: "a", mimeType: "b/c", bytes: "eA", visibility: "public", ownerId: "1", ownerCollection: "staff" }],
      [
        "put",
        by,
        { filename: "a", mimeType: "b/c", body: x, visibility: "public", owner: { id: "1", collection: "staff" } },
      ],
    ],
  ] as const)
    test(`storage.${method}(${JSON.stringify(args)})`, async () => {
      asked.length = 0;
      await storage({ method, args });
      assert.deepEqual(asked, [reaches]);
    });

  for (const [method, args, code] of [
    ["get", [5], "bad_request"],
    ["url", ["1", { expiresIn: "5" }], "bad_request"],
    ["put", [], "validation_failed"],
    ["put", ["x"], "bad_request"],
    ["put", [{ filename: "", text: "x" }], "validation_failed"],
    ["put", [{ filename: "a" }], "validation_failed"],
    ["put", [{ filename: "a", bytes: "\u00e9" }], "bad_request"],
    ["put", [{ filename: "a", text: 5 }], "bad_request"],
    ["put", [{ filename: "a", text: "x", owner: "1" }], "bad_request"],
    ["put", [{ filename: "a", text: "x".repeat(8_388_609) }], "payload_too_large"],
  ] as const)
    test(`storage.${method}(${JSON.stringify(args).slice(0, 60)}) is refused`, async () => {
      asked.length = 0;
      await assert.rejects(storage({ method, args }), { code });
      assert.deepEqual(asked, []);
    });

  for (const method of ["", "constructor", "__proto__", "toString", "has", "signin"])
    test(`there is no auth.${method}, mail.${method} or storage.${method}`, async () => {
      asked.length = 0;
      for (const door of [auth, mail, storage])
        await assert.rejects(door({ method, args: [] }), { code: "bad_request" });
      assert.deepEqual(asked, []);
    });

  for (const what of [
    { op: "auth" },
    { op: "auth", method: 1, args: [] },
    { op: "auth", method: "user", args: { 0: "1" } },
    { op: "mail", method: "send" },
    { op: "mail", method: ["send"], args: [] },
    { op: "mails", method: "send", args: [] },
    { op: "storage", method: "get" },
  ])
    test(`no message: ${JSON.stringify(what)}`, () => {
      assert.equal(readGuestMessage(JSON.stringify({ type: "ask", call: 1, ask: 1, what })), null);
    });
});
