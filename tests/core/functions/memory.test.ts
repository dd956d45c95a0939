import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openFunctions } from "../../support/functions.ts";

const MB = 1024 * 1024;

const SPEND = `
import { onRequest } from "bakend";
onRequest("GET", "/spend/:mb", ({ params }) => {
  const held = Array.from({ length: Number(params.mb) }, (_, at) => new Uint8Array(1024 * 1024).fill(at % 250 + 1));
  return Response.json(held.length);
});
`;

/** Of some sizes between these, the runtime once reserved so much for itself that it could not start. */
const SIZES = [32, 64, 128, 256, 384, 512, 640, 768, 1024, 2048];

describe("the memory of functions", () => {
  for (const size of SIZES) {
    test(`of ${size} MB a function starts, and may take half`, async () => {
      const world = await openFunctions({ files: { "functions/spend.ts": SPEND }, memory: size * MB });
      try {
        const half = Math.min(size / 2, 256);
        const { status, body } = await world.get(`/spend/${half}`);
        assert.deepEqual([status, body], [200, half], world.lines.join("\n"));
      } finally {
        await world.close();
      }
    });
  }
});
