import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BakendEvent, Lane } from "../../../src/core/events/index.ts";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { OPEN, openApp, type TestApp } from "../../support/app.ts";
import { succeed, uuid } from "../../support/scenario.ts";

const COLLECTIONS = [
  {
    name: "notes",
    fields: [
      { name: "text", type: "text", unique: true },
      { name: "meta", type: "json" },
      { name: "secret", type: "text", hidden: true },
    ],
    permissions: OPEN,
  },
];

async function using(work: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await openApp({ collections: COLLECTIONS });
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

describe("events about records", () => {
  test("tell the record, its former state on updates, and who did it", () =>
    using(async (app) => {
      const made = await succeed(app, "POST", "/api/notes", { text: "a", meta: { deep: [1] }, secret: "hush-hush" });
      const changed = await succeed(app, "PATCH", `/api/notes/${made.id}`, { text: "b", secret: "hush-2" });
      await succeed(app, "DELETE", `/api/notes/${made.id}`);
      const heard = await app.heard();
      assert.deepEqual(
        heard.map(({ event }) => event.type),
        ["notes.created", "notes.updated", "notes.deleted"],
      );
      assert.deepEqual(
        heard.map(({ event }) => event.payload),
        [made, changed, changed],
      );
      assert.deepEqual(
        heard.map(({ detail }) => detail.previous),
        [undefined, made, undefined],
      );
      assert.deepEqual(
        heard.map(({ detail }) => detail.actor),
        [{ kind: "anonymous" }, { kind: "anonymous" }, { kind: "anonymous" }],
      );
      assert.doesNotMatch(JSON.stringify(heard), /hush/);
      for (const { event } of heard) {
        assert.deepEqual(Object.keys(event).sort(), ["id", "payload", "source", "timestamp", "type"]);
        assert.equal(event.source, "collections");
        assert.match(event.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.ok(Object.isFrozen(event) && Object.isFrozen(event.payload));
      }
      const { meta } = (heard.at(0)?.event.payload ?? {}) as { meta: { deep: unknown } };
      assert.ok(Object.isFrozen(meta.deep));
      assert.throws(() => Object.assign(meta, { deep: 2 }), TypeError);
    }));

  test("name the actor of writes by code", () =>
    using(async (app) => {
      await app.app.as(systemPrincipal("test")).records("notes").create({ text: "s" });
      const user = { kind: "user", id: uuid(7), role: "admin", collection: "users", session: "s", record: {} } as const;
      await app.app.as(user).records("notes").create({ text: "u" });
      assert.deepEqual(
        (await app.heard()).map(({ detail }) => detail.actor),
        [{ kind: "system" }, { kind: "user", id: uuid(7) }],
      );
    }));

  test("come after the commit: a handler finds the record as the event tells it", () =>
    using(async (app) => {
      const found: unknown[] = [];
      for (const lane of ["logging", "realtime", "functions", "plugins"] satisfies Lane[]) {
        app.app.events.on(
          "notes.*",
          async ({ type, payload }) => {
            const { id } = payload as { id: string };
            const { status, body } = await app.call("GET", `/api/notes/${id}`);
            found.push(
              type === "notes.deleted" ? status === 404 : body.version >= (payload as { version: number }).version,
            );
          },
          lane,
        );
      }
      const { id } = await succeed(app, "POST", "/api/notes", { text: "a" });
      await app.app.events.idle();
      await succeed(app, "PATCH", `/api/notes/${id}`, { text: "b" });
      await app.app.events.idle();
      await succeed(app, "DELETE", `/api/notes/${id}`);
      await app.app.events.idle();
      assert.deepEqual(
        found,
        Array.from({ length: 12 }, () => true),
      );
    }));

  test("are in the order of the commits, with ids that ascend, whatever arrives at once", () =>
    using(async (app) => {
      const { id } = await succeed(app, "POST", "/api/notes", { text: "a" });
      await Promise.all(
        Array.from({ length: 120 }, (_, n) =>
          n % 3 === 0
            ? app.call("PATCH", `/api/notes/${id}`, { body: { meta: n } })
            : n % 3 === 1
              ? app.call("POST", "/api/notes", { body: { text: `t${n}` } })
              : app.call("POST", "/api/notes", { body: [{ text: `t${n}` }, { text: `u${n}` }] }),
        ),
      );
      const heard = await app.heard();
      assert.equal(heard.length, 1 + 40 + 40 + 80);
      const ids = heard.map(({ event }) => event.id);
      assert.deepEqual(ids, ids.toSorted());
      const versions = heard.flatMap(({ event }) => {
        const record = event.payload as { id: string; version: number };
        return record.id === id ? [record.version] : [];
      });
      assert.deepEqual(
        versions,
        Array.from({ length: 41 }, (_, n) => n + 1),
      );
      const texts = heard.map(({ event }) => (event.payload as { text: string }).text);
      for (let n = 2; n < 120; n += 3)
        assert.equal(texts.indexOf(`u${n}`), texts.indexOf(`t${n}`) + 1, "one request's records stay together");
    }));

  test("refused writes are not told", () =>
    using(async (app) => {
      await succeed(app, "POST", "/api/notes", { text: "taken" });
      await app.heard();
      await app.call("POST", "/api/notes", { body: { text: "taken" } });
      await app.call("POST", "/api/notes", { body: [{ text: "fine" }, { text: "taken" }] });
      await app.call("POST", "/api/notes", { body: { text: 1 } });
      await app.call("PATCH", `/api/notes/${uuid(1)}`, { body: {} });
      assert.deepEqual(await app.types(), []);
    }));

  test("a handler that fails or never ends does not reach the caller", () =>
    using(async (app) => {
      app.app.events.on(
        "notes.created",
        () => {
          throw new Error("boom");
        },
        "logging",
      );
      app.app.events.on("notes.created", () => Promise.reject(new Error("boom")), "realtime");
      const written: BakendEvent[] = [];
      app.app.events.on("notes.*", (event) => void written.push(event));
      await succeed(app, "POST", "/api/notes", { text: "a" });
      await succeed(app, "POST", "/api/notes", { text: "b" });
      await app.app.events.idle();
      assert.equal(written.length, 2);
    }));

  test("a handler may write; its own events follow", () =>
    using(async (app) => {
      app.app.events.on("notes.created", async ({ payload }) => {
        const { text } = payload as { text: string };
        if (text.length < 3)
          await app.app
            .as(systemPrincipal("test"))
            .records("notes")
            .create({ text: `${text}x` });
      });
      await succeed(app, "POST", "/api/notes", { text: "a" });
      assert.deepEqual(
        (await app.heard()).map(({ event }) => (event.payload as { text: string }).text),
        ["a", "ax", "axx"],
      );
    }));
});

describe("the life of an app", () => {
  test("the first start is told and seeds, the next one is not", async () => {
    const { withFile } = await import("../collections/migrations/changed-app.ts");
    await withFile(async (path) => {
      let seeded = 0;
      const seed = async (access: { records(name: string): { create(data: unknown): Promise<unknown> } }) => {
        seeded += 1;
        await access.records("notes").create({ text: "seed" });
      };
      for (const start of [1, 2]) {
        const app = await openApp({ path, collections: COLLECTIONS, seed });
        assert.equal(seeded, 1, `start ${start}`);
        assert.equal((await app.call("GET", "/api/notes")).body.items.length, 1);
        await app.close();
      }
    });
  });

  test("what was acknowledged is there after a restart", async () => {
    const { withFile } = await import("../collections/migrations/changed-app.ts");
    await withFile(async (path) => {
      const app = await openApp({ path, collections: COLLECTIONS, threads: true });
      const made = await Promise.all(
        Array.from({ length: 50 }, (_, n) => succeed(app, "POST", "/api/notes", { text: `n${n}`, meta: { n } })),
      );
      await app.close();
      const again = await openApp({ path, collections: COLLECTIONS });
      try {
        for (const record of made) assert.deepEqual((await again.call("GET", `/api/notes/${record.id}`)).body, record);
      } finally {
        await again.close();
      }
    });
  });

  test("close() lets what runs come to its end, and refuses what comes after", async () => {
    const app = await openApp({ collections: COLLECTIONS });
    const running = Array.from({ length: 20 }, (_, n) => app.call("POST", "/api/notes", { body: { text: `n${n}` } }));
    const closed = app.app.close();
    const answers = await Promise.all(running);
    await closed;
    await app.app.close();
    for (const { status, text } of answers) assert.equal(status, 201, text);
    assert.equal((await app.call("GET", "/api/notes")).status, 503);
    assert.throws(() => app.app.as(systemPrincipal("test")), { code: "unavailable" });
  });

  test("a configuration that is not valid is refused at once", async () => {
    await assert.rejects(openApp({ limits: { body: -1 } }));
    await assert.rejects(openApp({ cors: { origins: ["*"], credentials: true } }));
    await assert.rejects(openApp({ nonsense: true } as object));
  });
});
