import assert from "node:assert/strict";
import { test } from "node:test";
import { createApp } from "../../../src/core/app.ts";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";
import { countingHasher, inWorld, PASSWORD } from "../../support/accounts.ts";
import { callApp } from "../../support/app.ts";
import { connectTo, type TestClient } from "../../support/realtime.ts";

/** The types of the events that a client was told of, with the ids of the subscriptions. */
async function types(client: TestClient): Promise<readonly string[]> {
  const messages = await client.take();
  return messages.map(({ ids, event, type }) => (type === "event" ? `${ids.join()} ${event.type}` : type));
}

test(
  "what is not kept is told to admins that have named it, from then on, and is not made for anybody else",
  inWorld({}, async (world) => {
    const { events } = world.app.app;
    const { token } = await world.signUp("root@example.com", "admin");
    const client = await connectTo(world.app, token);
    const call = (what: string): unknown => events.emit(`function.${what}`, { function: "a" }, "functions");

    await client.subscribe("all", "*");
    const heard = await connectTo(world.app, token);
    await heard.subscribe("jobs", "job.*");
    call("started");
    assert.deepEqual([await types(client), await types(heard)], [[], []]);

    const begun = await heard.subscribe("calls", "function.*");
    await heard.subscribe("failed", "function.failed");
    call("started");
    call("failed");
    assert.deepEqual(await types(heard), ["calls function.started", "calls,failed function.failed"]);
    assert.deepEqual(await types(client), []);
    // its place in the stream is as it was
    events.emit("job.completed", { job: "x" }, "jobs");
    assert.deepEqual(await types(heard), ["jobs job.completed"]);
    await heard.say({ action: "unsubscribe", id: "calls" });
    call("failed");
    call("started");
    assert.deepEqual(await types(heard), ["failed function.failed"]);

    const again = await connectTo(world.app, token);
    await again.subscribe("calls", "function.*", { since: begun });
    assert.deepEqual(await types(again), [], "there is no past of it");
    call("started");
    assert.deepEqual(await types(again), ["calls function.started"]);

    const eve = await world.signUp("eve@example.com");
    const other = await connectTo(world.app, eve.token);
    const [answer] = await other.say({ action: "subscribe", id: "calls", channel: "function.*" });
    assert.equal(answer?.code, "forbidden");
    call("started");
    assert.deepEqual(await types(other), []);
  }),
);

test("nobody hears of it once those who named it have gone", async () => {
  const { sqlite } = await sqliteOnThisRuntime();
  const database = sqlite(":memory:", { durability: "normal", threads: false });
  const app = await createApp({ database, passwords: countingHasher(), logging: { requests: false } }).build();
  const account = { email: "root@example.com", password: PASSWORD };
  await app
    .as(systemPrincipal("test"))
    .records("users")
    .create({ ...account, role: "admin" });
  const { body } = await callApp(app, "POST", "/api/auth/login", { body: account });
  const client = await connectTo({ app }, body.token);
  const hears = (): boolean => app.events.hears("function.started");
  assert.equal(hears(), false);
  await client.subscribe("all", "*");
  await client.subscribe("jobs", "job.*");
  assert.equal(hears(), false);
  await client.subscribe("calls", "function.*");
  assert.equal(hears(), true);
  client.leave();
  assert.equal(hears(), false);
  await app.close();
});
