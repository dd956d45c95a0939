import assert from "node:assert/strict";
import { test } from "node:test";
import { OPEN, openApp } from "../../support/app.ts";
import { succeed, uuid } from "../../support/scenario.ts";

test("numbered pages over an order that an index gives in part hold every record once", async () => {
  const relation = { name: "up", type: "relation", collection: "tops" };
  const app = await openApp({
    collections: [
      { name: "tops", fields: [], permissions: OPEN },
      { name: "items", fields: [relation, { ...relation, name: "all", many: true }], permissions: OPEN },
    ],
  });
  try {
    for (const n of [1, 2, 3]) await succeed(app, "POST", "/api/tops", { id: uuid(n) });
    for (let n = 0; n < 12; n++)
      await succeed(app, "POST", "/api/items", { id: uuid(100 + n), up: uuid(1 + (n % 3)), all: [uuid(1), uuid(3)] });
    for (const query of ["sort=up", "sort=-up", "sort=up&filter=all<='z'", "sort=-up&filter=all.id!=null"])
      for (const limit of [2, 3, 4, 5]) {
        const ids: string[] = [];
        for (let page = 1; page <= 7; page++) {
          const { body } = await app.call("GET", `/api/items?${query}&limit=${limit}&page=${page}`);
          ids.push(...body.items.map(({ id }: { id: string }) => id));
        }
        assert.equal(ids.length, 12, `${query} by ${limit}`);
        assert.equal(new Set(ids).size, 12, `${query} by ${limit}`);
      }
  } finally {
    await app.close();
  }
});
