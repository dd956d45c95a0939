import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scriptFunction } from "./script-function.ts";

const findChromium = await scriptFunction("chromium.mjs", "findChromium");

describe("the browser for tests", () => {
  test("is the one that is named", async () => {
    assert.equal(await findChromium({ CHROMIUM: process.execPath }), process.execPath);
  });

  test("has to exist if it is named", async () => {
    await assert.rejects(async () => findChromium({ CHROMIUM: "/no/such/browser" }), /CHROMIUM=\/no\/such\/browser/);
  });
});
