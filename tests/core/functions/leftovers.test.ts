import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CONFINED, type FunctionWorld, openFunctions } from "../../support/functions.ts";

const LINUX = { skip: process.platform !== "linux" && "the system does not tell what a process computes" };

const FILES = {
  "functions/leftovers.ts": `
    import { onRequest } from "bakend";
    import { promisify } from "node:util";
    import { Worker as Thread } from "node:worker_threads";

    let ticks = 0;
    let moduleTicks = 0;
    setInterval(() => { moduleTicks += 1; }, 5);
    const tick = () => { ticks += 1; };
    const chain = () => { tick(); setTimeout(chain, 1); };
    const quick = () => { tick(); setImmediate(quick); };
    const { port1, port2 } = new MessageChannel();
    const turn = () => new Promise((done) => { port1.onmessage = done; port2.postMessage(null); });
    const chains = {
      waits: async () => { for (;;) { const until = Date.now() + 5; while (Date.now() < until); await turn(); } },
      "never waits": async () => { for (;;) await null; },
    };
    onRequest("GET", "/chain/:what", ({ params }) => { void chains[params.what](); return new Response(String(process.pid)); });
    onRequest("GET", "/pid", () => new Response(String(process.pid)));
    const begin = {
      timeout: () => setTimeout(tick, 40),
      immediate: quick,
      chain,
      interval: () => { const interval = setInterval(() => { tick(); if (ticks >= 3) clearInterval(interval); }, 20); },
      later: () => setTimeout(() => setTimeout(tick, 5), 5),
    };
    const processor = () => process.cpuUsage().user;

    onRequest("GET", "/begin/:what", ({ params }) => { ticks = 0; moduleTicks = 0; begin[params.what](); return new Response("begun"); });
    onRequest("GET", "/ticks", () => Response.json({ ticks, moduleTicks }));
    onRequest("GET", "/kept", async () => {
      const seen = [];
      const gone = setTimeout(() => seen.push("cleared"), 1);
      clearTimeout(gone);
      const interval = setInterval(() => { seen.push("interval"); clearInterval(interval); }, 1);
      await new Promise((done) => setImmediate((word) => { seen.push(word); done(); }, "immediate"));
      seen.push(await promisify(setTimeout)(10, "promisified"));
      await new Promise((done) => setTimeout((word) => { seen.push(word); done(); }, 10, "timeout"));
      return Response.json(seen.sort());
    });
    onRequest("GET", "/thread/:kind", async ({ params }) => {
      const spin = "for(;;);";
      if (params.kind === "web") new Worker("data:text/javascript," + spin);
      else new Thread(spin, { eval: true });
      await new Promise((done) => setTimeout(done, 50));
      return new Response("begun");
    });
    onRequest("GET", "/processor", async () => {
      const before = processor();
      await new Promise((done) => setTimeout(done, 300));
      return Response.json((processor() - before) / 1000);
    });`,
};

describe("what a call leaves behind", () => {
  let world: FunctionWorld;
  before(async () => {
    world = await openFunctions({ files: FILES, functions: { processes: 1 } });
    assert.deepEqual(world.app.app.functions.report.faults, []);
  });
  after(() => world.close());

  const timers: readonly (readonly [what: string, name: string, most: number])[] = [
    ["immediate", "a chain of immediates comes slowly after its end", 1],
    ["chain", "a chain of timers comes slowly after its end", 1],
  ];
  for (const [what, name, most] of timers)
    test(`${name}, and those of the file go on`, async () => {
      assert.equal((await world.get(`/begin/${what}`)).text, "begun");
      const { ticks } = (await world.get("/ticks")).body;
      await new Promise((resolve) => setTimeout(resolve, 100));
      const later = (await world.get("/ticks")).body;
      assert.ok(later.ticks - ticks <= most, `${later.ticks - ticks} ticks`);
      assert.ok(later.moduleTicks > 3);
    });

  test("what packages rely on comes after its end: a timeout and an interval that it had set, and one that is set then", async () => {
    const ticked = async (count = 1): Promise<void> => {
      while ((await world.get("/ticks")).body.ticks < count) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await world.get("/begin/timeout");
    await ticked();
    await world.get("/begin/interval");
    await ticked(3);
    await world.get("/begin/later");
    await ticked();
  });

  test("timers are what they were for as long as it runs", async () => {
    const { body } = await world.get("/kept");
    assert.deepEqual(body, ["immediate", "interval", "promisified", "timeout"]);
  });

  for (const what of ["waits", "never waits"])
    test(`a chain of promises that ${what} ends with its process, without a further call`, LINUX, async () => {
      const before = world.lines.length;
      const pid = (await world.get(`/chain/${encodeURIComponent(what)}`)).text;
      const line = /^warn: a process of functions computes while no call runs in it; .*last in it: leftovers\)/;
      while (!world.lines.slice(before).some((one) => line.test(one)))
        await new Promise((done) => setTimeout(done, 50));
      assert.notEqual((await world.get("/pid")).text, pid);
    });

  for (const kind of ["web", "node"])
    test(`its threads end with it: ${kind}`, { skip: !CONFINED && "threads are refused" }, async () => {
      assert.equal((await world.get(`/thread/${kind}`)).text, "begun");
      assert.ok((await world.get("/processor")).body < 100);
    });
});
