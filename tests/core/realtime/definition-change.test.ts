import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, type World } from "../../support/accounts.ts";
import { openApp } from "../../support/app.ts";
import { brief, connectTo } from "../../support/realtime.ts";

const STAFF = {
  name: "staff",
  fields: [
    { name: "title", type: "text" },
    { name: "salary", type: "integer", permissions: { view: "admin" } },
    { name: "note", type: "text" },
  ],
  permissions: { read: "public" },
};
const CLOSED = { name: "closed", fields: [{ name: "title", type: "text" }] };
const OPEN = { ...CLOSED, permissions: { read: "public" } };
const [TITLE, SALARY, NOTE] = STAFF.fields;

/** One way to change definitions after something has happened. */
interface Change {
  readonly name: string;
  /** The collection that a guest looks at afterwards. */
  readonly collection: string;
  apply(ask: (method: string, path: string, body?: object) => Promise<unknown>): Promise<unknown>;
}

const at = (name: string): string => `/api/admin/collections/${name}`;

const changes: readonly Change[] = [
  {
    name: "a field is hidden",
    collection: "staff",
    apply: (ask) => ask("PUT", at("staff"), { ...STAFF, fields: [TITLE, SALARY, { ...NOTE, hidden: true }] }),
  },
  {
    name: "a field with a rule of its own is renamed",
    collection: "staff",
    apply: (ask) =>
      ask("PUT", at("staff"), {
        ...STAFF,
        fields: [TITLE, { ...SALARY, name: "pay", renamedFrom: "salary" }, NOTE],
      }),
  },
  {
    name: "a field with a rule of its own is dropped",
    collection: "staff",
    apply: (ask) => ask("PUT", `${at("staff")}?allowDataLoss=true`, { ...STAFF, fields: [TITLE, NOTE] }),
  },
  {
    name: "a collection is opened",
    collection: "closed",
    apply: (ask) => ask("PUT", at("closed"), OPEN),
  },
  {
    name: "a collection is dropped, and another made that is called so",
    collection: "closed",
    async apply(ask) {
      await ask("DELETE", `${at("closed")}?allowDataLoss=true`);
      await ask("POST", "/api/admin/collections", OPEN);
    },
  },
  {
    name: "a collection is renamed, and another made that is called as it was",
    collection: "closed",
    async apply(ask) {
      await ask("PUT", at("locked"), { ...CLOSED, name: "locked", renamedFrom: "closed" });
      await ask("POST", "/api/admin/collections", OPEN);
    },
  },
];

const rows = { staff: { title: "Ann", salary: 9000, note: "private" }, closed: { title: "private" } };

async function fill(world: World): Promise<{ token: string; start: string }> {
  const { token } = await world.signUp("root@example.com", "admin");
  const start = (await (await connectTo(world.app)).subscribe("s", "staff.*")).replace(/\d+$/, "0");
  for (const [name, body] of Object.entries(rows)) await world.ok("POST", `/api/${name}`, { token, body });
  return { token, start };
}

describe("what happened before a definition was changed is not told under the new one", () => {
  for (const durable of [true, false])
    for (const { name, collection, apply } of changes)
      test(`${name}, ${durable ? "with" : "without"} a durable log`, () =>
        inWorld({ collections: [STAFF, CLOSED], events: { durable } }, async (world) => {
          const { token, start } = await fill(world);
          const live = await connectTo(world.app);
          if (collection === "staff") await live.subscribe("live", "staff.*");
          await apply((method, path, body) =>
            world.ok(method as "PUT", path, { token, ...(body === undefined ? {} : { body }) }),
          );
          const guest = await connectTo(world.app);
          assert.deepEqual(
            brief(await guest.say({ action: "subscribe", id: "g", channel: `${collection}.*`, since: start })),
            ["g reset cursor"],
          );
          // 2. what happens from here on is told as ever, and can be resumed
          const cursor = await guest.subscribe("now", `${collection}.*`);
          await world.ok("POST", `/api/${collection}`, { token, body: { title: "new" } });
          assert.deepEqual(brief(await guest.take()), [`now ${collection}.created new`]);
          // 3. who was there all the time reads it anew, too
          if (collection === "staff") assert.deepEqual(brief(await live.take()), ["live reset changed"]);
          const late = await connectTo(world.app);
          await late.subscribe("late", `${collection}.*`, { since: cursor });
          assert.deepEqual(brief(await late.take()), [`late ${collection}.created new`]);
        })());

  test("a collection that was renamed says so to whoever asks by its new name", () =>
    inWorld({ collections: [STAFF, CLOSED] }, async (world) => {
      const { token, start } = await fill(world);
      await world.ok("PUT", at("locked"), { token, body: { ...CLOSED, name: "locked", renamedFrom: "closed" } });
      const admin = await connectTo(world.app, token);
      const answer = await admin.say({ action: "subscribe", id: "a", channel: "locked.*", since: start });
      assert.deepEqual(brief(answer), ["a reset cursor"]);
    })());

  test("an index, a rule for what is written, or a change of another collection, leaves cursors good, and who is connected undisturbed", () =>
    inWorld({ collections: [STAFF, CLOSED] }, async (world) => {
      const { token, start } = await fill(world);
      const live = await connectTo(world.app);
      await live.subscribe("live", "staff.*");
      const permissions = { ...STAFF.permissions, create: "authenticated", join: "public" };
      const body = { ...STAFF, indexes: [{ fields: ["title"] }], description: "Who works here.", permissions };
      await world.ok("PUT", at("staff"), { token, body });
      await world.ok("PUT", at("closed"), { token, body: OPEN });
      const guest = await connectTo(world.app);
      await guest.subscribe("g", "staff.*", { since: start });
      assert.deepEqual(brief(await guest.take()), ["g staff.created Ann"]);
      assert.deepEqual(await live.take(), []);
    })());
});

test("what was changed is remembered over a restart, and of older databases everything counts as changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-places-"));
  const path = join(folder, "a.db");
  const begin = async (collections: readonly object[]) => {
    const app = await openApp({ path, collections: collections as never });
    const guest = await connectTo(app);
    return { app, guest };
  };
  try {
    const first = await begin([STAFF]);
    const start = (await first.guest.subscribe("s", "staff.*")).replace(/\d+$/, "0");
    await first.app.app.as(systemPrincipal("test")).records("staff").create(rows.staff);
    await first.app.close();

    const second = await begin([STAFF]);
    await second.guest.subscribe("s", "staff.*", { since: start });
    assert.deepEqual(brief(await second.guest.take()), ["s staff.created Ann"]);
    await second.app.close();

    const third = await begin([{ ...STAFF, fields: [TITLE, SALARY, { ...NOTE, hidden: true }] }]);
    const since = { action: "subscribe", id: "s", channel: "staff.*", since: start };
    assert.deepEqual(brief(await third.guest.say(since)), ["s reset cursor"]);
    await third.app.sql(`DROP TABLE "_shapes"`);
    await third.app.sql(`DELETE FROM "_events" WHERE "type" LIKE 'system.%'`);
    await third.app.close();

    const fourth = await begin([{ ...STAFF, fields: [TITLE, SALARY, { ...NOTE, hidden: true }] }]);
    assert.deepEqual(brief(await fourth.guest.say(since)), ["s reset cursor"]);
    await fourth.app.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
