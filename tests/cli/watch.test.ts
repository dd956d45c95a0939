import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { watchProject } from "../../src/cli/watch.ts";

const folder = mkdtempSync(join(tmpdir(), "bakend-watch-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const HOUR = 3600;
const file = join(folder, "bakend.json");
const notes = join(folder, "collections/notes.json");
mkdirSync(join(folder, "collections"));
for (const path of [file, notes, join(folder, "collections/notes.txt")]) writeFileSync(path, "{}");

/** Whether a change is told of while `act` runs and for as long as a burst may last. */
async function tellsOf(since: number, act: () => void): Promise<number> {
  let told = 0;
  const stop = watchProject({ file, folder }, since, () => {
    told += 1;
  });
  act();
  await new Promise((resolve) => setTimeout(resolve, 400));
  stop();
  return told;
}

const now = (): number => Date.now() / 1000;

describe("what changed between reading a project and watching it", () => {
  const cases: [name: string, path: string, age: number, told: number][] = [
    ["a file of the project", notes, -HOUR, 1],
    ["the configuration", file, -HOUR, 1],
    ["a file that was read as it is", notes, HOUR, 0],
    ["a file that is none of the project's", join(folder, "collections/notes.txt"), -HOUR, 0],
  ];
  for (const [name, path, age, told] of cases) {
    test(name, async () => {
      for (const other of [file, notes]) utimesSync(other, now() - HOUR, now() - HOUR);
      utimesSync(path, now() - age, now() - age);
      // the watchers may still hear of the lines above: they are let go by first
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(await tellsOf(Date.now(), () => undefined), told);
    });
  }
});

test("changes while it is watched are told once for each burst", async () => {
  for (const other of [file, notes]) utimesSync(other, now() - HOUR, now() - HOUR);
  assert.equal(
    await tellsOf(Date.now(), () => {
      writeFileSync(notes, "{ }");
      writeFileSync(notes, "{  }");
    }),
    1,
  );
});
