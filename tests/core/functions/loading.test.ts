import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openFunctions } from "../../support/functions.ts";

const MARKS = { name: "marks", fields: [{ name: "text", type: "text" }], permissions: { create: "public" } };

const HOOK = `
  const { beforeCreate, HttpError } = require("bakend");
  beforeCreate("marks", ({ record }) => { if (record.text === "no") throw new HttpError(403); });`;

describe("CommonJS among functions", () => {
  for (const [file, text] of [
    ["hook.js", HOOK],
    ["hook.cjs", HOOK],
    ["hook.ts", `const nothing: number = 1;${HOOK}`],
    // whatever a runtime may take these for
    ["quoted.js", `const text = \`\nimport nothing\`;${HOOK}`],
    ["typed.ts", `import type { Nothing } from "nowhere";${HOOK}`],
  ] as const)
    test(`${file} is run, or not loaded, but never passed over`, async () => {
      const world = await openFunctions({ files: { [`functions/${file}`]: text }, collections: [MARKS] });
      const { ok, faults } = world.app.app.functions.report;
      const answer = await world.call("POST", "/api/marks", { body: { text: "no" } });
      if (ok) assert.equal(answer.status, 403, answer.text);
      else assert.deepEqual([faults[0]?.file, answer.status], [file, 503]);
      const runs = "Bun" in globalThis || !file.endsWith(".ts");
      if (file.startsWith("hook") && runs) assert.deepEqual(faults, []);
      await world.close();
    });

  test("modules import it, by name and as a whole, and it takes what it requires", async () => {
    const world = await openFunctions({
      files: {
        "functions/all.ts": `
          import { onRequest } from "bakend";
          import { one, word } from "./_lib/one.cjs";
          import two from "./_lib/two.js";
          onRequest("GET", "/all", () => Response.json([one, word, two()]));`,
        "functions/_lib/one.cjs": `const { word } = require("./three.cjs"); exports.one = 1; exports.word = word;`,
        "functions/_lib/two.js": `module.exports = () => "two";`,
        "functions/_lib/three.cjs": `exports.word = "three";`,
      },
    });
    assert.deepEqual(world.app.app.functions.report.faults, []);
    assert.deepEqual((await world.get("/all")).body, [1, "three", "two"]);
    await world.close();
  });
});
