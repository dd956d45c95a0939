import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brief, connectTo, type TestClient } from "../../support/realtime.ts";
import { CHANNEL, inRoom, ROOM, say, told } from "./rooms.ts";

const OPEN = { read: "public", join: "public", send: "public" };
const presence = (client: TestClient, state: object | null) => client.say({ action: "presence", id: "r", state });

describe("presence", () => {
  test(
    "tells who is there, who comes, changes and goes",
    inRoom(OPEN, async ({ people, connect, enter }) => {
      const listener = await enter("guest");
      const owner = await connect("owner");
      const first = await owner.say({ action: "subscribe", id: "mine", channel: CHANNEL, state: { at: 1 } });
      const me = { clientId: owner.id, user: { id: people.owner.id, collection: "users" } };
      assert.deepEqual(first, [
        { type: "subscribed", id: "mine", channel: CHANNEL, cursor: first[0]?.cursor },
        { type: "presence", id: "mine", present: [{ ...me, state: { at: 1 } }] },
      ]);
      assert.deepEqual(await listener.take(), [{ type: "joined", ids: ["r"], client: { ...me, state: { at: 1 } } }]);

      const other = await connect("other");
      const [, there] = await other.say({ action: "subscribe", id: "o", channel: CHANNEL });
      assert.deepEqual(there, { type: "presence", id: "o", present: [{ ...me, state: { at: 1 } }] });
      // who only listens is not told of
      for (const client of [owner, listener]) assert.deepEqual(await told(client), []);

      assert.deepEqual(await owner.say({ action: "presence", id: "mine", state: { at: 2 } }), []);
      assert.deepEqual(await listener.take(), [{ type: "changed", ids: ["r"], client: { ...me, state: { at: 2 } } }]);
      assert.deepEqual(await told(other), ['o changed {"at":2}']);
      await owner.say({ action: "presence", id: "mine", state: null });
      assert.deepEqual(await listener.take(), [{ type: "left", ids: ["r"], client: me }]);
      await owner.say({ action: "presence", id: "mine", state: null });
      assert.deepEqual(await told(listener), []);
      await owner.say({ action: "presence", id: "mine", state: {} });
      assert.deepEqual(await told(listener), ["r joined {}"]);
      await other.say({ action: "presence", id: "o", state: { hi: true } });
      assert.deepEqual(await told(owner), ['mine joined {"hi":true}']);
    }),
  );

  test(
    "is told as left once, however it ends",
    inRoom(OPEN, async ({ people, world, enter, remove }) => {
      const [watcher, speaker] = [await enter("guest"), await enter("admin")];
      const state = { here: true };
      const ends: readonly (readonly [name: string, end: (client: TestClient) => unknown])[] = [
        ["by a closed socket", (client) => client.leave()],
        ["by one that says so twice", (client) => [client.leave(), client.leave()]],
        ["by ending the subscription", (client) => client.say({ action: "unsubscribe", id: "r" })],
        [
          "by ending it twice, and the socket",
          async (client) => {
            await client.say({ action: "unsubscribe", id: "r" });
            await client.say({ action: "unsubscribe", id: "r" });
            client.leave();
          },
        ],
        [
          "by being present no longer, and leaving",
          async (client) => {
            await presence(client, null);
            client.leave();
          },
        ],
        [
          "by a slow reader",
          async (client) => {
            client.waiting = 2_000_000;
            await say(speaker, "hello");
            assert.deepEqual((await told(client)).slice(-2), ["r hello null", "r reset slow"]);
          },
        ],
        ["by misuse", (client) => client.say("x".repeat(20_000))],
        [
          "by a logout",
          () => world.ok("POST", "/api/auth/logout", { body: { refreshToken: people.owner.refreshToken } }),
        ],
      ];
      for (const [name, end] of ends) {
        const client = await enter("owner", state);
        assert.deepEqual(await told(watcher), ['r joined {"here":true}'], name);
        await end(client);
        const heard = (await told(watcher)).filter((line) => line !== "r hello null");
        assert.deepEqual(heard, [`r left ${people.owner.id}`], name);
        client.leave();
        assert.deepEqual(await told(watcher), [], name);
      }
      const other = await enter("other", state);
      await watcher.take();
      await remove();
      assert.deepEqual(await told(other), ["r error not_found"]);
      // it is over for everybody: nobody is left who could be told
      assert.deepEqual(await told(watcher), ["r error not_found"]);
    }),
  );

  test(
    "follows who a client is",
    inRoom(OPEN, async ({ people, enter }) => {
      const watcher = await enter("guest");
      const client = await enter("owner", { at: 1 });
      await watcher.take();
      await client.say({ action: "auth", token: people.other.token });
      const [change, ...more] = await watcher.take();
      assert.deepEqual(change?.client, {
        clientId: client.id,
        user: { id: people.other.id, collection: "users" },
        state: { at: 1 },
      });
      assert.deepEqual(more, []);
      await client.say({ action: "auth", token: people.other.token });
      assert.deepEqual(await told(watcher), []);
    }),
  );

  test(
    "is one for a connection in a room: a second subscription is refused, one to another room is not",
    inRoom(OPEN, async ({ enter, make }) => {
      const client = await enter("owner", { at: 1 });
      const again = await client.say({ action: "subscribe", id: "again", channel: CHANNEL });
      assert.deepEqual(brief(again), ["again error conflict"]);
      const next = await make("rooms", { title: "two" });
      await client.subscribe("next", `rooms/${next}/room`, { state: { at: 2 } });
      await client.take();
      const watcher = await enter("guest", null, `rooms/${next}/room`);
      await presence(client, { at: 3 });
      assert.deepEqual(await told(watcher), []);
      await client.say({ action: "unsubscribe", id: "r" });
      assert.deepEqual(brief(await client.say({ action: "subscribe", id: "again", channel: CHANNEL })), [
        "subscribed",
        "again here",
      ]);
      assert.deepEqual(await told(watcher), []);
    }),
  );
});

describe("a broadcast", () => {
  test(
    "reaches everybody in the room but who says it, and nobody else",
    inRoom(OPEN, async ({ people, enter, make }) => {
      const [owner, guest] = [await enter("owner", { at: 1 }), await enter("guest")];
      const elsewhere = await enter("other", null, `rooms/${await make("rooms", { title: "two" })}/room`);
      const admin = await enter("admin", null, "*");
      await owner.take();
      const payload = JSON.parse('{"x":1,"__proto__":{"deep":[null,"\\u2028"]}}');
      assert.deepEqual(await say(owner, "move", payload), []);
      const [message, ...more] = await guest.take();
      assert.deepEqual(message, {
        type: "broadcast",
        ids: ["r"],
        from: { clientId: owner.id, user: { id: people.owner.id, collection: "users" } },
        event: "move",
        payload,
      });
      assert.deepEqual(more, []);
      await say(guest, "nothing");
      const [back] = await owner.take();
      assert.deepEqual([back?.from, back?.payload], [{ clientId: guest.id, user: null }, null]);
      for (const client of [elsewhere, admin]) assert.deepEqual(await told(client), []);
    }),
  );

  test(
    "is no event: no function, no log and no other channel sees it",
    inRoom(OPEN, async ({ world, enter }) => {
      const [owner, guest] = [await enter("owner", { at: "a-state" }), await enter("guest")];
      await say(owner, "a-broadcast", "a-payload");
      await presence(owner, { at: "another-state" });
      assert.equal((await guest.take()).length, 2);
      owner.leave();
      await guest.take();
      assert.doesNotMatch(
        JSON.stringify(world.events) + (await world.app.dump()),
        /a-state|a-broadcast|a-payload|another/,
      );
    }),
  );

  const wrong: readonly (readonly [name: string, message: object, code: string])[] = [
    ["without a name", { action: "broadcast", id: "r" }, "bad_request"],
    ["with an empty name", { action: "broadcast", id: "r", event: "" }, "bad_request"],
    ["with a name too long", { action: "broadcast", id: "r", event: "e".repeat(65) }, "bad_request"],
    ["with something more", { action: "broadcast", id: "r", event: "e", to: "x" }, "bad_request"],
    ["to no subscription", { action: "broadcast", id: "none", event: "e" }, "not_found"],
    ["to the room by its name", { action: "broadcast", id: CHANNEL, event: "e" }, "not_found"],
    ["to a channel of records", { action: "broadcast", id: "records", event: "e" }, "not_found"],
    ["of presence, without a state", { action: "presence", id: "r" }, "bad_request"],
    ["of presence, too long", { action: "presence", id: "r", state: { text: "x".repeat(2040) } }, "bad_request"],
    ["of presence, in no room", { action: "presence", id: "records", state: {} }, "not_found"],
  ];
  for (const [name, message, code] of wrong)
    test(
      `${name} is refused`,
      inRoom(OPEN, async ({ enter }) => {
        const [client, other] = [await enter("owner", { at: 1 }), await enter("guest")];
        await client.subscribe("records", `rooms/${ROOM}`);
        const [answer, ...more] = await client.say(message);
        assert.deepEqual([answer?.type, answer?.code, answer?.id], ["error", code, "id" in message ? message.id : ""]);
        assert.deepEqual(more, []);
        assert.deepEqual(await told(other), []);
        // and it goes on
        await say(client, "on");
        assert.deepEqual(await told(other), ["r on null"]);
      }),
    );

  test(
    "that is nested as deep as a message can be is no fault of the server",
    inRoom(OPEN, async ({ enter }) => {
      const [client, other] = [await enter("owner"), await enter("guest")];
      const [open, shut] = ["[".repeat(8000), "]".repeat(8000)];
      const said = [
        `{"action":"broadcast","id":"r","event":"e","payload":${open}${shut}}`,
        `{"action":"presence","id":"r","state":{"a":${open.slice(0, 900)}${shut.slice(0, 900)}}}`,
        `{"action":"presence","id":"r","state":{"a":${open}${shut}}}`,
      ];
      for (const text of said)
        for (const line of brief(await client.say(text))) assert.equal(line, "r error bad_request");
      await say(client, "on");
      const heard = await told(other);
      assert.equal(heard.at(-1), "r on null");
    }),
  );
});

describe("order", () => {
  test(
    "what one says is heard in that order by everybody, and all hear the same",
    inRoom(
      OPEN,
      async ({ world, enter }) => {
        // so many that each message goes out in several parts
        const hearers: TestClient[] = [];
        for (let n = 0; n < 220; n += 1) {
          const one = await connectTo(world.app, undefined, `192.0.2.${n}`);
          await one.subscribe("r", CHANNEL);
          hearers.push(one);
        }
        const [ann, bob] = [await enter("owner", { who: "ann" }), await enter("other")];
        for (const one of [...hearers, ann, bob]) await one.take();
        const saying: Promise<unknown>[] = [];
        for (let n = 0; n < 40; n += 1) {
          saying.push(ann.say({ action: "broadcast", id: "r", event: "a", payload: n }));
          saying.push(bob.say({ action: "broadcast", id: "r", event: "b", payload: n }));
        }
        saying.push(presence(ann, { who: "ann again" }));
        await Promise.all(saying);
        ann.leave();
        const [first = [], ...others] = await Promise.all(hearers.map(told));
        for (const heard of others) assert.deepEqual(heard, first);
        for (const name of ["a", "b"])
          assert.deepEqual(
            first.filter((line) => line.startsWith(`r ${name} `)),
            Array.from({ length: 40 }, (_, n) => `r ${name} ${n}`),
          );
        assert.equal(first.length, 82);
        assert.deepEqual(
          first.slice(-2).map((line) => line.split(" ")[1]),
          ["changed", "left"],
        );
      },
      { realtime: { messages: 1000 } },
    ),
  );
});

describe("limits", () => {
  test(
    "what a connection says in a second: more is dropped, and told; what others say is not",
    inRoom(
      OPEN,
      async ({ world, enter }) => {
        const [client, other] = [await enter("owner", { at: 1 }), await enter("guest")];
        world.pass(1000);
        for (let n = 0; n < 3; n += 1) assert.deepEqual(await say(client, "e", n), []);
        assert.deepEqual(await say(client, "e", 3), ["r error rate_limited"]);
        assert.deepEqual(brief(await presence(client, { at: 2 })), ["r error rate_limited"]);
        assert.deepEqual(brief(await client.say({ action: "ping" })), ["pong"]);
        assert.deepEqual(await say(other, "e"), ["r e 0", "r e 1", "r e 2"]);
        assert.deepEqual(await told(client), ["r e null"]);
        world.pass(334);
        assert.deepEqual(await say(client, "e", 4), []);
        assert.deepEqual(await say(client, "e", 5), ["r error rate_limited"]);
        assert.deepEqual(await told(other), ["r e 4"]);
        // coming with a state is something said, too
        await client.say({ action: "unsubscribe", id: "r" });
        const back = { action: "subscribe", id: "r", channel: CHANNEL };
        assert.deepEqual(brief(await client.say({ ...back, state: {} })), ["r error rate_limited"]);
        assert.deepEqual(brief(await client.say(back)), ["subscribed", "r here"]);
      },
      { realtime: { messages: 3 } },
    ),
  );

  test(
    "connections in a room, those on their way in included",
    inRoom(
      OPEN,
      async ({ enter, connect, make }) => {
        await enter("owner");
        const wish = { action: "subscribe", id: "r", channel: CHANNEL };
        const [second, third] = [await connect("guest"), await connect("guest")];
        const [a, b] = await Promise.all([second.say(wish), third.say(wish)]);
        const answers = [...(await second.take()), ...(a ?? []), ...(b ?? []), ...(await third.take())];
        assert.deepEqual(brief(answers).toSorted(), ["r error rate_limited", "r here", "subscribed"]);
        const elsewhere = `rooms/${await make("rooms", { title: "two" })}/room`;
        assert.deepEqual(brief(await third.say({ ...wish, id: "s", channel: elsewhere })), ["subscribed", "s here"]);
        second.leave();
        third.leave();
        await enter("other");
      },
      { realtime: { members: 2 } },
    ),
  );

  test(
    "a reader who does not keep up is told so and waited for by nobody",
    inRoom(OPEN, async ({ enter }) => {
      const [speaker, slow, quick] = [await enter("owner"), await enter("other", { at: 1 }), await enter("guest")];
      await slow.subscribe("records", "rooms.*");
      await Promise.all([speaker.take(), quick.take()]);
      slow.waiting = 2_000_000;
      for (let n = 0; n < 3; n += 1) await say(speaker, "e", n);
      assert.deepEqual(await told(slow), ["r e 0", "r reset slow", "records reset slow"]);
      assert.deepEqual(
        (await told(quick)).map((line) => line.split(" ")[1]),
        ["e", "left", "e", "e"],
      );
      slow.waiting = 0;
      assert.deepEqual(brief(await slow.say({ action: "broadcast", id: "r", event: "e" })), ["r error not_found"]);
      await slow.subscribe("r", CHANNEL);
    }),
  );
});

test(
  "nothing accepts the id by which others know a client",
  inRoom(OPEN, async ({ enter, world }) => {
    const [owner, guest] = [await enter("owner", { at: 1 }), await enter("guest")];
    for (const message of [
      { action: "auth", token: owner.id },
      { action: "presence", id: owner.id, state: {} },
      { action: "broadcast", id: owner.id, event: "e" },
      { action: "subscribe", id: "x", channel: "rooms.*", since: owner.id },
      { action: "subscribe", id: "y", channel: `rooms/${owner.id}/room` },
      { action: "subscribe", id: "z", channel: CHANNEL, clientId: owner.id },
    ]) {
      const client = await connectTo(world.app);
      const [answer] = await client.say(message);
      assert.ok(answer?.type === "error" || answer?.type === "reset", JSON.stringify([message, answer]));
    }
    assert.equal((await world.call("GET", "/api/auth/me", { token: owner.id })).status, 401);
    await guest.take();
    await say(guest, "still here");
    assert.deepEqual(await told(owner), ["r still here null"]);
  }),
);
