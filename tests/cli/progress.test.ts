import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProgress } from "../../src/cli/progress.ts";

function show(terminal: boolean, total?: number) {
  let now = 0;
  const written: string[] = [];
  const io = { terminal, err: (text: string) => void written.push(text) };
  const options = { label: "importing cities", unit: "records", io, clock: () => now };
  const progress = createProgress(total === undefined ? options : { ...options, total });
  const at = (ms: number, done: number) => {
    now = ms;
    progress.update(done);
  };
  return {
    at,
    written,
    finish: (ms: number, done: number) => {
      now = ms;
      progress.finish(done);
    },
  };
}

describe("progress", () => {
  test("redraws a bar on a terminal, not too often", () => {
    const { at, written } = show(true, 1000);
    at(50, 10);
    at(500, 250);
    at(520, 260);
    assert.deepEqual(written, [
      "\r\u001b[2Kimporting cities  [######..................] 25%  250 of 1,000 records, 500 records/s, 1.5s left",
    ]);
  });

  test("writes a plain line now and then elsewhere", () => {
    const { at, written, finish } = show(false, 100_000);
    at(1000, 10_000);
    at(6000, 60_000);
    finish(10_000, 100_000);
    assert.deepEqual(written, [
      "importing cities  60%  60,000 of 100,000 records, 10,000 records/s, 4.0s left\n",
      "importing cities: 100,000 records in 10.0s, 10,000 records/s\n",
    ]);
  });

  test("without a total there is no bar and no time left", () => {
    const { at, written } = show(true);
    at(2000, 3000);
    assert.deepEqual(written, ["\r\u001b[2Kimporting cities  3,000 records, 1,500 records/s"]);
  });
});
