import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";
import { uuid } from "../../support/scenario.ts";

const [RED, BLUE, GREY] = [uuid(1), uuid(2), uuid(3)];
const NOTE = uuid(11);

const TEAMS = {
  name: "teams",
  fields: [
    { name: "name", type: "text", nullable: true },
    { name: "level", type: "integer" },
    { name: "active", type: "boolean" },
    { name: "since", type: "datetime" },
    { name: "parent", type: "relation", collection: "teams" },
  ],
};
const USERS = {
  name: "users",
  kind: "auth",
  fields: [
    { name: "team", type: "relation", collection: "teams" },
    { name: "groups", type: "relation", collection: "teams", many: true },
    { name: "secret", type: "relation", collection: "teams", hidden: true },
  ],
};
const MEMBERSHIPS = {
  name: "memberships",
  fields: [
    { name: "user", type: "relation", collection: "users" },
    { name: "team", type: "relation", collection: "teams" },
  ],
};

const notes = (rule: string) => ({
  name: "notes",
  fields: [
    { name: "team", type: "relation", collection: "teams" },
    { name: "needs", type: "integer" },
    { name: "label", type: "text" },
  ],
  permissions: { read: rule, update: rule },
});

const PEOPLE = ["red", "blue", "grey", "none"] as const;

/** Rules that follow the caller's record to others, over one note of the red team that needs level 5, and who passes. */
const RULES: readonly (readonly [rule: string, passes: readonly (typeof PEOPLE)[number][]])[] = [
  ["@user.team.id = team", ["red"]],
  ["@user.team.name = 'Red'", ["red"]],
  ["@user.team.name != 'Red'", ["blue"]],
  ["@user.team.name = null", ["grey", "none"]],
  ["@user.team.level >= needs", ["red"]],
  ["@user.team.active = true", ["red", "grey"]],
  ["!(@user.team.active = true)", ["blue"]],
  ["@user.team.since < '2021-01-01T00:00:00.000Z'", ["red"]],
  ["@user.team.parent.name = 'Red'", ["blue"]],
  ["lower(@user.team.name) = label", ["red"]],
  ["@user.groups.name = 'Red'", ["blue"]],
  ["length(@user.groups.id) = 2", ["blue"]],
  ["@user.memberships_via_user.team = team", ["grey"]],
];

async function populate(world: World): Promise<Readonly<Record<string, Somebody>>> {
  const system = world.app.app.as(systemPrincipal("test"));
  const teams = system.records("teams");
  await teams.create({ id: RED, name: "Red", level: 7, active: true, since: "2020-01-01T00:00:00.000Z" });
  await teams.create({
    id: BLUE,
    name: "Blue",
    level: 3,
    active: false,
    since: "2022-01-01T00:00:00.000Z",
    parent: RED,
  });
  await teams.create({ id: GREY, name: null, active: true });
  await system.records("notes").create({ id: NOTE, team: RED, needs: 5, label: "red" });
  const of: Readonly<Record<string, object>> = {
    red: { team: RED },
    blue: { team: BLUE, groups: [RED, GREY] },
    grey: { team: GREY },
    none: {},
  };
  const people: Record<string, Somebody> = {};
  for (const name of PEOPLE) {
    people[name] = await world.signUp(`${name}@example.com`);
    await system.records("users").update(people[name].id, of[name] ?? {});
  }
  await system.records("memberships").create({ user: people.grey?.id, team: RED });
  return people;
}

describe("@user through the relations of the caller's record", () => {
  for (const [rule, passes] of RULES) {
    test(
      rule,
      inWorld({ collections: [TEAMS, USERS, MEMBERSHIPS, notes(rule)] }, async (world) => {
        const people = await populate(world);
        for (const name of PEOPLE) {
          const { token } = people[name] ?? assert.fail(name);
          const expected = passes.includes(name);
          const view = await world.call("GET", `/api/notes/${NOTE}`, { token });
          assert.equal(view.status === 200, expected, `${name} views: ${view.status}`);
          const list = await world.call("GET", "/api/notes", { token });
          assert.equal((list.body.items ?? []).length, expected ? 1 : 0, `${name} lists: ${list.text}`);
          const body = { needs: 5 };
          const update = await world.call("PATCH", `/api/notes/${NOTE}`, { token, body });
          assert.equal(update.status === 200, expected, `${name} updates: ${update.status}`);
        }
        // only "= null" asks for absence itself
        const guest = await world.call("GET", `/api/notes/${NOTE}`);
        if (rule.endsWith("= null")) assert.equal(guest.status, 200);
        else assertProblem(guest, 401, "unauthenticated");
      }),
    );
  }

  test(
    "what changes beyond the record counts at once",
    inWorld({ collections: [TEAMS, USERS, MEMBERSHIPS, notes("@user.team.level >= needs")] }, async (world) => {
      const { red } = await populate(world);
      const status = async () => (await world.call("GET", `/api/notes/${NOTE}`, { token: red?.token })).status;
      const teams = world.app.app.as(systemPrincipal("test")).records("teams");
      assert.equal(await status(), 200);
      await teams.update(RED, { level: 4 });
      assert.equal(await status(), 404);
      await teams.update(RED, { level: 5 });
      assert.equal(await status(), 200);
    }),
  );

  test(
    "shows nobody what it leads to",
    inWorld({ collections: [TEAMS, USERS, MEMBERSHIPS, notes("@user.team.name = 'Red'")] }, async (world) => {
      const { red } = await populate(world);
      const { user } = await world.ok("GET", "/api/auth/me", { token: red?.token });
      assert.ok(!JSON.stringify(user).includes("Red"), JSON.stringify(user));
      assert.deepEqual(
        Object.keys(user).filter((name) => name.startsWith("@")),
        [],
      );
    }),
  );
});

describe("@user paths are checked when a definition is saved", () => {
  const cases: readonly (readonly [rule: string, fits: boolean])[] = [
    ["@user.team.name = 'x'", true],
    ["@user.roles = 'x' || @user.permissions = 'a.b'", true],
    ["@user.memberships_via_user.team.name = 'x'", true],
    ["@user.tean = team", false],
    ["@user.team.nmae = 'x'", false],
    ["@user.passwordHash = 'x'", false],
    ["@user.secret.name = 'x'", false],
    ["@user.name.first = 'x'", false],
  ];
  for (const [rule, fits] of cases) {
    test(
      `${rule}: ${fits ? "fits" : "refused"}`,
      inWorld({ collections: [TEAMS, USERS, MEMBERSHIPS, notes("public")] }, async (world) => {
        const { schema } = world.app.app.collections;
        if (fits) await schema.define(notes(rule));
        else await assert.rejects(schema.define(notes(rule)), { code: "validation_failed" });
      }),
    );
  }
});

describe("json beyond the caller's record means what it means within it", () => {
  const VALUES = [true, false, 1, 0, "x", "", null, {}, [], [{}], [null], [true], [1, "x"], { a: true }, { a: [{}] }];
  const CONDITIONS = [
    "PATH = null",
    "PATH != null",
    "PATH = true",
    "PATH = 1",
    "PATH != 1",
    "PATH = 'x'",
    "PATH.a = true",
    "PATH.a = null",
    "needs = PATH",
  ];
  const rulesOver = (path: string) => CONDITIONS.map((text) => text.replace("PATH", path));
  const table = (letter: string) => (rule: string, index: number) => ({
    name: `${letter}${index}`,
    fields: [{ name: "needs", type: "integer" }],
    permissions: { read: rule },
  });
  const json = { name: "data", type: "json" };
  const collections = [
    { ...TEAMS, fields: [...TEAMS.fields, json] },
    { ...USERS, fields: [...USERS.fields, json] },
    ...rulesOver("@user.data").map(table("own")),
    ...rulesOver("@user.team.data").map(table("far")),
  ];

  test(
    "value by value",
    inWorld({ collections }, async (world) => {
      const system = world.app.app.as(systemPrincipal("test"));
      await system.records("teams").create({ id: RED });
      const { id, token } = await world.signUp("ann@example.com", undefined, { team: RED });
      for (const index of CONDITIONS.keys())
        for (const letter of ["own", "far"]) await system.records(`${letter}${index}`).create({ needs: 1 });
      for (const data of VALUES) {
        await system.records("users").update(id, { data });
        await system.records("teams").update(RED, { data });
        for (const [index, text] of CONDITIONS.entries()) {
          const isOpen = async (letter: string): Promise<boolean> => {
            const answer = await world.call("GET", `/api/${letter}${index}`, { token });
            return answer.status === 200 && answer.body.items.length === 1;
          };
          assert.equal(await isOpen("far"), await isOpen("own"), `${text} where it is ${JSON.stringify(data)}`);
        }
      }
    }),
  );
});
