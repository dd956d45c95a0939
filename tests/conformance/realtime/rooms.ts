import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, type Somebody, type World } from "../../support/accounts.ts";
import type { TestAppOptions } from "../../support/app.ts";
import { brief, connectTo, type TestClient } from "../../support/realtime.ts";
import { uuid } from "../../support/scenario.ts";

/** The room of most tests: the owner's. */
export const ROOM = uuid(1);
export const CHANNEL = `rooms/${ROOM}/room`;

/** Everybody who may want in. */
export const PEOPLE = ["guest", "owner", "other", "role", "admin"] as const;
export type Who = (typeof PEOPLE)[number];

/** A world with a room, and those who want to be in it. */
export interface RoomWorld {
  readonly world: World;
  readonly people: Readonly<Record<Exclude<Who, "guest">, Somebody>>;
  /** Connects as somebody. */
  connect(who: Who): Promise<TestClient>;
  /** Connects and joins as `r`, with a state or only to listen; takes what comes of it. */
  enter(who: Who, state?: object | null, channel?: string): Promise<TestClient>;
  /** Changes the room, or another record, as the system does. */
  change(data: object, collection?: string, id?: string): Promise<void>;
  remove(collection?: string, id?: string): Promise<void>;
  make(collection: string, data: object): Promise<string>;
}

const FIELDS = [
  { name: "title", type: "text" },
  { name: "open", type: "boolean", default: true },
  { name: "mark", type: "text", hidden: true },
  { name: "until", type: "datetime" },
  { name: "owner", type: "relation", collection: "users", onDelete: "setNull" },
  { name: "guests", type: "relation", collection: "users", many: true },
  { name: "house", type: "relation", collection: "houses", onDelete: "setNull" },
];

/** Runs a test with a room that has these rules. */
export function inRoom(
  permissions: object,
  run: (room: RoomWorld) => Promise<void>,
  options: TestAppOptions = {},
): () => Promise<void> {
  const collections = [
    { name: "users", kind: "auth", fields: [{ name: "level", type: "integer" }], permissions: { create: "public" } },
    { name: "houses", fields: [{ name: "open", type: "boolean" }], permissions: { read: "public" } },
    { name: "rooms", fields: FIELDS, permissions },
    {
      name: "seats",
      fields: [
        { name: "room", type: "relation", collection: "rooms", onDelete: "cascade" },
        { name: "user", type: "relation", collection: "users", onDelete: "cascade" },
        { name: "speaks", type: "boolean" },
      ],
    },
    { name: "board", kind: "view", query: 'SELECT "id", "title" FROM "rooms"', fields: [FIELDS[0]] },
  ];
  return inWorld({ collections, ...options }, async (world) => {
    const { app } = world.app;
    await app.collections.schema.defineRole("host", {
      permissions: { "rooms.join": true, "rooms.send": "open = true" },
    });
    const people = {
      owner: await world.signUp("owner@example.com"),
      other: await world.signUp("other@example.com"),
      role: await world.signUp("role@example.com", "host"),
      admin: await world.signUp("admin@example.com", "admin"),
    };
    const system = app.as(systemPrincipal("test"));
    await system.records("rooms").create({ id: ROOM, title: "one", owner: people.owner.id });
    const connect: RoomWorld["connect"] = (who) =>
      connectTo(world.app, who === "guest" ? undefined : people[who].token);
    await run({
      world,
      people,
      connect,
      async enter(who, state, channel = CHANNEL) {
        const client = await connect(who);
        await client.subscribe("r", channel, state ? { state } : {});
        await client.take();
        return client;
      },
      change: async (data, collection = "rooms", id = ROOM) => void (await system.records(collection).update(id, data)),
      remove: async (collection = "rooms", id = ROOM) => void (await system.records(collection).delete(id)),
      make: async (collection, data) => String((await system.records(collection).create(data)).id),
    });
  });
}

/** What a client was told meanwhile, in short. */
export async function told(client: TestClient): Promise<readonly string[]> {
  return brief(await client.take());
}

/** Says something in the room, and what comes of it, in short. */
export async function say(client: TestClient, event: string, payload?: unknown): Promise<readonly string[]> {
  return brief(
    await client.say({ action: "broadcast", id: "r", event, ...(payload === undefined ? {} : { payload }) }),
  );
}
