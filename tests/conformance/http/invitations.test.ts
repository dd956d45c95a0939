import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, MINUTE, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const USERS = {
  name: "users",
  kind: "auth",
  fields: [
    { name: "name", type: "text", max: 20 },
    { name: "plan", type: "text", default: "free", permissions: { write: "role:admin" } },
  ],
  permissions: { read: "id = @user.id" },
};
const STAFF = { name: "staff", kind: "auth", fields: [], permissions: { read: "public" } };
const OPTIONS = { collections: [USERS, STAFF] };
const CLEO = "cleo@example.com";

async function populate(world: World): Promise<{ root: Somebody; ann: Somebody }> {
  const root = await world.signUp("root@example.com", "admin");
  const ann = await world.signUp("ann@example.com");
  await world.mails();
  await world.types();
  return { root, ann };
}

const invite = (world: World, token: string | undefined, body: object) =>
  world.call("POST", "/api/auth/invitations", { token, body });
const accept = (world: World, body: object) => world.call("POST", "/api/auth/invitations/accept", { body });

async function invited(world: World, root: Somebody, more: object = {}): Promise<string> {
  assert.equal((await invite(world, root.token, { email: CLEO, ...more })).status, 201);
  return world.secret(/invited/);
}

describe("an invitation", () => {
  test(
    "makes an account",
    inWorld(OPTIONS, async (world) => {
      const { root } = await populate(world);
      const answer = await invite(world, root.token, { email: "Cleo@Example.com", role: "editor" });
      assert.equal(answer.status, 201, answer.text);
      const expiresAt = "2026-03-08T12:00:00.000Z";
      assert.deepEqual(answer.body, { email: CLEO, role: "editor", collection: "users", expiresAt });
      assert.deepEqual(await world.types(), ["auth.invited"]);
      const told = world.events.find(({ type }) => type === "auth.invited");
      assert.deepEqual(told?.payload, { user: root.id, collection: "users" });
      const [mail] = await world.mails();
      assert.equal(mail?.to, CLEO);
      const token = /#token=([\w-]{43})/.exec(mail?.text ?? "")?.[1];
      const made = await accept(world, { token, password: PASSWORD, name: "Cleo" });
      assert.equal(made.status, 201, made.text);
      const { email, role, verified, name, plan } = made.body.user;
      assert.deepEqual([email, role, verified, name, plan], [CLEO, "editor", true, "Cleo", "free"]);
      assert.deepEqual(await world.types(), ["users.created", "auth.register"]);
      await world.ok("GET", "/api/auth/me", { token: made.body.token });
      await world.login(CLEO);
      assert.deepEqual(await world.mails(), []);
      assertProblem(await accept(world, { token, password: PASSWORD }), 401, "invalid_credentials");
    }),
  );

  test(
    "makes an account while registration is closed",
    inWorld({ ...OPTIONS, auth: { registration: "closed" } }, async (world) => {
      const users = world.app.app.as(systemPrincipal("test")).records("users");
      await users.create({ email: "root@example.com", password: PASSWORD, role: "admin" });
      const token = await invited(world, await world.login("root@example.com"));
      assertProblem(
        await world.call("POST", "/api/auth/register", { body: { email: CLEO, password: PASSWORD } }),
        403,
        "forbidden",
      );
      assert.equal((await accept(world, { token, password: PASSWORD })).status, 201);
    }),
  );

  test(
    "goes to the collection that it names",
    inWorld(OPTIONS, async (world) => {
      const { root } = await populate(world);
      const token = await invited(world, root, { collection: "staff" });
      const wrong = await accept(world, { token, password: PASSWORD, collection: "users" });
      assertProblem(wrong, 401, "invalid_credentials");
      const made = await accept(world, { token, password: PASSWORD });
      assert.equal((await world.ok("GET", `/api/staff/${made.body.user.id}`)).email, CLEO);
    }),
  );

  test(
    "is accepted by one of two at once",
    inWorld(OPTIONS, async (world) => {
      const { root } = await populate(world);
      const token = await invited(world, root);
      const answers = await Promise.all([
        accept(world, { token, password: PASSWORD }),
        accept(world, { token, password: PASSWORD }),
      ]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 401]);
    }),
  );

  const asked: readonly [name: string, who: "guest" | "ann" | "root", body: object, status: number, code: string][] = [
    ["by a guest", "guest", { email: CLEO }, 401, "unauthenticated"],
    ["by a user", "ann", { email: CLEO }, 403, "forbidden"],
    ["of nobody", "root", {}, 400, "validation_failed"],
    ["of what is no address", "root", { email: "cleo" }, 400, "validation_failed"],
    ["with what is no role", "root", { email: CLEO, role: "No Role" }, 400, "validation_failed"],
    ["to no collection", "root", { email: CLEO, collection: "nowhere" }, 404, "not_found"],
    ["of somebody who has an account", "root", { email: "Ann@example.com" }, 409, "conflict"],
  ];
  for (const [name, who, body, status, code] of asked) {
    test(
      `${name} is refused`,
      inWorld(OPTIONS, async (world) => {
        const people = await populate(world);
        const token = who === "guest" ? undefined : people[who].token;
        assertProblem(await invite(world, token, body), status, code);
        assert.deepEqual(await world.mails(), []);
        assert.deepEqual(await world.types(), []);
      }),
    );
  }

  const faults: readonly [name: string, body: object, fault: readonly [field: string, code: string]][] = [
    ["no password", { password: undefined }, ["password", "required"]],
    ["a short password", { password: "short" }, ["password", "min"]],
    ["a role of one's own", { role: "admin" }, ["role", "immutable"]],
    ["a guarded field", { plan: "gold" }, ["plan", "immutable"]],
    ["another address", { email: "other@example.com" }, ["email", "immutable"]],
    ["an unknown field", { nickname: "C" }, ["nickname", "unknown_field"]],
    ["a name too long", { name: "x".repeat(21) }, ["name", "max"]],
  ];
  for (const [name, body, [field, code]] of faults) {
    test(
      `accepted with ${name} is refused, and stays good`,
      inWorld(OPTIONS, async (world) => {
        const { root } = await populate(world);
        const token = await invited(world, root);
        const answer = await accept(world, { token, password: PASSWORD, ...body });
        assertProblem(answer, 400, "validation_failed");
        const [error] = answer.body.errors;
        assert.deepEqual([error.field, error.code], [field, code]);
        assert.equal((await accept(world, { token, password: PASSWORD, email: CLEO })).status, 201);
      }),
    );
  }

  const spoilt: readonly [name: string, spoil: (world: World, root: Somebody) => unknown, status: number][] = [
    ["too old", (world) => world.pass(7 * 24 * 60 * MINUTE), 401],
    ["followed by a newer one", (world, root) => invited(world, root), 401],
    ["for somebody who has an account by now", (world) => world.signUp(CLEO), 409],
  ];
  for (const [name, spoil, status] of spoilt) {
    test(
      `that is ${name} is refused`,
      inWorld(OPTIONS, async (world) => {
        const { root } = await populate(world);
        const token = await invited(world, root);
        await spoil(world, root);
        const answer = await accept(world, { token, password: PASSWORD });
        assertProblem(answer, status, status === 401 ? "invalid_credentials" : "conflict");
      }),
    );
  }

  test(
    "is no link of another kind",
    inWorld(OPTIONS, async (world) => {
      const { root } = await populate(world);
      const token = await invited(world, root);
      for (const path of ["password/reset", "verify/confirm", "email/confirm"]) {
        const answer = await world.call("POST", `/api/auth/${path}`, { body: { token, password: PASSWORD } });
        assertProblem(answer, 401, "invalid_credentials");
      }
    }),
  );
});

describe("open invitations", () => {
  const PATH = "/api/auth/invitations";

  test(
    "are listed until they are accepted, revoked or too old, the newest first",
    inWorld(OPTIONS, async (world) => {
      const { root } = await populate(world);
      const listed = async (admin = root) =>
        (await world.ok("GET", PATH, admin)).items.map(({ email, collection }: Invitation) => `${collection}/${email}`);
      assert.deepEqual(await listed(), []);
      const token = await invited(world, root, { role: "editor" });
      world.pass(MINUTE);
      await invite(world, root.token, { email: CLEO, collection: "staff" });
      world.pass(MINUTE);
      await invite(world, root.token, { email: "dan@example.com" });
      await world.mails();
      const { items } = await world.ok("GET", PATH, root);
      assert.deepEqual(items[2], {
        ...{ email: CLEO, role: "editor", collection: "users", expiresAt: "2026-03-08T12:00:00.000Z" },
      });
      assert.deepEqual(await listed(), ["users/dan@example.com", `staff/${CLEO}`, `users/${CLEO}`]);
      assert.equal((await accept(world, { token, password: PASSWORD })).status, 201);
      assert.deepEqual(await listed(), ["users/dan@example.com", `staff/${CLEO}`]);
      world.pass(7 * 24 * 60 * MINUTE - MINUTE);
      assert.deepEqual(await listed(await world.login(root.email)), ["users/dan@example.com"]);
    }),
  );

  test(
    "are revoked, and then their link is void",
    inWorld(OPTIONS, async (world) => {
      const { root } = await populate(world);
      const token = await invited(world, root);
      await invite(world, root.token, { email: CLEO, collection: "staff" });
      await world.mails();
      await world.types();
      const revoke = (query = "") =>
        world.call("DELETE", `${PATH}/${encodeURIComponent("Cleo@example.com")}${query}`, root);
      assert.equal((await revoke()).status, 204);
      assert.deepEqual(await world.types(), ["auth.invitation_revoked"]);
      const told = world.events.find(({ type }) => type === "auth.invitation_revoked");
      assert.deepEqual(told?.payload, { user: root.id, collection: "users" });
      assertProblem(await accept(world, { token, password: PASSWORD }), 401, "invalid_credentials");
      assertProblem(await revoke(), 404, "not_found");
      assert.equal((await world.ok("GET", PATH, root)).items.length, 1, "that of the other collection stays");
      assert.equal((await revoke("?collection=staff")).status, 204);
      const again = await invited(world, root);
      assert.equal((await accept(world, { token: again, password: PASSWORD })).status, 201, "and may be made anew");
    }),
  );

  const bad: readonly (readonly [request: string, status: number, code: string])[] = [
    ["GET ?x=1", 400, "bad_request"],
    ["DELETE /nobody%40example.com", 404, "not_found"],
    ["DELETE /cleo%40example.com?collection=nope", 404, "not_found"],
    ["DELETE /cleo%40example.com?x=1", 400, "bad_request"],
    ["DELETE /%3Fcleo%40example.com", 404, "not_found"],
  ];
  for (const [request, status, code] of bad) {
    test(
      `refuses ${request}`,
      inWorld(OPTIONS, async (world) => {
        const { root } = await populate(world);
        await invited(world, root);
        const [method = "", rest = ""] = request.split(" ");
        assertProblem(await world.call(method, `${PATH}${rest}`, root), status, code);
        assert.equal((await world.ok("GET", PATH, root)).items.length, 1);
      }),
    );
  }

  test(
    "are for admins",
    inWorld(OPTIONS, async (world) => {
      const { root, ann } = await populate(world);
      await invited(world, root);
      for (const [method, path] of [
        ["GET", PATH],
        ["DELETE", `${PATH}/${CLEO}`],
      ] as const) {
        assertProblem(await world.call(method, path), 401, "unauthenticated");
        assertProblem(await world.call(method, path, ann), 403, "forbidden");
      }
      assert.equal((await world.ok("GET", PATH, root)).items.length, 1);
    }),
  );
});

interface Invitation {
  readonly email: string;
  readonly collection: string;
}
