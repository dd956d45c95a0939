import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem } from "../../support/app.ts";
import { brief } from "../../support/realtime.ts";
import { uuid } from "../../support/scenario.ts";
import { CHANNEL, inRoom, PEOPLE, ROOM, say } from "./rooms.ts";

/**
 * Two rules, and what comes of them for a guest, the owner of the room, another account, one whose role grants both (to send:
 * where `open = true`) and an admin: why they may not join, or why they may not send, or that they may do both.
 */
const TABLE: readonly (readonly [join: string | null, send: string | null, open: boolean, cells: string])[] = [
  [null, null, true, "join:unauthenticated join:forbidden join:forbidden both both"],
  [null, "public", true, "join:unauthenticated join:forbidden join:forbidden both both"],
  ["public", null, true, "send:unauthenticated send:forbidden send:forbidden both both"],
  ["public", null, false, "send:unauthenticated send:forbidden send:forbidden send:forbidden both"],
  ["public", "public", false, "both both both both both"],
  ["public", "authenticated", false, "send:unauthenticated both both both both"],
  ["public", "owner", false, "send:unauthenticated both send:forbidden send:forbidden both"],
  ["public", "owner", true, "send:unauthenticated both send:forbidden both both"],
  ["owner", "public", true, "join:unauthenticated both join:not_found both both"],
  ["open = true", "public", false, "join:not_found join:not_found join:not_found both both"],
  ["open = true", "open = false", true, "send:forbidden send:forbidden send:forbidden both both"],
  ["role:host", "role:host", false, "join:unauthenticated join:forbidden join:forbidden both both"],
  ["permission:rooms.meet", "public", true, "join:unauthenticated join:forbidden join:forbidden both both"],
  ["mark = 'x'", "public", true, "both both both both both"],
  ["house.open = true", "public", true, "join:not_found join:not_found join:not_found both both"],
  ["seats_via_room.user = @user.id", "public", true, "join:unauthenticated join:not_found both both both"],
  ["public", "seats_via_room.user = @user.id", false, "send:unauthenticated send:forbidden both send:forbidden both"],
  ["until > @now", "public", true, "join:not_found join:not_found join:not_found both both"],
];

describe("who may join and send", () => {
  for (const [join, send, open, cells] of TABLE) {
    const rules = { ...(join === null ? {} : { join }), ...(send === null ? {} : { send }) };
    test(
      `${JSON.stringify(rules)} in a room that is ${open ? "open" : "closed"}`,
      inRoom(rules, async ({ world, people, connect, change, make }) => {
        await change({ open, mark: "x" });
        await make("seats", { room: ROOM, user: people.other.id });
        for (const [index, who] of PEOPLE.entries()) {
          const client = await connect(who);
          const [first] = await client.say({ action: "subscribe", id: "r", channel: CHANNEL });
          const refused = first?.type === "error" ? `join:${first.code}` : null;
          const [problem] = refused ? [] : await client.say({ action: "broadcast", id: "r", event: "hello" });
          const verdict = refused ?? (problem ? `send:${problem.code}` : "both");
          assert.equal(verdict, cells.split(" ")[index], `${who}: ${JSON.stringify([first, problem])}`);
          assert.deepEqual([first?.id, problem?.id ?? "r"], ["r", "r"]);
          // what is explained is what the door says
          const as = who === "guest" ? null : { user: people[who].id };
          for (const action of refused ? (["join"] as const) : (["join", "send"] as const)) {
            const answer = action === "join" ? first : problem;
            const body = { collection: "rooms", action, as, record: ROOM };
            const told = await world.ok("POST", "/api/admin/rules/explain", { token: people.admin.token, body });
            const code = answer?.type === "error" ? answer.code : null;
            const rule = action === "join" ? join : send;
            assert.deepEqual([told.verdict, told.code, told.rule], [code ? "deny" : "allow", code, rule], who);
          }
        }
      }),
    );
  }
});

describe("what is no room", () => {
  const channels: readonly (readonly [name: string, channel: string, more: object, code: string])[] = [
    ["a record that is not there", `rooms/${uuid(2)}/room`, {}, "not_found"],
    ["a record of a collection that is not there", `nothing/${ROOM}/room`, {}, "not_found"],
    ["a row of a view", `board/${ROOM}/room`, {}, "bad_request"],
    ["a record of a collection without rules for rooms", `houses/${ROOM}/room`, {}, "forbidden"],
    ["a collection", "rooms/room", {}, "bad_request"],
    ["something else under a record", `rooms/${ROOM}/hall`, {}, "bad_request"],
    ["a room with a filter", CHANNEL, { filter: "title = 'x'" }, "bad_request"],
    ["a room since some place", CHANNEL, { since: "12345678-1" }, "bad_request"],
    ["a room with a list for a state", CHANNEL, { state: [] }, "bad_request"],
    ["a room with a text for a state", CHANNEL, { state: "x" }, "bad_request"],
    ["a room with a state that is too long", CHANNEL, { state: { text: "ä".repeat(1024) } }, "bad_request"],
    ["a channel of records with a state", `rooms/${ROOM}`, { state: {} }, "bad_request"],
  ];
  for (const [name, channel, more, code] of channels)
    test(
      name,
      inRoom({ view: "public", join: "public", send: "public" }, async ({ connect }) => {
        const client = await connect("owner");
        const answer = await client.say({ action: "subscribe", id: "r", channel, ...more });
        assert.deepEqual(brief(answer), [`r error ${code}`]);
      }),
    );

  test(
    "says nothing about whether a hidden one is there",
    inRoom({ join: "owner" }, async ({ connect }) => {
      const client = await connect("other");
      const ask = (id: string) => client.say({ action: "subscribe", id: "r", channel: `rooms/${id}/room` });
      const hidden = await ask(ROOM);
      assert.deepEqual(brief(hidden), ["r error not_found"]);
      assert.deepEqual(await ask(uuid(2)), hidden);
    }),
  );
});

describe("a stream of server-sent events", () => {
  const cases: readonly (readonly [rule: string | null, query: string, status: number, code: string | null])[] = [
    ["public", "", 200, null],
    ["public", "&filter=title='x'", 400, "bad_request"],
    ["public", "&since=12345678-1", 400, "bad_request"],
    ["owner", "", 401, "unauthenticated"],
    ["open = false", "", 404, "not_found"],
    [null, "", 401, "unauthenticated"],
  ];
  for (const [join, query, status, code] of cases)
    test(
      `listens where the rule is ${join}${query}: ${status}`,
      inRoom({ ...(join === null ? {} : { join }), send: "public" }, async ({ world, enter }) => {
        const speaker = await enter("admin", { at: 1 });
        const path = `http://test.local/api/realtime/sse?channel=${CHANNEL}${query}`;
        const response = await world.app.app.fetch(
          // a browser that comes back says where it was
          new Request(path, { headers: { "last-event-id": "12345678-1" } }),
        );
        if (code !== null) {
          const text = await response.text();
          const { headers } = response;
          assertProblem({ status: response.status, headers, text, body: JSON.parse(text) }, status, code);
          return;
        }
        assert.equal(response.status, 200);
        assert.deepEqual(await say(speaker, "hello", "world"), []);
        const reader = (response.body ?? assert.fail()).pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        while (!text.includes("world")) text += (await reader.read()).value ?? assert.fail(text);
        await reader.cancel();
        assert.match(
          text,
          /"type":"presence","id":"[^"]+","present":\[\{"clientId":"[^"]+","user":\{[^}]+\},"state":\{"at":1\}\}\]/,
        );
        assert.doesNotMatch(text, /example\.com/);
      }),
    );
});

describe("keys", () => {
  const scopes: readonly (readonly [scopes: readonly string[], verdict: string])[] = [
    [["*"], "both"],
    [["rooms"], "both"],
    [["rooms:join"], "send:forbidden"],
    [["rooms:join", "*:send"], "both"],
    [["rooms:send"], "join:forbidden"],
    [["rooms:read", "rooms:write"], "join:forbidden"],
    [["seats"], "join:forbidden"],
  ];
  for (const [good, verdict] of scopes)
    test(
      `for ${good.join(" and ")}: ${verdict}`,
      inRoom({ join: "public", send: "public" }, async ({ world, people, connect }) => {
        const { key } = await world.ok("POST", "/api/auth/keys", {
          token: people.owner.token,
          body: { name: "k", scopes: good },
        });
        const client = await connect("guest");
        await client.say({ action: "auth", token: key });
        const [first] = await client.say({ action: "subscribe", id: "r", channel: CHANNEL });
        const [problem] = first?.type === "error" ? [] : await client.say({ action: "broadcast", id: "r", event: "e" });
        const told = first?.type === "error" ? `join:${first.code}` : problem ? `send:${problem.code}` : "both";
        assert.equal(told, verdict);
      }),
    );
});
