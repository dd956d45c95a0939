import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openWorld, type World } from "../../support/accounts.ts";

const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } };

/** Two apps on one database, as two processes are, with an admin of each. */
async function openTwo() {
  const folder = mkdtempSync(join(tmpdir(), "bakend-hooks-"));
  const ticks = new Set<() => void>();
  const every = (_: number, task: () => void): (() => void) => {
    ticks.add(task);
    return () => void ticks.delete(task);
  };
  const sent: string[] = [];
  const state = { status: 200, answers: Promise.resolve() };
  const sendOut = async ({ url }: { readonly url: string }) => {
    sent.push(url.replace("https://example.com/", ""));
    await state.answers;
    return { status: state.status };
  };
  const time = { now: Date.parse("2026-03-01T12:00:00.000Z") };
  const open = () => openWorld({ path: join(folder, "a.db"), collections: [NOTES], sendOut, every }, time);
  const first = await open();
  const { token } = await first.signUp("root@example.com", "admin");
  const second = await open();
  const other = (await second.login("root@example.com")).token;
  const hook = (name: string) => ({ url: `https://example.com/${name}`, events: ["notes.*"] });
  /** Whatever is due is done; what was sent meanwhile, in the order of the names. */
  const told = async (...worlds: readonly World[]): Promise<readonly string[]> => {
    for (let n = 0; n < 4; n += 1) {
      for (const tick of [...ticks]) tick();
      for (const world of worlds) await world.app.app.idle();
    }
    return sent.splice(0).sort();
  };
  return {
    first,
    second,
    token,
    other,
    hook,
    sent,
    told,
    time,
    state,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

describe("webhooks made in another process", () => {
  test("hear of all that happens after they were made, and of nothing once they are gone", async () => {
    const { first, second, token, other, hook, told, remove } = await openTwo();
    const note = async (): Promise<void> => void (await second.ok("POST", "/api/notes", { body: {} }));
    const { id } = await first.ok("POST", "/api/admin/webhooks", { token, body: hook("a") });
    await note();
    assert.deepEqual(await told(first, second), ["a"]);

    const made = await second.ok("POST", "/api/admin/webhooks", { token: other, body: hook("b") });
    await note();
    assert.deepEqual(await told(first, second), ["a", "b"]);
    const { items } = await first.ok("GET", "/api/admin/webhooks", { token });
    assert.deepEqual(items.map((one: { id: string }) => one.id).sort(), [id, made.id].sort());

    await second.ok("PATCH", `/api/admin/webhooks/${made.id}`, { token: other, body: hook("c") });
    await first.ok("PATCH", `/api/admin/webhooks/${made.id}`, { token, body: { events: ["notes.created"] } });
    await note();
    assert.deepEqual(await told(first, second), ["a", "c"], "a change here keeps what was changed there");

    await second.call("DELETE", `/api/admin/webhooks/${id}`, { token: other });
    await note();
    assert.deepEqual(await told(first, second), ["c"]);
    for (const state of ["waiting", "dead"])
      assert.deepEqual((await first.ok("GET", `/api/admin/deliveries?state=${state}`, { token })).items, []);
    await first.close();
    await second.close();
    remove();
  });

  test("wait for what failed while they are disabled, and get it once they are enabled", async () => {
    const { first, second, token, other, hook, told, time, state, remove } = await openTwo();
    const { id } = await first.ok("POST", "/api/admin/webhooks", { token, body: hook("a") });
    state.status = 500;
    await first.ok("POST", "/api/notes", { body: {} });
    assert.deepEqual(await told(first, second), ["a"]);
    await second.ok("PATCH", `/api/admin/webhooks/${id}`, { token: other, body: { enabled: false } });
    state.status = 200;
    time.now += 5000;
    assert.deepEqual(await told(first, second), []);
    await second.ok("PATCH", `/api/admin/webhooks/${id}`, { token: other, body: { enabled: true } });
    assert.deepEqual(await told(first, second), ["a"]);
    await first.close();
    await second.close();
    remove();
  });

  test("leave nothing behind if they are deleted there while a delivery is under way here", async () => {
    const { first, second, token, other, hook, sent, told, state, remove } = await openTwo();
    const answer = Promise.withResolvers<void>();
    state.answers = answer.promise;
    const { id } = await first.ok("POST", "/api/admin/webhooks", { token, body: hook("a") });
    await first.ok("POST", "/api/notes", { body: {} });
    while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await second.call("DELETE", `/api/admin/webhooks/${id}`, { token: other });
    answer.resolve();
    await told(first, second);
    for (const table of ["_deliveries", "_webhooks", "_webhook_attempts"])
      assert.deepEqual(await first.app.sql(`SELECT * FROM "${table}"`), [], table);
    await first.close();
    await second.close();
    remove();
  });

  test("are served by one that had none, once the other has gone", async () => {
    const { first, second, other, hook, told, time, remove } = await openTwo();
    await second.ok("POST", "/api/admin/webhooks", { token: other, body: hook("a") });
    await second.close();
    time.now += 60_000;
    // the look runs beside a request
    await first.ok("GET", "/health");
    await told(first);
    await first.ok("POST", "/api/notes", { body: {} });
    assert.deepEqual(await told(first), ["a"]);
    await first.close();
    remove();
  });
});
