import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type FunctionWorld, openFunctions } from "../../support/functions.ts";

const COLLECTIONS = ["notes", "marks"].map((name) => {
  return { name, fields: [{ name: "what", type: "text" }], permissions: { create: "public" } };
});

const FILES = {
  "jobs/welcome.ts": `
    export const on = "notes.created";
    export default async ({ payload, step, db }) => {
      const mark = (what) => db.collection("marks").create({ what });
      await mark("began " + payload.payload.what);
      await step.run("step", () => mark("did " + payload.payload.what));
    };`,
  // runs until there is a mark "go"
  "functions/hold.ts": `
    import { onCreate } from "bakend";
    onCreate("notes", async ({ record, db }) => {
      if (record.what !== "first") return;
      const marks = db.collection("marks");
      while ((await marks.list({ filter: 'what = "go"' })).items.length === 0) await new Promise((done) => setTimeout(done, 20));
      await marks.create({ what: "held" });
    });`,
};

const marked = async ({ app }: FunctionWorld): Promise<readonly string[]> =>
  (await app.sql(`SELECT "what" FROM "marks"`)).map(({ what }) => String(what)).sort();

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Lets the function go on, and waits for it and for everything else. */
async function release(world: FunctionWorld): Promise<void> {
  await world.ok("POST", "/api/marks", { body: { what: "go" } });
  await until(async () => (await marked(world)).includes("held"));
  await world.app.app.idle();
}

test("a job of an event that has ended does not run again after a crash, with what a slow function held back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-held-"));
  const path = join(folder, "one.db");
  const left = join(folder, "two.db");
  const one = await openFunctions({ files: FILES, path, collections: COLLECTIONS });
  for (const text of ["first", "second"]) await one.ok("POST", "/api/notes", { body: { what: text } });
  await until(async () => (await one.app.sql(`SELECT 1 FROM "_jobs" WHERE "state" = 'done'`)).length === 2);
  // what a process leaves that is killed now
  for (const end of ["", "-wal"]) copyFileSync(path + end, left + end);
  await release(one);
  await one.close();

  const two = await openFunctions({ files: FILES, path: left, collections: COLLECTIONS });
  two.pass(60_000);
  await release(two);
  assert.deepEqual(await marked(two), ["began first", "began second", "did first", "did second", "go", "held"]);
  assert.equal((await two.app.sql(`SELECT 1 FROM "_job_runs"`)).length, 2);
  await two.close();
  rmSync(folder, { recursive: true });
});
