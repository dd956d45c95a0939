import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BakendEvent } from "../../../src/core/events/index.ts";
import { ANONYMOUS, systemPrincipal } from "../../../src/core/principal.ts";
import { type Client, createClient } from "../../../src/core/realtime/client.ts";
import { createRooms, type Rooms } from "../../../src/core/realtime/rooms.ts";
import { uuid } from "../../support/scenario.ts";

const ID = uuid(1);
const CHANNEL = { kind: "room", collection: "rooms", record: ID } as const;
const WISH = { action: "subscribe", id: "r", channel: `rooms/${ID}/room` } as const;

/** Rooms whose record is read when a test says so. */
function openRooms() {
  const reads: ((holds: boolean) => void)[] = [];
  const asked: { readonly wait: () => void }[] = [];
  const sent = new Map<Client<string>, string[]>();
  const rooms: Rooms<string> = createRooms<string>({
    records: {
      watch: (principal, { action }) => `${principal.kind} ${action}`,
      placeOf: (watch) => ({ collection: "rooms", key: watch }),
      holdNow: (watches) => {
        const { promise, resolve } = Promise.withResolvers<boolean>();
        reads.push(resolve);
        asked.shift()?.wait();
        return promise.then((holds) => watches.map(() => holds));
      },
      ground: () => ({ reach: new Set(["seats"]), passing: false }),
    },
    limits: { members: 10, messages: 100 },
    end(client, id) {
      const one = client.subscriptions.get(id);
      client.subscriptions.delete(id);
      if (one) rooms.leave(one);
    },
    fallBehind: () => undefined,
    cursor: () => "0",
    defer: queueMicrotask,
    stopwatch: () => 0,
    onError: (error) => assert.fail(String(error)),
  });
  /** Answers the next read, once it is asked for. */
  const answer = async (holds: boolean): Promise<void> => {
    if (reads.length === 0) await new Promise<void>((wait) => asked.push({ wait }));
    reads.shift()?.(holds);
  };
  const connect = (): Client<string> => {
    const texts: string[] = [];
    const socket = { send: (text: string) => void texts.push(text), buffered: () => 0, close: () => undefined };
    const client = createClient<string>(`client ${sent.size}`, ANONYMOUS, socket);
    sent.set(client, texts);
    return client;
  };
  return { rooms, reads, answer, connect, told: (client: Client<string>) => sent.get(client) ?? [] };
}

const event = (type: string, payload: object = {}): BakendEvent => ({
  ...{ id: "e", type, timestamp: "", source: "test", payload },
});

describe("what happens while the record is read", () => {
  const cases: readonly (readonly [name: string, happen: (rooms: Rooms<string>, client: Client<string>) => void])[] = [
    ["a change of the record", (rooms) => rooms.heed(event("rooms.updated", { id: ID }))],
    ["a change of what the rule leads to", (rooms) => rooms.heed(event("seats.deleted", { id: uuid(2) }))],
    ["a change of definitions", (rooms) => rooms.heed(event("system.collection_changed"))],
    ["events that are lost", (rooms) => rooms.lose()],
    [
      "another account",
      (_, client) => {
        client.principal = systemPrincipal("test");
      },
    ],
  ];
  for (const [name, happen] of cases)
    test(`is read once more after ${name}`, async () => {
      const { rooms, answer, reads, connect } = openRooms();
      const client = connect();
      const joining = rooms.join(client, WISH, CHANNEL);
      assert.equal(reads.length, 1);
      happen(rooms, client);
      await answer(true);
      // whatever else looks at the room answers as the record is by now
      const done = joining.then(
        () => "in",
        (error: { readonly code: string }) => error.code,
      );
      let over = false;
      void done.then(() => {
        over = true;
      });
      while (!over) {
        for (const read of reads.splice(0)) read(false);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      assert.equal(await done, "not_found");
      assert.equal(client.subscriptions.size, 0);
    });

  test("is not read once more after something else", async () => {
    const { rooms, answer, reads, connect } = openRooms();
    const client = connect();
    const joining = rooms.join(client, WISH, CHANNEL);
    for (const one of [
      event("rooms.updated", { id: uuid(2) }),
      event("posts.created", { id: ID }),
      event("auth.login"),
    ])
      rooms.heed(one);
    await answer(true);
    await joining;
    assert.deepEqual([reads.length, client.subscriptions.size], [0, 1]);
  });
});

for (const holds of [true, false])
  test(`what is said while it is found out who may be there is ${holds ? "told" : "not told"} if the rule ${holds ? "holds" : "does not hold"}`, async () => {
    const { rooms, answer, connect, told } = openRooms();
    const [speaker, hearer] = [connect(), connect()];
    for (const client of [speaker, hearer]) {
      const joining = rooms.join(client, WISH, CHANNEL);
      await answer(true);
      await joining;
    }
    rooms.heed(event("rooms.updated", { id: ID }));
    const saying = rooms.broadcast(speaker, { action: "broadcast", id: "r", event: "hello" });
    await answer(holds);
    await saying;
    assert.equal(
      told(hearer).some((text) => text.includes("hello")),
      holds,
    );
    assert.equal(
      told(speaker).some((text) => text.includes("not_found")),
      !holds,
    );
  });
