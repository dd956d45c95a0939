import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { openDatabase } from "../../../src/core/database/index.ts";
import { CONSUMER_TABLES } from "../../../src/core/events/index.ts";
import { openWebhooks, type SendOut, signWebhook } from "../../../src/core/webhooks/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const EVENT = {
  id: "01900000-0000-7000-8000-000000000001",
  type: "posts.created",
  timestamp: "",
  source: "collections",
  payload: { title: "é" },
};

async function open(send: SendOut) {
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  await db.alter(CONSUMER_TABLES);
  let number = 0;
  const webhooks = await openWebhooks({
    ...{ db, send, now: () => NOW },
    // turned around: what is stored is not what is signed with
    seal: {
      seal: async (bytes) => new TextDecoder().decode(bytes.toReversed()),
      open: async (text) => new TextEncoder().encode(text).toReversed(),
    },
    random: (bytes) => crypto.getRandomValues(bytes),
    newId: () => {
      number += 1;
      return `w${number}`;
    },
  });
  return { db, webhooks };
}

describe("webhooks", () => {
  test("tell an event, signed with a secret that only its maker was told", async () => {
    const sent: Parameters<SendOut>[0][] = [];
    const { db, webhooks } = await open(async (request) => {
      sent.push(request);
      return { status: 204 };
    });
    const { secret, ...webhook } = await webhooks.create({ url: "https://example.com/hook", events: ["posts.*"] });
    assert.deepEqual(await webhooks.list(), [webhook]);
    assert.deepEqual(webhooks.targets("posts.created"), ["w1"]);
    assert.deepEqual(webhooks.targets("users.created"), []);
    await webhooks.deliver("w1", EVENT);
    const [request] = sent;
    assert.equal(request?.url, "https://example.com/hook");
    assert.deepEqual(JSON.parse(request?.body ?? ""), EVENT);
    // as a receiver does it
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = request?.headers ?? {};
    assert.deepEqual([id, time], [EVENT.id, String(NOW / 1000)]);
    assert.equal(
      signature,
      `v1,${createHmac("sha256", key).update(`${id}.${time}.${request?.body}`).digest("base64")}`,
    );
    const { rows } = await db.read({ sql: `SELECT * FROM "_webhooks"`, params: [] });
    assert.ok(!JSON.stringify(rows).includes(secret.slice(6, 30)));
    const [attempt] = await webhooks.attempts("w1", 10);
    assert.deepEqual([attempt?.status, attempt?.error, attempt?.event], [204, null, EVENT.id]);
  });

  test("are signed as the published example is", async () => {
    const signed = await signWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1614265330,
      body: `{"test": 2432232314}`,
    });
    assert.equal(signed["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  for (const [pattern, type, wanted] of [
    ["*", "posts.created", true],
    ["*", "server.request", false],
    ["*", "function.started", false],
    ["server.*", "server.request", true],
    ["function.failed", "function.failed", true],
  ] as const) {
    test(`for ${pattern} are ${wanted ? "" : "not "}told of ${type}`, async () => {
      const { webhooks } = await open(async () => ({ status: 200 }));
      await webhooks.create({ url: "https://example.com/hook", events: [pattern] });
      assert.deepEqual(webhooks.targets(type), wanted ? ["w1"] : []);
    });
  }

  for (const [name, send, error] of [
    ["an answer that is no success", async () => ({ status: 500 }), /500/],
    ["a redirection, which is not followed", async () => ({ status: 302 }), /302/],
    ["nobody there", async () => Promise.reject(new Error("example.com cannot be reached.")), /cannot be reached/],
  ] as const) {
    test(`${name} is a failure, and noted`, async () => {
      const { webhooks } = await open(send);
      await webhooks.create({ url: "https://example.com/hook", events: ["*"] });
      await assert.rejects(webhooks.deliver("w1", EVENT), error);
      const [attempt] = await webhooks.attempts("w1", 10);
      assert.match(attempt?.error ?? "", error);
    });
  }

  test("can be changed, switched off and removed", async () => {
    const { webhooks } = await open(async () => ({ status: 200 }));
    await webhooks.create({ url: "https://example.com/hook", events: ["posts.created"] });
    await webhooks.change("w1", { events: ["users.*"] });
    assert.deepEqual(webhooks.targets("users.created"), ["w1"]);
    const changed = await webhooks.change("w1", { enabled: false });
    assert.deepEqual([changed.enabled, changed.url, "secret" in changed], [false, "https://example.com/hook", false]);
    assert.deepEqual(webhooks.targets("users.created"), []);
    const moved = await webhooks.change("w1", { url: "https://example.com/other" });
    assert.deepEqual([moved.enabled, moved.url, moved.events], [false, "https://example.com/other", ["users.*"]]);
    assert.equal((await webhooks.change("w1", { enabled: true })).enabled, true);
    for (const url of ["no", "https://u:p@example.com/"])
      await assert.rejects(webhooks.change("w1", { url }), { code: "validation_failed" });
    await assert.rejects(webhooks.change("w1", { secret: "mine" }), { code: "validation_failed" });
    await webhooks.remove("w1");
    await assert.rejects(webhooks.remove("w1"), { code: "not_found" });
  });

  const faults: [name: string, data: unknown, field: string][] = [
    ["no URL", { events: ["*"] }, "url"],
    ["another protocol", { url: "file:///etc/passwd", events: ["*"] }, "url"],
    ["a user and a password", { url: "https://u:p@example.com", events: ["*"] }, "url"],
    ["a user", { url: "http://u@example.com", events: ["*"] }, "url"],
    ["no pattern", { url: "https://example.com", events: ["posts"] }, "events.0"],
    ["no events", { url: "https://example.com", events: [] }, "events"],
    ["a field too many", { url: "https://example.com", events: ["*"], secret: "mine" }, "secret"],
    ["nothing", null, "body"],
  ];
  for (const [name, data, field] of faults) {
    test(`${name} is refused`, async () => {
      const { webhooks } = await open(async () => ({ status: 200 }));
      await assert.rejects(webhooks.create(data), (error: { code?: string; errors?: readonly { field: string }[] }) => {
        assert.equal(error.code, "validation_failed");
        assert.ok(
          error.errors?.some((one) => one.field === field),
          JSON.stringify(error.errors),
        );
        return true;
      });
      assert.deepEqual(await webhooks.list(), []);
    });
  }

  test("of which many attempts were made keep the newest", async () => {
    const { db, webhooks } = await open(async () => ({ status: 200 }));
    await webhooks.create({ url: "https://example.com/hook", events: ["*"] });
    for (let n = 0; n < 1010; n += 1) await webhooks.deliver("w1", EVENT);
    const { rows } = await db.read({
      sql: `SELECT count(*) AS "n", min("id") AS "first" FROM "_webhook_attempts"`,
      params: [],
    });
    assert.deepEqual({ ...rows[0] }, { n: 1000, first: 11 });
  });
});
