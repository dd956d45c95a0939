import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SignJWT, UnsecuredJWT } from "jose";
import { systemPrincipal } from "../../../src/core/principal.ts";
import {
  hasherOnThisRuntime,
  inWorld,
  MINUTE,
  openWorld,
  PASSWORD,
  type Somebody,
  type World,
} from "../../support/accounts.ts";
import { assertProblem, openApp } from "../../support/app.ts";
import { ABSENT, assertHolds, uuid } from "../../support/scenario.ts";

const SECRET = "0123456789-abcdefghijklmnopqrstuvwxyz";
const DAY = 24 * 60 * MINUTE;
const OTHER_PASSWORD = "another long password";

/** Accounts with a field of each kind that matters, beside a collection that anybody may read. */
const USERS = {
  name: "users",
  kind: "auth",
  fields: [
    { name: "name", type: "text", max: 200 },
    { name: "plan", type: "text", default: "free", permissions: { write: "role:admin" } },
    { name: "note", type: "text", permissions: { view: "role:admin" } },
    { name: "pin", type: "text", hidden: true },
  ],
  permissions: { read: "id = @user.id", update: "id = @user.id", delete: "id = @user.id" },
};
const PAGES = { name: "pages", fields: [{ name: "title", type: "text" }], permissions: { read: "public" } };
const OPTIONS = { secret: SECRET, collections: [USERS, PAGES] };

type Who = "guest" | "ann" | "bob" | "admin";

interface Row {
  readonly name: string;
  readonly as?: Who;
  /** `{ann}` stands for Ann's id, `{session}` for her session's. */
  readonly request: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code?: string;
  /** Fields at fault, with their codes. */
  readonly errors?: Readonly<Record<string, string>>;
  readonly holds?: unknown;
  readonly events?: readonly string[];
}

interface People {
  readonly ann: Somebody;
  readonly bob: Somebody;
  readonly admin: Somebody;
}

async function populate(world: World): Promise<People> {
  const ann = await world.signUp("ann@example.com", undefined, { name: "Ann" });
  const bob = await world.signUp("bob@example.com");
  const admin = await world.signUp("root@example.com", "admin");
  await world.types();
  return { ann, bob, admin };
}

function table(title: string, rows: readonly Row[], options: object = {}): void {
  describe(title, () => {
    for (const row of rows) {
      test(
        row.name,
        inWorld({ ...OPTIONS, ...options }, async (world) => {
          const people = await populate(world);
          const { items } = await world.ok("GET", "/api/auth/sessions", { token: people.ann.token });
          const fill = (text: string): string =>
            text
              .replaceAll("{ann}", people.ann.id)
              .replaceAll("{bob}", people.bob.id)
              .replaceAll("{session}", items[0].id)
              .replaceAll("{refresh}", people.ann.refreshToken);
          const [method = "", path = ""] = fill(row.request).split(" ");
          const { as = "guest" } = row;
          const raw = typeof row.body === "string" || row.body === undefined;
          const answer = await world.call(method, path, {
            body: raw ? row.body : JSON.parse(fill(JSON.stringify(row.body))),
            ...(row.headers ? { headers: row.headers } : {}),
            token: as === "guest" ? undefined : people[as].token,
          });
          assert.equal(answer.status, row.status, answer.text.slice(0, 400));
          if (row.code !== undefined) assertProblem(answer, row.status, row.code);
          if (row.errors) {
            const faults = answer.body.errors.map((one: { field: string; code: string }) => [one.field, one.code]);
            assert.deepEqual(Object.fromEntries(faults), row.errors);
          }
          if (row.holds !== undefined) assertHolds(answer.body, row.holds);
          assert.deepEqual(await world.types(), row.events ?? []);
        }),
      );
    }
  });
}

const isToken = (value: unknown): boolean => typeof value === "string" && /^[\w-]+\.[\w-]+\.[\w-]{43}$/.test(value);
const SIGNED_IN = {
  token: isToken,
  refreshToken: /^[0-9a-f-]{36}\.0\.[\w-]{43}$/,
  expiresAt: "2026-03-01T12:15:00.000Z",
  user: {
    id: /^[0-9a-f-]{36}$/,
    verified: false,
    role: "user",
    version: 1,
    createdAt: "2026-03-01T12:00:00.000Z",
    updatedAt: "2026-03-01T12:00:00.000Z",
    password: ABSENT,
    passwordHash: ABSENT,
    note: ABSENT,
    pin: ABSENT,
  },
};
const NEW = { email: "new@example.com", password: PASSWORD };
const MADE = ["users.created", "auth.register"];

table("register", [
  {
    name: "makes an account and signs in",
    request: "POST /api/auth/register",
    body: { ...NEW, name: "New", pin: "1234" },
    status: 201,
    holds: { ...SIGNED_IN, user: { ...SIGNED_IN.user, email: "new@example.com", name: "New", plan: "free" } },
    events: MADE,
  },
  {
    name: "keeps the address in lower case",
    request: "POST /api/auth/register",
    body: { ...NEW, email: "New@Example.COM" },
    status: 201,
    holds: { user: { email: "new@example.com" } },
    events: MADE,
  },
  {
    name: "one account for an address, whatever its case",
    request: "POST /api/auth/register",
    body: { ...NEW, email: "ANN@example.com" },
    status: 409,
    code: "conflict",
    errors: { email: "unique" },
  },
  {
    name: "without anything",
    request: "POST /api/auth/register",
    body: {},
    status: 400,
    code: "validation_failed",
    errors: { email: "required", password: "required" },
  },
  {
    name: "a list in the place of a body",
    request: "POST /api/auth/register",
    body: [NEW],
    status: 400,
    code: "validation_failed",
    errors: { email: "required", password: "required" },
  },
  ...(
    [
      ["a short password", { ...NEW, password: "short" }, { password: "min" }],
      ["a password past all measure", { ...NEW, password: "x".repeat(257) }, { password: "max" }],
      ["a password that is none", { ...NEW, password: 12345678 }, { password: "type" }],
      ["a password of null", { ...NEW, password: null }, { password: "type" }],
      ["no address", { ...NEW, email: "nobody" }, { email: "pattern" }],
      ["an address that is none", { ...NEW, email: 5 }, { email: "type" }],
      ["an unknown field", { ...NEW, admin: true }, { admin: "unknown_field" }],
      ["a hash", { ...NEW, passwordHash: "x" }, { passwordHash: "unknown_field" }],
      ["a role", { ...NEW, role: "admin" }, { role: "immutable" }],
      ["a role of null", { ...NEW, role: null }, { role: "immutable" }],
      ["verified", { ...NEW, verified: true }, { verified: "immutable" }],
      ["an id", { ...NEW, id: uuid(7) }, { id: "immutable" }],
      [
        "times and version",
        { ...NEW, createdAt: "2020-01-01T00:00:00Z", version: 9 },
        { createdAt: "immutable", version: "immutable" },
      ],
      ["a field that only admins write", { ...NEW, plan: "gold" }, { plan: "immutable" }],
    ] as const
  ).map(
    ([name, body, errors]): Row => ({
      name,
      request: "POST /api/auth/register",
      body,
      status: 400,
      code: "validation_failed",
      errors,
    }),
  ),
  {
    name: "a prototype is an unknown field",
    request: "POST /api/auth/register",
    body: '{"email":"n@example.com","password":"long enough","__proto__":{"role":"admin"}}',
    status: 400,
    code: "validation_failed",
  },
  {
    name: "in a collection without accounts",
    request: "POST /api/auth/register",
    body: { ...NEW, collection: "pages" },
    status: 404,
    code: "not_found",
  },
  {
    name: "in no collection",
    request: "POST /api/auth/register",
    body: { ...NEW, collection: "_sessions" },
    status: 404,
    code: "not_found",
  },
  { name: "no JSON", request: "POST /api/auth/register", body: "{", status: 400, code: "bad_request" },
  {
    name: "another type",
    request: "POST /api/auth/register",
    body: "x",
    headers: { "content-type": "text/plain" },
    status: 415,
    code: "unsupported_media_type",
  },
  {
    name: "a parameter in the query, where a password would be logged",
    request: "POST /api/auth/register?email=a@example.com",
    body: NEW,
    status: 400,
    code: "bad_request",
  },
  { name: "another method", request: "GET /api/auth/register", status: 405, code: "method_not_allowed" },
]);

table("login and what follows", [
  {
    name: "signs in",
    request: "POST /api/auth/login",
    body: { email: "ann@example.com", password: PASSWORD },
    status: 200,
    holds: SIGNED_IN,
    events: ["auth.login"],
  },
  {
    name: "the case of the address does not count",
    request: "POST /api/auth/login",
    body: { email: "Ann@EXAMPLE.com", password: PASSWORD },
    status: 200,
    events: ["auth.login"],
  },
  {
    name: "a wrong password",
    request: "POST /api/auth/login",
    body: { email: "ann@example.com", password: "wrong password" },
    status: 401,
    code: "invalid_credentials",
    events: ["auth.login_failed"],
  },
  {
    name: "an unknown address",
    request: "POST /api/auth/login",
    body: { email: "nobody@example.com", password: PASSWORD },
    status: 401,
    code: "invalid_credentials",
    events: ["auth.login_failed"],
  },
  {
    name: "an empty password",
    request: "POST /api/auth/login",
    body: { email: "ann@example.com", password: "" },
    status: 401,
    code: "invalid_credentials",
    events: ["auth.login_failed"],
  },
  {
    name: "no password",
    request: "POST /api/auth/login",
    body: { email: "ann@example.com" },
    status: 400,
    code: "bad_request",
  },
  {
    name: "objects in the place of texts",
    request: "POST /api/auth/login",
    body: { email: { $ne: 1 }, password: { $ne: 1 } },
    status: 400,
    code: "bad_request",
  },
  {
    name: "me",
    as: "ann",
    request: "GET /api/auth/me",
    status: 200,
    holds: { user: { ...SIGNED_IN.user, name: "Ann" } },
  },
  { name: "me, as a guest", request: "GET /api/auth/me", status: 401, code: "unauthenticated" },
  {
    name: "methods",
    request: "GET /api/auth/methods",
    status: 200,
    holds: { password: true, registration: "open" },
  },
  {
    name: "sessions, without tokens",
    as: "ann",
    request: "GET /api/auth/sessions",
    status: 200,
    holds: {
      items: [
        {
          id: /^[0-9a-f-]{36}$/,
          createdAt: "2026-03-01T12:00:00.000Z",
          lastUsedAt: "2026-03-01T12:00:00.000Z",
          expiresAt: "2026-03-31T12:00:00.000Z",
          device: "",
          current: true,
          refreshToken: ABSENT,
          turn: ABSENT,
          user: ABSENT,
        },
      ],
    },
  },
  { name: "sessions of a guest", request: "GET /api/auth/sessions", status: 401, code: "unauthenticated" },
  {
    name: "somebody else's session",
    as: "bob",
    request: "DELETE /api/auth/sessions/{session}",
    status: 404,
    code: "not_found",
  },
  {
    name: "an admin has no door to others' sessions here",
    as: "admin",
    request: "DELETE /api/auth/sessions/{session}",
    status: 404,
    code: "not_found",
  },
  {
    name: "one's own session",
    as: "ann",
    request: "DELETE /api/auth/sessions/{session}",
    status: 204,
    events: ["auth.logout"],
  },
  {
    name: "a session, as a guest",
    request: "DELETE /api/auth/sessions/{session}",
    status: 401,
    code: "unauthenticated",
  },
  { name: "all others, as a guest", request: "DELETE /api/auth/sessions", status: 401, code: "unauthenticated" },
  {
    name: "refresh",
    request: "POST /api/auth/refresh",
    body: { refreshToken: "{refresh}" },
    status: 200,
    holds: { ...SIGNED_IN, refreshToken: /^[0-9a-f-]{36}\.1\.[\w-]{43}$/ },
  },
  ...(
    [
      ["nothing", {}, 400, "validation_failed"],
      ["a number", { refreshToken: 5 }, 400, "validation_failed"],
      ["junk", { refreshToken: "junk" }, 401, "unauthenticated"],
      ["a token made up", { refreshToken: `${uuid(1)}.0.${"A".repeat(43)}` }, 401, "unauthenticated"],
    ] as const
  ).flatMap(([name, body, status, code]) =>
    ["refresh", "logout"].map(
      (route): Row => ({ name: `${route} with ${name}`, request: `POST /api/auth/${route}`, body, status, code }),
    ),
  ),
  {
    name: "logout",
    request: "POST /api/auth/logout",
    body: { refreshToken: "{refresh}" },
    status: 204,
    events: ["auth.logout"],
  },
  {
    name: "password change",
    as: "ann",
    request: "POST /api/auth/password/change",
    body: { currentPassword: PASSWORD, password: OTHER_PASSWORD },
    status: 200,
    holds: { ...SIGNED_IN, user: { ...SIGNED_IN.user, version: 2 } },
    events: ["users.updated", "auth.password_change"],
  },
  {
    name: "password change with a wrong one",
    as: "ann",
    request: "POST /api/auth/password/change",
    body: { currentPassword: "wrong password", password: OTHER_PASSWORD },
    status: 401,
    code: "invalid_credentials",
  },
  {
    name: "password change without the current one",
    as: "ann",
    request: "POST /api/auth/password/change",
    body: { password: OTHER_PASSWORD },
    status: 400,
    code: "validation_failed",
    errors: { currentPassword: "required" },
  },
  {
    name: "password change to a short one",
    as: "ann",
    request: "POST /api/auth/password/change",
    body: { currentPassword: PASSWORD, password: "short" },
    status: 400,
    code: "validation_failed",
    errors: { password: "min" },
  },
  {
    name: "password change, as a guest",
    request: "POST /api/auth/password/change",
    body: { currentPassword: PASSWORD, password: OTHER_PASSWORD },
    status: 401,
    code: "unauthenticated",
  },
]);

const IMMUTABLE = { status: 400, code: "validation_failed" } as const;
const operation = (op: string, data: object, id?: string) => ({
  operations: [{ op, collection: "users", ...(id ? { id } : {}), data }],
});
table("what nobody gives themselves", [
  ...(
    [
      ["role", "admin", "immutable"],
      ["verified", true, "immutable"],
      ["passwordHash", "x", "unknown_field"],
      ["createdAt", "2020-01-01T00:00:00.000Z", "immutable"],
    ] as const
  ).flatMap(([field, value, code]): Row[] => {
    const data = { [field]: value };
    const replaced = { email: "ann@example.com", ...data };
    const nested = { [`operations.0.data.${field}`]: code };
    return [
      {
        name: `PATCH ${field}`,
        as: "ann",
        request: "PATCH /api/users/{ann}",
        body: data,
        ...IMMUTABLE,
        errors: { [field]: code },
      },
      {
        name: `PUT ${field}`,
        as: "ann",
        request: "PUT /api/users/{ann}",
        body: replaced,
        ...IMMUTABLE,
        errors: { [field]: code },
      },
      {
        name: `batch update ${field}`,
        as: "ann",
        request: "POST /api/batch",
        body: operation("update", data, "{ann}"),
        ...IMMUTABLE,
        errors: nested,
      },
      {
        name: `batch upsert ${field}`,
        as: "ann",
        request: "POST /api/batch",
        body: operation("upsert", data, "{ann}"),
        ...IMMUTABLE,
        errors: nested,
      },
    ];
  }),
  {
    name: "a field that only admins write",
    as: "ann",
    request: "PATCH /api/users/{ann}",
    body: { plan: "gold" },
    status: 403,
    code: "forbidden",
  },
  {
    name: "PUT resets neither role nor verified, and the password stays",
    as: "admin",
    request: "PUT /api/users/{bob}",
    body: { email: "bob@example.com" },
    status: 200,
    holds: { role: "user", verified: false, plan: "free", passwordHash: ABSENT },
    events: ["users.updated"],
  },
  {
    name: "admins set roles",
    as: "admin",
    request: "PATCH /api/users/{ann}",
    body: { role: "editor", verified: true },
    status: 200,
    holds: { role: "editor", verified: true },
    events: ["users.updated"],
  },
  {
    name: "not even admins set hashes",
    as: "admin",
    request: "PATCH /api/users/{ann}",
    body: { passwordHash: "x" },
    ...IMMUTABLE,
  },
  {
    name: "others' accounts are not there",
    as: "bob",
    request: "PATCH /api/users/{ann}",
    body: { password: OTHER_PASSWORD },
    status: 404,
    code: "not_found",
  },
  {
    name: "guests are told before anything is hashed",
    request: "PATCH /api/users/{ann}",
    body: { password: OTHER_PASSWORD },
    status: 401,
    code: "unauthenticated",
  },
  {
    name: "accounts are created by admins",
    as: "ann",
    request: "POST /api/users",
    body: NEW,
    status: 403,
    code: "forbidden",
  },
  ...[
    "filter=passwordHash~'fake'",
    "sort=passwordHash",
    "fields=passwordHash",
    "aggregate=max(passwordHash)",
    "aggregate=count()&group=passwordHash",
    "filter=pin='1'",
  ].map(
    (query): Row => ({
      name: `no door to hashes: ${query}`,
      as: "admin",
      request: `GET /api/users?${query}`,
      status: 400,
      code: "bad_request",
    }),
  ),
]);

describe("registration", () => {
  test("can be closed", async () => {
    const world = await openWorld({ ...OPTIONS, auth: { registration: "closed" } });
    const answer = await world.call("POST", "/api/auth/register", { body: NEW });
    assertProblem(answer, 403, "forbidden");
    assert.equal((await world.ok("GET", "/api/auth/methods")).registration, "closed");
    assert.deepEqual(world.hasher.hashed, [], "nothing is hashed in vain");
    await world.close();
  });

  test(
    "PUT by the owner keeps role, verified and the password; the role of a promoted one too",
    inWorld(OPTIONS, async (world) => {
      const ed = await world.signUp("ed@example.com", "editor");
      const put = await world.ok("PUT", `/api/users/${ed.id}`, { token: ed.token, body: { email: "ed@example.com" } });
      assertHolds(put, { role: "editor", verified: false, name: null });
      await world.login("ed@example.com");
    }),
  );

  test(
    "a changed address is not proven any more",
    inWorld(OPTIONS, async (world) => {
      const { ann, admin } = await populate(world);
      await world.ok("PATCH", `/api/users/${ann.id}`, { token: admin.token, body: { verified: true } });
      const same = await world.ok("PATCH", `/api/users/${ann.id}`, { token: ann.token, body: { name: "A" } });
      assert.equal(same.verified, true);
      const moved = await world.ok("PATCH", `/api/users/${ann.id}`, {
        token: ann.token,
        body: { email: "A@example.com" },
      });
      assertHolds(moved, { verified: false, email: "a@example.com" });
    }),
  );

  test(
    "nobody takes the id of somebody in another collection of accounts",
    inWorld(
      {
        ...OPTIONS,
        collections: [USERS, { name: "clients", kind: "auth", fields: [], permissions: { create: "public" } }],
      },
      async (world) => {
        const { ann } = await populate(world);
        for (const [path, body] of [
          ["/api/auth/register", { ...NEW, collection: "clients", id: ann.id }],
          ["/api/clients", { ...NEW, id: ann.id }],
          ["/api/batch", { operations: [{ op: "create", collection: "clients", id: ann.id, data: NEW }] }],
          ["/api/batch", { operations: [{ op: "upsert", collection: "clients", id: ann.id, data: NEW }] }],
        ] as const)
          assertProblem(await world.call("POST", path, { body }), 400, "validation_failed", path);
        const many = Array.from({ length: 11 }, (_, index) => ({ ...NEW, email: `n${index}@example.com` }));
        assertProblem(await world.call("POST", "/api/clients", { body: many }), 400, "bad_request");
        await world.ok("POST", "/api/clients", { body: many.slice(1) });
      },
    ),
  );

  test("on this runtime's own hasher", async () => {
    const hasher = await hasherOnThisRuntime();
    const world = await openWorld({ ...OPTIONS, passwords: hasher });
    await world.signUp("ann@example.com");
    await world.login("ann@example.com");
    const wrong = { email: "ann@example.com", password: "wrong password" };
    for (const body of [wrong, { ...wrong, email: "nobody@example.com" }])
      assertProblem(await world.call("POST", "/api/auth/login", { body }), 401, "invalid_credentials");
    const [row] = await world.app.sql(`SELECT "passwordHash" FROM "users"`);
    assert.match(String(row?.passwordHash), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const shape = (hash: string): string => hash.replace(/\$[^$]+\$[^$]+$/, "");
    assert.equal(shape(hasher.decoy), shape(String(row?.passwordHash)), "the decoy costs what every hash costs");
    await world.close();
  });

  test("without a hasher, whatever needs a password is unavailable", async () => {
    const app = await openApp({ accounts: true });
    assertProblem(await app.call("POST", "/api/auth/register", { body: NEW }), 503, "unavailable");
    assertProblem(await app.call("POST", "/api/auth/login", { body: NEW }), 503, "unavailable");
    assert.equal((await app.call("GET", "/health")).status, 200);
    await app.close();
  });
});

describe("login", () => {
  test(
    "known and unknown addresses get the same answer for the same work",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const shapes: unknown[] = [];
      for (const email of ["ann@example.com", "nobody@example.com", "root@example.com", "x"]) {
        const [hashed, checked] = [world.hasher.hashed.length, world.hasher.checked.length];
        const answer = await world.call("POST", "/api/auth/login", { body: { email, password: "wrong password" } });
        assert.equal(world.hasher.hashed.length - hashed, 0);
        assert.equal(world.hasher.checked.length - checked, 1);
        const { requestId: _id, ...body } = answer.body;
        shapes.push([answer.status, body, [...answer.headers.keys()]]);
      }
      for (const shape of shapes) assert.deepEqual(shape, shapes[0]);
    }),
  );

  test(
    "an account without a password cannot be entered",
    inWorld(OPTIONS, async (world) => {
      await world.app.app.as(systemPrincipal("test")).records("users").create({ email: "bare@example.com" });
      for (const password of ["", "null", PASSWORD, world.hasher.decoy])
        assertProblem(
          await world.call("POST", "/api/auth/login", { body: { email: "bare@example.com", password } }),
          401,
          "invalid_credentials",
        );
    }),
  );

  test(
    "a password that is changed while another is being checked lets nobody in",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const { hasher } = world;
      const { verify } = hasher;
      hasher.verify = async (password, hash) => {
        const matches = await verify(password, hash);
        hasher.verify = verify;
        // past the queue of hashes, which this check holds
        await world.app.sql(`UPDATE "users" SET "passwordHash" = 'x' WHERE "id" = ?`, [ann.id]);
        return matches;
      };
      const body = { email: "ann@example.com", password: PASSWORD };
      assertProblem(await world.call("POST", "/api/auth/login", { body }), 401, "invalid_credentials");
    }),
  );
});

describe("what ends a session", () => {
  const dead = async (world: World, token: string, hint = ""): Promise<void> => {
    for (const path of ["/api/auth/me", "/api/pages", "/health"])
      assertProblem(await world.call("GET", path, { token }), 401, "unauthenticated", `${hint} ${path}`);
  };
  const alive = (world: World, token: string) => world.ok("GET", "/api/auth/me", { token });

  const doors: readonly (readonly [name: string, end: (world: World, people: People) => Promise<unknown>])[] = [
    ["logout", (world, { ann }) => world.ok("POST", "/api/auth/logout", { body: { refreshToken: ann.refreshToken } })],
    ["deletion by the owner", (world, { ann }) => world.ok("DELETE", `/api/users/${ann.id}`, { token: ann.token })],
    [
      "deletion by an admin",
      (world, { ann, admin }) => world.ok("DELETE", `/api/users/${ann.id}`, { token: admin.token }),
    ],
    [
      "deletion in a batch",
      (world, { ann, admin }) =>
        world.ok("POST", "/api/batch", {
          token: admin.token,
          body: { operations: [{ op: "delete", collection: "users", id: ann.id }] },
        }),
    ],
    [
      "PATCH of the password",
      (world, { ann }) =>
        world.ok("PATCH", `/api/users/${ann.id}`, { token: ann.token, body: { password: OTHER_PASSWORD } }),
    ],
    [
      "PUT of the password",
      (world, { ann }) =>
        world.ok("PUT", `/api/users/${ann.id}`, {
          token: ann.token,
          body: { email: ann.email, password: OTHER_PASSWORD },
        }),
    ],
    ...["update", "upsert"].map(
      (op) =>
        [
          `batch ${op} of the password`,
          (world: World, { ann, admin }: People) =>
            world.ok("POST", "/api/batch", {
              token: admin.token,
              body: { operations: [{ op, collection: "users", id: ann.id, data: { password: OTHER_PASSWORD } }] },
            }),
        ] as const,
    ),
    [
      "upsert with the id in the data",
      (world, { ann, admin }) =>
        world.ok("POST", "/api/batch", {
          token: admin.token,
          body: { operations: [{ op: "upsert", collection: "users", data: { id: ann.id, password: OTHER_PASSWORD } }] },
        }),
    ],
    [
      "the system",
      (world, { ann }) =>
        world.app.app.as(systemPrincipal("test")).records("users").update(ann.id, { password: OTHER_PASSWORD }),
    ],
  ];
  for (const [name, end] of doors) {
    test(
      name,
      inWorld(OPTIONS, async (world) => {
        const people = await populate(world);
        await alive(world, people.ann.token);
        await end(world, people);
        await dead(world, people.ann.token, name);
        const again = await world.call("POST", "/api/auth/refresh", {
          body: { refreshToken: people.ann.refreshToken },
        });
        assertProblem(again, 401, "unauthenticated");
        await alive(world, people.bob.token);
      }),
    );
  }

  test(
    "a changed password: every session ends, the answer is a new one, and the old password is void",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const second = await world.login("ann@example.com");
      const body = { currentPassword: PASSWORD, password: OTHER_PASSWORD };
      const fresh = await world.ok("POST", "/api/auth/password/change", { token: ann.token, body });
      for (const { token } of [ann, second]) await dead(world, token);
      await alive(world, fresh.token);
      assert.equal(
        (await world.call("POST", "/api/auth/login", { body: { email: ann.email, password: PASSWORD } })).status,
        401,
      );
      await world.login(ann.email, OTHER_PASSWORD);
    }),
  );

  test(
    "one session, and all others",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const [phone, desk] = [await world.login(ann.email), await world.login(ann.email)];
      const { items } = await world.ok("GET", "/api/auth/sessions", { token: phone.token });
      assert.equal(items.length, 3);
      const current = items.filter((one: { current: boolean }) => one.current);
      assert.equal(current.length, 1);
      await world.ok("DELETE", `/api/auth/sessions/${current[0].id}`, { token: desk.token });
      await dead(world, phone.token);
      await world.ok("DELETE", "/api/auth/sessions", { token: desk.token });
      await dead(world, ann.token);
      await alive(world, desk.token);
    }),
  );

  test(
    "a demotion counts at once",
    inWorld(OPTIONS, async (world) => {
      const { ann, admin } = await populate(world);
      const second = await world.signUp("second@example.com", "admin");
      assert.equal((await world.ok("GET", "/api/users?count=true", { token: second.token })).total, 4);
      await world.ok("PATCH", `/api/users/${second.id}`, { token: admin.token, body: { role: "user" } });
      assert.equal((await world.ok("GET", "/api/users?count=true", { token: second.token })).total, 1);
      assertProblem(await world.call("GET", `/api/users/${ann.id}`, { token: second.token }), 404, "not_found");
    }),
  );

  test("another process ended it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-auth-"));
    const time = { now: Date.parse("2026-03-01T12:00:00.000Z") };
    const path = join(folder, "app.db");
    // no secret: both find the one that the first of them made
    const first = await openWorld({ collections: [USERS, PAGES], path }, time);
    const second = await openWorld({ collections: [USERS, PAGES], path }, time);
    try {
      const { ann, bob, admin } = await populate(first);
      // more than once: what is known of a session is only looked at again once something was committed
      for (const world of [first, second, first, second, first, second])
        for (const { token } of [ann, bob, admin]) await alive(world, token);
      await second.ok("POST", "/api/auth/logout", { body: { refreshToken: ann.refreshToken } });
      await dead(first, ann.token, "logged out elsewhere");
      await second.ok("DELETE", `/api/users/${bob.id}`, { token: admin.token });
      await dead(first, bob.token, "deleted elsewhere");
      await second.signUp("next@example.com", "admin");
      await second.ok("PATCH", `/api/users/${admin.id}`, { token: admin.token, body: { role: "user" } });
      assert.equal((await first.ok("GET", "/api/users?count=true", { token: admin.token })).total, 1);
    } finally {
      await first.close();
      await second.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test(
    "a session that is not used for 30 days",
    inWorld(OPTIONS, async (world) => {
      const { ann, bob } = await populate(world);
      world.pass(29 * DAY);
      const next = await world.ok("POST", "/api/auth/refresh", { body: { refreshToken: ann.refreshToken } });
      world.pass(2 * DAY);
      await world.ok("POST", "/api/auth/refresh", { body: { refreshToken: next.refreshToken } });
      const late = await world.call("POST", "/api/auth/refresh", { body: { refreshToken: bob.refreshToken } });
      assertProblem(late, 401, "unauthenticated");
    }),
  );

  test(
    "an account that goes along with what it belongs to",
    inWorld(
      {
        ...OPTIONS,
        collections: [
          { name: "teams", fields: [{ name: "name", type: "text" }] },
          {
            name: "users",
            kind: "auth",
            fields: [{ name: "team", type: "relation", collection: "teams", onDelete: "cascade" }],
          },
        ],
      },
      async (world) => {
        const system = world.app.app.as(systemPrincipal("test"));
        const team = await system.records("teams").create({ name: "t" });
        const ann = await world.signUp("ann@example.com", undefined, { team: team.id });
        const admin = await world.signUp("root@example.com", "admin");
        await system.records("teams").delete(String(team.id));
        assertProblem(await world.call("GET", "/api/auth/me", { token: ann.token }), 401, "unauthenticated");
        assert.equal((await world.app.sql(`SELECT * FROM "_sessions" WHERE "user" = ?`, [ann.id])).length, 0);
        const last = await system.records("teams").create({ name: "u" });
        await system.records("users").update(admin.id, { team: last.id });
        await assert.rejects(system.records("teams").delete(String(last.id)), { code: "conflict" });
        await world.ok("GET", "/api/auth/me", { token: admin.token });
      },
    ),
  );
});

describe("refresh tokens", () => {
  test(
    "three at once all get the next one, and it works",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const body = { refreshToken: ann.refreshToken };
      const answers = await Promise.all([1, 2, 3].map(() => world.ok("POST", "/api/auth/refresh", { body })));
      assert.equal(new Set(answers.map((one) => one.refreshToken)).size, 1);
      for (const { token } of answers) await world.ok("GET", "/api/auth/me", { token });
      await world.ok("POST", "/api/auth/refresh", { body: { refreshToken: answers[0].refreshToken } });
    }),
  );

  const reuse: readonly (readonly [name: string, wait: number, turns: number, status: number])[] = [
    ["the one before, within the grace", 9_999, 1, 200],
    ["the one before, after the grace", 10_000, 1, 401],
    ["an older one, at once", 0, 2, 401],
  ];
  for (const [name, wait, turns, status] of reuse) {
    test(
      `used again: ${name}`,
      inWorld(OPTIONS, async (world) => {
        const { ann } = await populate(world);
        let current: { token: string; refreshToken: string } = ann;
        for (let turn = 0; turn < turns; turn += 1)
          current = await world.ok("POST", "/api/auth/refresh", { body: { refreshToken: current.refreshToken } });
        world.pass(wait);
        const again = await world.call("POST", "/api/auth/refresh", { body: { refreshToken: ann.refreshToken } });
        assert.equal(again.status, status, again.text);
        const after = await world.call("GET", "/api/auth/me", { token: current.token });
        assert.equal(after.status, status, "the session ends with the reuse, and only then");
        const next = await world.call("POST", "/api/auth/refresh", { body: { refreshToken: current.refreshToken } });
        assert.equal(next.status, status);
        assert.deepEqual(await world.types(), status === 401 ? ["auth.token_reused"] : []);
      }),
    );
  }

  test(
    "a changed one is no good, and harms nobody",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const [id, , digest = ""] = ann.refreshToken.split(".");
      for (const refreshToken of [
        `${id}.1.${digest}`,
        `${id}.00.${digest}`,
        `${id}.0.${digest.slice(0, -1)}`,
        `${id}.0.${digest.startsWith("A") ? "B" : "A"}${digest.slice(1)}`,
        `${id}.0.${digest}=`,
        ` ${ann.refreshToken}`,
        ann.token,
      ])
        assertProblem(
          await world.call("POST", "/api/auth/refresh", { body: { refreshToken } }),
          401,
          "unauthenticated",
        );
      await world.ok("GET", "/api/auth/me", { token: ann.token });
      assertProblem(await world.call("GET", "/api/auth/me", { token: ann.refreshToken }), 401, "unauthenticated");
    }),
  );
});

describe("access tokens", () => {
  const key = new TextEncoder().encode(SECRET);
  const seconds = Math.floor(Date.parse("2026-03-01T12:00:00.000Z") / 1000);

  test(
    "hold who, which session and which role, and nothing personal",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const [head = "", payload = ""] = ann.token
        .split(".")
        .map((part) => part.replaceAll("-", "+").replaceAll("_", "/"));
      assert.deepEqual(JSON.parse(atob(head)), { alg: "HS256", typ: "at+jwt" });
      const { sid, ...claims } = JSON.parse(atob(payload));
      assert.deepEqual(claims, { sub: ann.id, role: "user", iat: seconds, exp: seconds + 900 });
      assert.match(sid, /^[0-9a-f-]{36}$/);
    }),
  );

  test(
    "end after 15 minutes, remembered or not",
    inWorld(OPTIONS, async (world) => {
      const { ann, bob } = await populate(world);
      world.pass(15 * MINUTE - 1000);
      await world.ok("GET", "/api/auth/me", { token: ann.token });
      world.pass(1000);
      for (const { token } of [ann, bob])
        assertProblem(await world.call("GET", "/api/auth/me", { token }), 401, "unauthenticated");
    }),
  );

  test(
    "any other is 401, on every route, and never 500",
    inWorld(OPTIONS, async (world) => {
      const { ann, admin } = await populate(world);
      const [head = "", payload = "", signature = ""] = ann.token.split(".");
      const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
      const encoded = (value: unknown): string =>
        btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      const signed = (
        body: Record<string, unknown>,
        header: { alg: string; typ?: string } = { alg: "HS256", typ: "at+jwt" },
        secret = key,
      ) => new SignJWT(body).setProtectedHeader(header).sign(secret);
      const { exp: _exp, ...endless } = claims;
      const { sid: _sid, ...homeless } = claims;
      await world.ok("GET", "/api/auth/me", { headers: { authorization: `Bearer ${await signed(claims)}` } });

      const bad: readonly (readonly [name: string, header: string])[] = [
        ["another secret", `Bearer ${await signed(claims, undefined, new TextEncoder().encode(`${SECRET}x`))}`],
        ["alg none", `Bearer ${new UnsecuredJWT(claims).encode()}`],
        ["alg none with a signature", `Bearer ${encoded({ alg: "none", typ: "at+jwt" })}.${payload}.${signature}`],
        ["alg RS256 over the same key", `Bearer ${encoded({ alg: "RS256", typ: "at+jwt" })}.${payload}.${signature}`],
        ["alg HS512", `Bearer ${await signed(claims, { alg: "HS512", typ: "at+jwt" }, new Uint8Array(64).fill(7))}`],
        ["another typ", `Bearer ${await signed(claims, { alg: "HS256", typ: "JWT" })}`],
        ["no typ", `Bearer ${await signed(claims, { alg: "HS256" })}`],
        ["no end", `Bearer ${await signed(endless)}`],
        ["no session", `Bearer ${await signed(homeless)}`],
        ["a session of somebody else", `Bearer ${await signed({ ...claims, sub: admin.id })}`],
        ["a session that never was", `Bearer ${await signed({ ...claims, sid: uuid(1) })}`],
        ["a role of a number", `Bearer ${await signed({ ...claims, role: 1 })}`],
        ["an end long ago", `Bearer ${await signed({ ...claims, exp: seconds - 1 })}`],
        ["not before tomorrow", `Bearer ${await signed({ ...claims, nbf: seconds + 86_400 })}`],
        ["another payload", `Bearer ${head}.${encoded({ ...claims, role: "admin" })}.${signature}`],
        ["a payload that is no JSON", `Bearer ${head}.${btoa("nothing")}.${signature}`],
        ["a signature cut short", `Bearer ${head}.${payload}.${signature.slice(0, -2)}`],
        ["no signature", `Bearer ${head}.${payload}.`],
        ["two parts", `Bearer ${head}.${payload}`],
        ["a long one", `Bearer ${head}.${"A".repeat(5000)}.${signature}`],
        ["nothing after Bearer", "Bearer"],
        ["an empty header", ""],
        ["two tokens", `Bearer ${ann.token}, Bearer ${ann.token}`],
        ["two spaces", `Bearer  ${ann.token}`],
        ["no scheme", ann.token],
        ["another scheme", `Basic ${btoa("ann:pass")}`],
        ["the name of the session", `Bearer ${claims.sid}`],
      ];
      for (const [name, authorization] of bad) {
        for (const [method, path, body] of [
          ["GET", "/api/auth/me"],
          ["GET", "/api/pages"],
          ["GET", "/health"],
          ["POST", "/api/auth/login", { email: "ann@example.com", password: PASSWORD }],
        ] as const) {
          const answer = await world.call(method, path, { headers: { authorization }, body });
          assertProblem(answer, 401, "unauthenticated", `${name}: ${method} ${path}`);
          assert.equal(answer.headers.get("www-authenticate"), "Bearer", name);
        }
      }
      await world.ok("GET", "/api/pages");
    }),
  );

  test(
    "the role in the token gives nothing; the account's does",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const [, payload = ""] = ann.token.split(".");
      const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
      const forged = await new SignJWT({ ...claims, role: "admin" })
        .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
        .sign(key);
      assert.equal((await world.ok("GET", "/api/users?count=true", { token: forged })).total, 1);
    }),
  );
});

describe("answers with tokens", () => {
  test(
    "are kept by nobody on the way",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      for (const [method, path, body] of [
        ["POST", "/api/auth/login", { email: ann.email, password: PASSWORD }],
        ["POST", "/api/auth/refresh", { refreshToken: ann.refreshToken }],
        ["GET", "/api/auth/me"],
        ["GET", "/api/auth/sessions"],
      ] as const) {
        const answer = await world.call(method, path, { token: ann.token, body });
        assert.equal(answer.headers.get("cache-control"), "no-store", path);
      }
    }),
  );
});

describe("tries", () => {
  const wrong = (email: string) => ({ email, password: "wrong password" });

  test(
    "against one account: ten at once, then one each half minute, from wherever they come",
    inWorld(OPTIONS, async (world) => {
      await populate(world);
      const login = (index: number, email = "Ann@example.com") =>
        world.call("POST", "/api/auth/login", { body: wrong(email), address: `192.0.2.${index}` });
      for (let index = 0; index < 10; index += 1) assert.equal((await login(index)).status, 401);
      const refused = await login(10, "ann@EXAMPLE.com");
      assertProblem(refused, 429, "rate_limited");
      assert.equal(refused.headers.get("retry-after"), "30");
      assert.equal(refused.headers.get("ratelimit"), '"auth";r=59;t=1, "account";r=0;t=300');
      assert.equal((await login(11, "bob@example.com")).status, 401, "others are not concerned");
      world.pass(30_000);
      assert.equal((await login(12)).status, 401);
      assert.equal((await login(13)).status, 429);
    }),
  );

  test(
    "from one network: sixty, whichever account",
    inWorld(OPTIONS, async (world) => {
      const login = (index: number, address: string) =>
        world.call("POST", "/api/auth/login", { body: wrong(`n${index}@example.com`), address });
      for (let index = 0; index < 60; index += 1)
        assert.equal((await login(index, `2001:db8:0:1::${index.toString(16)}`)).status, 401);
      const refused = await login(60, "2001:db8::1:ffff:0:0:1");
      assertProblem(refused, 429, "rate_limited");
      assert.equal(refused.headers.get("retry-after"), "1");
      assert.equal((await login(61, "2001:db8:0:2::1")).status, 401, "the network beside it");
      const register = await world.call("POST", "/api/auth/register", { body: NEW, address: "2001:db8:0:1::9" });
      assertProblem(register, 429, "rate_limited");
      world.pass(1000);
      assert.equal((await login(62, "2001:db8:0:1::1")).status, 401);
    }),
  );

  test(
    "of the current password",
    inWorld(OPTIONS, async (world) => {
      const { ann } = await populate(world);
      const body = { currentPassword: "wrong password", password: OTHER_PASSWORD };
      const change = () => world.call("POST", "/api/auth/password/change", { body, token: ann.token });
      for (let index = 0; index < 10; index += 1) assert.equal((await change()).status, 401);
      assertProblem(await change(), 429, "rate_limited");
      await world.ok("GET", "/api/auth/me", { token: ann.token });
    }),
  );
});

describe("the last admin", () => {
  const demote = { role: "user" };
  const doors: readonly (readonly [name: string, method: string, path: string, body?: unknown])[] = [
    ["PATCH", "PATCH", "/api/users/{id}", demote],
    ["PUT", "PUT", "/api/users/{id}", { email: "root@example.com", ...demote }],
    ["DELETE", "DELETE", "/api/users/{id}"],
    [
      "batch update",
      "POST",
      "/api/batch",
      { operations: [{ op: "update", collection: "users", id: "{id}", data: demote }] },
    ],
    [
      "batch upsert",
      "POST",
      "/api/batch",
      { operations: [{ op: "upsert", collection: "users", id: "{id}", data: demote }] },
    ],
    ["batch delete", "POST", "/api/batch", { operations: [{ op: "delete", collection: "users", id: "{id}" }] }],
  ];
  for (const [name, method, path, body] of doors) {
    test(
      `stays: ${name}`,
      inWorld(OPTIONS, async (world) => {
        const { admin } = await populate(world);
        const fill = (text: string): string => text.replaceAll("{id}", admin.id);
        const ask = (token = admin.token) =>
          world.call(method, fill(path), { token, body: body && JSON.parse(fill(JSON.stringify(body))) });
        const refused = await ask();
        assertProblem(refused, 409, "conflict");
        assert.match(refused.body.detail, /last admin/);
        await world.ok("GET", "/api/users?limit=1", { token: admin.token });
        await world.signUp("second@example.com", "admin");
        const done = await ask();
        assert.ok(done.status < 300, done.text);
      }),
    );
  }

  test(
    "of two who demote each other at once, one stays",
    inWorld(OPTIONS, async (world) => {
      const { admin } = await populate(world);
      const second = await world.signUp("second@example.com", "admin");
      const answers = await Promise.all([
        world.call("PATCH", `/api/users/${second.id}`, { token: admin.token, body: demote }),
        world.call("DELETE", `/api/users/${admin.id}`, { token: second.token }),
      ]);
      // whoever comes second meets the last admin, or is none any more
      assert.deepEqual(answers.map((one) => one.status < 300).sort(), [false, true]);
      assert.ok(answers.some((one) => [403, 404, 409].includes(one.status)));
      const [row] = await world.app.sql(`SELECT count(*) AS "n" FROM "users" WHERE "role" = 'admin'`);
      assert.equal(row?.n, 1);
    }),
  );

  test(
    "the system may not either, and other changes of the last one go through",
    inWorld(OPTIONS, async (world) => {
      const { admin, ann } = await populate(world);
      const users = world.app.app.as(systemPrincipal("test")).records("users");
      await assert.rejects(users.update(admin.id, demote), { code: "conflict" });
      await assert.rejects(users.delete(admin.id), { code: "conflict" });
      await users.update(admin.id, { name: "Root" });
      await users.delete(ann.id);
    }),
  );
});
