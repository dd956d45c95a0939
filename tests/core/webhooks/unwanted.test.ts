import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld } from "../../support/accounts.ts";

const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } };
const HOOK = { url: "https://example.com/", events: ["notes.*"] };
const DISABLED = { enabled: false };
const NARROWED = { events: ["users.*"] };

/** Timers that a test owns, and a receiver that answers when it is let. */
function scene() {
  const ticks = new Set<() => void>();
  const held: ((status: number) => void)[] = [];
  const sent: string[] = [];
  const state = { answers: 204 as number | null };
  return {
    ...{ sent, state },
    every(_: number, task: () => void): () => void {
      ticks.add(task);
      return () => void ticks.delete(task);
    },
    async sendOut({ body }: { readonly body: string }): Promise<{ readonly status: number }> {
      sent.push(JSON.parse(body).payload.title);
      const { answers } = state;
      return { status: answers ?? (await new Promise<number>((resolve) => held.push(resolve))) };
    },
    answer(status: number): void {
      for (const one of held.splice(0)) one(status);
    },
    tick(): void {
      for (const one of [...ticks]) one();
    },
  };
}

describe("a webhook that does not want an event any more", () => {
  for (const [name, change, status, later] of [
    ["disabled, is told of nothing more, and later of the rest", DISABLED, 204, 9],
    ["disabled while a delivery fails, is told later of all", DISABLED, 500, 13],
    ["told fewer events, is told of nothing more", NARROWED, 204, 4],
    ["told fewer events while a delivery fails, is told of nothing more", NARROWED, 500, 4],
  ] as const)
    test(name, () => {
      const { every, sendOut, sent, state, answer, tick } = scene();
      return inWorld({ collections: [NOTES], sendOut, every }, async (world) => {
        let { token } = await world.signUp("root@example.com", "admin");
        const go = async (milliseconds = 5000): Promise<void> => {
          for (let n = 0; n < 4; n += 1) {
            world.pass(milliseconds);
            tick();
            await world.app.app.idle();
          }
        };
        const waiting = async (): Promise<readonly { readonly tries: number; readonly error: string | null }[]> =>
          (await world.ok("GET", "/api/admin/deliveries?state=waiting", { token })).items;
        const { id } = await world.ok("POST", "/api/admin/webhooks", { token, body: HOOK });
        state.answers = null;
        await world.ok("POST", "/api/notes", { body: Array.from({ length: 9 }, (_, n) => ({ title: `n${n}` })) });
        while (sent.length < 4) await new Promise((resolve) => setTimeout(resolve, 1));
        await world.ok("PATCH", `/api/admin/webhooks/${id}`, { token, body: change });
        answer(status);
        state.answers = 204;
        for (let n = 0; n < 3; n += 1) await go(700_000);
        ({ token } = await world.login("root@example.com"));
        assert.equal(sent.length, 4);
        const left = change === DISABLED ? (status === 204 ? 5 : 9) : 0;
        assert.deepEqual(
          (await waiting()).map(({ tries, error }) => [tries, error]),
          Array.from({ length: left }, () => [0, null]),
        );
        await world.ok("PATCH", `/api/admin/webhooks/${id}`, { token, body: { enabled: true } });
        await go();
        assert.deepEqual([sent.length, (await waiting()).length], [later, 0]);
        const { items } = await world.ok("GET", "/api/admin/events?type=system.delivery_failed", { token });
        assert.deepEqual(items, [], "nothing was given up");
      })();
    });

  test("keeps the tries of what has failed before it was disabled", () => {
    const { every, sendOut, sent, state, tick } = scene();
    return inWorld({ collections: [NOTES], sendOut, every }, async (world) => {
      let { token } = await world.signUp("root@example.com", "admin");
      const { id } = await world.ok("POST", "/api/admin/webhooks", { token, body: HOOK });
      state.answers = 500;
      await world.ok("POST", "/api/notes", { body: { title: "a" } });
      await world.app.app.idle();
      await world.ok("PATCH", `/api/admin/webhooks/${id}`, { token, body: DISABLED });
      for (let n = 0; n < 12; n += 1) {
        world.pass(700_000);
        tick();
        await world.app.app.idle();
      }
      ({ token } = await world.login("root@example.com"));
      const { items } = await world.ok("GET", "/api/admin/deliveries?state=waiting", { token });
      assert.deepEqual([items.length, items[0].tries, items[0].error], [1, 1, "The answer was 500."]);
      state.answers = 204;
      await world.ok("PATCH", `/api/admin/webhooks/${id}`, { token, body: { enabled: true } });
      await world.app.app.idle();
      assert.deepEqual(sent, ["a", "a"]);
    })();
  });
});
