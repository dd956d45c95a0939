import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { audit } from "../../examples/plugin/audit.ts";
import { inWorld } from "../support/accounts.ts";

test("the audit plugin of the example writes a line for each change, and tells admins how many", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-plugin-"));
  const file = join(folder, "audit.ndjson");
  const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } };
  await inWorld({ collections: [NOTES], plugins: [audit(file)] }, async (world) => {
    const root = await world.signUp("root@example.com", "admin");
    const { id } = await world.ok("POST", "/api/notes", { body: { title: "a secret" } });
    await world.ok("DELETE", `/api/notes/${id}`, { token: root.token });
    await world.app.app.idle();
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const ours = lines.filter(({ what }) => what.startsWith("notes."));
    assert.deepEqual(
      ours.map(({ what, by }) => [what, by]),
      [
        ["notes.created", "anonymous"],
        ["notes.deleted", root.id],
      ],
    );
    assert.doesNotMatch(readFileSync(file, "utf8"), /secret|example.com/);
    const counted = await world.ok("GET", "/api/plugins/audit/lines", { token: root.token });
    assert.equal(counted.lines, lines.length);
    assert.equal((await world.call("GET", "/api/plugins/audit/lines")).status, 404);
  })();
  rmSync(folder, { recursive: true, force: true });
});

test("a line of the audit plugin that cannot be written takes no later one along", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-plugin-"));
  const file = join(folder, "audit.ndjson");
  const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } };
  await inWorld({ collections: [NOTES], plugins: [audit(file)] }, async (world) => {
    mkdirSync(file);
    await world.ok("POST", "/api/notes", { body: { title: "lost" } });
    await world.app.app.idle();
    rmSync(file, { recursive: true });
    for (const title of ["b", "c"]) await world.ok("POST", "/api/notes", { body: { title } });
    await world.app.app.idle();
    assert.equal(readFileSync(file, "utf8").match(/notes\.created/g)?.length, 2);
  })();
  rmSync(folder, { recursive: true, force: true });
});
