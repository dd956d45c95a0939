import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BakendClient, type RecordsOf, type RoomListener } from "../../sdk/javascript/index.ts";
import { serveBun } from "../../src/adapters/bun/serve.ts";
import { serveNode } from "../../src/adapters/node/http.ts";
import type { RunningServer } from "../../src/adapters/server.ts";
import { defineCollection } from "../../src/core/collections/index.ts";
import { countingHasher } from "../support/accounts.ts";
import { OPEN, openApp, type TestApp } from "../support/app.ts";

const serve = "Bun" in globalThis ? serveBun : serveNode;

const items = defineCollection({ name: "items", fields: [{ name: "name", type: "text" }], permissions: OPEN });
const boards = defineCollection({
  name: "boards",
  fields: [
    { name: "open", type: "boolean" },
    { name: "owner", type: "text" },
  ],
  permissions: { ...OPEN, join: "open = true || owner = @user.id", send: "authenticated" },
});
type Schema = RecordsOf<[typeof items, typeof boards]>;

let app: TestApp;
let server: RunningServer;
before(async () => {
  app = await openApp({ accounts: true, collections: [items, boards], passwords: countingHasher() });
  server = await serve(app.app, { host: "127.0.0.1", port: 0, idleTimeout: 10_000 });
});
after(async () => {
  app.app.disconnect();
  assert.equal(await server.stop({ graceMs: 5000 }), 0);
  await app.close();
});

const password = "correct horse battery";
const open = () => new BakendClient<Schema>(server.url);

/** A client whose connection can be lost. */
function openFragile() {
  const sockets: WebSocket[] = [];
  class Tracked extends WebSocket {
    constructor(address: string) {
      super(address);
      sockets.push(this);
    }
  }
  const client = new BakendClient<Schema>(server.url, { WebSocket: Tracked });
  return { client, lose: () => sockets.at(-1)?.close(), connections: () => sockets.length };
}

async function until(holds: () => boolean | undefined): Promise<void> {
  const end = Date.now() + 5000;
  while (!holds()) {
    assert.ok(Date.now() < end, `not yet: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What is thrown in a turn of its own, in the place of ending the program. */
async function thrownDuring(task: () => Promise<void>): Promise<readonly unknown[]> {
  const thrown: unknown[] = [];
  const { queueMicrotask } = globalThis;
  globalThis.queueMicrotask = (turn) =>
    queueMicrotask(() => {
      try {
        turn();
      } catch (error) {
        thrown.push(error);
      }
    });
  await task().finally(() => {
    globalThis.queueMicrotask = queueMicrotask;
  });
  return thrown;
}

describe("listeners", () => {
  test("are told whatever another throws, which is not lost", async () => {
    const client = open();
    const fault = new Error("a fault of a listener");
    const fail = (): never => {
      throw fault;
    };
    const names: (string | null)[] = [];
    const states: string[] = [];
    const users: unknown[] = [];
    const thrown = await thrownDuring(async () => {
      client.realtime.onState(() => client.realtime.state === "live" && fail());
      client.realtime.onState((state) => states.push(state));
      client.auth.onChange(fail);
      client.auth.onChange((user) => users.push(user?.email));
      await client.auth.register({ email: "l@example.com", password });
      client.collection("items").subscribe({ begun: fail, created: fail });
      let begun = false;
      client.collection("items").subscribe({
        begun: () => {
          begun = true;
        },
        created: ({ name }) => names.push(name),
      });
      await until(() => begun);
      for (const name of ["1", "2"]) await client.collection("items").create({ name });
      await until(() => names.length === 2);
    });
    assert.deepEqual(names, ["1", "2"]);
    assert.deepEqual(users, ["l@example.com"]);
    assert.deepEqual(states, ["idle", "connecting", "live"]);
    assert.deepEqual(thrown, [fault, fault, fault, fault, fault]);
    client.close();
  });

  test("are told nothing more once another has stopped them, of the same event neither", async () => {
    const client = open();
    const told: string[] = [];
    let begun = 0;
    const listen = (name: string, created: () => void = () => undefined) =>
      client.collection("items").subscribe({
        begun: () => {
          begun += 1;
        },
        created: () => {
          told.push(name);
          created();
        },
      });
    listen("first", () => stop());
    const stop = listen("second");
    listen("third");
    await until(() => begun === 3);
    await client.collection("items").create({});
    await until(() => told.includes("third"));
    assert.deepEqual(told, ["first", "third"]);
    const states: string[] = [];
    client.realtime.onState((state) => state === "idle" && stopStates());
    const stopStates = client.realtime.onState((state) => states.push(state));
    client.close();
    assert.deepEqual(states, ["live"]);
  });
});

/** What a room tells, in words. */
function heard() {
  const told: string[] = [];
  const listener: RoomListener<{ readonly name: string }> = {
    present: (everybody) => told.push(everybody.map(({ state }) => state.name).join("+") || "nobody"),
    refused: ({ code }) => told.push(code),
  };
  return { told, listener };
}

describe("a room", () => {
  test("that has ended is empty, and joined anew only for who signs in or out", async () => {
    const { client, lose, connections } = openFragile();
    const account = { email: "r@example.com", password };
    const owner = await open().auth.register(account);
    const records = open().collection("boards");
    const board = await records.create({ open: true, owner: owner.id });
    const { told, listener } = heard();
    const room = client.collection("boards").room(board.id, listener, { name: "Ann" });
    let begun = 0;
    const stop = client.collection("items").subscribe({
      begun: () => {
        begun += 1;
      },
    });
    await until(() => told.length === 1 && begun === 1);
    await records.update(board.id, { open: false });
    await until(() => told.length === 3);
    assert.deepEqual(told.splice(0), ["Ann", "nobody", "not_found"]);
    assert.deepEqual(room.present, []);
    await records.update(board.id, { open: true });
    room.send("to nobody");
    room.setState({ name: "Ann B." });
    lose();
    await until(() => begun === 2);
    stop();
    assert.deepEqual([told, room.present, client.realtime.state], [[], [], "idle"]);
    await client.auth.login(account);
    await until(() => told.length === 1);
    assert.deepEqual(told, ["Ann B."]);
    const before = connections();
    await client.auth.logout();
    await until(() => told.length === 2);
    assert.equal(connections(), before + 1);
    room.leave();
    assert.equal(client.realtime.state, "idle");
  });

  test("that a speaker, and one who only listens, are put out of by its rules is empty for both", async () => {
    const board = await open().collection("boards").create({ open: true });
    const speaker = open();
    const [loud, quiet] = [heard(), heard()];
    const stage = speaker.collection("boards").room(board.id, loud.listener, { name: "S" });
    const seat = open().collection("boards").room(board.id, quiet.listener);
    await until(() => loud.told.length === 1 && quiet.told.includes("S"));
    stage.send("shout");
    await until(() => loud.told.includes("unauthenticated"));
    assert.equal(stage.present.length, 1);
    await open().collection("boards").update(board.id, { open: false });
    await until(() => loud.told.at(-1) === "not_found" && quiet.told.at(-1) === "not_found");
    assert.deepEqual([stage.present, seat.present], [[], []]);
    stage.leave();
    seat.leave();
  });

  test("that did not take a state is joined with the one before", async () => {
    const board = await open().collection("boards").create({ open: true });
    const { client, lose } = openFragile();
    const [mine, others] = [heard(), heard()];
    const room = client.collection("boards").room(board.id, mine.listener, { name: "Ann" });
    await until(() => mine.told.length === 1);
    const other = open().collection("boards").room(board.id, others.listener);
    await until(() => others.told.length === 1);
    room.setState({ name: "x".repeat(3000) });
    await until(() => mine.told.includes("bad_request"));
    lose();
    await until(() => mine.told.at(-1) === "Ann");
    await until(() => others.told.at(-1) === "Ann");
    room.setState({ name: "Bea" });
    await until(() => others.told.at(-1) === "Bea");
    lose();
    await until(() => mine.told.at(-1) === "Bea");
    room.leave();
    other.leave();
  });

  test("that does not take the first state is not joined", async () => {
    const board = await open().collection("boards").create({ open: true });
    const { told, listener } = heard();
    const client = open();
    const room = client.collection("boards").room(board.id, listener, { name: "x".repeat(3000) });
    await until(() => told.includes("bad_request"));
    assert.deepEqual([room.present, client.realtime.state], [[], "idle"]);
    room.leave();
  });
});
