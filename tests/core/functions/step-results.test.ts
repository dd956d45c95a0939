import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { openFunctions } from "../../support/functions.ts";

const NOTES = { name: "notes", fields: [{ name: "what", type: "text" }], permissions: { create: "public" } };
const ORDERS = { name: "orders", fields: [{ name: "number", type: "integer" }], permissions: { create: "public" } };

/** A handler whose step has an effect, and then returns something. */
const handler = (value: string, around = "WORK"): string =>
  `async ({ step, db }) => {
    const circle = {}; circle.self = circle;
    ${around.replace("WORK", `await step.run("charge", async () => { await db.collection("notes").create({ what: "charged" }); return ${value}; });`)}
  }`;

/** Jobs and functions whose clock a test owns. */
async function open(files: Readonly<Record<string, string>>) {
  const ticks = new Set<() => void>();
  const world = await openFunctions({
    files,
    collections: [NOTES, ORDERS],
    every: (_: number, task: () => void) => {
      ticks.add(task);
      return () => void ticks.delete(task);
    },
  });
  assert.deepEqual(world.app.app.functions.report.faults, []);
  await world.signUp("root@example.com", "admin");
  const admin = async (method: string, path: string, body?: object) => {
    const { token } = await world.login("root@example.com");
    return world.ok(method, `/api/admin/${path}`, { token, ...(body ? { body } : {}) });
  };
  const pass = async (milliseconds: number): Promise<void> => {
    world.pass(milliseconds);
    for (const tick of [...ticks]) tick();
    await world.app.app.idle();
  };
  const notes = async (): Promise<readonly unknown[]> => {
    const { items } = await world.app.app.as(systemPrincipal("test")).records("notes").list({ sort: "createdAt,id" });
    return items.map(({ what }) => what);
  };
  return { world, admin, pass, notes };
}

describe("a step whose result cannot be kept", () => {
  for (const [what, value, around, why] of [
    ["a big integer", "{ cents: 7n }", "WORK", /BigInt/],
    ["a circle", "circle", "WORK", /JSON cannot hold .*(cyclic|circular)/],
    ["what refuses to be JSON", `{ toJSON() { throw new Error("not me"); } }`, "WORK", /not me/],
    ["more than is kept", `"x".repeat(13e6)`, "WORK", /more than 12 MB/],
    ["one whose error is caught, and another thrown", "7n", `try { WORK } catch { throw new Error("oh"); }`, /BigInt/],
    ["one that is caught before a pause", "7n", `try { WORK } catch {} await step.sleep("nap", 10);`, /BigInt/],
  ] as const)
    test(`is not done again: ${what}`, async () => {
      const { world, admin, pass, notes } = await open({ "jobs/pay.ts": `export default ${handler(value, around)};` });
      const { id } = await admin("POST", "jobs/pay/run", {});
      for (let n = 0; n < 4; n += 1) await pass(60_000);
      assert.deepEqual(await notes(), ["charged"]);
      const { state, error, tries } = await admin("GET", `queue/${id}`);
      assert.deepEqual([state, tries], ["failed", 1]);
      assert.match(error, /The step "charge" is done, but/);
      assert.match(error, why);
      await world.close();
    });

  test("is a matter for whoever catches it and comes to an end", async () => {
    const { world, admin, pass } = await open({
      "jobs/pay.ts": `export default ${handler("7n", `try { WORK } catch {}`)};`,
    });
    const { id } = await admin("POST", "jobs/pay/run", {});
    await pass(1000);
    assert.equal((await admin("GET", `queue/${id}`)).state, "done");
    await world.close();
  });

  for (const [what, around, name] of [
    ["of a function", "WORK", "function orders orders.created"],
    ["of one that has paused", `await step.sleep("nap", 10); WORK`, "function orders orders.created"],
  ] as const)
    test(`is not done again: ${what}`, async () => {
      const { world, admin, pass, notes } = await open({
        "functions/orders.ts": `import { onCreate } from "bakend"; onCreate("orders", ${handler("7n", around)});`,
      });
      await world.ok("POST", "/api/orders", { body: { number: 1 } });
      for (let n = 0; n < 4; n += 1) await pass(60_000);
      assert.deepEqual(await notes(), ["charged"]);
      const told = world.events.filter(({ type }) => type === "system.delivery_failed");
      assert.deepEqual(
        told.map(({ payload }) => (payload as { target: string }).target),
        [name],
      );
      if (around !== "WORK") assert.equal((await admin("GET", "queue")).items[0].state, "failed");
      else {
        const { items } = await admin("GET", "deliveries");
        assert.deepEqual([items[0].tries, /The step "charge" is done, but/.test(items[0].error)], [1, true]);
        assert.deepEqual((await admin("GET", "deliveries?state=waiting")).items, []);
      }
      await world.close();
    });
});

describe("what a step resolves with", () => {
  for (const [value, kept] of [
    [`new Date(0)`, `"1970-01-01T00:00:00.000Z"`],
    [`({ at: new Date(0), gone: undefined, work() {} })`, `{"at":"1970-01-01T00:00:00.000Z"}`],
    [`[undefined, () => 1, NaN]`, `[null,null,null]`],
    [`new Map([[1, 2]])`, `{}`],
    [`undefined`, `null`],
    [`(() => 1)`, `null`],
    [`({ toJSON: () => ({ a: 1 }) })`, `{"a":1}`],
    [`""`, `""`],
    [`0`, `0`],
  ] as const)
    test(`is the first time what it is later: ${value}`, async () => {
      const { world, admin, pass, notes } = await open({
        "jobs/look.ts": `
          const shown = (value) => value === undefined ? "undefined" : (value instanceof Date ? "Date " : "") + JSON.stringify(value) + Object.keys(Object(value)).join();
          export default async ({ step, db, job }) => {
            const value = await step.run("look", () => ${value});
            await db.collection("notes").create({ what: shown(value) });
            if (job.attempt === 1) throw new Error("again");
          };`,
      });
      await admin("POST", "jobs/look/run", {});
      await world.app.app.idle();
      await pass(60_000);
      const [first, later, ...more] = await notes();
      assert.equal(first, later);
      assert.ok(String(first).startsWith(kept), String(first));
      assert.deepEqual(more, []);
      await world.close();
    });
});
