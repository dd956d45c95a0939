import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CONFINED, type FunctionWorld, openFunctions } from "../../support/functions.ts";
import { hostileFile, hostileHere } from "../../support/hostile-functions.ts";

describe("hostile and broken functions", () => {
  let world: FunctionWorld;
  before(async () => {
    world = await openFunctions({
      files: {
        "functions/hostile.ts": hostileFile(hostileHere),
        "functions/fine.ts": `import { onRequest } from "bakend";
          onRequest("GET", "/fine", async ({ db }) => Response.json({ users: await db.collection("users").count(), twice: [1, 2].map((one) => one * 2) }));
          onRequest("GET", "/beside", async () => { await new Promise((done) => setTimeout(done, 150)); return new Response("went on"); });`,
        "bakend.db": "the database",
        "bakend.json": `{"secret":"the secret"}`,
      },
      functions: { timeout: CONFINED ? "800ms" : "1500ms", memory: "64mb" },
      memory: 64 * 1024 * 1024,
    });
    assert.deepEqual(world.app.app.functions.report.faults, []);
    assert.equal(world.app.app.functions.report.confined, CONFINED);
  });
  after(() => world.close());

  for (const [index, { name, status, says, pause = 0, spares }] of hostileHere.entries()) {
    test(name, async () => {
      // two for each process, with most of their time before them; where those are confined, they begin once more
      const goesOn = spares || CONFINED;
      const beside = Promise.all(goesOn ? [1, 2, 3, 4].map(() => world.get("/beside")) : []);
      if (goesOn) await new Promise((resolve) => setTimeout(resolve, 20));
      const answer = await world.get(`/case/${index}`);
      assert.ok([status].flat().includes(answer.status), `${answer.status} ${answer.text.slice(0, 300)}`);
      if (says) assert.match(answer.text.slice(0, 10_000), says);
      assert.doesNotMatch(answer.text, /the secret|the database|root:x/);
      for (const { text } of await beside) assert.equal(text, "went on");
      assert.equal((await world.call("GET", "/health")).status, 200);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const others = await Promise.all([1, 2, 3].map(() => world.get("/fine")));
      for (const other of others) assert.deepEqual(other.body, { users: 0, twice: [2, 4] }, other.text);
    });
  }

  test("what comes together with a call that changes everything for all is not touched by it", async () => {
    const polluting = hostileHere.findIndex(({ name }) => name === "a polluted prototype");
    for (let round = 0; round < 3; round += 1) {
      const bad = world.get(`/case/${polluting}`);
      const others = await Promise.all([1, 2, 3, 4, 5, 6].map(() => world.get("/fine")));
      for (const other of others) assert.deepEqual(other.body, { users: 0, twice: [2, 4] }, other.text);
      await bad;
    }
  });

  for (const name of ["nonsense on the wire", "a loop that never yields"])
    test(`${name} takes no other call along a second time`, async () => {
      const index = hostileHere.findIndex((one) => one.name === name);
      await world.get(`/case/${index}`);
      for (let round = 0; round < 2; round += 1) {
        const bad = world.get(`/case/${index}`);
        const others = await Promise.all(Array.from({ length: 10 }, () => world.get("/fine")));
        for (const other of others) assert.deepEqual(other.body, { users: 0, twice: [2, 4] }, other.text);
        await bad;
      }
      assert.ok(world.lines.some((line) => line.startsWith("warn: a function ends its processes")));
    });

  test("the log says which mistake has cost a call", () => {
    for (const what of ["exit", "abort", "reallyExit", "kill on its own process"])
      assert.ok(world.lines.some((line) => line.includes(`The function called process.${what}.`)));
  });

  test("the log has what was written right before a loop", () => {
    assert.ok(world.lines.some((line) => line.includes("right before the loop")));
  });

  test("nothing was written, and the log is bounded", async () => {
    assert.equal(existsSync(join(world.folder, "functions/written.ts")), false);
    assert.equal(existsSync("/tmp/bakend-written"), false);
    assert.ok(world.lines.length < 20_000, String(world.lines.length));
  });
});
