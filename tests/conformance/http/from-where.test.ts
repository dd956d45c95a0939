import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger } from "../../../src/core/logging/index.ts";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, PASSWORD, type Somebody, type World } from "../../support/accounts.ts";
import type { TestAppOptions } from "../../support/app.ts";
import { CONFINED, openFunctions } from "../../support/functions.ts";
import { connectTo } from "../../support/realtime.ts";
import { turnOnFactor } from "../../support/second-factor.ts";

const ADDRESS = "203.0.113.7";
const NOTES = {
  name: "notes",
  fields: [
    { name: "title", type: "text" },
    { name: "parent", type: "relation", collection: "notes", onDelete: "cascade" },
  ],
  permissions: { read: "public", create: "authenticated", update: "authenticated", delete: "authenticated" },
};
const OPTIONS: TestAppOptions = { collections: [NOTES] };

/** What requests are made as, all of them from the address. */
interface Scene {
  readonly world: World;
  readonly root: Somebody;
  readonly ann: Somebody;
  /** Sends from the address; the answer must be a success unless a status is given. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  send(request: string, body?: unknown, token?: string, status?: number): Promise<any>;
}

async function populate(world: World): Promise<Scene> {
  const root = await world.signUp("root@example.com", "admin");
  const ann = await world.signUp("ann@example.com");
  return {
    world,
    root,
    ann,
    async send(request, body, token, status) {
      const [method = "", path = ""] = request.split(" ");
      const answer = await world.call(method, path, { address: ADDRESS, token, ...(body ? { body } : {}) });
      assert.ok(
        status === undefined ? answer.status < 300 : answer.status === status,
        `${request} answered ${answer.status} ${answer.text.slice(0, 300)}`,
      );
      return answer.body;
    },
  };
}

interface Entry {
  readonly seq: number;
  readonly type: string;
  readonly actor: { readonly kind: string; readonly id?: string } | null;
  readonly from: string | null;
}

/** The log after a place, the oldest first: `auth.login ann 203.0.113.7`. */
async function logOf({ world, root, ann }: Scene, after: number): Promise<readonly string[]> {
  const items = (await entries(world, root)).filter(({ seq }) => seq > after);
  const names = new Map([
    [root.id, "root"],
    [ann.id, "ann"],
  ]);
  return items.map(
    ({ type, actor, from }) => `${type} ${names.get(actor?.id ?? "") ?? actor?.kind ?? "nobody"} ${from ?? "-"}`,
  );
}

async function entries(world: World, { token }: Somebody): Promise<readonly Entry[]> {
  await world.app.app.idle();
  const { items } = await world.ok("GET", "/api/admin/events?limit=500", { token });
  return items.toReversed();
}

const login = { email: "ann@example.com", password: PASSWORD };

/** What is done, and what the log tells of it. */
const CASES: readonly (readonly [name: string, act: (scene: Scene) => Promise<unknown>, told: readonly string[]])[] = [
  ["a login", ({ send }) => send("POST /api/auth/login", login), [`auth.login ann ${ADDRESS}`]],
  [
    "a login with a wrong password",
    ({ send }) => send("POST /api/auth/login", { ...login, password: "wrong password" }, undefined, 401),
    [`auth.login_failed anonymous ${ADDRESS}`],
  ],
  [
    "a login to an account that there is not",
    ({ send }) => send("POST /api/auth/login", { ...login, email: "no@example.com" }, undefined, 401),
    [`auth.login_failed anonymous ${ADDRESS}`],
  ],
  [
    "a registration",
    ({ send }) => send("POST /api/auth/register", { email: "new@example.com", password: PASSWORD }),
    ["users.created system -", `auth.register user ${ADDRESS}`],
  ],
  [
    "a logout",
    ({ send, ann }) => send("POST /api/auth/logout", { refreshToken: ann.refreshToken }),
    [`auth.logout ann ${ADDRESS}`],
  ],
  [
    "the end of all other sessions",
    ({ send, ann }) => send("DELETE /api/auth/sessions", undefined, ann.token),
    [`auth.logout ann ${ADDRESS}`],
  ],
  [
    "the end of a session",
    async ({ send, ann, world }) => {
      const { items } = await world.ok("GET", "/api/auth/sessions", { token: ann.token });
      await send(`DELETE /api/auth/sessions/${items[0].id}`, undefined, ann.token);
    },
    [`auth.logout ann ${ADDRESS}`],
  ],
  [
    "a refresh token that is used again",
    async ({ send, ann, world }) => {
      await send("POST /api/auth/refresh", { refreshToken: ann.refreshToken });
      world.pass(60_000);
      await send("POST /api/auth/refresh", { refreshToken: ann.refreshToken }, undefined, 401);
    },
    [`auth.token_reused anonymous ${ADDRESS}`],
  ],
  [
    "a change of the password",
    ({ send, ann }) =>
      send("POST /api/auth/password/change", { currentPassword: PASSWORD, password: "another password" }, ann.token),
    ["users.updated system -", `auth.password_change ann ${ADDRESS}`],
  ],
  [
    "a reset of the password",
    async ({ send, world }) => {
      await world.mails();
      await send("POST /api/auth/password/forgot", { email: login.email });
      await send("POST /api/auth/password/reset", { token: await world.secret(), password: "another password" });
    },
    ["users.updated system -", `auth.password_reset ann ${ADDRESS}`, `auth.verified ann ${ADDRESS}`],
  ],
  [
    "the proof of an address",
    async ({ send, world }) => {
      await world.mails();
      await send("POST /api/auth/verify/request", { email: login.email });
      await send("POST /api/auth/verify/confirm", { token: await world.secret() });
    },
    ["users.updated system -", `auth.verified ann ${ADDRESS}`],
  ],
  [
    "another address",
    async ({ send, world, ann }) => {
      await world.mails();
      await send("POST /api/auth/email/change", { email: "ann2@example.com", password: PASSWORD }, ann.token);
      await send("POST /api/auth/email/confirm", { token: await world.secret() });
    },
    ["users.updated system -", `auth.email_changed ann ${ADDRESS}`],
  ],
  [
    "a code by mail",
    async ({ send, world }) => {
      await world.mails();
      await send("POST /api/auth/otp/request", { email: login.email });
      const code = await world.secret();
      await send("POST /api/auth/otp/login", { email: login.email, code: "000000" }, undefined, 401);
      await send("POST /api/auth/otp/login", { email: login.email, code });
    },
    [
      `auth.otp_requested anonymous ${ADDRESS}`,
      `auth.login_failed anonymous ${ADDRESS}`,
      "users.updated system -",
      `auth.verified ann ${ADDRESS}`,
      `auth.login ann ${ADDRESS}`,
    ],
  ],
  [
    "a second factor",
    async ({ send, world, ann }) => {
      const code = await turnOnFactor(world, ann.token);
      const { mfaToken } = await send("POST /api/auth/login", login, undefined, 401);
      await send("POST /api/auth/mfa/verify", { mfaToken, code: "000000" }, undefined, 401);
      world.pass(60_000);
      await send("POST /api/auth/mfa/verify", { mfaToken, code: await code(60_000) });
      await send("POST /api/auth/mfa/totp/disable", { password: PASSWORD }, ann.token);
    },
    [
      "auth.mfa_enabled ann -",
      `auth.mfa_failed anonymous ${ADDRESS}`,
      `auth.login ann ${ADDRESS}`,
      `auth.mfa_disabled ann ${ADDRESS}`,
    ],
  ],
  [
    "an API key, and what is done with it",
    async ({ send, ann }) => {
      const { id, key } = await send("POST /api/auth/keys", { name: "k", scopes: ["notes"] }, ann.token);
      await send("POST /api/notes", { title: "by key" }, key);
      await send(`DELETE /api/auth/keys/${id}`, undefined, ann.token);
    },
    [`auth.key_created ann ${ADDRESS}`, "notes.created ann -", `auth.key_revoked ann ${ADDRESS}`],
  ],
  [
    "an invitation",
    async ({ send, root, world }) => {
      await world.mails();
      await send("POST /api/auth/invitations", { email: "eve@example.com" }, root.token);
      await send("POST /api/auth/invitations/accept", { token: await world.secret(), password: PASSWORD });
      await send("POST /api/auth/invitations", { email: "mia@example.com" }, root.token);
      await send("DELETE /api/auth/invitations/mia@example.com", undefined, root.token);
    },
    [
      `auth.invited root ${ADDRESS}`,
      "users.created system -",
      `auth.register user ${ADDRESS}`,
      `auth.invited root ${ADDRESS}`,
      `auth.invitation_revoked root ${ADDRESS}`,
    ],
  ],
  [
    "collections",
    async ({ send, root }) => {
      await send("POST /api/admin/collections", { name: "halls", fields: [] }, root.token);
      await send("PATCH /api/admin/collections/halls", { permissions: { read: "public" } }, root.token);
      await send("DELETE /api/admin/collections/halls?dryRun=true", undefined, root.token);
      await send("DELETE /api/admin/collections/halls", undefined, root.token);
    },
    Array(3).fill(`system.collection_changed root ${ADDRESS}`),
  ],
  [
    "roles",
    async ({ send, root }) => {
      await send("PUT /api/admin/roles/editor", { permissions: { "notes.update": true } }, root.token);
      await send("DELETE /api/admin/roles/editor", undefined, root.token);
    },
    Array(2).fill(`system.role_changed root ${ADDRESS}`),
  ],
  [
    "accounts",
    async ({ send, root, ann }) => {
      await send(`PATCH /api/admin/users/${ann.id}`, { role: "editor" }, root.token);
      await send(`PATCH /api/admin/users/${ann.id}`, { endSessions: true }, root.token);
      await send(`DELETE /api/admin/users/${ann.id}`, undefined, root.token);
    },
    [`users.updated root ${ADDRESS}`, `auth.logout root ${ADDRESS}`, `users.deleted root ${ADDRESS}`],
  ],
  [
    "webhooks",
    async ({ send, root }) => {
      const hook = { url: "https://example.com/hook", events: ["nothing.*"] };
      const { id } = await send("POST /api/admin/webhooks", hook, root.token);
      await send(`PATCH /api/admin/webhooks/${id}`, { enabled: false }, root.token);
      await send(`DELETE /api/admin/webhooks/${id}`, undefined, root.token);
      await send(`DELETE /api/admin/webhooks/${id}`, undefined, root.token, 404);
    },
    Array(3).fill(`system.webhook_changed root ${ADDRESS}`),
  ],
  [
    "records by an admin, and what goes with them",
    async ({ send, root }) => {
      const { id } = await send("POST /api/notes", { title: "one" }, root.token);
      await send("POST /api/notes", { title: "two", parent: id }, root.token);
      await send(`PATCH /api/notes/${id}`, { title: "three" }, root.token);
      const operations = [{ op: "create", collection: "notes", data: {} }];
      await send("POST /api/batch", { operations }, root.token);
      await send(`DELETE /api/notes/${id}`, undefined, root.token);
    },
    ["created", "created", "updated", "created", "deleted", "deleted"].map((what) => `notes.${what} root ${ADDRESS}`),
  ],
  [
    "records by others",
    async ({ send, ann }) => {
      const { id } = await send("POST /api/notes", { title: "one" }, ann.token);
      await send(`DELETE /api/notes/${id}`, undefined, ann.token);
    },
    ["notes.created ann -", "notes.deleted ann -"],
  ],
  [
    "what code does",
    async ({ world, root }) => {
      await world.app.app.as(systemPrincipal("test")).records("notes").create({ title: "one" });
      // a request without an address, as from a library
      await world.ok("POST", "/api/notes", { token: root.token, body: { title: "two" } });
      await world.login(login.email);
    },
    ["notes.created system -", "notes.created root -", "auth.login ann -"],
  ],
];

/** What is told of although nothing came of it. */
const CHANGES_NOTHING = new Set(["auth.login_failed", "auth.mfa_failed", "auth.otp_requested"]);

describe("the log says who did it, and from where", () => {
  for (const [name, act, told] of CASES)
    test(
      name,
      inWorld(OPTIONS, async (world) => {
        const scene = await populate(world);
        const after = (await entries(world, scene.root)).at(-1)?.seq ?? 0;
        await act(scene);
        // what changes nothing is written right after, by itself: only what is alike is in order
        assert.deepEqual((await logOf(scene, after)).toSorted(), told.toSorted());
      }),
    );

  for (const [name, act, told] of CASES.filter(([, , told]) => told.some((line) => line.startsWith("auth."))))
    test(
      `in the commit of what happens to accounts: ${name}`,
      inWorld(OPTIONS, async (world) => {
        const scene = await populate(world);
        await world.app.app.idle();
        world.app.batches();
        await act(scene);
        await world.app.app.idle();
        const kept = world.app
          .batches()
          .flatMap((batch) =>
            batch
              .filter(
                ({ sql, params }) => sql.startsWith(`INSERT INTO "_events"`) && String(params[1]).startsWith("auth."),
              )
              .map(({ params }) => ({ type: String(params[1]), alone: batch.length === 1 })),
          );
        const types = told.map((line) => line.split(" ")[0] ?? "").filter((type) => type.startsWith("auth."));
        assert.deepEqual(
          kept.map(({ type, alone }) => `${type} ${alone}`).toSorted(),
          types.map((type) => `${type} ${CHANGES_NOTHING.has(type)}`).toSorted(),
        );
      }),
    );

  const proxied: readonly (readonly [name: string, proxies: readonly string[], forwarded: string, from: string])[] = [
    ["behind a proxy that is believed", [ADDRESS], "198.51.100.1", "198.51.100.1"],
    ["behind two of them", ["203.0.113.0/24"], "198.51.100.1, 203.0.113.9", "198.51.100.1"],
    ["with what a client says of itself", [ADDRESS], "1.1.1.1, 198.51.100.1", "198.51.100.1"],
    ["behind one that is not believed", [], "198.51.100.1", ADDRESS],
  ];
  for (const [name, proxies, forwarded, from] of proxied)
    test(
      `as for limits, ${name}`,
      inWorld({ ...OPTIONS, proxies: [...proxies] }, async (world) => {
        const { root } = await populate(world);
        const headers = { "x-forwarded-for": forwarded };
        await world.ok("POST", "/api/auth/login", { address: ADDRESS, headers, body: login });
        await world.ok("POST", "/api/notes", { address: ADDRESS, headers, token: root.token, body: {} });
        const [first, second] = (await entries(world, root)).slice(-2);
        assert.deepEqual([first?.from, second?.from], [from, from]);
      }),
    );

  test(
    "and it is found by who did it",
    inWorld(OPTIONS, async (world) => {
      const scene = await populate(world);
      await scene.send("POST /api/auth/login", login);
      await world.app.app.idle();
      const path = `/api/admin/events?type=auth.login&by=${scene.ann.id}`;
      const { items } = await world.ok("GET", path, { token: scene.root.token });
      assert.deepEqual(
        items.map(({ from }: Entry) => from),
        [ADDRESS],
      );
    }),
  );
});

test("nothing else tells from where", async () => {
  const lines: string[] = [];
  const sent: string[] = [];
  const noted =
    'export const seen = async (db, it) => { await db.collection("seen").create({ it: JSON.stringify(it) }); };';
  const world = await openFunctions({
    files: CONFINED
      ? {
          "functions/note.ts": `import { onCreate, onEvent } from "bakend";
${noted.replace("export ", "")}
onCreate("notes", (all) => seen(all.db, { ...all, db: undefined, jobs: undefined, log: undefined }));
onEvent("auth.*", (all) => seen(all.db, { ...all, db: undefined, jobs: undefined, log: undefined }));`,
        }
      : {},
    collections: [NOTES, { name: "seen", fields: [{ name: "it", type: "text" }] }],
    logger: createLogger({ level: "debug", sinks: [{ write: (all) => void lines.push(JSON.stringify(all)) }] }),
    sendOut: async ({ url, headers, body }) => {
      sent.push(JSON.stringify([url, headers, body]));
      return { status: 200 };
    },
    plugins: [
      {
        name: "watcher",
        install: ({ events }) => events.on("*", (...all) => void sent.push(JSON.stringify(all))),
      },
    ],
  });
  try {
    const scene = await populate(world);
    const { token } = scene.root;
    await world.ok("POST", "/api/admin/webhooks", { token, body: { url: "https://example.com", events: ["*"] } });
    const listener = await connectTo(world.app, token);
    await listener.subscribe("all", "*");
    await scene.send("POST /api/auth/login", login);
    await scene.send("POST /api/notes", { title: "one" }, token);
    await scene.send("PUT /api/admin/roles/editor", {}, token);
    // what is written by itself, after the answer, is waited for, too
    await world.app.app.idle();
    const heard = JSON.stringify(await listener.take());
    for (const type of ["auth.login", "notes.created", "system.role_changed"]) {
      assert.ok(heard.includes(type), type);
      assert.ok(sent.filter((one) => one.includes(type)).length >= 2, type);
    }
    const { items } = await world.ok("GET", "/api/seen?limit=500", { token });
    if (CONFINED) assert.ok(items.length >= 2);
    const deliveries = await world.ok("GET", "/api/admin/deliveries?state=waiting", { token });
    for (const [where, told] of Object.entries({ lines, sent, heard, items, deliveries }))
      assert.ok(!JSON.stringify(told).includes(ADDRESS), `${where}: ${JSON.stringify(told).slice(0, 500)}`);
    assert.ok(JSON.stringify(await entries(world, scene.root)).includes(ADDRESS));
  } finally {
    await world.close();
  }
});

test(
  "it goes with what it tells of",
  inWorld({ ...OPTIONS, events: { keep: 60_000 } }, async (world) => {
    const { send } = await populate(world);
    await send("POST /api/auth/login", login);
    await world.app.app.idle();
    assert.ok((await world.app.dump()).includes(ADDRESS));
    await world.app.sql(`DELETE FROM "_events" WHERE "type" LIKE 'auth.%'`);
    // it stands nowhere but in the log
    assert.ok(!(await world.app.dump()).includes(ADDRESS));
  }),
);
