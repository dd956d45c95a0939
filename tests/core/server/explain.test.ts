import assert from "node:assert/strict";
import { test } from "node:test";
import { inWorld } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const EXPLAIN = "/api/admin/rules/explain";
const RULES = [
  null,
  "public",
  "authenticated",
  "admin",
  "owner",
  "role:editor",
  "status = 'open' || owner = @user.id",
  "!(owner = @user.id)",
  "owner.email = @user.email && status != 'closed'",
  "permission:posts.publish",
  "@user.team.name = 'Red' && @user.roles != 'editor'",
];
const TEAMS = { name: "teams", fields: [{ name: "name", type: "text" }] };
const USER = {
  name: "users",
  kind: "auth",
  fields: [{ name: "team", type: "relation", collection: "teams" }],
  permissions: { read: "public" },
};
/** Grants beside the rules: of a collection without rules, one closed, and by a name. */
const EDITOR = { permissions: { "c0.update": "status = 'open'", "c3.delete": true, "posts.publish": true } };
const named = (rule: string | null, index: number) => ({
  name: `c${index}`,
  fields: [
    { name: "status", type: "text" },
    { name: "owner", type: "relation", collection: "users" },
    { name: "secret", type: "text", hidden: true },
  ],
  permissions: rule === null ? {} : { read: rule, create: rule, update: rule, delete: rule },
});

test(
  "the verdict is what the door answers, for every rule, caller and action",
  inWorld({ collections: [TEAMS, USER, ...RULES.map(named)] }, async (world) => {
    const admin = await world.signUp("root@example.com", "admin");
    const ann = await world.signUp("ann@example.com");
    const callers = [undefined, ann, await world.signUp("ed@example.com", "editor"), admin];
    const red = await world.ok("POST", "/api/teams", { token: admin.token, body: { name: "Red" } });
    await world.ok("PATCH", `/api/users/${ann.id}`, { token: admin.token, body: { team: red.id } });
    await world.ok("PUT", "/api/admin/roles/editor", { token: admin.token, body: EDITOR });
    for (const [index, rule] of RULES.entries()) {
      const collection = `c${index}`;
      for (const caller of callers) {
        for (const data of [{ status: "open" }, { status: "closed", owner: ann.id }, { owner: admin.id }]) {
          const row = await world.ok("POST", `/api/${collection}`, { token: admin.token, body: data });
          const cases = [
            { action: "list", method: "GET", path: "" },
            { action: "view", method: "GET", path: row.id, record: row.id },
            { action: "create", method: "POST", path: "", data },
            { action: "update", method: "PATCH", path: row.id, record: row.id, data: { status: "closed" } },
            { action: "update", method: "PATCH", path: row.id, record: row.id, data: { owner: admin.id } },
            { action: "update", method: "PATCH", path: row.id, record: row.id, data: { nothing: 1 } },
            { action: "create", method: "POST", path: "", data: { owner: "019aa0b4-5c00-7000-8000-000000000000" } },
            { action: "delete", method: "DELETE", path: row.id, record: row.id },
          ];
          for (const { method, path, ...question } of cases) {
            const as = caller ? { user: caller.id } : null;
            const body = { collection, as, ...question };
            const told = await world.ok("POST", EXPLAIN, { token: admin.token, body });
            const target = `/api/${collection}${path ? `/${path}` : "?limit=500"}`;
            const answer = await world.call(method, method === "POST" ? `/api/${collection}` : target, {
              token: caller?.token,
              ...("data" in question ? { body: question.data } : {}),
            });
            const hint = `${rule} ${caller?.email} ${JSON.stringify(question)} ${JSON.stringify(told)} ${answer.text}`;
            assert.equal(told.verdict, answer.status < 300 ? "allow" : "deny", hint);
            assert.equal(told.code, answer.status < 300 ? null : answer.body.code, hint);
            assert.equal(told.rule, rule, hint);
            if (question.action === "list" && answer.status < 300) {
              assert.equal(told.count, answer.body.items.length, hint);
            }
          }
        }
      }
    }
  }),
);

test(
  "the parts of a rule are told with their values, and a rehearsal leaves no trace",
  inWorld(
    {
      collections: [
        TEAMS,
        USER,
        { ...named(null, 0), permissions: { update: "owner = @user.id && !(secret = 'x') && @user.id != null" } },
      ],
    },
    async (world) => {
      const admin = await world.signUp("root@example.com", "admin");
      const ann = await world.signUp("ann@example.com");
      const body = { owner: ann.id, secret: "hush" };
      const { id } = await world.ok("POST", "/api/c0", { token: admin.token, body });
      await world.types();
      await world.app.app.idle();
      const before = await world.app.dump();
      const ask = (user: string | null, data: object) =>
        world.ok("POST", EXPLAIN, {
          token: admin.token,
          body: { collection: "c0", action: "update", as: user === null ? null : { user }, record: id, data },
        });

      const own = await ask(ann.id, { owner: admin.id });
      assert.equal(own.verdict, "deny");
      assert.deepEqual(own.before.leaves, [
        { expression: "owner = @user.id", values: { left: ann.id, right: ann.id }, result: true },
        { expression: "secret = 'x'", values: { right: "x" }, result: false },
        { expression: "@user.id != null", values: { left: ann.id, right: null }, result: true },
      ]);
      assert.deepEqual(own.after.leaves[0], {
        expression: "owner = @user.id",
        values: { left: admin.id, right: ann.id },
        result: false,
      });
      assert.match(own.sql, /"owner" = \+?\?/);
      assert.ok(own.params.includes(ann.id));
      assert.ok(!JSON.stringify(own).includes("hush"));

      const guest = await ask(null, {});
      assert.equal(guest.leaves[0].result, "unknown");
      assert.match(guest.reason, /owner = @user.id is unknown/);
      assert.equal((await ask(ann.id, { status: "x" })).verdict, "allow");

      assert.equal(await world.app.dump(), before);
      assert.deepEqual(await world.types(), []);
    },
  ),
);

test(
  "explaining is for admins, and every mistake is named",
  inWorld({ collections: [TEAMS, USER, named("owner", 0)] }, async (world) => {
    const { token } = await world.signUp("root@example.com", "admin");
    const ann = await world.signUp("ann@example.com");
    const body = { collection: "c0", action: "list", as: null };
    assertProblem(await world.call("POST", EXPLAIN, { body }), 401, "unauthenticated");
    assertProblem(await world.call("POST", EXPLAIN, { body, token: ann.token }), 403, "forbidden");
    const mistakes: readonly [object, number, string, RegExp][] = [
      [{ collection: "nope" }, 404, "not_found", /nope/],
      [{ action: "look" }, 400, "bad_request", /action/],
      [{ as: { user: "nobody" } }, 400, "bad_request", /as\.user.*nobody/],
      [{ as: { user: ann.id, collection: "c0" } }, 400, "bad_request", /as\.collection.*c0/],
      [{ action: "view" }, 400, "bad_request", /record/],
      [{ action: "view", record: "nope" }, 404, "not_found", /nope/],
      [{ action: "create" }, 400, "bad_request", /data/],
      [{ action: "list", record: "x' || 'a' = 'a" }, 404, "not_found", /no record/],
    ];
    for (const [change, status, code, detail] of mistakes) {
      const problem = assertProblem(
        await world.call("POST", EXPLAIN, { token, body: { ...body, ...change } }),
        status,
        code,
      );
      assert.match(String(problem.detail), detail);
    }
  }),
);
