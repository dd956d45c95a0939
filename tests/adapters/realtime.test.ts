import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { serveBun } from "../../src/adapters/bun/serve.ts";
import { serveNode } from "../../src/adapters/node/http.ts";
import type { RunningServer } from "../../src/adapters/server.ts";
import { assertProblem, OPEN, openApp, type TestApp } from "../support/app.ts";
import type { Message } from "../support/realtime.ts";
import { uuid } from "../support/scenario.ts";

// Each runtime is tested with its own server.
const serve = "Bun" in globalThis ? serveBun : serveNode;
const LONG = "l".repeat(63);
const fields = [{ name: "text", type: "text" }];
const collections = [
  { name: "notes", fields, permissions: { ...OPEN, join: "public", send: "public" } },
  { name: LONG, fields, permissions: OPEN },
  { name: "closed", fields },
];

let app: TestApp;
let server: RunningServer;
before(async () => {
  app = await openApp({ collections });
  server = await serve(app.app, { host: "127.0.0.1", port: 0, idleTimeout: 10_000 });
});
after(async () => {
  app.app.disconnect();
  assert.equal(await server.stop({ graceMs: 5000 }), 0);
  await app.close();
});

const write = (text: string): Promise<Response> =>
  fetch(`${server.url}/api/notes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  });

/** A real WebSocket whose messages are waited for one by one. */
async function open(path = "/api/realtime") {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}`);
  const inbox: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    const next = waiting.shift();
    if (next) next(message);
    else inbox.push(message);
  });
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve, { once: true }));
  const opened = await Promise.race([
    new Promise<true>((resolve) => socket.addEventListener("open", () => resolve(true), { once: true })),
    new Promise<false>((resolve) => socket.addEventListener("error", () => resolve(false), { once: true })),
  ]);
  return {
    opened,
    closed,
    say: (message: unknown) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    next: (): Promise<Message> => {
      const message = inbox.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => waiting.push(resolve));
    },
    close: () => socket.close(),
  };
}

describe("a WebSocket", () => {
  test("is greeted, subscribes, hears of a write, and resumes where another one was", async () => {
    const first = await open();
    assert.equal((await first.next()).type, "connected");
    first.say({ action: "subscribe", id: "n", channel: "notes.*" });
    assert.equal((await first.next()).type, "subscribed");
    await write("one");
    const event = await first.next();
    assert.deepEqual([event.type, event.ids, event.event.payload.text], ["event", ["n"], "one"]);
    first.close();
    await first.closed;
    await write("two");
    const second = await open();
    await second.next();
    second.say({ action: "subscribe", id: "m", channel: "notes.*", since: event.cursor });
    assert.equal((await second.next()).type, "subscribed");
    assert.equal((await second.next()).event.payload.text, "two");
    second.close();
    await second.closed;
  });

  test("is in a room, hears who comes, says something, and is heard in order", async () => {
    const { id } = (await (await write("a room")).json()) as { id: string };
    const channel = `notes/${id}/room`;
    const [first, second] = [await open(), await open()];
    const { clientId } = await first.next();
    await second.next();
    first.say({ action: "subscribe", id: "r", channel, state: { name: "first" } });
    assert.equal((await first.next()).type, "subscribed");
    assert.equal((await first.next()).present.length, 1);
    second.say({ action: "subscribe", id: "s", channel });
    assert.equal((await second.next()).type, "subscribed");
    assert.deepEqual((await second.next()).present, [{ clientId, user: null, state: { name: "first" } }]);
    for (let n = 0; n < 20; n += 1) first.say({ action: "broadcast", id: "r", event: "n", payload: n });
    for (let n = 0; n < 20; n += 1) assert.equal((await second.next()).payload, n);
    second.say({ action: "presence", id: "s", state: { name: "second" } });
    assert.deepEqual((await first.next()).client.state, { name: "second" });
    first.close();
    const left = await second.next();
    assert.deepEqual([left.type, left.client], ["left", { clientId, user: null }]);
    second.close();
    await second.closed;
  });

  test("elsewhere is refused", async () => {
    const socket = await open("/api/notes");
    assert.equal(socket.opened, false);
  });

  test("that says too much at once is closed, and the server goes on", async () => {
    const socket = await open();
    await socket.next();
    socket.say("x".repeat(100_000));
    assert.ok([1006, 1008, 1009].includes((await socket.closed).code));
    assert.equal((await write("after")).status, 201);
  });

  test("over plain HTTP is a clear answer", async () => {
    const answer = await fetch(`${server.url}/api/realtime`);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /WebSocket/);
  });
});

describe("server-sent events", () => {
  /** Reads frames until one of them matches. */
  async function frames(response: Response, until: RegExp, abort: AbortController): Promise<string> {
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (reader && !until.test(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    abort.abort();
    await reader?.cancel().catch(() => undefined);
    return text;
  }

  test("tell of writes, with the cursor as their id, and go on after it", async () => {
    const abort = new AbortController();
    const answer = await fetch(`${server.url}/api/realtime/sse?channel=notes.*`, { signal: abort.signal });
    const reading = frames(answer, /three/, abort);
    await write("three");
    const text = await reading;
    assert.match(text, /^id: \w+-\d+\ndata: \{"type":"connected"/);
    const [, cursor = ""] = /id: (\S+)\ndata: \{"type":"event","ids":\["notes\.\*"\].*three/.exec(text) ?? [];
    assert.notEqual(cursor, "");
    await write("four");
    const again = new AbortController();
    const resumed = await fetch(`${server.url}/api/realtime/sse?channel=notes.*`, {
      headers: { "last-event-id": cursor },
      signal: again.signal,
    });
    const rest = await frames(resumed, /four/, again);
    assert.doesNotMatch(rest, /three/);
  });

  test("of several channels go on where each of them stands, wherever they break off", async () => {
    const abort = new AbortController();
    const begin = await fetch(`${server.url}/api/realtime/sse?channel=notes.*`, { signal: abort.signal });
    const [, since = ""] = /^id: (\S+)\n/.exec(await frames(begin, /subscribed/, abort)) ?? [];
    const texts = Array.from({ length: 300 }, (_, n) => `piled ${n}`);
    const body = JSON.stringify(texts.map((text) => ({ text })));
    await fetch(`${server.url}/api/notes`, { method: "POST", headers: { "content-type": "application/json" }, body });
    const query = "channel=notes.*,notes.created";
    const again = new AbortController();
    const resumed = await fetch(`${server.url}/api/realtime/sse?${query}`, {
      ...{ headers: { "last-event-id": since }, signal: again.signal },
    });
    // channels that stand at the same place are told together
    const told = (text: string) =>
      [...text.matchAll(/^id: (\S+)\ndata: (\{"type":"event".*)$/gm)].map(([, id = "", data = ""]) => {
        const { ids, event } = JSON.parse(data) as { ids: string[]; event: { payload: { text: string } } };
        return { id, channels: ids.map((one) => one.slice(0, 1)), text: event.payload.text };
      });
    // 1. at each place, an id says of each channel what it has told of
    const all = told(await frames(resumed, /"1:[^\n]*piled 299/, again));
    const seen = new Map([
      ["0", 0],
      ["1", 0],
    ]);
    const first = Number(all[0]?.id.split(/[-,]/)[1]);
    for (const { id, channels } of all) {
      for (const channel of channels) seen.set(channel, (seen.get(channel) ?? 0) + 1);
      const stands = id.split(",").map((place) => Math.max(0, Number(place.split("-")[1]) - first + 1));
      const [one = 0, other = one] = stands;
      assert.deepEqual([one <= (seen.get("0") ?? 0), other <= (seen.get("1") ?? 0)], [true, true], id);
    }
    // 2. and is a place to go on from
    const middle = all[Math.floor(all.length / 2)];
    const rest = new AbortController();
    const last = await fetch(`${server.url}/api/realtime/sse?${query}`, {
      ...{ headers: { "last-event-id": middle?.id ?? "" }, signal: rest.signal },
    });
    const before = all.slice(0, Math.floor(all.length / 2) + 1);
    const after = told(await frames(last, /"1:[^\n]*piled 299/, rest));
    for (const channel of ["0", "1"]) {
      const whole = [...before, ...after].filter((one) => one.channels.includes(channel)).map(({ text }) => text);
      assert.deepEqual(whole, texts.slice(0, whole.length));
      assert.ok(channel === "0" || whole.length === 300);
    }
  });

  test("from a place that is not known begin anew, and so do those who come back", async () => {
    const abort = new AbortController();
    const answer = await fetch(`${server.url}/api/realtime/sse?channel=notes.*`, {
      ...{ headers: { "last-event-id": "elsewhere-7" }, signal: abort.signal },
    });
    assert.match(await frames(answer, /"reset"/, abort), /\nid: \w{8}-\d+\ndata: \{"type":"reset"/);
  });

  test("end where nothing is heard any more, so that a browser comes back to what is there now", async () => {
    const answer = await fetch(`${server.url}/api/realtime/sse?channel=notes.*`, {
      headers: { "last-event-id": "elsewhere-7" },
    });
    assert.match(await answer.text(), /"reset"[^\n]*\n\n$/);
  });

  test("go on where one of several channels has ended", async () => {
    const abort = new AbortController();
    const begin = await fetch(`${server.url}/api/realtime/sse?channel=notes.*`, { signal: abort.signal });
    const [, here = ""] = /^id: (\S+)\n/.exec(await frames(begin, /subscribed/, abort)) ?? [];
    const again = new AbortController();
    const both = await fetch(`${server.url}/api/realtime/sse?channel=notes.*,notes.created`, {
      ...{ headers: { "last-event-id": `elsewhere-7,${here}` }, signal: again.signal },
    });
    await write("still heard");
    assert.match(await frames(both, /still heard/, again), /"reset","id":"0:notes[\s\S]*"ids":\["1:notes/);
  });

  test("hold no line that a client has made up", async () => {
    const since = encodeURIComponent('x\ndata: {"type":"event"}\n\n');
    const answer = await fetch(`${server.url}/api/realtime/sse?channel=notes.*&since=${since}`);
    assert.doesNotMatch(await answer.text(), /"type":"event"/);
  });

  const refusals: [name: string, query: string, status: number, code: string][] = [
    ["without a channel", "", 400, "bad_request"],
    ["with a parameter that is not known", "?channel=notes.*&limit=1", 400, "bad_request"],
    ["of what is for admins", "?channel=auth.*", 401, "unauthenticated"],
    ["of records that are closed", "?channel=closed.*", 401, "unauthenticated"],
    ["of a record that is closed", `?channel=closed/${uuid(1)}`, 401, "unauthenticated"],
    ["of one channel that is open and one that is not", "?channel=notes.*,closed.*", 401, "unauthenticated"],
    ["of a collection that is not there", `?channel=nothing/${uuid(1)}`, 404, "not_found"],
    ["with a filter that is none", "?channel=notes.*&filter=text%20=", 400, "bad_request"],
    ["of a channel with a name too long", `?channel=${"x".repeat(300)}`, 400, "bad_request"],
  ];
  for (const [name, query, status, code] of refusals) {
    test(`${name} are refused`, async () => {
      const response = await fetch(`${server.url}/api/realtime/sse${query}`);
      const text = await response.text();
      assertProblem({ status: response.status, headers: response.headers, text, body: JSON.parse(text) }, status, code);
    });
  }

  test("are begun on the channel with the longest name", async () => {
    const abort = new AbortController();
    const channel = `${LONG}/${uuid(1)}`;
    const answer = await fetch(`${server.url}/api/realtime/sse?channel=${channel}`, { signal: abort.signal });
    assert.match(await frames(answer, /subscribed|error/, abort), /"type":"subscribed"/);
  });

  test("are not sent to HEAD", async () => {
    const answer = await fetch(`${server.url}/api/realtime/sse?channel=notes.*`, { method: "HEAD" });
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "");
  });
});
