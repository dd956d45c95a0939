import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type FunctionWorld, openFunctions } from "../../support/functions.ts";

/** What ordinary code writes, and what stands in the log for it. */
const WRITES: readonly (readonly [code: string, logged: RegExp | null])[] = [
  [`console.log("a %s", "word")`, /info: a word/],
  [`console.table([{ column: "cell" }])`, /info: .*column.*cell/s],
  [`console.count("counted")`, /info: counted: 1/],
  [`console.countReset("counted")`, null],
  [`console.group("a group"); console.groupEnd()`, /info: a group/],
  [`console.groupCollapsed("folded"); console.groupEnd()`, /info: folded/],
  [`console.time("clock"); console.timeLog("clock"); console.timeEnd("clock")`, /info: clock: /],
  [`console.assert(false, "it is not so")`, /warn: .*it is not so/],
  [`console.dirxml({ some: "tree" })`, /info: .*some.*tree/],
  [`console.clear(); console.profile?.(); console.profileEnd?.(); console.timeStamp?.("now")`, null],
  [`console.write?.("by ", new TextEncoder().encode("bytes"), "\\n")`, "Bun" in globalThis ? /info: by bytes/ : null],
  [`process.stdout.write("to the output\\n")`, /info: to the output/],
  [`process.stderr.write(new TextEncoder().encode("to the errors\\n"))`, /warn: to the errors/],
  [`(await import("node:process")).stdout.write("by another name\\n")`, /info: by another name/],
  [`(await import("node:console")).default.log("by its module")`, /info: by its module/],
  [`(await import("node:console")).table(["by its module, too"])`, /info: .*by its module, too/s],
  [`await new Promise((done) => process.stdout.write("in the end", done))`, /info: in the end/],
];

describe("what functions write", () => {
  let world: FunctionWorld;
  before(async () => {
    const each = WRITES.map(([code]) => `async () => { ${code}; },`);
    const functions = `
      import { onRequest } from "bakend";
      onRequest("GET", "/pid", () => new Response(String(process.pid)));
      const writes = [${each.join("\n")}];
      onRequest("GET", "/write/:at", async ({ params }) => { await writes[params.at](); return new Response(String(process.pid)); });`;
    world = await openFunctions({ files: { "functions/writes.ts": functions }, functions: { processes: 1 } });
    assert.deepEqual(world.app.app.functions.report.faults, []);
  });
  after(() => world.close());

  for (const [at, [code, logged]] of WRITES.entries())
    test(code, async () => {
      const pid = (await world.get("/pid")).text;
      const answer = await world.get(`/write/${at}`);
      assert.deepEqual([answer.status, answer.text], [200, pid]);
      assert.equal((await world.get("/pid")).text, pid, "its process goes on");
      await world.app.app.idle();
      await new Promise((resolve) => setTimeout(resolve, 250));
      assert.ok(!logged || world.lines.some((line) => logged.test(line)));
    });
});
