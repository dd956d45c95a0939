import assert from "node:assert/strict";
import { test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { assertProblem, OPEN, openApp } from "../../support/app.ts";

test("a search looks only into fields that the caller may see", async () => {
  const text = { type: "text", searchable: true } as const;
  const { app, call, close } = await openApp({
    collections: [
      {
        name: "notes",
        fields: [
          { name: "title", ...text },
          { name: "secret", ...text, hidden: true },
          { name: "draft", ...text, permissions: { view: "admin" } },
        ],
        permissions: OPEN,
      },
      { name: "vault", fields: [{ name: "word", ...text, hidden: true }], permissions: OPEN },
    ],
  });
  await app.as(systemPrincipal("test")).records("notes").create({ title: "apple", secret: "banana", draft: "cherry" });
  const found = async (word: string): Promise<number> =>
    (await call("GET", `/api/notes?search=${word}`)).body.items.length;
  assert.deepEqual([await found("apple"), await found("banana"), await found("cherry")], [1, 0, 0]);
  assert.equal((await call("GET", "/api/notes?search=cherry&count=true")).body.total, 0);
  assert.deepEqual((await call("GET", "/api/notes?search=cherry&aggregate=count()")).body.groups, [{ count: 0 }]);

  const admin = app.as(systemPrincipal("test")).records("notes");
  assert.equal((await admin.list({ search: "cherry" })).items.length, 1);
  assert.equal((await admin.list({ search: "banana" })).items.length, 0, "hidden means hidden from all");
  assertProblem(await call("GET", "/api/vault?search=x"), 400, "bad_request");
  await close();
});
