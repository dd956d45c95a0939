import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { uuid } from "../../support/scenario.ts";
import { inRoom, ROOM } from "./rooms.ts";

describe("the definition of a collection", () => {
  const fields = [{ name: "title", type: "text" }];
  const view = { kind: "view", query: 'SELECT "id", "title" FROM "rooms"' };
  const wrong: readonly (readonly [name: string, definition: object, field: string])[] = [
    ["a field that is not there", { permissions: { join: "nothing = 1" } }, "permissions.join"],
    ["a field that is not there, to send", { permissions: { send: "nothing = 1" } }, "permissions.send"],
    ["the row before", { permissions: { join: "@old.title = 'x'" } }, "permissions.join"],
    ["the row before, to send", { permissions: { send: "@old.title = 'x'" } }, "permissions.send"],
    ["a value of another type", { permissions: { send: "title = 1" } }, "permissions.send"],
    ["a field that no account has", { permissions: { join: "title = @user.nothing" } }, "permissions.join"],
    ["what is no text", { permissions: { join: true } }, "permissions.join"],
    ["another action", { permissions: { speak: "public" } }, "permissions"],
    ["a view whose rows are joined", { ...view, permissions: { join: "public" } }, "permissions.join"],
    ["a view into whose rows is sent", { ...view, permissions: { send: "public" } }, "permissions.send"],
  ];
  for (const [name, definition, field] of wrong)
    test(
      `with ${name} is refused`,
      inRoom({}, async ({ world, people }) => {
        const body = { name: "halls", fields, ...definition };
        const answer = await world.call("POST", "/api/admin/collections", { token: people.admin.token, body });
        const { errors } = assertProblem(answer, 400, "validation_failed");
        assert.ok(JSON.stringify(errors).includes(`"${field}`), JSON.stringify(errors));
      }),
    );

  test(
    "keeps the rules of rooms",
    inRoom({}, async ({ world, people }) => {
      const permissions = { join: "title = 'x'", send: "role:host" };
      const token = people.admin.token;
      await world.ok("POST", "/api/admin/collections", { token, body: { name: "halls", fields, permissions } });
      const kept = await world.ok("GET", "/api/admin/collections/halls", { token });
      assert.deepEqual(kept.permissions, permissions);
    }),
  );
});

describe("a question about a room", () => {
  const questions: readonly (readonly [name: string, question: object, status: number, code: string])[] = [
    ["without a record", { collection: "rooms", action: "join" }, 400, "bad_request"],
    ["about a record that is not there", { collection: "rooms", action: "send", record: uuid(2) }, 404, "not_found"],
    ["about something else", { collection: "rooms", action: "enter", record: ROOM }, 400, "bad_request"],
  ];
  for (const [name, question, status, code] of questions)
    test(
      `${name} is refused`,
      inRoom({ join: "public" }, async ({ world, people }) => {
        const body = { as: null, ...question };
        const answer = await world.call("POST", "/api/admin/rules/explain", { token: people.admin.token, body });
        assertProblem(answer, status, code);
      }),
    );

  test(
    "is answered with the parts of the rule",
    inRoom({ join: "open = true && owner = @user.id" }, async ({ world, people }) => {
      const body = { collection: "rooms", action: "join", as: { user: people.other.id }, record: ROOM };
      const told = await world.ok("POST", "/api/admin/rules/explain", { token: people.admin.token, body });
      assert.deepEqual([told.verdict, told.code, told.reason], ["deny", "not_found", "the rule does not hold"]);
      assert.deepEqual(
        told.leaves.map(({ result }: { result: unknown }) => result),
        [true, false],
      );
    }),
  );
});

test(
  "records of a collection whose rooms are open are no more open than before",
  inWorld(
    { collections: [{ name: "halls", fields: [], permissions: { join: "public", send: "public" } }] },
    async (world) => {
      for (const path of ["/api/halls", `/api/halls/${ROOM}`])
        assertProblem(await world.call("GET", path), 401, "unauthenticated");
    },
  ),
);
