import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestAppOptions } from "../../support/app.ts";
import { brief, type TestClient } from "../../support/realtime.ts";
import { CHANNEL, inRoom, PEOPLE, ROOM, type RoomWorld, say, told, type Who } from "./rooms.ts";

/** Something that happens, and what comes of it for one who is in the room. */
interface Case {
  readonly name: string;
  /** The rules; `public` where they say nothing. */
  readonly rules?: { readonly join?: string; readonly send?: string };
  readonly who?: Who;
  readonly before?: (room: RoomWorld) => Promise<unknown>;
  readonly act: (room: RoomWorld, client: TestClient) => Promise<unknown>;
  /** The code with which the room ends for that client, or why nothing more can be said there; null if nothing ends. */
  readonly ends?: string | null;
  readonly mutes?: string;
  /** Whether the connection ends with it. */
  readonly closes?: boolean;
}

const admin = ({ people }: RoomWorld) => ({ token: people.admin.token });
const seat = { join: "seats_via_room.user = @user.id" };
let seated = "";
const sit = async ({ make, people }: RoomWorld): Promise<void> => {
  seated = await make("seats", { room: ROOM, user: people.owner.id, speaks: true });
};
const redefine = async (room: RoomWorld, permissions: object): Promise<void> => {
  const { world } = room;
  const { name, fields } = await world.ok("GET", "/api/admin/collections/rooms", admin(room));
  await world.ok("PUT", "/api/admin/collections/rooms", { ...admin(room), body: { name, fields, permissions } });
};

const CASES: readonly Case[] = [
  {
    name: "a logout",
    act: ({ world, people }) =>
      world.ok("POST", "/api/auth/logout", { body: { refreshToken: people.owner.refreshToken } }),
    ends: "unauthenticated",
    closes: true,
  },
  {
    name: "the deletion of the account",
    act: ({ world, people, ...room }) =>
      world.ok("DELETE", `/api/users/${people.owner.id}`, { token: people.admin.token, ...room }),
    ends: "unauthenticated",
    closes: true,
  },
  {
    name: "another role",
    who: "role",
    rules: { join: "role:host" },
    act: ({ change, people }) => change({ role: "user" }, "users", people.role.id),
    ends: "forbidden",
  },
  {
    name: "another role, which may listen",
    who: "role",
    rules: { send: "role:host" },
    act: ({ change, people }) => change({ role: "user" }, "users", people.role.id),
    mutes: "forbidden",
  },
  {
    name: "a change of the role",
    who: "role",
    rules: { join: "admin" },
    act: (room) => room.world.ok("PUT", "/api/admin/roles/host", { ...admin(room), body: { permissions: {} } }),
    ends: "forbidden",
  },
  {
    name: "a change of the account that the rule looks at",
    rules: { join: "@user.level > 3" },
    before: ({ change, people }) => change({ level: 5 }, "users", people.owner.id),
    act: ({ change, people }) => change({ level: 1 }, "users", people.owner.id),
    ends: "forbidden",
  },
  {
    name: "a change of the account that the rule does not look at",
    act: ({ change, people }) => change({ level: 1 }, "users", people.owner.id),
    ends: null,
  },
  { name: "the deletion of the record", act: ({ remove }) => remove(), ends: "not_found" },
  { name: "the deletion of the record, for a guest", who: "guest", act: ({ remove }) => remove(), ends: "not_found" },
  { name: "the deletion of the record, for an admin", who: "admin", act: ({ remove }) => remove(), ends: "not_found" },
  {
    name: "a change of the record after which the rule does not hold",
    rules: { join: "open = true" },
    act: ({ change }) => change({ open: false }),
    ends: "not_found",
  },
  {
    name: "the same, for a guest",
    who: "guest",
    rules: { join: "open = true" },
    act: ({ change }) => change({ open: false }),
    ends: "not_found",
  },
  {
    name: "the same, for an admin",
    who: "admin",
    rules: { join: "open = true" },
    act: ({ change }) => change({ open: false }),
    ends: null,
  },
  {
    name: "a change of the record by a request",
    rules: { join: "owner" },
    act: (room) => room.world.ok("PATCH", `/api/rooms/${ROOM}`, { ...admin(room), body: { owner: null } }),
    ends: "not_found",
  },
  {
    name: "a change of the record after which nothing may be sent",
    rules: { send: "open = true" },
    act: ({ change }) => change({ open: false }),
    mutes: "forbidden",
  },
  {
    name: "a change of the record and back",
    rules: { send: "open = true" },
    act: async ({ change }) => {
      await change({ open: false });
      await change({ open: true });
    },
    ends: null,
  },
  {
    name: "a change of a hidden field",
    rules: { join: "mark = 'x'" },
    before: ({ change }) => change({ mark: "x" }),
    act: ({ change }) => change({ mark: "y" }),
    ends: "not_found",
  },
  {
    name: "an account that is taken off a list",
    rules: { join: "guests = @user.id" },
    before: ({ change, people }) => change({ guests: [people.owner.id, people.other.id] }),
    act: ({ change, people }) => change({ guests: [people.other.id] }),
    ends: "not_found",
  },
  {
    name: "the deletion of another record by which the rule held",
    rules: seat,
    before: sit,
    act: ({ remove }) => remove("seats", seated),
    ends: "not_found",
  },
  {
    name: "a change of another record by which the rule held",
    rules: seat,
    before: sit,
    act: ({ change, people }) => change({ user: people.other.id }, "seats", seated),
    ends: "not_found",
  },
  {
    name: "a change of another record by which one may send",
    rules: { send: "seats_via_room.user = @user.id && seats_via_room.speaks = true" },
    before: sit,
    act: ({ change }) => change({ speaks: false }, "seats", seated),
    mutes: "forbidden",
  },
  {
    name: "a change of another record by which nothing changes",
    rules: seat,
    before: sit,
    act: ({ make, people }) => make("seats", { room: ROOM, user: people.other.id }),
    ends: null,
  },
  {
    name: "the deletion of what the record points to",
    rules: { join: "house.open = true" },
    before: async ({ make, change }) => change({ house: await make("houses", { open: true }) }),
    act: async ({ remove, world }) => {
      const { items } = await world.ok("GET", "/api/houses");
      await remove("houses", items[0].id);
    },
    ends: "not_found",
  },
  {
    name: "another rule",
    act: (room) => redefine(room, { join: "admin", send: "public" }),
    ends: "forbidden",
  },
  {
    name: "another rule, which the record does not fulfil",
    act: (room) => redefine(room, { join: "open = false", send: "public" }),
    ends: "not_found",
  },
  {
    name: "another rule, for a guest",
    who: "guest",
    act: (room) => redefine(room, { send: "public" }),
    ends: "unauthenticated",
  },
  {
    name: "another rule to send",
    act: (room) => redefine(room, { join: "public", send: "open = false" }),
    mutes: "forbidden",
  },
  {
    name: "another rule that lets in as before",
    act: (room) => redefine(room, { join: "owner", send: "owner" }),
    ends: null,
  },
  {
    name: "the end of the collection",
    act: async ({ world }) => {
      const { schema } = world.app.app.collections;
      await schema.removeRole("host");
      for (const collection of ["seats", "board", "rooms"]) await schema.remove(collection, { allowDataLoss: true });
    },
    ends: "not_found",
  },
];

for (const options of [{}, { events: { durable: false } }] satisfies TestAppOptions[])
  describe(`whoever is in a room is judged anew by ${"events" in options ? "events in memory" : "the log"}`, () => {
    for (const { name, rules, who = "owner", before, act, ends = null, mutes, closes = false } of CASES)
      test(
        name,
        inRoom(
          { join: "public", send: "public", ...rules },
          async (room) => {
            await before?.(room);
            const client = await room.enter(who, { at: 1 });
            assert.deepEqual(await say(client, "e"), []);
            const watcher = await room.enter("admin");
            await act(room, client);
            assert.deepEqual(await told(client), ends === null ? [] : [`${closes ? "-" : "r"} error ${ends}`]);
            assert.equal(client.closed !== null, closes);
            const heard = (await told(watcher)).map((line) => line.split(" ")[1]);
            if (ends === null) assert.deepEqual(heard, []);
            else assert.ok(heard.filter((word) => word === "left").length <= 1, heard.join());
            if (closes) return;
            const answer = ends === null ? (mutes ? [`r error ${mutes}`] : []) : ["r error not_found"];
            assert.deepEqual(await say(client, "e"), answer);
            // who still may is still told, and who may not is not
            if (name.includes("deletion of the record") || name.includes("end of the collection")) return;
            const open = brief(await watcher.say({ action: "broadcast", id: "r", event: "after" }));
            if (open.length > 0) return;
            assert.deepEqual(await told(client), ends === null ? ["r after null"] : []);
          },
          // nobody looks at the connections from time to time
          { ...options, every: () => () => undefined },
        ),
      );
  });

test(
  "what only the clock decides is judged by the clock",
  (() => {
    const ticks: (() => void)[] = [];
    return inRoom(
      { join: "until > @now", send: "until > @now" },
      async ({ world, change, enter }) => {
        await change({ until: "2026-03-01T12:30:00.000Z" });
        const [client, guest] = [await enter("owner", { at: 1 }), await enter("guest")];
        world.pass(60_000);
        for (const tick of ticks) tick();
        assert.deepEqual(await told(client), []);
        world.pass(30 * 60_000);
        for (const tick of ticks) tick();
        assert.deepEqual((await told(guest)).at(-1), "r error not_found");
        assert.ok((await told(client)).some((line) => /error (not_found|unauthenticated)/.test(line)));
      },
      {
        every(_, task) {
          ticks.push(task);
          return () => undefined;
        },
      },
    );
  })(),
);

test(
  "what happens while somebody is let in counts",
  inRoom({ join: "open = true", send: "public" }, async ({ connect, change }) => {
    for (let round = 0; round < 20; round += 1) {
      await change({ open: true });
      const client = await connect(PEOPLE[round % 2] ?? "guest");
      const [answer] = await Promise.all([
        client.say({ action: "subscribe", id: "r", channel: CHANNEL }),
        change({ open: false }),
      ]);
      const all = brief([...answer, ...(await client.take())]);
      assert.equal(all.at(-1), "r error not_found", all.join());
      assert.deepEqual(await say(client, "e"), ["r error not_found"]);
    }
  }),
);

test(
  "whoever is in a room while events are lost begins anew",
  inRoom({ join: "public", send: "public" }, async ({ world, enter, change }) => {
    const [client, guest] = [await enter("owner", { at: 1 }), await enter("guest")];
    await client.take();
    // an event that is gone before it was read
    await world.app.sql(`UPDATE "_events" SET "seq" = "seq" + 5 WHERE "seq" = (SELECT max("seq") FROM "_events")`);
    await change({ title: "two" });
    for (const one of [client, guest]) assert.equal((await told(one)).at(-1), "r reset missed");
    await client.subscribe("r", CHANNEL);
  }),
);
