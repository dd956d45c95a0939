import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createApp, type Plugin } from "../../../src/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";
import { openApp } from "../../support/app.ts";

test("what is told before a start fails is kept, and nothing goes on after it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-failed-"));
  const path = join(folder, "a.db");
  const { sqlite } = await sqliteOnThisRuntime();
  const running = new Set<() => void>();
  const every = (_: number, task: () => void): (() => void) => {
    running.add(task);
    return () => void running.delete(task);
  };
  let ended = 0;
  const fine: Plugin = {
    name: "fine",
    install: () => () => {
      ended += 1;
    },
  };
  const broken: Plugin = {
    name: "shop",
    install({ events }) {
      events.emit("opened", {});
      throw new Error("not today");
    },
  };
  const app = createApp({ database: sqlite(path), every, plugins: [fine, broken] });
  await assert.rejects(app.build(), /shop could not be installed: not today/);
  assert.deepEqual([running.size, ended], [0, 1]);

  const again = await openApp({ path });
  const types = (await again.sql(`SELECT "type" FROM "_events" ORDER BY "seq"`)).map(({ type }) => type);
  for (const type of ["system.first_boot", "shop.opened"]) assert.ok(types.includes(type), types.join());
  await again.close();
  rmSync(folder, { recursive: true });
});
