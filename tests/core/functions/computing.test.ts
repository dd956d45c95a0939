import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openFunctions } from "../../support/functions.ts";

const COMPUTES = `
import { onRequest } from "bakend";
onRequest("GET", "/compute", () => {
  const until = Date.now() + 80;
  while (Date.now() < until);
  return new Response(String(process.pid));
});
`;

describe("functions that compute for a while without a pause", () => {
  test("are answered, however many are called at once", { timeout: 60_000 }, async () => {
    const world = await openFunctions({
      files: { "functions/compute.ts": COMPUTES },
      functions: { timeout: 5000, processes: 2 },
    });
    try {
      const answers = await Promise.all(Array.from({ length: 48 }, () => world.get("/compute")));
      assert.deepEqual(
        answers.filter(({ status }) => status !== 200).map(({ status, text }) => `${status} ${text}`),
        [],
        world.lines.join("\n"),
      );
    } finally {
      await world.close();
    }
  });
});
