import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inWorld } from "../../support/accounts.ts";

const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } };

describe("a webhook that is deleted", () => {
  for (const [name, answers] of [
    ["that was tried", true],
    ["that is under way, or waits for its turn", false],
  ] as const)
    test(`takes along every delivery ${name}`, () => {
      const ticks = new Set<() => void>();
      const every = (_: number, task: () => void): (() => void) => {
        ticks.add(task);
        return () => void ticks.delete(task);
      };
      let fail = (): void => undefined;
      const failing = new Promise<never>((_, reject) => {
        fail = () => reject(new Error("nobody there"));
      });
      failing.catch(() => undefined);
      let sent = 0;
      const sendOut = (): Promise<never> => {
        sent += 1;
        return failing;
      };
      if (answers) fail();
      return inWorld({ collections: [NOTES], sendOut, every }, async (world) => {
        const { token } = await world.signUp("root@example.com", "admin");
        const hook = { url: "https://example.com/", events: ["notes.*"] };
        const { id } = await world.ok("POST", "/api/admin/webhooks", { token, body: hook });
        const many = Array.from({ length: 6 }, (_, n) => ({ title: String(n) }));
        await world.ok("POST", "/api/notes", { body: many });
        const waiting = async (): Promise<number> =>
          (await world.ok("GET", "/api/admin/deliveries?state=waiting", { token })).items.length;
        if (answers) await world.app.app.idle();
        while (sent < 4) await new Promise((resolve) => setTimeout(resolve, 1));
        assert.deepEqual([sent, await waiting()], answers ? [6, 6] : [4, 0]);

        assert.equal((await world.call("DELETE", `/api/admin/webhooks/${id}`, { token })).status, 204);
        const before = sent;
        fail();
        for (let n = 0; n < 4; n += 1) {
          world.pass(5000);
          for (const tick of [...ticks]) tick();
          await world.app.app.idle();
        }
        assert.deepEqual([sent, await waiting()], [before, 0]);
        for (const table of ["_deliveries", "_webhooks", "_webhook_attempts"])
          assert.deepEqual(await world.app.sql(`SELECT * FROM "${table}"`), [], table);
        const { items } = await world.ok("GET", "/api/admin/events?type=system.delivery_failed", { token });
        assert.deepEqual(items, [], "nothing was given up");
      })();
    });
});
