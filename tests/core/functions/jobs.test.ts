import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { openApp } from "../../support/app.ts";
import { type FunctionWorld, openFunctions } from "../../support/functions.ts";

const NOTES = { name: "notes", fields: [{ name: "what", type: "text" }], permissions: { create: "public" } };

const FILES = {
  "jobs/cleanup.ts": `
    import { word } from "../functions/_word.ts";
    export const schedule = "0 3 * * *";
    export const retries = 1;
    export default async ({ payload, job, db, log }) => {
      log.info("cleaning", word);
      await db.collection("notes").create({ what: \`\${job.name} \${job.attempt} \${JSON.stringify(payload)}\` });
    };`,
  "jobs/mails/welcome.ts": `
    export const on = "notes.created";
    export default async ({ payload, log }) => { log.info("welcome", payload.payload.what); };`,
  "jobs/slow.ts": `export const timeout = 100; export const retries = 0; export default async () => { for (;;); };`,
  "jobs/fails.ts": `export const retries = 0; export default async ({ log }) => { log.warn("about to"); throw new Error("no server"); };`,
  "functions/_word.ts": `export const word = "thoroughly";`,
  "functions/ask.ts": `
    import { onRequest } from "bakend";
    onRequest("POST", "/ask", async ({ request, jobs }) => {
      const { name, payload, options } = await request.json();
      try {
        return Response.json({ id: await jobs.enqueue(name, payload, options) });
      } catch ({ code, status, errors }) {
        return Response.json({ code, errors }, { status });
      }
    });`,
};

/** Jobs whose clock a test owns. */
async function open(files: Readonly<Record<string, string>> = FILES) {
  const ticks = new Set<() => void>();
  const world = await openFunctions({
    files,
    collections: [NOTES],
    every: (_, task) => {
      ticks.add(task);
      return () => void ticks.delete(task);
    },
  });
  const { token } = await world.signUp("root@example.com", "admin");
  const pass = async (milliseconds: number): Promise<void> => {
    world.pass(milliseconds);
    for (const tick of [...ticks]) tick();
    await world.app.app.idle();
  };
  return { world, token, pass };
}

const noted = async ({ app }: FunctionWorld): Promise<readonly unknown[]> => {
  const { items } = await app.app.as(systemPrincipal("test")).records("notes").list({ sort: "createdAt" });
  return items.map(({ what }) => what);
};

/** The patience of a stop, and what comes before and after it. */
const LONG = { timeout: 60_000 };

describe("jobs of a project", () => {
  test("that are canceled end at once, do no further step, and tell no success", async () => {
    const { world, token } = await open({
      "jobs/long.ts": `
        export const overlap = "skip";
        export default async ({ step, db, log }) => {
          log.info("begun");
          await db.collection("notes").create({ what: "begun" });
          await new Promise((resolve) => setTimeout(resolve, 300));
          await step.run("more", () => db.collection("notes").create({ what: "more" }));
        };`,
    });
    const told: string[] = [];
    world.app.app.events.on("job.*", ({ type }) => void told.push(type));
    const { id } = await world.ok("POST", "/api/admin/jobs/long/run", { token, body: {} });
    while ((await noted(world)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await world.ok("DELETE", `/api/admin/queue/${id}`, { token });
    await world.app.app.idle();
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.deepEqual(await noted(world), ["begun"]);
    assert.deepEqual(told, ["job.started", "job.failed"]);
    const said = world.lines.filter((line) => line.includes("the function jobs/long"));
    assert.match(said.join("\n"), /^info: the function jobs\/long was canceled/);
    const { state, runs } = await world.ok("GET", `/api/admin/queue/${id}`, { token });
    assert.equal(state, "canceled");
    assert.deepEqual(
      runs.map((one: Record<string, unknown>) => [one.state, one.lines]),
      [["canceled", ["begun"]]],
    );
    await world.close();
  });

  test("are run by the clock, by admins, by functions and by events, and their runs are kept", async () => {
    const { world, token, pass } = await open();
    assert.deepEqual(world.app.app.functions.report.faults, []);
    const { items } = await world.ok("GET", "/api/admin/jobs", { token });
    assert.deepEqual(
      items.map((one: Record<string, unknown>) => [one.name, one.schedule, one.on, one.nextAt]),
      [
        ["cleanup", "0 3 * * *", null, "2026-03-02T03:00:00.000Z"],
        ["fails", null, null, null],
        ["mails/welcome", null, "notes.created", null],
        ["slow", null, null, null],
      ],
    );
    await pass(1000);
    await pass(15 * 3_600_000);
    // the token has ended by now
    const { token: later } = await world.login("root@example.com");
    const answer = await world.call("POST", "/api/admin/jobs/cleanup/run", {
      token: later,
      body: { payload: { by: "hand" } },
    });
    assert.equal(answer.status, 202);
    await world.app.app.idle();
    await world.ok("POST", "/api/functions/ask", { body: { name: "cleanup", payload: { by: "a function" } } });
    await world.app.app.idle();
    assert.deepEqual(await noted(world), [
      `cleanup 1 {"scheduledFor":"2026-03-02T03:00:00.000Z"}`,
      `cleanup 1 {"by":"hand"}`,
      `cleanup 1 {"by":"a function"}`,
    ]);
    const runs = await world.ok("GET", "/api/admin/jobs/cleanup/runs", { token: later });
    assert.equal(runs.items.length, 3);
    assert.deepEqual(runs.items[0].lines, ["cleaning thoroughly"]);
    // each note has made a job of itself
    const welcomes = await world.ok("GET", "/api/admin/jobs/mails%2Fwelcome/runs", { token: later });
    assert.equal(welcomes.items.length, 3);
    assert.match(welcomes.items[0].lines[0], /welcome cleanup 1/);
    await world.close();
  });

  test("that loop or throw fail alone, and it is told why", async () => {
    const { world, token } = await open();
    for (const name of ["slow", "fails"]) await world.call("POST", `/api/admin/jobs/${name}/run`, { token, body: {} });
    await world.app.app.idle();
    const { items } = await world.ok("GET", "/api/admin/queue?state=failed", { token });
    const errors = Object.fromEntries(items.map((one: { name: string; error: string }) => [one.name, one.error]));
    assert.match(errors.slow, /longer than 100 ms/);
    assert.equal(errors.fails, "no server");
    const [failed] = items.filter((one: { name: string }) => one.name === "fails");
    const shown = await world.ok("GET", `/api/admin/queue/${failed.id}`, { token });
    assert.deepEqual(shown.runs[0].lines, ["about to"]);
    assert.equal((await world.call("GET", "/health")).status, 200);
    await world.close();
  });

  test("can be paused and canceled, and wrong requests change nothing", async () => {
    const { world, token, pass } = await open();
    assert.equal((await world.ok("POST", "/api/admin/jobs/cleanup/pause", { token })).paused, true);
    const { id } = await world.ok("POST", "/api/admin/jobs/cleanup/run", { token, body: {} });
    await pass(1000);
    assert.deepEqual(await noted(world), []);
    assert.equal((await world.call("DELETE", `/api/admin/queue/${id}`, { token })).status, 204);
    assert.equal((await world.ok("POST", "/api/admin/jobs/cleanup/resume", { token })).paused, false);
    await pass(1000);
    assert.deepEqual(await noted(world), []);
    const faults: [path: string, body: object, status: number][] = [
      ["jobs/nothing/run", {}, 404],
      ["jobs/cleanup/run", { delay: "1s" }, 400],
      ["jobs/cleanup/run", { delay: -1 }, 400],
      ["jobs/cleanup/run", { at: "soon" }, 400],
      ["jobs/cleanup/run", { when: 1 }, 400],
      ["jobs/cleanup/run", [], 400],
      ["jobs/nothing/pause", {}, 404],
    ];
    for (const [path, body, status] of faults)
      assert.equal((await world.call("POST", `/api/admin/${path}`, { token, body })).status, status, path);
    for (const path of ["queue?state=gone", "queue?limit=0", "jobs?x=1"])
      assert.equal((await world.call("GET", `/api/admin/${path}`, { token })).status, 400, path);
    assert.equal((await world.call("POST", "/api/functions/ask", { body: { name: "nothing" } })).status, 404);
    await world.close();
  });

  test("go on at the next step after a pause, a restart and a failure, and do none twice", async () => {
    const { world, token, pass } = await open({
      "jobs/order.ts": `
        export const retries = 1;
        export default async ({ payload, job, step, db, log }) => {
          const note = (what) => db.collection("notes").create({ what });
          const made = await step.run("make", async () => { await note("made"); return { number: payload.number + 1 }; });
          await step.sleep("rest", 60_000);
          await step.run("first try fails", async () => { if (job.attempt < 3) throw new Error("not yet"); });
          const paid = await step.waitForEvent("paid", "notes.updated", { timeout: 3_600_000 });
          await step.run("end", () => note("ended " + made.number + " " + (paid ? paid.payload.what : "unpaid")));
        };`,
    });
    const run = (): Promise<unknown> =>
      world.ok("POST", "/api/admin/jobs/order/run", { token, body: { payload: { number: 1 } } });
    await run();
    await world.app.app.idle();
    await pass(30_000);
    assert.deepEqual(await noted(world), ["made"]);
    await pass(31_000);
    // the second try has failed, the third comes after a pause
    await pass(5000);
    assert.deepEqual(await noted(world), ["made"]);
    const { items } = await world.ok("GET", "/api/notes", { token });
    await world.ok("PATCH", `/api/notes/${items[0].id}`, { token, body: { what: "paid" } });
    await world.app.app.idle();
    await pass(1000);
    assert.deepEqual([...(await noted(world))].sort(), ["ended 2 paid", "paid"]);
    const runs = await world.ok("GET", "/api/admin/jobs/order/runs", { token });
    assert.deepEqual(
      runs.items.map((one: { state: string }) => one.state),
      ["done", "paused", "failed", "paused"],
    );
    assert.deepEqual(await world.app.sql(`SELECT * FROM "_steps"`), []);
    // nobody pays: it goes on when its time is up
    await run();
    await world.app.app.idle();
    await pass(61_000);
    await pass(5000);
    await pass(3_600_001);
    assert.ok((await noted(world)).includes("ended 2 unpaid"));
    await world.close();
  });

  test("that end while the app is closed are told of before the database is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-closing-"));
    const path = join(folder, "app.db");
    const sent: string[] = [];
    const world = await openFunctions({
      files: {
        "jobs/slow.ts": `export default async ({ db, mail }) => {
          await new Promise((done) => setTimeout(done, 100));
          await db.collection("notes").create({ what: "done" });
          await mail.send({ to: "ann@example.com", subject: "Done", text: "It is." });
        };`,
        "functions/start.ts": `import { onRequest } from "bakend"; onRequest("POST", "/start", async ({ jobs }) => Response.json(await jobs.enqueue("slow")));`,
      },
      path,
      collections: [NOTES],
      mailer: {
        async send({ subject }) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          sent.push(subject);
        },
      },
    });
    const begun = new Promise((resolve) => void world.app.app.events.on("job.started", resolve));
    await world.ok("POST", "/api/functions/start", { body: {} });
    await begun;
    await world.app.close();
    assert.deepEqual(sent, ["Done"]);
    assert.deepEqual(
      world.lines.filter((line) => line.startsWith("error")),
      [],
    );
    const again = await openApp({ path, accounts: true, collections: [NOTES] });
    const told = await again.sql(`SELECT "type" FROM "_events" WHERE "type" LIKE 'job.%'`);
    assert.deepEqual(
      told.map(({ type }) => type),
      ["job.started", "job.completed"],
    );
    await again.close();
    rmSync(folder, { recursive: true });
  });

  test(
    "that need longer than a stop has patience go on in the next process: no try, no line, no step is lost",
    LONG,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "bakend-stopping-"));
      const path = join(folder, "app.db");
      const job = (wait: number): string => `
      export const retries = 0;
      export default async ({ step, db, log }) => {
        const { what } = await step.run("begin", () => db.collection("notes").create({ what: "begun" }));
        log.info("waiting after", what);
        await new Promise((done) => setTimeout(done, ${wait}));
        await step.run("end", () => db.collection("notes").create({ what: "ended" }));
      };`;
      const start = `import { onRequest } from "bakend"; onRequest("POST", "/start", async ({ jobs }) => Response.json(await jobs.enqueue("slow")));`;
      const openOne = (wait: number) =>
        openFunctions({
          files: { "jobs/slow.ts": job(wait), "functions/start.ts": start },
          path,
          collections: [NOTES],
        });
      const one = await openOne(8000);
      const id = await one.ok("POST", "/api/functions/start", { body: {} });
      while ((await noted(one)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await one.app.close();
      assert.deepEqual(
        one.lines.filter((line) => line.includes("jobs cannot be run")),
        [],
      );
      const two = await openOne(0);
      const { token } = await two.signUp("root@example.com", "admin");
      const read = () => two.ok("GET", `/api/admin/queue/${id}`, { token });
      while ((await read()).state !== "done") await new Promise((resolve) => setTimeout(resolve, 20));
      await two.app.app.idle();
      const { runs } = await read();
      assert.deepEqual(
        runs.map((one: Record<string, unknown>) => [one.state, one.error, one.lines]),
        [
          ["done", null, ["waiting after begun"]],
          ["interrupted", null, ["waiting after begun"]],
        ],
      );
      assert.deepEqual(await noted(two), ["begun", "ended"]);
      const told = await two.app.sql(`SELECT "type" FROM "_events" WHERE "type" LIKE 'job.%' ORDER BY "seq"`);
      assert.deepEqual(
        told.map(({ type }) => type),
        ["job.started", "job.interrupted", "job.started", "job.completed"],
      );
      await two.close();
      rmSync(one.folder, { recursive: true });
      rmSync(folder, { recursive: true });
    },
  );

  test("finish although their process is told to stop, as the server is by a terminal or a supervisor", async () => {
    const { world, token } = await open({
      "jobs/slow.ts": `
        export default async ({ db }) => {
          await db.collection("notes").create({ what: String(process.pid) });
          await new Promise((done) => setTimeout(done, 300));
        };`,
    });
    const { id } = await world.ok("POST", "/api/admin/jobs/slow/run", { token, body: {} });
    while ((await noted(world)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [pid] = await noted(world);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.kill(Number(pid), signal);
    await world.app.app.idle();
    const { state, tries } = await world.ok("GET", `/api/admin/queue/${id}`, { token });
    assert.deepEqual([state, tries], ["done", 1]);
    await world.close();
  });

  test("that run at the same time have lines of their own", async () => {
    const { world, token } = await open({
      "jobs/many.ts": `
        export const overlap = "allow";
        const later = () => new Promise((done) => setTimeout(done, 20));
        export default async ({ payload, log, step }) => {
          log.info("begin", payload);
          await later();
          console.log("middle " + payload);
          await step.run("inner", async () => { await later(); log.warn("inner", payload); });
          log.info("end", payload);
        };`,
    });
    const ids = await Promise.all(
      [1, 2, 3].map(
        async (payload) => (await world.ok("POST", "/api/admin/jobs/many/run", { token, body: { payload } })).id,
      ),
    );
    await world.app.app.idle();
    for (const id of ids) {
      const { payload, runs } = await world.ok("GET", `/api/admin/queue/${id}`, { token });
      assert.deepEqual(
        runs.map(({ lines }: { lines: unknown }) => lines),
        [["begin", "middle", "inner", "end"].map((word) => `${word} ${payload}`)],
      );
    }
    await world.close();
  });

  for (const others of [{}, { "jobs/other.ts": "export default () => {};" }] as Readonly<Record<string, string>>[])
    test(`whose file is gone wait for it, are seen and can be canceled: beside ${Object.keys(others).length} others`, async () => {
      const text = `export default ({ payload, db }) => db.collection("notes").create({ what: payload });`;
      const { world, token, pass } = await open({ "jobs/mail.ts": text, ...others });
      const run = async (payload: string, more: object = {}): Promise<string | null> =>
        (await world.ok("POST", "/api/admin/jobs/mail/run", { token, body: { payload, key: "k", ...more } })).id;
      const load = async (): Promise<void> => assert.deepEqual((await world.app.app.functions.load()).faults, []);
      const first = await run("first", { delay: 1000 });
      world.remove("jobs/mail.ts");
      await load();
      await pass(60_000);
      await pass(60_000);
      assert.equal((await world.call("POST", "/api/admin/jobs/mail/run", { token, body: {} })).status, 404);
      const { items } = await world.ok("GET", "/api/admin/queue?state=queued", { token });
      assert.deepEqual(
        items.map(({ id, tries }: Record<string, unknown>) => [id, tries]),
        [[first, 0]],
      );

      // it is back: what waited runs, and the key is free
      world.write("jobs/mail.ts", text);
      await load();
      await pass(1000);
      assert.deepEqual(await noted(world), ["first"]);
      const second = await run("second", { delay: 1000 });
      assert.notEqual(second, null);

      // gone again: what is canceled is out of the way
      world.remove("jobs/mail.ts");
      await load();
      assert.equal((await world.call("DELETE", `/api/admin/queue/${second}`, { token })).status, 204);
      world.write("jobs/mail.ts", text);
      await load();
      assert.notEqual(await run("third"), null);
      await pass(1000);
      assert.deepEqual(await noted(world), ["first", "third"]);
      await world.close();
    });

  describe("are queued as it is said, by admins and by functions", () => {
    const NOW = "2026-03-01T12:00:00.000Z";
    let opened: Awaited<ReturnType<typeof open>>;
    before(async () => {
      opened = await open({
        "jobs/cleanup.ts": `export default () => {};`,
        "functions/ask.ts": FILES["functions/ask.ts"],
      });
      await opened.world.ok("POST", "/api/admin/jobs/cleanup/pause", { token: opened.token });
    });
    after(() => opened.world.close());

    /** What is queued by the two doors, each with the moment from which on it may run; or how they refuse it. */
    const ask = async (json: string): Promise<readonly unknown[]> => {
      const { world, token } = opened;
      const options = (text: string): string => text.replace("}", `${text === "{}" ? "" : ", "}"payload": 1}`);
      const byAdmin = await world.call("POST", "/api/admin/jobs/cleanup/run", {
        token,
        body: options(json),
        headers: { "content-type": "application/json" },
      });
      const byFunction = await world.call("POST", "/api/functions/ask", {
        body: `{"name":"cleanup","options":${json}}`,
        headers: { "content-type": "application/json" },
      });
      return Promise.all(
        [byAdmin, byFunction].map(async ({ status, body }) => {
          const [fault] = body.errors ?? [];
          if (fault) return `${status} ${body.code} ${fault.field} ${fault.code}`;
          if (!body.id) return `${status} ${body.code}`;
          const { runAt, priority } = await world.ok("GET", `/api/admin/queue/${body.id}`, { token });
          return `${runAt} ${priority}`;
        }),
      );
    };

    for (const [json, expected] of [
      ["{}", `${NOW} 0`],
      [`{"delay":0}`, `${NOW} 0`],
      [`{"delay":86400000}`, "2026-03-02T12:00:00.000Z 0"],
      [`{"priority":9007199254740991}`, `${NOW} 9007199254740991`],
      [`{"priority":-5}`, `${NOW} -5`],
      [`{"at":"2026-03-02T12:00:00Z"}`, "2026-03-02T12:00:00.000Z 0"],
      [`{"at":"2026-03-02T12:00+01:00"}`, "2026-03-02T11:00:00.000Z 0"],
      [`{"at":"2026-03-02T12:00:00.123456-0130"}`, "2026-03-02T13:30:00.123Z 0"],
      [`{"at":"1999-01-01T00:00:00Z"}`, "1999-01-01T00:00:00.000Z 0"],
      [`{"at":"9999-12-31T23:59:59.999Z"}`, "9999-12-31T23:59:59.999Z 0"],
      [`{"delay":-1}`, "delay min"],
      [`{"delay":1.5}`, "delay type"],
      [`{"delay":1e300}`, "delay max"],
      [`{"delay":1e400}`, "delay type"],
      [`{"delay":9007199254740991}`, "delay max"],
      [`{"delay":251632000000000}`, "delay max"],
      [`{"delay":null}`, "delay type"],
      [`{"delay":"1s"}`, "delay type"],
      [`{"delay":1,"at":"2026-03-02T12:00:00Z"}`, "at refused"],
      [`{"at":"2026-03-02"}`, "at pattern"],
      [`{"at":"2026-03-02T12:00:00"}`, "at pattern"],
      [`{"at":"2026-02-30T12:00:00Z"}`, "at pattern"],
      [`{"at":"2026-03-02 12:00:00Z"}`, "at pattern"],
      [`{"at":"March 2, 2026 12:00 UTC"}`, "at pattern"],
      [`{"at":"+275760-09-13T00:00:00Z"}`, "at pattern"],
      [`{"at":"9999-12-31T23:59:59-01:00"}`, "at pattern"],
      [`{"at":""}`, "at pattern"],
      [`{"at":1772452800000}`, "at type"],
      [`{"priority":0.5}`, "priority type"],
      [`{"priority":1e300}`, "priority type"],
      [`{"key":5}`, "key type"],
      [`{"dealy":5}`, "dealy unknown_field"],
    ] as const)
      test(json, async () => {
        const one = / /.test(expected) && !/^\d/.test(expected) ? `400 validation_failed ${expected}` : expected;
        assert.deepEqual(await ask(json), [one, one]);
        await opened.world.ok("GET", "/api/admin/queue?limit=100", { token: opened.token });
      });
  });

  test("that are canceled while they ask for much take no other call of their process along", async () => {
    const { world, token } = await open({
      "jobs/busy.ts": `
        export default async ({ db }) => {
          await db.collection("notes").create({ what: "busy" });
          const ask = async () => { for (;;) await db.collection("notes").count(); };
          await Promise.all(Array.from({ length: 20 }, ask));
        };`,
      "jobs/quiet.ts": `export default () => new Promise((done) => setTimeout(done, 600));`,
    });
    const run = async (name: string): Promise<string> =>
      (await world.ok("POST", `/api/admin/jobs/${name}/run`, { token, body: {} })).id;
    // more than there are processes
    const quiet = await Promise.all([run("quiet"), run("busy"), run("busy"), run("busy")]);
    while ((await noted(world)).length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const id of quiet.slice(1)) await world.call("DELETE", `/api/admin/queue/${id}`, { token });
    await world.app.app.idle();
    const { state, tries, error } = await world.ok("GET", `/api/admin/queue/${quiet[0]}`, { token });
    assert.deepEqual([state, tries, error], ["done", 1, null]);
    assert.deepEqual(
      world.lines.filter((line) => line.includes("does not keep to its part")),
      [],
    );
    await world.close();
  });

  test("that cannot be as they are written are faults of their file", async () => {
    const { world } = await open({
      "jobs/a.ts": `export const schedule = "61 * * * *"; export default () => {};`,
      "jobs/b.ts": `export const schedule = "* * * * *";`,
      "jobs/c.ts": `export const timeout = "soon"; export default () => {};`,
    });
    const { faults } = world.app.app.functions.report;
    assert.deepEqual(
      faults.map(({ file }) => file),
      ["jobs/b.ts"],
    );
    world.write("jobs/b.ts", `export default () => {};`);
    const report = await world.app.app.functions.load();
    assert.deepEqual(
      report.faults.map(({ file, message }) => `${file} ${message.split(":")[0]}`),
      ["jobs/a.ts schedule", `jobs/c.ts timeout must be a time such as "30s"`],
    );
    await world.close();
  });
});
