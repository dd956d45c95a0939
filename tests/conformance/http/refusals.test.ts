import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { uuid } from "../../support/scenario.ts";

const [NOTE, BARE, MISSING] = [uuid(1), uuid(2), uuid(99)];
const SIGN_IN = [401, "unauthenticated"] as const;
const REFUSED = [403, "forbidden"] as const;
const HIDDEN = [404, "not_found"] as const;

type Verdict = readonly [status: number, code: string];

/** A rule that opens none of the notes, and what each caller is told of every note, also of one that is not there. */
const RULES: readonly (readonly [rule: string, guest: Verdict, user: Verdict])[] = [
  // settled by the rule and the caller alone
  ["admin", SIGN_IN, REFUSED],
  ["role:editor", SIGN_IN, REFUSED],
  ["@now < '2000-01-01' && @old.state = 'open'", SIGN_IN, REFUSED],
  ["@old.state = @user.nickname", SIGN_IN, REFUSED],
  ["!(@old.state = @user.nickname)", SIGN_IN, REFUSED],
  ["@old.state = @user.nickname || state = 'x' && @user.id = null", HIDDEN, REFUSED],
  ["@old.count = @user.name", SIGN_IN, REFUSED],
  // whatever else it says of the caller, the rest depends on the row before the write
  ["@old.state = 'closed'", HIDDEN, HIDDEN],
  ["!(@old.state != 'closed')", HIDDEN, HIDDEN],
  ["@old.state = 'closed' && state != 'x'", HIDDEN, HIDDEN],
  ["'closed' = lower(@old.state)", HIDDEN, HIDDEN],
  ["length(@old.state) > 9", HIDDEN, HIDDEN],
  ["@old.count > 5 && @now > '2000-01-01'", HIDDEN, HIDDEN],
  ["@old.state in ('x', 'y')", HIDDEN, HIDDEN],
  ["@old.state = @user.name", SIGN_IN, HIDDEN],
  ["@user.id != null && @old.state != @old.state", SIGN_IN, HIDDEN],
  ["owner = @user.id && @old.state = 'closed'", SIGN_IN, HIDDEN],
  ["distance(place, @old.place.lat, @old.place.lng) > 1", HIDDEN, HIDDEN],
];

function options(rule: string, field = "public") {
  return {
    clock: () => Date.parse("2026-03-01T12:00:00.000Z"),
    collections: [
      {
        name: "users",
        kind: "auth",
        fields: [
          { name: "name", type: "text" },
          { name: "nickname", type: "text" },
        ],
        permissions: { read: "public", update: "@old.name = 'nobody'" },
      },
      {
        name: "notes",
        fields: [
          { name: "state", type: "text" },
          { name: "count", type: "integer", permissions: { write: field } },
          { name: "place", type: "geo" },
          { name: "owner", type: "relation", collection: "users" },
        ],
        permissions: { update: rule, delete: rule },
      },
    ],
  };
}

describe("a refusal tells nothing of the row", () => {
  for (const [rule, guest, user] of RULES)
    test(
      rule,
      inWorld(options(rule), async (people) => {
        const { token } = await people.signUp("ada@example.com", undefined, { name: "Ada" });
        const system = people.app.app.as(systemPrincipal("test"));
        await system
          .records("notes")
          .createMany([{ id: NOTE, state: "open", count: 1, place: { lat: 1, lng: 2 } }, { id: BARE }]);
        for (const id of [NOTE, BARE, MISSING]) {
          for (const [method, body] of [["PATCH", { count: 2 }], ["PUT", {}], ["DELETE"]] as const) {
            const sent = body === undefined ? {} : { body };
            assertProblem(await people.call(method, `/api/notes/${id}`, sent), ...guest, `${method} by a guest`);
            assertProblem(
              await people.call(method, `/api/notes/${id}`, { ...sent, token }),
              ...user,
              `${method} by a user`,
            );
          }
          for (const op of ["update", "delete"] as const) {
            const body = { operations: [{ op, collection: "notes", id, ...(op === "update" ? { data: {} } : {}) }] };
            assertProblem(await people.call("POST", "/api/batch", { body }), ...guest, `${op} in a batch by a guest`);
            assertProblem(
              await people.call("POST", "/api/batch", { body, token }),
              ...user,
              `${op} in a batch by a user`,
            );
          }
        }
      }),
    );
});

describe("a refusal of a field", () => {
  const FIELD_RULES: readonly (readonly [rule: string, guest: Verdict, user: Verdict])[] = [
    ["role:editor", SIGN_IN, REFUSED],
    ["@old.state = @user.nickname", SIGN_IN, REFUSED],
    // the row may be changed by everybody, so there is nothing to hide; but to sign in would not help
    ["@old.state = 'closed'", REFUSED, REFUSED],
    ["state = 'closed'", REFUSED, REFUSED],
    ["@user.id != null && @old.state = 'closed'", SIGN_IN, REFUSED],
  ];
  for (const [rule, guest, user] of FIELD_RULES)
    test(
      rule,
      inWorld(options("public", rule), async (people) => {
        const { token } = await people.signUp("ada@example.com");
        await people.app.app
          .as(systemPrincipal("test"))
          .records("notes")
          .createMany([{ id: NOTE, state: "open" }]);
        const path = `/api/notes/${NOTE}`;
        assertProblem(await people.call("PATCH", path, { body: { count: 2 } }), ...guest);
        assertProblem(await people.call("PATCH", path, { body: { count: 2 }, token }), ...user);
        assertProblem(await people.call("PATCH", `/api/notes/${MISSING}`, { body: { count: 2 } }), ...HIDDEN);
      }),
    );
});

test(
  "a password in the body does not change the answer",
  inWorld(options("admin"), async (people) => {
    const { id } = await people.signUp("ada@example.com", undefined, { name: "Ada" });
    for (const body of [{ name: "x" }, { password: "a long enough one" }])
      for (const one of [id, MISSING])
        assertProblem(await people.call("PATCH", `/api/users/${one}`, { body }), ...HIDDEN);
  }),
);
