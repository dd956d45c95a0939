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

describe("several processes on one database", () => {
  const things = { name: "things", fields: [{ name: "text", type: "text" }], permissions: { read: "public" } };

  test("that open a new one at once all come up, with everything declared", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-first-"));
    const options = { database: sqlite(join(folder, "a.db")), collections: [things] };
    const apps = await Promise.all(Array.from({ length: 6 }, () => createApp(options).build()));
    for (const app of apps) {
      const answer = await app.fetch(new Request("http://x/api/things"));
      assert.equal(answer.status, 200);
    }
    await Promise.all(apps.map((app) => app.close()));
    rmSync(folder, { recursive: true });
  });

  test("that change definitions at once lose none: one is told to try again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-both-"));
    const options = { database: sqlite(join(folder, "a.db")), collections: [things] };
    const first = await createApp(options).build();
    const second = await createApp(options).build();
    await first.collections.schema.define({ name: "ones", fields: [] });
    const define = () => second.collections.schema.define({ name: "twos", fields: [] });
    await assert.rejects(define, /Another process has just changed the definitions/);
    await second.collections.schema.refresh();
    await define();
    await first.collections.schema.refresh();
    const names = first.collections.schema.catalog().collections.map(({ name }) => name);
    for (const name of ["ones", "things", "twos"]) assert.ok(names.includes(name), name);
    await Promise.all([first.close(), second.close()]);
    rmSync(folder, { recursive: true });
  });

  test("a definition that equals the database's is noted as declared, so that its next change is no conflict", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-declared-"));
    const database = sqlite(join(folder, "a.db"));
    const build = (collections: readonly unknown[]) => createApp({ database, collections }).build();
    const panel = await build([]);
    await panel.collections.schema.define(things);
    await panel.close();
    await (await build([things])).close();
    const changed = await build([{ ...things, fields: [...things.fields, { name: "more", type: "text" }] }]);
    assert.ok(changed.collections.schema.catalog().get("things")?.field("more"));
    await changed.close();
    rmSync(folder, { recursive: true });
  });
});
