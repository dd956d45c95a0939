import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openSink } from "../../src/cli/transfer/sink.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bakend-sink-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the file of an export", () => {
  for (const written of [0, 1, 2]) {
    test(`given up after ${written} writes it is not there, nor does it come later`, () =>
      inFolder(async (folder) => {
        // many at once, so that some are given up while they are still being opened
        const give = async (index: number): Promise<void> => {
          const sink = openSink(join(folder, `${index}.csv`));
          for (let count = 0; count < written; count += 1) await sink.write("x\n");
          await sink.discard();
        };
        await Promise.all(Array.from({ length: 300 }, (_, index) => give(index)));
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.deepEqual(readdirSync(folder), []);
      }));
  }

  test("has its name once it is complete", () =>
    inFolder(async (folder) => {
      const sink = openSink(join(folder, "out.csv"));
      await sink.write("a\n");
      assert.deepEqual(readdirSync(folder), ["out.csv.part"]);
      await sink.close();
      assert.deepEqual(readdirSync(folder), ["out.csv"]);
      assert.equal(readFileSync(join(folder, "out.csv"), "utf8"), "a\n");
    }));

  test("a folder that is not there is told, and given up without a fault", () =>
    inFolder(async (folder) => {
      const sink = openSink(join(folder, "none/out.csv"));
      await assert.rejects(sink.write("a\n"), /cannot be written/);
      await sink.discard();
    }));
});
