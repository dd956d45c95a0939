import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld, type Somebody, type World } from "../../support/accounts.ts";
import { brief, connectTo } from "../../support/realtime.ts";

const TITLE = { name: "title", type: "text" };
const PAPERS = {
  name: "papers",
  fields: [TITLE, { name: "level", type: "integer" }],
  permissions: { read: "level <= @user.level" },
};
const OWN = {
  name: "own",
  fields: [TITLE, { name: "author", type: "relation", collection: "users" }],
  permissions: { read: "author = @user.id" },
};
const OPEN = { name: "open", fields: [TITLE], permissions: { read: "public" } };
const COLLECTIONS = [
  {
    name: "users",
    kind: "auth",
    fields: [
      { name: "level", type: "integer" },
      { name: "nick", type: "text" },
    ],
    permissions: { view: "id = @user.id" },
  },
  PAPERS,
  OWN,
  OPEN,
  {
    name: "guarded",
    fields: [TITLE, { name: "pay", type: "integer", permissions: { view: "@user.role = 'editor'" } }],
    permissions: { read: "public" },
  },
  {
    name: "notes",
    fields: [TITLE, { name: "own", type: "relation", collection: "own" }],
    permissions: { read: "public" },
  },
  { name: "drafts", fields: [TITLE], permissions: { read: "permission:drafts.see" } },
];

/** Somebody who has subscribed, what happens then, and what comes of the subscription. */
interface Case {
  readonly name: string;
  readonly channel: string;
  readonly filter?: string;
  /** As who they connect; Ann unless that is said. */
  readonly as?: "root" | "guest";
  act(world: World, people: { readonly root: Somebody; readonly ann: Somebody }): Promise<unknown>;
  readonly told: readonly string[];
  /** What is told to who comes back after it: where nobody can say whether anything has changed, it counts as if it had. */
  readonly back: readonly string[];
}

const GOES_ON = ["subscribed"];
const BEGINS_ANEW = ["s reset cursor"];
const IS_RESET = ["subscribed", "s reset changed"];
const RESET = ["s reset changed"];
const account =
  (body: object): Case["act"] =>
  (world, { root, ann }) =>
    world.ok("PATCH", `/api/users/${ann.id}`, { token: root.token, body });
const definition =
  (body: Readonly<Record<string, unknown>> & { readonly name: string }): Case["act"] =>
  (world, { root }) =>
    world.ok("PUT", `/api/admin/collections/${body.name}`, { token: root.token, body });
const role =
  (name: string, permissions: object): Case["act"] =>
  (world, { root }) =>
    world.ok("PUT", `/api/admin/roles/${name}`, { token: root.token, body: { permissions } });

const cases: readonly Case[] = [
  {
    name: "the account changes as the rule asks",
    channel: "papers.*",
    act: account({ level: 5 }),
    told: RESET,
    back: IS_RESET,
  },
  { name: "and that of another does not", channel: "papers.*", act: account({ nick: "a" }), told: [], back: IS_RESET },
  {
    name: "the rule asks for the id alone",
    channel: "own.*",
    act: account({ level: 5, role: "editor" }),
    told: [],
    back: IS_RESET,
  },
  {
    name: "the filter asks for the account",
    channel: "open.*",
    filter: "title != @user.nick",
    act: account({ nick: "b" }),
    told: RESET,
    back: IS_RESET,
  },
  {
    name: "the filter asks for the time alone",
    channel: "open.*",
    filter: "createdAt < @now",
    act: account({ nick: "b" }),
    told: [],
    back: IS_RESET,
  },
  {
    name: "the filter asks for the time, and the account for another rule",
    channel: "papers.*",
    filter: "createdAt < @now",
    act: account({ level: 5 }),
    told: RESET,
    back: IS_RESET,
  },
  {
    name: "the new role sees another field",
    channel: "guarded.*",
    act: account({ role: "editor" }),
    told: RESET,
    back: IS_RESET,
  },
  {
    name: "the new role sees no more of it",
    channel: "open.*",
    act: account({ role: "editor" }),
    told: [],
    back: IS_RESET,
  },
  {
    name: "the new role sees everything",
    channel: "open.*",
    act: account({ role: "admin" }),
    told: RESET,
    back: IS_RESET,
  },
  {
    name: "the rule of one's role",
    channel: "drafts.*",
    act: role("user", { "drafts.see": "title = 'a'" }),
    told: RESET,
    back: IS_RESET,
  },
  {
    name: "the rule of another role",
    channel: "drafts.*",
    act: role("editor", { "drafts.see": "title = 'a'" }),
    told: [],
    back: IS_RESET,
  },
  {
    name: "the rule",
    channel: "papers.*",
    act: definition({ ...PAPERS, permissions: { read: "level = @user.level" } }),
    told: RESET,
    back: BEGINS_ANEW,
  },
  {
    name: "a rule of another collection",
    channel: "own.*",
    act: definition({ ...OPEN, permissions: {} }),
    told: [],
    back: GOES_ON,
  },
  {
    name: "a rule of another collection that the filter leads through",
    channel: "notes.*",
    filter: "own.title = 'a'",
    act: definition({ ...OWN, permissions: { read: "public" } }),
    told: RESET,
    back: BEGINS_ANEW,
  },
  {
    name: "the fields",
    channel: "open.*",
    as: "guest",
    act: definition({ ...OPEN, fields: [TITLE, { name: "more", type: "text" }] }),
    told: RESET,
    back: BEGINS_ANEW,
  },
  {
    name: "nothing may be seen any more",
    channel: "open.*",
    act: definition({ ...OPEN, permissions: {} }),
    told: ["s error forbidden"],
    back: ["s error forbidden"],
  },
  {
    name: "an account, for admins",
    channel: "papers.*",
    as: "root",
    act: account({ level: 5 }),
    told: [],
    back: GOES_ON,
  },
  {
    name: "an account, for families of events",
    channel: "auth.*",
    as: "root",
    act: account({ nick: "a" }),
    told: [],
    back: GOES_ON,
  },
];

describe("who sees something else from now on is told to read anew", () => {
  for (const { name, channel, filter, as, act, told, back } of cases)
    test(
      name,
      inWorld({ collections: COLLECTIONS }, async (world) => {
        const root = await world.signUp("root@example.com", "admin");
        const ann = await world.signUp("ann@example.com");
        await account({ level: 1, nick: "a" })(world, { root, ann });
        await role("user", { "drafts.see": true })(world, { root, ann });
        const token = { root: root.token, guest: undefined, ann: ann.token }[as ?? "ann"];
        const client = await connectTo(world.app, token);
        const wish = filter === undefined ? {} : { filter };
        const since = await client.subscribe("s", channel, wish);
        await act(world, { root, ann });
        const messages = await client.take();
        assert.deepEqual(
          brief(messages).filter((line) => !line.startsWith("s auth.")),
          told,
        );
        const later = await connectTo(world.app, token);
        const answers = brief(await later.say({ action: "subscribe", id: "s", channel, ...wish, since }));
        assert.deepEqual(
          answers.filter((line) => !line.startsWith("s auth.")),
          back,
        );
        // one that was ended may begin anew, under the same name
        if (told === RESET) await client.subscribe("s", channel, wish);
      }),
    );

  test("who signs in on an open connection, if that is somebody else", () =>
    inWorld({ collections: COLLECTIONS }, async (world) => {
      const ann = await world.signUp("ann@example.com");
      const bob = await world.signUp("bob@example.com");
      const again = await world.login("ann@example.com");
      const client = await connectTo(world.app, ann.token);
      await client.subscribe("s", "own.*");
      assert.deepEqual(brief(await client.say({ action: "auth", token: again.token })), ["authenticated"]);
      assert.deepEqual(brief(await client.say({ action: "auth", token: bob.token })), [...RESET, "authenticated"]);
    })());
});
