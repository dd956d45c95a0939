import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld } from "../../support/accounts.ts";

const NOTES = {
  name: "notes",
  fields: [
    { name: "title", type: "text" },
    { name: "secret", type: "text", hidden: true },
  ],
  permissions: { create: "authenticated" },
};

describe("the log of what happened", () => {
  test(
    "says what, who, when, and what was before",
    inWorld({ collections: [NOTES] }, async (world) => {
      const root = await world.signUp("root@example.com", "admin");
      const ann = await world.signUp("ann@example.com");
      const { id } = await world.ok("POST", "/api/notes", { token: ann.token, body: { title: "one" } });
      world.pass(60_000);
      await world.ok("PATCH", `/api/notes/${id}`, { token: root.token, body: { title: "two", secret: "hush" } });
      await world.ok("DELETE", `/api/notes/${id}`, { token: root.token });
      await world.app.app.idle();
      const { items, next } = await world.ok("GET", `/api/admin/events?about=${id}`, { token: root.token });
      assert.deepEqual(
        items.map((one: Record<string, unknown>) => [
          one.type,
          one.actor,
          (one.previous as { title?: string } | null)?.title,
        ]),
        [
          ["notes.deleted", { kind: "user", id: root.id }, undefined],
          ["notes.updated", { kind: "user", id: root.id }, "one"],
          ["notes.created", { kind: "user", id: ann.id }, undefined],
        ],
      );
      assert.equal(next, null);
      assert.equal(items[1].timestamp, "2026-03-01T12:01:00.000Z");
      assert.doesNotMatch(JSON.stringify(items), /hush/);
      const logins = await world.ok("GET", `/api/admin/events?type=auth.*&about=${ann.id}`, { token: root.token });
      assert.deepEqual(
        logins.items.map((one: { type: string }) => one.type),
        ["auth.register"],
      );
      const mine = await world.ok("GET", `/api/admin/events?by=${ann.id}&type=notes.created`, { token: root.token });
      assert.equal(mine.items.length, 1);
    }),
  );

  test(
    "is read in pages, the newest first",
    inWorld({ collections: [NOTES] }, async (world) => {
      const { token } = await world.signUp("root@example.com", "admin");
      for (let n = 0; n < 7; n += 1) await world.ok("POST", "/api/notes", { token, body: { title: `n${n}` } });
      const seen: string[] = [];
      for (let before = ""; ; ) {
        const { items, next } = await world.ok("GET", `/api/admin/events?type=notes.created&limit=3${before}`, {
          token,
        });
        seen.push(...items.map((one: { payload: { title: string } }) => one.payload.title));
        if (next === null) break;
        before = `&before=${next}`;
      }
      assert.deepEqual(seen, ["n6", "n5", "n4", "n3", "n2", "n1", "n0"]);
    }),
  );

  const faults: [name: string, path: string, status: number][] = [
    ["a pattern that is none", "events?type=posts", 400],
    ["a limit of none", "events?limit=0", 400],
    ["a limit too high", "events?limit=501", 400],
    ["a place that is none", "events?before=x", 400],
    ["an unknown parameter", "events?filter=1", 400],
    ["a state that there is not", "deliveries?state=gone", 400],
  ];
  for (const [name, path, status] of faults) {
    test(
      `${name} is refused`,
      inWorld({ collections: [NOTES] }, async (world) => {
        const { token } = await world.signUp("root@example.com", "admin");
        assert.equal((await world.call("GET", `/api/admin/${path}`, { token })).status, status);
      }),
    );
  }

  test(
    "says so where it is not kept",
    inWorld({ collections: [NOTES], events: { durable: false } }, async (world) => {
      const { token } = await world.signUp("root@example.com", "admin");
      const answer = await world.call("GET", "/api/admin/events", { token });
      assert.equal(answer.status, 503);
      assert.match(answer.text, /events.durable/);
    }),
  );
});
