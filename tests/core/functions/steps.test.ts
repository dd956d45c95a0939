import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSteps } from "../../../src/core/functions/guest/steps.ts";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { openFunctions } from "../../support/functions.ts";

const NOTES = { name: "notes", fields: [{ name: "what", type: "text" }] };
const ORDERS = {
  name: "orders",
  fields: [{ name: "number", type: "integer" }],
  permissions: { read: "public", create: "public", update: "public", delete: "public" },
};

/** Functions whose clock a test owns. */
async function open(code: string, options: object = {}) {
  const ticks = new Set<() => void>();
  const world = await openFunctions({
    files: {
      "functions/orders.ts": `import { beforeCreate, beforeUpdate, onCreate, onDelete, onEvent, onLogin, onRequest, onUpdate } from "bakend";\n${code}`,
    },
    collections: [NOTES, ORDERS],
    every: (_: number, task: () => void) => {
      ticks.add(task);
      return () => void ticks.delete(task);
    },
    ...options,
  });
  assert.deepEqual(world.app.app.functions.report.faults, []);
  await world.signUp("root@example.com", "admin");
  // tokens end while time passes
  const admin = async (path: string) => world.ok("GET", path, { token: (await world.login("root@example.com")).token });
  return {
    world,
    admin,
    /** Lets time pass, and everything that is due by then happen. */
    async pass(milliseconds: number): Promise<void> {
      world.pass(milliseconds);
      for (const tick of [...ticks]) tick();
      await world.app.app.idle();
    },
    async notes(): Promise<readonly unknown[]> {
      await world.app.app.idle();
      const { items } = await world.app.app.as(systemPrincipal("test")).records("notes").list({ sort: "createdAt,id" });
      return items.map(({ what }) => what);
    },
    order: (number: number) => world.ok("POST", "/api/orders", { body: { number } }),
    async queue(): Promise<readonly Record<string, unknown>[]> {
      return (await admin("/api/admin/queue")).items;
    },
  };
}

const NOTE = `const note = (db, what) => db.collection("notes").create({ what });`;

test("a step that is not to be done, as the queue has the rest, ends the call as a pause does", async () => {
  const pauses: number[] = [];
  const steps = createSteps(
    { ask: async () => ({ is: "until", at: 7 }) },
    { pause: (until) => pauses.push(until), spoil: assert.fail, within: (work) => work(), isInStep: () => false },
  );
  void steps.run("a", () => assert.fail("it is done"));
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(pauses, [7]);
});

describe("steps of functions of events", () => {
  test("that are being done when another one pauses are done first, and not again", async () => {
    const { world, order, notes, pass } = await open(`${NOTE}
      const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      onCreate("orders", async ({ step, db }) => {
        const [charged] = await Promise.all([
          step.run("charge", async () => { await later(50); await note(db, "charged"); return 7; }),
          step.sleep("nap", 60_000),
        ]);
        await note(db, "after " + charged);
      });
    `);
    await order(1);
    assert.deepEqual(await notes(), ["charged"]);
    await pass(61_000);
    assert.deepEqual(await notes(), ["charged", "after 7"]);
    await world.close();
  });

  test("do not wait for something within what another one does", async () => {
    const { world, order, notes, pass } = await open(`${NOTE}
      onCreate("orders", async ({ step, db }) => {
        await step.run("outer", async () => {
          await step.sleep("inner", 10).catch((error) => note(db, error.code));
          await step.waitForEvent("other", "orders.*").catch((error) => note(db, error.code));
        });
        await step.sleep("nap", 60_000);
        await note(db, "after");
      });
    `);
    await order(1);
    assert.deepEqual(await notes(), ["bad_request", "bad_request"]);
    await pass(61_000);
    assert.deepEqual(await notes(), ["bad_request", "bad_request", "after"]);
    await world.close();
  });

  test("that are done are not done again when the delivery is tried again", async () => {
    const { world, order, notes, pass } = await open(`${NOTE}
      onCreate("orders", async ({ record, step, db }) => {
        const made = await step.run("make", async () => { await note(db, "made"); return { number: record.number + 1 }; });
        await note(db, "tried");
        await step.run("send", () => note(db, "sent " + made.number));
        if ((await db.collection("notes").count("what = 'tried'")) < 3) throw new Error("not yet");
      });`);
    await order(1);
    assert.deepEqual(await notes(), ["made", "tried", "sent 2"]);
    for (let tries = 1; tries < 5; tries += 1) await pass(10_000);
    assert.deepEqual(await notes(), ["made", "tried", "sent 2", "tried", "tried"]);
    await world.close();
  });

  test("each event has its own, and each function", async () => {
    const { world, order, notes } = await open(`${NOTE}
      onCreate("orders", ({ record, step, db }) => step.run("same", () => note(db, "a " + record.number)));
      onCreate("orders", ({ record, step, db }) => step.run("same", () => note(db, "b " + record.number)));`);
    await order(1);
    await order(2);
    assert.deepEqual([...(await notes())].sort(), ["a 1", "a 2", "b 1", "b 2"]);
    await world.close();
  });

  test("a pause ends the delivery: later events of the record are not held up, and the rest runs from the queue", async () => {
    const { world, admin, order, notes, pass, queue } = await open(`${NOTE}
      onCreate("orders", async ({ record, user, event, step, db, log }) => {
        await step.run("begin", () => note(db, "begun"));
        await step.sleep("rest", 60_000);
        log.info("going on with", event.type);
        const paid = await step.waitForEvent("paid", "orders.updated", { timeout: 3_600_000 });
        await step.run("end", () => note(db, "ended " + record.number + " " + (paid ? paid.payload.number : "unpaid")));
      });
      onUpdate("orders", ({ previous, db }) => note(db, "updated from " + previous.number));`);
    const { id } = await order(1);
    await world.ok("PATCH", `/api/orders/${id}`, { body: { number: 2 } });
    assert.deepEqual([...(await notes())].sort(), ["begun", "updated from 1"]);
    assert.deepEqual(
      (await queue()).map(({ name, state, runAt }) => [name, state, runAt]),
      [["function orders orders.created", "queued", "2026-03-01T12:01:00.000Z"]],
    );
    await pass(61_000);
    // what happened before it waited does not count
    assert.equal((await notes()).length, 2);
    await world.ok("PATCH", `/api/orders/${id}`, { body: { number: 3 } });
    await pass(1000);
    assert.ok((await notes()).includes("ended 1 3"));
    const [run] = await queue();
    const shown = await admin(`/api/admin/queue/${run?.id}`);
    assert.equal(shown.state, "done");
    assert.equal(shown.payload.event.type, "orders.created");
    assert.deepEqual(
      shown.runs.map(({ state, lines }: Record<string, unknown>) => [state, lines]),
      [
        ["done", ["going on with orders.created"]],
        ["paused", ["going on with orders.created"]],
      ],
    );
    assert.deepEqual(await world.app.sql(`SELECT * FROM "_steps"`), []);
    await world.close();
  });

  test("of logins, and of a pause that is over", async () => {
    const { world, notes, pass } = await open(`${NOTE}
      onLogin(async ({ user, step, db }) => {
        await step.sleep("a while", 1000);
        await step.run("note", () => note(db, user.email));
      });`);
    await world.login("root@example.com");
    assert.deepEqual(await notes(), []);
    await pass(1001);
    assert.deepEqual(await notes(), ["root@example.com"]);
    await world.close();
  });

  test("functions that set each other off across pauses come to an end", async () => {
    const { world, order, pass } = await open(`
      onCreate("orders", async ({ record, step, db }) => {
        await step.sleep("a while", 1000);
        await step.run("next", () => db.collection("orders").create({ number: record.number + 1 }));
      });`);
    await order(1);
    for (let count = 0; count < 12; count += 1) await pass(1001);
    assert.equal((await world.ok("GET", "/api/orders?count=true")).total, 9);
    await world.close();
  });

  for (const isLast of [false, true])
    test(`a function that is gone when it should go on fails, and says so${isLast ? ": the last one" : ""}`, async () => {
      const { world, order, pass, queue } = await open(`
      onCreate("orders", async ({ step }) => { await step.sleep("a while", 1000); });`);
      await order(1);
      await world.app.app.idle();
      if (isLast) world.remove("functions/orders.ts");
      else world.write("functions/orders.ts", "export const nothing = 1;");
      assert.equal((await world.app.app.functions.load()).ok, true);
      for (let tries = 0; tries < 10; tries += 1) await pass(600_000);
      const [run] = await queue();
      assert.deepEqual(
        [run?.state, run?.error, run?.tries],
        ["failed", "There is no such function any more: orders orders.created.", 10],
      );
      const told = world.events.find(({ type }) => type === "system.delivery_failed")?.payload as { target: string };
      assert.equal(told.target, "function orders orders.created");
      await world.close();
    });

  test("wait while no version of the functions is loaded", async () => {
    const { world, order, pass, queue } = await open(`
      onCreate("orders", async ({ step }) => { await step.sleep("a while", 1000); });`);
    await order(1);
    await world.app.app.idle();
    world.write("functions/orders.ts", "this is no code");
    assert.equal((await world.app.app.functions.load()).ok, false);
    // the version before is in force
    await pass(2000);
    assert.equal((await queue())[0]?.state, "done");
    await world.close();
  });

  test("functions of requests and hooks have none, and are told", async () => {
    const { world } = await open(`
      const ask = (step) => step.run("x", () => 1).catch((error) => error.code + ": " + error.message);
      onRequest("GET", "/steps", async ({ step }) => new Response(await ask(step)));
      beforeCreate("notes", async ({ step }) => ({ what: await ask(step) }));`);
    const refusal = "bad_request: Only jobs, and functions of events that are kept, have steps.";
    assert.equal((await world.get("/steps")).text, refusal);
    const note = await world.app.app.as(systemPrincipal("test")).records("notes").create({});
    assert.equal(note.what, refusal);
    await world.close();
  });

  test("events that are not kept call functions without steps, which are told", async () => {
    const { world, order, notes } = await open(
      `${NOTE}
      onCreate("orders", async ({ step, db }) => {
        await step.run("x", () => 1).catch((error) => note(db, error.code + " " + error.status));
      });`,
      { events: { durable: false } },
    );
    await order(1);
    assert.deepEqual(await notes(), ["bad_request 400"]);
    await world.close();
  });

  for (const [what, call] of [
    ["no name", `step.run("", () => 1)`],
    ["too long a name", `step.run("x".repeat(201), () => 1)`],
    ["too long a pause", `step.sleep("x", 1e15)`],
    ["no pause", `step.sleep("x", "soon")`],
    ["no pattern", `step.waitForEvent("x", "*.created")`],
  ])
    test(`refused: ${what}`, async () => {
      const { world, order, notes, queue } = await open(`${NOTE}
        onCreate("orders", async ({ step, db }) => { await ${call}.catch((error) => note(db, error.code)); });`);
      await order(1);
      assert.deepEqual(await notes(), ["bad_request"]);
      assert.deepEqual(await queue(), []);
      await world.close();
    });
});
