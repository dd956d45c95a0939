import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  type Connection,
  DatabaseError,
  type DatabaseFault,
  type FaultKind,
  type SqlValue,
  type Statement,
} from "../../src/core/database/index.ts";

/** One database to test, with as many connections to it as its kind allows. */
export interface ConnectionSubject {
  readonly connection: Connection;
  /** Opens another connection to the same database; absent if there can be only one. */
  another?(): Promise<Connection>;
  /** Closes what is open and removes the database. */
  release(): Promise<void>;
}

const SCHEMA = [
  "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
  `CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, status TEXT,
     author INTEGER REFERENCES authors(id) ON DELETE CASCADE,
     editor INTEGER REFERENCES authors(id) ON DELETE RESTRICT,
     stars INTEGER CHECK (stars <= 5), UNIQUE (title, status))`,
  "CREATE TABLE notes (value)",
  "CREATE TABLE audit (post INTEGER)",
  "CREATE TABLE late (author INTEGER REFERENCES authors(id) DEFERRABLE INITIALLY DEFERRED)",
  "CREATE TRIGGER audited AFTER INSERT ON posts BEGIN INSERT INTO audit VALUES (new.id); END",
];
const TABLES = ["late", "posts", "authors", "notes", "audit"];

/** Builds a statement. */
export function sql(text: string, params: readonly SqlValue[] = [], expect?: number): Statement {
  return expect === undefined ? { sql: text, params } : { sql: text, params, expect };
}

/** The fault with which a promise rejects. Fails the test if it does not reject with a `DatabaseError`. */
export async function faultOf(promise: Promise<unknown>): Promise<DatabaseFault> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DatabaseError) return error.fault;
    throw error;
  }
  throw new assert.AssertionError({ message: "The call did not reject" });
}

const addAuthor = (id: number, name: string | null) => sql("INSERT INTO authors (id, name) VALUES (?, ?)", [id, name]);

/** Registers the tests that every `Connection` must pass. `open` makes a new, empty database. */
export function connectionConformance(name: string, open: () => Promise<ConnectionSubject>): void {
  describe(`Connection: ${name}`, () => {
    let subject: ConnectionSubject;
    let db: Connection;

    const values = async (text: string, ...params: SqlValue[]) =>
      (await db.run(sql(text, params))).rows.map((row) => Object.values(row)[0]);
    const authors = () => values("SELECT name FROM authors ORDER BY id");

    before(async () => {
      subject = await open();
      db = subject.connection;
      await db.alter(SCHEMA.map((text) => sql(text)));
    });
    beforeEach(async () => {
      await db.batch(TABLES.map((table) => sql(`DELETE FROM ${table}`)));
    });
    after(() => subject.release());

    describe("values", () => {
      const cases: readonly (readonly [SqlValue, string])[] = [
        [null, "null"],
        ["", "text"],
        ["plain", "text"],
        ["naïve 日本語 𝒳 👩‍👩‍👧 'quoted' \"twice\" \\ \n\t", "text"],
        ["x".repeat(100_000), "text"],
        [0, "integer"],
        [-1, "integer"],
        [2 ** 31, "integer"],
        [Number.MAX_SAFE_INTEGER, "integer"],
        [-Number.MAX_SAFE_INTEGER, "integer"],
        [0.1, "real"],
        [-1.5e-300, "real"],
        [1.7976931348623157e308, "real"],
      ];
      for (const [value, type] of cases) {
        test(`${JSON.stringify(value).slice(0, 30)} is stored as ${type} and comes back the same`, async () => {
          await db.run(sql("INSERT INTO notes VALUES (?)", [value]));
          const { rows } = await db.run(sql("SELECT value, typeof(value) AS type FROM notes"));
          assert.deepEqual(rows, [{ value, type }]);
        });
      }

      test("an integer is bound as an integer where no column converts it", async () => {
        assert.deepEqual(await values("SELECT json_array(?, ?)", 5, 5.5), ["[5,5.5]"]);
      });
    });

    describe("results", () => {
      test("rows come in order, as plain objects", async () => {
        await db.batch([addAuthor(2, "b"), addAuthor(1, "a"), addAuthor(3, "c")]);
        const { rows, changes } = await db.run(sql("SELECT id, name FROM authors ORDER BY id DESC"));
        assert.deepEqual(rows, [
          { id: 3, name: "c" },
          { id: 2, name: "b" },
          { id: 1, name: "a" },
        ]);
        assert.equal(changes, 0);
      });

      test("a batch's results are in the order of its statements", async () => {
        const results = await db.batch([addAuthor(1, "a"), sql("SELECT 1 AS n"), sql("SELECT 2 AS n")]);
        assert.deepEqual(results, [
          { rows: [], changes: 1 },
          { rows: [{ n: 1 }], changes: 0 },
          { rows: [{ n: 2 }], changes: 0 },
        ]);
      });

      const writes: readonly (readonly [string, number, number])[] = [
        ["INSERT INTO authors (id, name) VALUES (7, 'g'), (8, 'h')", 2, 0],
        ["INSERT INTO authors (id, name) VALUES (7, 'g'), (8, 'h') RETURNING id", 2, 2],
        ["UPDATE authors SET name = name || '!'", 3, 0],
        ["UPDATE authors SET name = name || '!' WHERE id < 3 RETURNING *", 2, 2],
        ["UPDATE authors SET name = 'none' WHERE id = 99", 0, 0],
        ["UPDATE authors SET name = 'none' WHERE id = 99 RETURNING id", 0, 0],
        ["DELETE FROM authors", 3, 0],
        ["DELETE FROM authors WHERE id = 1 RETURNING name AS gone", 1, 1],
        ["INSERT INTO authors (id, name) VALUES (1, 'z') ON CONFLICT DO NOTHING RETURNING id", 0, 0],
        ["INSERT INTO authors (id, name) VALUES (1, 'z') ON CONFLICT (id) DO UPDATE SET name = excluded.name", 1, 0],
        ["WITH n(i) AS (SELECT 11 UNION SELECT 12) INSERT INTO authors SELECT i, 'n' || i FROM n", 2, 0],
        ["WITH n(i) AS (SELECT 11) INSERT INTO authors SELECT i, 'n' FROM n RETURNING id", 1, 1],
        ["INSERT INTO posts (id, title) VALUES (1, 'audited by a trigger')", 1, 0],
        ["SELECT id FROM authors", 0, 3],
        ['WITH n(i) AS (SELECT 1) SELECT i AS "returning" FROM n', 0, 1],
        ["VALUES (1), (2)", 0, 2],
        ["CREATE TABLE IF NOT EXISTS notes (value)", 0, 0],
      ];
      for (const [text, changes, rows] of writes) {
        test(`${changes} changes and ${rows} rows: ${text}`, async () => {
          await db.batch([addAuthor(1, "a"), addAuthor(2, "b"), addAuthor(3, "c")]);
          const result = await db.run(sql(text));
          assert.deepEqual([result.changes, result.rows.length], [changes, rows]);
        });
      }

      test("a cascade is not counted", async () => {
        await db.batch([addAuthor(1, "a"), sql("INSERT INTO posts (title, author) VALUES ('x', 1), ('y', 1)")]);
        assert.equal((await db.run(sql("DELETE FROM authors WHERE id = 1"))).changes, 1);
        assert.deepEqual(await values("SELECT count(*) FROM posts"), [0]);
      });
    });

    describe("expect", () => {
      const cases: readonly (readonly [string, number, boolean])[] = [
        ["INSERT INTO authors (id, name) VALUES (2, 'b')", 1, true],
        ["INSERT INTO authors (id, name) VALUES (2, 'b')", 2, false],
        ["INSERT INTO authors (id, name) VALUES (2, 'b') RETURNING id", 1, true],
        ["INSERT INTO authors (id, name) VALUES (2, 'b') RETURNING id", 0, false],
        ["UPDATE authors SET name = 'x' WHERE id = 99", 1, false],
        ["UPDATE authors SET name = 'x' WHERE id = 99 RETURNING id", 1, false],
        ["SELECT id FROM authors WHERE id = 1", 1, true],
        ["SELECT id FROM authors WHERE id = 99", 1, false],
      ];
      for (const [text, expect, holds] of cases) {
        for (const call of ["run", "batch"] as const) {
          test(`${call}: ${expect} ${holds ? "holds" : "refuses"}: ${text}`, async () => {
            await db.run(addAuthor(1, "a"));
            const statement = sql(text, [], expect);
            const sent = call === "run" ? db.run(statement) : db.batch([addAuthor(5, "e"), statement]);
            if (holds) {
              await sent;
              return;
            }
            const fault = await faultOf(sent);
            assert.deepEqual([fault.kind, fault.statement], ["expectation", call === "run" ? 0 : 1]);
            assert.deepEqual(await authors(), ["a"]);
          });
        }
      }
    });

    describe("faults", () => {
      const post = (columns: string, params: string) => sql(`INSERT INTO posts (${columns}) VALUES (${params})`);
      const cases: readonly (readonly [string, Statement, FaultKind, (readonly string[])?])[] = [
        ["a taken value", addAuthor(2, "a"), "unique", ["name"]],
        ["a taken primary key", addAuthor(1, "other"), "unique", ["id"]],
        ["a taken pair", post("title, status", "'t', 'draft'"), "unique", ["title", "status"]],
        ["a taken value, returning", sql("UPDATE authors SET name = 'a' RETURNING id"), "unique", ["name"]],
        ["a missing value", addAuthor(2, null), "not_null", ["name"]],
        ["a refused value", post("title, stars", "'u', 6"), "check"],
        ["a reference to nothing", post("title, author", "'u', 99"), "foreign_key"],
        ["a restricted delete", sql("DELETE FROM authors WHERE id = 1"), "foreign_key"],
        ["a missing table", sql("SELECT * FROM nothing"), "other"],
        ["bad syntax", sql("SELEC 1"), "other"],
      ];
      beforeEach(async () => {
        const posts = "INSERT INTO posts (title, status, editor) VALUES ('t', 'draft', 1)";
        await db.batch([addAuthor(1, "a"), addAuthor(9, "z"), sql(posts)]);
      });
      for (const [what, statement, kind, columns] of cases) {
        test(`${what}: ${kind}`, async () => {
          const alone = await faultOf(db.run(statement));
          assert.deepEqual([alone.kind, alone.statement, alone.columns], [kind, 0, columns]);
          assert.ok(alone.message.length > 5);
          const inBatch = await faultOf(db.batch([addAuthor(3, "c"), statement, addAuthor(4, "d")]));
          assert.deepEqual([inBatch.kind, inBatch.statement, inBatch.columns], [kind, 1, columns]);
          assert.deepEqual(await authors(), ["a", "z"], "the batch left something behind");
        });
      }

      test("foreign keys are checked at once, not at the commit", async () => {
        const child = post("title, author", "'u', 5");
        const fault = await faultOf(db.batch([child, addAuthor(5, "late")]));
        assert.deepEqual([fault.kind, fault.statement], ["foreign_key", 0]);
      });
    });

    describe("group", () => {
      const group = async (...batches: (readonly Statement[])[]) => {
        assert.ok(db.group, "this connection has no group");
        const outcomes = await db.group(batches);
        return outcomes.map((outcome) => outcome.fault?.kind ?? "ok");
      };
      const refusals: readonly (readonly [string, Statement, FaultKind])[] = [
        ["a constraint", addAuthor(1, "taken"), "unique"],
        ["a foreign key", sql("INSERT INTO posts (title, author) VALUES ('u', 99)"), "foreign_key"],
        ["an expectation", sql("UPDATE authors SET name = 'x' WHERE id = 99", [], 1), "expectation"],
        ["an expectation after the write", sql("UPDATE authors SET name = name || 'x'", [], 99), "expectation"],
        ["bad syntax", sql("SELEC 1"), "other"],
      ];
      for (const [what, refused, kind] of refusals) {
        test(`${what} that refuses one batch harms no neighbour`, async () => {
          await db.run(addAuthor(1, "a"));
          const first = [addAuthor(2, "b")];
          const middle = [addAuthor(3, "c"), refused, addAuthor(4, "d")];
          const last = [sql("UPDATE authors SET name = 'B' WHERE id = 2", [], 1), addAuthor(5, "e")];
          assert.deepEqual(await group(first, middle, last), ["ok", kind, "ok"]);
          assert.deepEqual(await authors(), ["a", "B", "e"]);
        });
        test(`${what} refuses a batch that is alone`, async () => {
          await db.run(addAuthor(1, "a"));
          assert.deepEqual(await group([addAuthor(3, "c"), refused]), [kind]);
          assert.deepEqual(await authors(), ["a"]);
        });
      }

      test("results and faults say which batch and which statement", async () => {
        const outcomes = await db.group?.([
          [sql("INSERT INTO authors (id, name) VALUES (1, 'a') RETURNING name")],
          [addAuthor(2, "b"), addAuthor(3, "a")],
        ]);
        assert.deepEqual(outcomes?.[0]?.results, [{ rows: [{ name: "a" }], changes: 1 }]);
        assert.equal(outcomes?.[1]?.fault?.statement, 1);
        assert.deepEqual(outcomes?.[1]?.fault?.columns, ["name"]);
      });

      const lost: readonly (readonly [string, Statement, FaultKind])[] = [
        ["a statement that rolls everything back", sql("INSERT OR ROLLBACK INTO authors VALUES (1, 'x')"), "unique"],
        ["a commit that is refused", sql("INSERT INTO late VALUES (99)"), "foreign_key"],
      ];
      for (const [what, statement, kind] of lost) {
        test(`${what} refuses the whole group, and the connection goes on`, async () => {
          await db.run(addAuthor(1, "a"));
          assert.deepEqual(await group([addAuthor(2, "b")], [statement], [addAuthor(3, "c")]), [kind, kind, kind]);
          assert.deepEqual(await group([statement, addAuthor(4, "d")]), [kind]);
          assert.deepEqual(await authors(), ["a"]);
          assert.deepEqual(await group([addAuthor(5, "e")], [addAuthor(6, "f")]), ["ok", "ok"]);
          assert.deepEqual(await authors(), ["a", "e", "f"]);
        });
      }

      test("a database that is full refuses with that kind, and holds exactly what it acknowledged", async () => {
        const [pages] = await values("PRAGMA page_count");
        await db.run(sql(`PRAGMA max_page_count = ${Number(pages) + 20}`));
        const big = sql("INSERT INTO notes VALUES (?)", ["x".repeat(1_000_000)]);
        const kinds = await group([addAuthor(1, "a")], [addAuthor(2, "b"), big], [addAuthor(3, "c")]);
        await db.run(sql("PRAGMA max_page_count = 1073741823"));
        assert.equal(kinds[1], "full");
        const kept = ["a", "", "c"].filter((_, index) => kinds[index] === "ok");
        assert.deepEqual(await authors(), kept);
        assert.deepEqual(await group([addAuthor(7, "g")], [big]), ["ok", "ok"]);
      });

      test("all refused, none given, and an empty batch", async () => {
        await db.run(addAuthor(1, "a"));
        assert.deepEqual(await group([addAuthor(1, "x")], [addAuthor(1, "y")]), ["unique", "unique"]);
        assert.deepEqual(await group(), []);
        assert.deepEqual(await group([], [addAuthor(2, "b")]), ["ok", "ok"]);
        assert.deepEqual(await authors(), ["a", "b"]);
      });
    });

    describe("alter", () => {
      const rebuild = [
        "CREATE TABLE authors_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER)",
        "INSERT INTO authors_new (id, name) SELECT id, name FROM authors",
        "DROP TABLE authors",
        "ALTER TABLE authors_new RENAME TO authors",
      ].map((text) => sql(text));
      beforeEach(async () => {
        await db.batch([addAuthor(1, "a"), sql("INSERT INTO posts (id, title, author) VALUES (1, 't', 1)")]);
      });

      test("a table that others refer to can be rebuilt; cached statements see the change", async () => {
        await db.run(sql("SELECT id, name FROM authors"));
        await db.alter(rebuild);
        assert.deepEqual(await values("SELECT title FROM posts"), ["t"]);
        const { rows } = await db.run(sql("SELECT * FROM authors"));
        assert.deepEqual(rows, [{ id: 1, name: "a", age: null }]);
        await db.alter([sql("ALTER TABLE authors DROP COLUMN age")]);
        assert.deepEqual((await db.run(sql("SELECT * FROM authors"))).rows, [{ id: 1, name: "a" }]);
      });

      test("a change that leaves references to nothing is undone, and says where", async () => {
        const fault = await faultOf(db.alter([sql("ALTER TABLE notes ADD COLUMN extra"), sql("DELETE FROM authors")]));
        assert.equal(fault.kind, "foreign_key");
        assert.match(fault.message, /posts/);
        assert.match(fault.message, /authors/);
        assert.deepEqual(await authors(), ["a"]);
        assert.deepEqual(await values("SELECT count(*) FROM pragma_table_info('notes')"), [1]);
      });

      test("a statement that fails undoes all, and foreign keys are enforced again", async () => {
        const fault = await faultOf(db.alter([sql("CREATE TABLE other (id)"), sql("CREATE TABLE notes (id)")]));
        assert.deepEqual([fault.kind, fault.statement], ["other", 1]);
        assert.deepEqual(await values("SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), [0]);
        const orphan = sql("INSERT INTO posts (title, author) VALUES ('u', 99)");
        assert.equal((await faultOf(db.run(orphan))).kind, "foreign_key");
      });
    });

    test("more statement shapes than the cache holds, twice over", async () => {
      const shapes = Array.from({ length: 700 }, (_, n) => sql(`SELECT ${n} AS n, ? AS p`, [n]));
      for (const order of [shapes, shapes.toReversed(), shapes]) {
        const results = await Promise.all(order.map((shape) => db.run(shape)));
        assert.deepEqual(
          results.map(({ rows }) => rows[0]),
          order.map(({ params: [n] }) => ({ n, p: n })),
        );
      }
    });

    test("calls made at once are answered each with its own, and in order", async () => {
      const order: number[] = [];
      const calls = Array.from({ length: 200 }, async (_, n) => {
        const { rows } = await db.run(sql("SELECT ? AS n", [n]));
        order.push(n);
        return rows[0]?.n;
      });
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      assert.deepEqual(await Promise.all(calls), numbers);
      assert.deepEqual(order, numbers);
    });

    test("a write that was answered is seen by a connection opened after it", async (context) => {
      if (subject.another === undefined) return context.skip("this database has one connection only");
      await db.batch([addAuthor(1, "seen")]);
      const other = await subject.another();
      try {
        assert.deepEqual((await other.run(sql("SELECT name FROM authors"))).rows, [{ name: "seen" }]);
        await other.run(addAuthor(2, "back"));
      } finally {
        await other.close();
      }
      assert.deepEqual(await authors(), ["seen", "back"]);
    });

    test("two connections that write at once lose nothing", async (context) => {
      if (subject.another === undefined) return context.skip("this database has one connection only");
      const other = await subject.another();
      const write = async (connection: Connection, from: number) => {
        for (let n = from; n < from + 100; n += 2) {
          await connection.group?.([[addAuthor(n, `n${n}`)], [addAuthor(n + 1, `n${n + 1}`)]]);
        }
      };
      try {
        await Promise.all([write(db, 1), write(other, 1001)]);
      } finally {
        await other.close();
      }
      assert.deepEqual(await values("SELECT count(*) FROM authors"), [200]);
    });

    test("calls after close reject as closed, calls before it are answered", async () => {
      const { connection, release } = await open();
      const running = connection.run(sql("SELECT 1 AS n"));
      const closing = connection.close();
      assert.deepEqual((await running).rows, [{ n: 1 }]);
      const late = [connection.run(sql("SELECT 1")), connection.batch([sql("SELECT 1")]), connection.alter([])];
      for (const call of late) assert.equal((await faultOf(call)).kind, "closed");
      await closing;
      await connection.close();
      if (connection.group) assert.equal((await faultOf(connection.group([[]]))).kind, "closed");
      await release();
    });
  });
}
