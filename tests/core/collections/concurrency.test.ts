import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertProblem, OPEN, openApp, type TestApp } from "../../support/app.ts";
import { succeed, uuid } from "../../support/scenario.ts";

const FIELDS = Array.from({ length: 20 }, (_, n) => `f${n}`);
const COLLECTIONS = [
  { name: "wide", fields: FIELDS.map((name) => ({ name, type: "integer" })), permissions: OPEN },
  { name: "names", fields: [{ name: "name", type: "text", unique: true }], permissions: OPEN },
  {
    name: "links",
    fields: [
      { name: "to", type: "relation", collection: "names", onDelete: "restrict" },
      { name: "many", type: "relation", collection: "names", many: true },
    ],
    permissions: OPEN,
  },
];

/** The same over a database in memory and over a file, where reads have connections of their own. */
function everywhere(name: string, work: (app: TestApp) => Promise<void>): void {
  for (const place of ["memory", "file"]) {
    test(`${name} (${place})`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "bakend-"));
      const app = await openApp({
        collections: COLLECTIONS,
        ...(place === "file" ? { path: join(folder, "app.db"), threads: true } : {}),
      });
      try {
        await work(app);
      } finally {
        await app.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
}

describe("many at once", () => {
  everywhere("200 changes of different fields of one record: none is lost", async (app) => {
    const { id } = await succeed(app, "POST", "/api/wide", {});
    await app.heard();
    const last = new Map<string, number>();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => {
        const field = FIELDS[n % FIELDS.length] ?? "";
        last.set(field, n);
        return app.call("PATCH", `/api/wide/${id}`, { body: { [field]: n } });
      }),
    );
    for (const { status, text } of answers) assert.equal(status, 200, text);
    assert.deepEqual(
      answers.map(({ body }) => body.version).sort((a, b) => a - b),
      Array.from({ length: 200 }, (_, n) => n + 2),
    );
    const { body } = await app.call("GET", `/api/wide/${id}`);
    assert.equal(body.version, 201);
    for (const field of FIELDS) assert.equal(body[field] % FIELDS.length, Number(field.slice(1)), field);

    const heard = await app.heard();
    assert.deepEqual(
      heard.map(({ event }) => (event.payload as { version: number }).version),
      Array.from({ length: 200 }, (_, n) => n + 2),
    );
    for (const { event, detail } of heard)
      assert.equal((event.payload as { version: number }).version, Number(detail.previous?.version) + 1);
    assert.deepEqual(heard.at(-1)?.event.payload, body);
  });

  everywhere("64 creations of one unique value: one wins, the neighbours are unharmed", async (app) => {
    const answers = await Promise.all(
      Array.from({ length: 128 }, (_, n) =>
        app.call("POST", "/api/names", { body: { name: n % 2 === 0 ? "wanted" : `other-${n}` } }),
      ),
    );
    const wanted = answers.filter((_, n) => n % 2 === 0);
    assert.equal(wanted.filter(({ status }) => status === 201).length, 1);
    for (const answer of wanted.filter(({ status }) => status !== 201)) {
      const { errors } = assertProblem(answer, 409, "conflict") as {
        errors: readonly { field: string; code: string }[];
      };
      assert.deepEqual(
        errors.map(({ field, code }) => `${field} ${code}`),
        ["name unique"],
      );
    }
    for (const { status } of answers.filter((_, n) => n % 2 === 1)) assert.equal(status, 201);
    assert.equal((await app.sql("SELECT count(*) AS n FROM names"))[0]?.n, 65);
    assert.equal((await app.types()).length, 65);
  });

  everywhere("of many who saw the same version, one may change it", async (app) => {
    const { id } = await succeed(app, "POST", "/api/wide", {});
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        app.call("PATCH", `/api/wide/${id}`, { body: { f0: n }, headers: { "if-match": '"1"' } }),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200))
      assertProblem(answer, 412, "precondition_failed");
    assert.equal((await app.call("GET", `/api/wide/${id}`)).body.version, 2);
  });

  everywhere("many delete the same record: once", async (app) => {
    const { id } = await succeed(app, "POST", "/api/wide", {});
    await app.heard();
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.call("DELETE", `/api/wide/${id}`)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, ...Array.from({ length: 19 }, () => 404)]);
    assert.deepEqual(await app.types(), ["wide.deleted"]);
  });

  everywhere("pointing at a record while it is deleted: one or the other", async (app) => {
    for (let round = 0; round < 20; round += 1) {
      const target = uuid(1000 + round);
      await succeed(app, "POST", "/api/names", { id: target, name: `n${round}` });
      const [made, gone, many] = await Promise.all([
        app.call("POST", "/api/links", { body: { to: target } }),
        app.call("DELETE", `/api/names/${target}`),
        app.call("POST", "/api/links", { body: { many: [target] } }),
      ]);
      assert.ok((made.status === 201) !== (gone.status === 204), `${made.text} ${gone.text}`);
      assert.ok([201, 400].includes(many.status), many.text);
      if (gone.status !== 204) assertProblem(gone, 409, "conflict");
    }
    assert.deepEqual(await app.sql("PRAGMA foreign_key_check"), []);
  });

  everywhere("batches that cross each other all come through", async (app) => {
    const [a, b] = [uuid(1), uuid(2)];
    await succeed(app, "POST", "/api/wide", [
      { id: a, f0: 0 },
      { id: b, f0: 0 },
    ]);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => {
        const [first, second] = n % 2 === 0 ? [a, b] : [b, a];
        const operations = [first, second].map((id) => ({
          op: "update",
          collection: "wide",
          id,
          data: { [`f${n % 20}`]: n },
        }));
        return app.call("POST", "/api/batch", { body: { operations } });
      }),
    );
    for (const { status, text } of answers) assert.equal(status, 200, text);
    const [left, right] = [await app.call("GET", `/api/wide/${a}`), await app.call("GET", `/api/wide/${b}`)];
    assert.equal(left.body.version, 31);
    const { id: _a, createdAt: _c, updatedAt: _u, ...one } = left.body;
    const { id: _b, createdAt: _d, updatedAt: _v, ...other } = right.body;
    assert.deepEqual(one, other);
  });
});
