import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openWorld } from "../../support/accounts.ts";
import { connectTo } from "../../support/realtime.ts";

for (const threads of [false, true])
  test(`what happens to accounts is heard when it is written, not when the clock looks; threads: ${threads}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-news-"));
    // nothing here is done by a clock
    const world = await openWorld({
      ...{ path: join(folder, "app.db"), threads, accounts: true },
      every: () => () => undefined,
    });
    try {
      const admin = await world.signUp("root@example.com", "admin");
      const listener = await connectTo(world.app, admin.token);
      await listener.subscribe("all", "auth.*");
      for (const email of ["x@example.com", "y@example.com", "z@example.com"]) {
        await world.call("POST", "/api/auth/login", { body: { email, password: "wrong wrong" } });
        await world.app.app.idle();
        const told = await listener.take();
        assert.deepEqual(
          told.map((one) => (one as { event?: { type: string } }).event?.type),
          ["auth.login_failed"],
        );
      }
    } finally {
      await world.close();
      rmSync(folder, { recursive: true });
    }
  });
