import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createApp } from "../../../src/core/app.ts";

const { sqlite } = await ("Bun" in globalThis
  ? import("../../../src/adapters/bun/sqlite.ts")
  : import("../../../src/adapters/node/sqlite.ts"));

describe("definitions changed by another process", () => {
  test("are taken over by a running app, rules and fields alike", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-second-"));
    const notes = { name: "notes", fields: [{ name: "text", type: "text" }], permissions: { read: "public" } };
    let time = 0;
    const options = { database: sqlite(join(folder, "a.db")), collections: [notes] };
    const first = await createApp({ ...options, stopwatch: () => time }).build();
    const second = await createApp(options).build();
    const list = async (): Promise<number> => (await first.fetch(new Request("http://x/api/notes"))).status;
    const statusAfterLook = async (): Promise<number> => {
      time += 2000;
      await list();
      // the look runs beside the request
      await first.collections.schema.refresh();
      return list();
    };

    assert.equal(await statusAfterLook(), 200);
    await second.collections.schema.define({ ...notes, permissions: { read: "admin" } });
    assert.equal(await list(), 200, "not looked yet");
    assert.equal(await statusAfterLook(), 401);
    await second.collections.schema.define({ ...notes, fields: [...notes.fields, { name: "more", type: "text" }] });
    assert.equal(await statusAfterLook(), 200);
    assert.ok(first.collections.schema.catalog().get("notes")?.field("more"));
    await Promise.all([first.close(), second.close()]);
    rmSync(folder, { recursive: true });
  });
});
