import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, type World } from "../../support/accounts.ts";
import { brief, connectTo } from "../../support/realtime.ts";

/** Faults that events and realtime had in systems like this one, each by its name: none of them is to come back. */

const NOTES = {
  name: "notes",
  fields: [
    { name: "title", type: "text" },
    { name: "owner", type: "relation", collection: "users" },
  ],
  permissions: { read: "owner", create: "authenticated" },
};

const faults: readonly [name: string, play: (world: World) => Promise<void>][] = [
  [
    "demoted, deleted and logged-out users kept their sockets",
    async (world) => {
      const root = await world.signUp("root@example.com", "admin");
      const [gone, out, less] = [
        await world.signUp("gone@example.com"),
        await world.signUp("out@example.com"),
        await world.signUp("less@example.com", "admin"),
      ];
      const clients = [];
      for (const { token } of [gone, out, less]) {
        const client = await connectTo(world.app, token);
        await client.subscribe("n", "notes.*");
        clients.push(client);
      }
      await world.ok("DELETE", `/api/users/${gone.id}`, { token: root.token });
      await world.ok("POST", "/api/auth/logout", { body: { refreshToken: out.refreshToken } });
      await world.ok("PATCH", `/api/users/${less.id}`, { token: root.token, body: { role: "user" } });
      await world.ok("POST", "/api/notes", { token: root.token, body: { title: "secret", owner: root.id } });
      for (const client of clients) assert.doesNotMatch(JSON.stringify(await client.take()), /secret/);
      assert.deepEqual(
        clients.map(({ closed }) => closed?.code ?? null),
        [4401, 4401, null],
      );
    },
  ],
  [
    "any event that was not a record event went to anyone, with e-mail addresses",
    async (world) => {
      const ann = await world.signUp("ann@example.com");
      const [guest, user] = [await connectTo(world.app), await connectTo(world.app, ann.token)];
      for (const client of [guest, user])
        for (const channel of ["*", "auth.*", "system.*", "made.up"]) {
          const [answer] = await client.say({ action: "subscribe", id: channel, channel });
          assert.equal(answer?.type, "error", channel);
        }
      await world.login("ann@example.com");
      for (const client of [guest, user]) assert.deepEqual(await client.take(), []);
      assert.doesNotMatch(JSON.stringify(world.events.filter(({ type }) => type.startsWith("auth."))), /example\.com/);
    },
  ],
  [
    "delete events carried only the id, so owners never got them",
    async (world) => {
      const root = await world.signUp("root@example.com", "admin");
      const ann = await world.signUp("ann@example.com");
      const client = await connectTo(world.app, ann.token);
      await client.subscribe("n", "notes.deleted");
      const { id } = await world.ok("POST", "/api/notes", { token: ann.token, body: { title: "mine", owner: ann.id } });
      await world.ok("DELETE", `/api/notes/${id}`, { token: root.token });
      assert.deepEqual(brief(await client.take()), ["n notes.deleted mine"]);
    },
  ],
  [
    `onCreate("users") never fired because registering went another way`,
    async (world) => {
      await world.signUp("ann@example.com");
      await world.app.app.idle();
      assert.equal(world.events.filter(({ type }) => type === "users.created").length, 1);
      const kept = await world.app.sql(`SELECT "type" FROM "_events" WHERE "type" = 'users.created'`);
      assert.equal(kept.length, 1);
    },
  ],
  [
    "events sent before the commit leaked rolled-back rows",
    async (world) => {
      const root = await world.signUp("root@example.com", "admin");
      const client = await connectTo(world.app, root.token);
      await client.subscribe("n", "notes.*");
      const operations = [
        { op: "create", collection: "notes", data: { title: "never" } },
        { op: "create", collection: "notes", data: { title: 1 } },
      ];
      const answer = await world.call("POST", "/api/batch", { token: root.token, body: { operations } });
      assert.equal(answer.status, 400);
      const raced = await Promise.all(
        [0, 1].map(() =>
          world.call("POST", "/api/notes", {
            token: root.token,
            body: { id: "01900000-0000-7000-8000-000000000001", title: "once" },
          }),
        ),
      );
      assert.deepEqual(raced.map(({ status }) => status).sort(), [201, 409]);
      assert.deepEqual(brief(await client.take()), ["n notes.created once"]);
    },
  ],
  [
    "messages sent from separate tasks arrived out of order",
    async (world) => {
      const root = await world.signUp("root@example.com", "admin");
      const client = await connectTo(world.app, root.token);
      await client.subscribe("n", "notes.*");
      const access = world.app.app.as(systemPrincipal("test")).records("notes");
      await Promise.all(Array.from({ length: 200 }, (_, n) => access.create({ title: `n${n}` })));
      const cursors = (await client.take()).map(({ cursor }) => Number(String(cursor).split("-")[1]));
      assert.equal(cursors.length, 200);
      assert.deepEqual(
        cursors,
        [...cursors].sort((a, b) => a - b),
      );
    },
  ],
  [
    "nothing could be resumed after a reconnect",
    async (world) => {
      const root = await world.signUp("root@example.com", "admin");
      const first = await connectTo(world.app, root.token);
      const since = await first.subscribe("n", "notes.*");
      first.leave();
      await world.ok("POST", "/api/notes", { token: root.token, body: { title: "missed" } });
      const second = await connectTo(world.app, root.token);
      await second.subscribe("n", "notes.*", { since });
      assert.deepEqual(brief(await second.take()), ["n notes.created missed"]);
    },
  ],
];

describe("faults that events and realtime had elsewhere", () => {
  for (const [name, play] of faults) test(name, inWorld({ collections: [NOTES] }, play));
});
