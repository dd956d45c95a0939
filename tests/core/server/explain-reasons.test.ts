import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, type Somebody, type World } from "../../support/accounts.ts";
import { assertHolds } from "../../support/scenario.ts";

const EXPLAIN = "/api/admin/rules/explain";
const USER = {
  name: "users",
  kind: "auth",
  fields: [
    { name: "team", type: "text" },
    { name: "level", type: "integer" },
  ],
  permissions: { read: "public" },
};
const note = (name: string, rule: string | null, more: object = {}) => ({
  name,
  fields: [
    { name: "status", type: "text" },
    { name: "owner", type: "relation", collection: "users" },
    { name: "team", type: "text" },
    { name: "level", type: "text", ...more },
  ],
  permissions: rule === null ? {} : { read: rule, create: rule, update: rule, delete: rule },
});
const COLLECTIONS = [
  USER,
  note("bare", null),
  note("closed", "admin"),
  note("open", "public"),
  note("owned", "owner"),
  note("teams", "team = @user.team"),
  note("levels", "level = @user.level"),
  note("named", "permission:notes.publish"),
  note("fields", "authenticated", { permissions: { write: "admin" } }),
  note("both", "owner = @user.id || team = @user.team"),
];
/** chief includes editor. */
const ROLES: Readonly<Record<string, object>> = {
  editor: {
    permissions: {
      "bare.update": "status = 'open'",
      "bare.list": "status = 'open'",
      "owned.update": "status = 'open' && team = @user.team",
      "owned.delete": true,
      "notes.x": true,
    },
  },
  chief: { includes: ["editor"], permissions: { "bare.view": true } },
  printer: { permissions: { "named.view": "status = 'draft'", "named.publish": true } },
};

type Who = "guest" | "ann" | "editor" | "chief" | "printer" | "root";

/** Everybody, and in each collection a note that is `open` and one that is not; neither is anybody's. */
async function populate(world: World) {
  const root = await world.signUp("root@example.com", "admin");
  for (const [name, body] of Object.entries(ROLES))
    await world.ok("PUT", `/api/admin/roles/${name}`, { token: root.token, body });
  const people: Record<string, Somebody> = { root };
  for (const name of ["ann", "editor", "chief", "printer"])
    people[name] = await world.signUp(`${name}@example.com`, name === "ann" ? "user" : name);
  await world.ok("PATCH", `/api/users/${people.chief?.id}`, { token: root.token, body: { team: "red" } });
  const ids = new Map<string, string>();
  for (const { name } of COLLECTIONS.slice(1)) {
    for (const status of ["open", "shut"]) {
      const body = { status, team: "red" };
      const { id } = await world.ok("POST", `/api/${name}`, { token: root.token, body });
      ids.set(`${name}/${status}`, id);
    }
  }
  const idOf = (who: Who): string | null => (who === "guest" ? null : (people[who]?.id ?? assert.fail(who)));
  return async (who: Who, action: string, target: string, data?: object) => {
    const [collection = ""] = target.split("/");
    const user = idOf(who);
    const body = { collection, action, as: user === null ? null : { user }, record: ids.get(target), data };
    return world.ok("POST", EXPLAIN, { token: root.token, body });
  };
}

const EDIT = { team: "blue" };

describe("the reason names", () => {
  const cases: readonly (readonly [
    who: Who,
    action: string,
    target: string,
    data: object | undefined,
    told: object,
  ])[] = [
    // an allow by the rule, or by a role
    ["root", "update", "bare/shut", EDIT, { verdict: "allow", reason: "admins pass every rule" }],
    ["guest", "view", "open/shut", undefined, { verdict: "allow", reason: "open to everybody" }],
    ["chief", "view", "teams/shut", undefined, { verdict: "allow", reason: "the rule holds" }],
    ["chief", "view", "bare/shut", undefined, { verdict: "allow", reason: "the role chief grants bare.view" }],
    [
      ...(["editor", "update", "bare/open", { level: "1" }] as const),
      { verdict: "allow", reason: "the role editor grants bare.update where status = 'open'" },
    ],
    [
      ...(["chief", "update", "bare/open", { level: "1" }] as const),
      { verdict: "allow", reason: "the role editor, which chief includes, grants bare.update where status = 'open'" },
    ],
    [
      ...(["editor", "delete", "owned/shut", undefined] as const),
      { verdict: "allow", reason: "the rule does not hold, but the role editor grants owned.delete" },
    ],
    [
      ...(["chief", "update", "both/open", { owner: null, level: "2" }] as const),
      { verdict: "allow", reason: "the rule holds" },
    ],
    // lists without a record
    ["chief", "list", "teams", undefined, { verdict: "allow", count: 2, reason: "rows for which the rule holds" }],
    [
      ...(["chief", "list", "bare", undefined] as const),
      { count: 1, reason: "the role editor, which chief includes, grants bare.list where status = 'open'" },
    ],
    ["guest", "list", "open", undefined, { count: 2, reason: "open to everybody" }],
    // a deny
    ["ann", "view", "bare/open", undefined, { code: "forbidden", reason: /^no rule is given: admins only[^;]*$/ }],
    ["ann", "view", "closed/open", undefined, { code: "forbidden", reason: /^admins only[^;]*$/ }],
    ["ann", "view", "owned/open", undefined, { code: "not_found", reason: "the rule does not hold" }],
    [
      ...(["editor", "update", "bare/shut", { level: "1" }] as const),
      {
        code: "not_found",
        reason: /^no rule is given: .*; the role editor grants bare.update where status = 'open', which does not hold$/,
      },
    ],
    [
      ...(["editor", "update", "bare/open", { status: "shut" }] as const),
      { code: "forbidden", reason: /; the role editor grants bare.update where status = 'open', which does not hold$/ },
    ],
    [
      ...(["ann", "view", "named/open", undefined] as const),
      { code: "forbidden", reason: "permission:notes.publish is not granted to the caller here" },
    ],
    [
      ...(["printer", "view", "named/open", undefined] as const),
      {
        code: "not_found",
        reason:
          "permission:notes.publish is not granted to the caller here; " +
          "the role printer grants named.view where status = 'draft', which does not hold",
      },
    ],
    ["ann", "update", "fields/open", { level: "2" }, { code: "forbidden", reason: /^You may not update/ }],
    // what is empty
    [
      ...(["guest", "view", "owned/open", undefined] as const),
      { code: "unauthenticated", reason: "owner = @user.id is unknown: @user.id is empty" },
    ],
    [
      ...(["ann", "view", "teams/open", undefined] as const),
      { code: "forbidden", reason: "team = @user.team is unknown: @user.team is empty" },
    ],
    [
      ...(["editor", "update", "owned/open", { level: "1" }] as const),
      {
        code: "not_found",
        reason:
          "the rule does not hold; the role editor grants owned.update where status = 'open' && team = @user.team, " +
          "which is unknown (team = @user.team is unknown: @user.team is empty)",
      },
    ],
  ];
  for (const [who, action, target, data, told] of cases) {
    test(
      `${who} ${action} ${target} ${JSON.stringify(data) ?? ""}`,
      inWorld({ collections: COLLECTIONS }, async (world) => {
        assertHolds(await (await populate(world))(who, action, target, data), told);
      }),
    );
  }
});

test(
  "the leaves of a grant's condition are told with their values, and which path is empty",
  inWorld({ collections: COLLECTIONS }, async (world) => {
    const ask = await populate(world);
    const editor = await ask("editor", "update", "owned/open", { level: "1" });
    assert.deepEqual(editor.before.grants, [
      {
        ...{ role: "editor", permission: "owned.update", condition: "status = 'open' && team = @user.team" },
        result: "unknown",
        leaves: [
          { expression: "status = 'open'", values: { left: "open", right: "open" }, result: true },
          {
            ...{ expression: "team = @user.team", values: { left: "red", right: null }, result: "unknown" },
            missing: ["@user.team"],
          },
        ],
      },
    ]);
    const chief = await ask("chief", "update", "owned/open", { status: "shut" });
    assertHolds(chief, {
      before: { grants: [{ role: "editor", result: true }], leaves: [{ result: false }] },
      after: { grants: [{ role: "editor", result: false, leaves: [{ result: false }, { result: true }] }] },
    });
    const guest = await ask("guest", "view", "both/open");
    assert.deepEqual(
      guest.leaves.map(({ missing }: { missing: unknown }) => missing),
      [["@user.id"], ["@user.team"]],
    );
    assert.deepEqual(guest.grants, []);
    const everywhere = await ask("editor", "delete", "owned/shut");
    assert.deepEqual(everywhere.grants, [
      { role: "editor", permission: "owned.delete", condition: null, result: true, leaves: [] },
    ]);
  }),
);

test(
  "a list that is held against a record takes any text for its id",
  inWorld({ collections: COLLECTIONS }, async (world) => {
    const ask = await populate(world);
    assertHolds(await ask("chief", "list", "teams/open"), { verdict: "allow", reason: "the rule holds" });
    assertHolds(await ask("ann", "list", "owned/open"), { verdict: "deny", code: "not_found" });
    assertHolds(await ask("ann", "list", "bare/open"), { verdict: "deny", code: "forbidden" });
  }),
);
