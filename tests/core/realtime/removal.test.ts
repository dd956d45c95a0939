import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, type World } from "../../support/accounts.ts";
import { openApp } from "../../support/app.ts";
import { brief, connectTo, type TestClient } from "../../support/realtime.ts";

const MINE = "@user.id";
const title = { name: "title", type: "text" };
const project = { name: "project", type: "relation", collection: "projects", onDelete: "cascade" };
const user = { name: "user", type: "relation", collection: "users" };

/** Of a project: its records are read by a rule that leads there. */
const part = (name: string, read: string, ...more: object[]): object => ({
  name,
  fields: [title, project, ...more],
  permissions: { read },
});

const COLLECTIONS = [
  {
    name: "users",
    kind: "auth",
    fields: [{ name: "home", type: "relation", collection: "projects", onDelete: "setNull" }],
    permissions: { create: "public", view: "id = @user.id" },
  },
  {
    name: "projects",
    fields: [
      title,
      { name: "owner", type: "relation", collection: "users" },
      { name: "members", type: "relation", collection: "users", many: true },
      { name: "code", type: "text", hidden: true },
    ],
    permissions: { read: `memberships_via_project.user = ${MINE}` },
  },
  { name: "memberships", fields: [project, user] },
  { name: "blocks", fields: [project, user] },
  { name: "mutes", fields: [{ ...project, onDelete: "setNull" }, user] },
  part("owned", `project.owner = ${MINE}`),
  part("shared", `project.memberships_via_project.user = ${MINE}`),
  part("linked", `project.members.id = ${MINE}`),
  part("counted", "length(project.members) = 1 && @user.id != null"),
  part("unblocked", `every(project.blocks_via_project.user) != ${MINE} && ${MINE} != null`),
  part("unmuted", `every(project.mutes_via_project.user) != ${MINE} && ${MINE} != null`),
  part("home", "project = @user.home || title = 'other'"),
  part("away", "@user.home = null && @user.id != null || title = 'other'"),
  part("coded", "project.code = 'c' && @user.id != null"),
  part("uncoded", "project.code != 'c' && @user.id != null"),
  part("together", "project.together_via_project.title = 'open' && @user.id != null", { name: "tags", type: "json" }),
  {
    name: "deep",
    fields: [title, { name: "owned", type: "relation", collection: "owned", onDelete: "cascade" }],
    permissions: { read: `owned.project.owner = ${MINE}` },
  },
  {
    name: "kept",
    fields: [title, { ...project, onDelete: "setNull" }],
    permissions: { read: `project.owner = ${MINE}` },
  },
];

interface Case {
  readonly collection: string;
  /** What Ann, to whom the project belongs, is told; Bob, whom it has blocked. */
  readonly ann: readonly string[];
  readonly bob: readonly string[];
}

const gone = (collection: string): string => `s ${collection}.deleted a`;

const cases: readonly Case[] = [
  { collection: "owned", ann: [gone("owned")], bob: [] },
  { collection: "shared", ann: [gone("shared")], bob: [] },
  { collection: "linked", ann: [gone("linked")], bob: [] },
  { collection: "counted", ann: [gone("counted")], bob: [gone("counted")] },
  { collection: "unblocked", ann: [gone("unblocked")], bob: [] },
  { collection: "unmuted", ann: [gone("unmuted")], bob: [] },
  // the deletion changes what Ann may see, and nobody can say what she might have: she is told to begin anew
  { collection: "home", ann: ["s reset changed"], bob: [] },
  { collection: "away", ann: ["s reset changed"], bob: [gone("away")] },
  // no event holds hidden fields, so nobody can say
  { collection: "coded", ann: [], bob: [] },
  { collection: "uncoded", ann: [], bob: [] },
  { collection: "together", ann: [gone("together")], bob: [gone("together")] },
  { collection: "deep", ann: [gone("deep")], bob: [] },
  { collection: "kept", ann: ["s leave"], bob: [] },
  { collection: "projects", ann: [gone("projects")], bob: [] },
];

/** A project with everything that hangs on it. */
async function fill(world: World) {
  const { token } = await world.signUp("root@example.com", "admin");
  const [ann, bob] = [await world.signUp("ann@example.com"), await world.signUp("bob@example.com")];
  const make = async (collection: string, data: object): Promise<string> =>
    (await world.ok("POST", `/api/${collection}`, { token, body: data })).id;
  const id = await make("projects", { title: "a", owner: ann.id, members: [ann.id], code: "c" });
  await make("memberships", { project: id, user: ann.id });
  await make("blocks", { project: id, user: bob.id });
  await make("mutes", { project: id, user: bob.id });
  await world.ok("PATCH", `/api/users/${ann.id}`, { token, body: { home: id } });
  for (const name of [
    "shared",
    "linked",
    "counted",
    "unblocked",
    "unmuted",
    "home",
    "away",
    "coded",
    "uncoded",
    "kept",
  ])
    await make(name, { title: "a", project: id });
  await make("together", { title: "open", project: id, tags: { of: ["x", 1] } });
  await make("together", { title: "a", project: id });
  await make("deep", { title: "a", owned: await make("owned", { title: "a", project: id }) });
  const drop = (name: string, one: string): Promise<unknown> => world.ok("DELETE", `/api/${name}/${one}`, { token });
  return { ann, bob, id, make, drop, token };
}

const told = async (client: TestClient): Promise<readonly string[]> =>
  brief(await client.take()).filter((line) => !line.endsWith(" open"));

for (const durable of [true, false]) {
  const options = { collections: COLLECTIONS, events: { durable } };
  describe(`what a deletion takes along (${durable ? "kept" : "in memory"})`, () => {
    for (const { collection, ...expected } of cases) {
      test(
        `${collection}: is told to whoever could see it`,
        inWorld(options, async (world) => {
          const { ann, bob, id, drop, token } = await fill(world);
          const [hers, his] = [await connectTo(world.app, ann.token), await connectTo(world.app, bob.token)];
          for (const client of [hers, his]) {
            await client.subscribe("s", `${collection}.*`);
            await client.take();
          }
          const cursor = await (await connectTo(world.app, token)).subscribe("now", "projects.*");
          await drop("projects", id);
          assert.deepEqual({ ann: await told(hers), bob: await told(his) }, expected);
          // and so to whoever comes back
          const [again, him] = [await connectTo(world.app, ann.token), await connectTo(world.app, bob.token)];
          for (const client of [again, him]) await client.subscribe("s", `${collection}.*`, { since: cursor });
          assert.deepEqual({ ann: await told(again), bob: await told(him) }, expected);
        }),
      );
    }

    test(
      "is judged by the records that went with it, and not by others that have their ids by now",
      inWorld(options, async (world) => {
        const { ann, bob, id, make, drop, token } = await fill(world);
        const cursor = await (await connectTo(world.app, token)).subscribe("now", "projects.*");
        await drop("projects", id);
        await make("projects", { id, title: "a", owner: bob.id, members: [bob.id] });
        for (const name of ["owned", "linked"]) {
          for (const who of [ann, bob]) {
            const client = await connectTo(world.app, who.token);
            await client.subscribe("s", `${name}.*`, { since: cursor });
            assert.deepEqual(await told(client), who === ann ? [gone(name)] : []);
          }
        }
      }),
    );

    test(
      "ends in a reset where a rule leads to more than can be put back",
      inWorld(options, async (world) => {
        const { ann, id, drop, token } = await fill(world);
        const operations = Array.from({ length: 100 }, () => ({
          op: "create",
          collection: "memberships",
          data: { project: id, user: ann.id },
        }));
        for (let n = 0; n < 10; n++) await world.ok("POST", "/api/batch", { token, body: { operations } });
        const client = await connectTo(world.app, ann.token);
        await client.subscribe("o", "owned.*");
        await client.subscribe("m", "shared.*");
        await drop("projects", id);
        assert.deepEqual(await told(client), ["m reset missed", "o owned.deleted a"]);
      }),
    );
  });
}

/** Rules that lead back to the records that they are about. */
const AROUND = [
  ...COLLECTIONS.slice(0, 2),
  COLLECTIONS[2],
  part("secretive", "every(project.secretive_via_project.title) != 'secret'"),
  part("social", "project.social_via_project.title = 'friend'"),
];

describe("a rule that leads back to the record itself", () => {
  const change = async (world: World, token: string, name: string, title: string) => {
    const { id: project } = await world.ok("POST", "/api/projects", { token, body: { title: "a" } });
    const { id } = await world.ok("POST", `/api/${name}`, { token, body: { title, project } });
    const guest = await connectTo(world.app);
    const cursor = await guest.subscribe("s", `${name}.*`);
    return { id, guest, cursor };
  };

  for (const { name, title, lines } of [
    { name: "secretive", title: "secret", lines: [] },
    { name: "secretive", title: "open", lines: ["s secretive.deleted open"] },
    { name: "social", title: "friend", lines: ["s social.deleted friend"] },
    { name: "social", title: "stranger", lines: [] },
  ])
    test(
      `${name}: ${title} is judged by the record as it was last`,
      inWorld({ collections: AROUND }, async (world) => {
        const { token } = await world.signUp("root@example.com", "admin");
        const { id, guest } = await change(world, token, name, title);
        await world.ok("DELETE", `/api/${name}/${id}`, { token });
        assert.deepEqual(brief(await guest.take()), lines);
      }),
    );

  test(
    "is judged by each state of it",
    inWorld({ collections: AROUND }, async (world) => {
      const { token } = await world.signUp("root@example.com", "admin");
      const { id, guest, cursor } = await change(world, token, "secretive", "a");
      for (const title of ["secret", "b"]) await world.ok("PATCH", `/api/secretive/${id}`, { token, body: { title } });
      assert.deepEqual(brief(await guest.take()), ["s leave", "s secretive.updated b"]);
      const again = await connectTo(world.app);
      await again.subscribe("s", "secretive.*", { since: cursor });
      assert.deepEqual(brief(await again.take()), ["s leave", "s secretive.updated b"]);
    }),
  );
});

describe("a record that is deleted right before the one that its rule leads to", () => {
  const collections = [
    {
      name: "posts",
      fields: [title, { name: "public", type: "boolean" }],
      permissions: { read: "public" },
    },
    {
      name: "comments",
      fields: [title, { name: "post", type: "relation", collection: "posts", onDelete: "cascade" }],
      permissions: { read: "post.public = true" },
    },
  ];
  const remove = (collection: string, id: string) => ({ op: "delete", collection, id }) as const;

  for (const [what, isPublic, isLast, expected] of [
    ["ends in a reset for whom nobody can say it to any more", true, true, ["s reset missed"]],
    ["and for who could not see it: that cannot be told apart", false, true, ["s reset missed"]],
    ["is told where that is still there", true, false, ["s comments.deleted a"]],
    ["is not told to others", false, false, []],
  ] as const)
    test(
      what,
      inWorld({ collections }, async (world) => {
        const system = world.app.app.as(systemPrincipal("test"));
        const make = async (name: string, data: object) => String((await system.records(name).create(data)).id);
        const post = await make("posts", { title: "p", public: isPublic });
        const comment = await make("comments", { title: "a", post });
        const live = await connectTo(world.app);
        const cursor = await live.subscribe("s", "comments.*");
        await system.batch([remove("comments", comment), ...(isLast ? [remove("posts", post)] : [])]);
        assert.deepEqual(brief(await live.take()), expected);
        const back = await connectTo(world.app);
        await back.subscribe("s", "comments.*", { since: cursor });
        assert.deepEqual(brief(await back.take()), expected);
      }),
    );
});

test(
  "a deletion that cannot be told of any more ends in a reset",
  inWorld({ collections: COLLECTIONS }, async (world) => {
    const { ann, id, drop, token } = await fill(world);
    const cursor = await (await connectTo(world.app, token)).subscribe("now", "projects.*");
    await drop("projects", id);
    const redefine = async (name: string): Promise<void> => {
      const definition = await world.ok("GET", `/api/admin/collections/${name}`, { token });
      const fields = [...definition.fields, { name: "more", type: "text" }];
      await world.ok("PUT", `/api/admin/collections/${name}`, { token, body: { ...definition, fields } });
    };
    // one that went along, and one that decides
    await redefine("mutes");
    const client = await connectTo(world.app, ann.token);
    await client.subscribe("s", "owned.*", { since: cursor });
    assert.deepEqual(await told(client), ["s reset missed"]);
    await redefine("projects");
    const answer = await client.say({ action: "subscribe", id: "s", channel: "owned.*", since: cursor });
    assert.deepEqual(brief(answer), ["s reset cursor"]);
  }),
);

test("a database of before its events told of deletions is taken over", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-removal-"));
  const options = { path: join(folder, "data.db"), accounts: true, collections: COLLECTIONS };
  try {
    const old = await openApp(options);
    await old.sql(`ALTER TABLE "_events" DROP COLUMN "removal"`);
    await old.close();
    const app = await openApp(options);
    const system = app.app.collections.as(systemPrincipal("test"));
    const { id } = await system.records("projects").create({ title: "a" });
    await system.records("owned").create({ title: "a", project: id });
    await system.records("projects").delete(String(id));
    const rows = await app.sql(
      `SELECT "type", "removal" IS NULL AS "alone" FROM "_events" WHERE "source" = 'collections'`,
    );
    assert.deepEqual(
      rows.filter(({ type }) => /(ed)$/.test(String(type)) && !String(type).startsWith("system.")),
      [
        { type: "projects.created", alone: 1 },
        { type: "owned.created", alone: 1 },
        { type: "owned.deleted", alone: 0 },
        { type: "projects.deleted", alone: 0 },
      ],
    );
    await app.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
