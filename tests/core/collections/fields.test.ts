import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createField } from "../../../src/core/collections/fields/index.ts";
import { FIELD_TYPES, type FieldDefinition } from "../../../src/core/collections/index.ts";
import type { Row } from "../../../src/core/database/index.ts";
import { OPEN, openApp } from "../../support/app.ts";
import { insertFiles } from "../../support/files.ts";
import { schemaFaults } from "../../support/json-schema.ts";
import { succeed, uuid } from "../../support/scenario.ts";

interface Suite {
  readonly definition: FieldDefinition;
  /** What is accepted, and what it becomes (the same unless a pair). */
  readonly accepts: readonly (readonly [unknown, unknown?])[];
  /** What is refused, and the code of the fault. */
  readonly refuses: readonly (readonly [unknown, string])[];
}

const lone = "\ud800";
const NOT_TEXT = [
  [5, "type"],
  [true, "type"],
  [{}, "type"],
  [["x"], "type"],
  ["a\u0000b", "pattern"],
  [lone, "pattern"],
] as const;

const SUITES: Readonly<Record<string, Suite>> = {
  text: {
    definition: { name: "f", type: "text" },
    accepts: [
      [""],
      ["x"],
      [" "],
      ["ä\u{1f600}"],
      ["a\nb\t"],
      ["\u202e"],
      ["'\"\\;--%_"],
      ["x".repeat(10_000)],
      ["__proto__"],
      ["e\u0301"],
    ],
    refuses: NOT_TEXT,
  },
  "text, required": {
    definition: { name: "f", type: "text", required: true },
    accepts: [["x"]],
    refuses: [["", "required"], ...NOT_TEXT],
  },
  "text with bounds": {
    definition: { name: "f", type: "text", min: 2, max: 3 },
    accepts: [["ab"], ["abc"], ["\u{1f600}\u{1f600}"], ["\u{1f600}\u{1f600}\u{1f600}"]],
    refuses: [["", "min"], ["a", "min"], ["\u{1f600}", "min"], ["abcd", "max"], ...NOT_TEXT.slice(0, 4)],
  },
  "text with a pattern": {
    definition: { name: "f", type: "text", pattern: "^\\p{Lu}\\w*$" },
    accepts: [["Ab"], ["Äb"]],
    refuses: [
      ["ab", "pattern"],
      ["A b", "pattern"],
      ["", "pattern"],
    ],
  },
  richtext: {
    definition: { name: "f", type: "richtext", max: 20 },
    accepts: [["<b>x</b>"], [""], ["# md"]],
    refuses: [["x".repeat(21), "max"], ...NOT_TEXT],
  },
  email: {
    definition: { name: "f", type: "email" },
    accepts: [["a@b.co"], ["a.b+c@d-e.example.com"], ["ü@exämple.de"], ["o'hara@example.com"]],
    refuses: [
      ["", "pattern"],
      ["a", "pattern"],
      ["a@b", "pattern"],
      ["@b.co", "pattern"],
      ["a@", "pattern"],
      ["a b@c.de", "pattern"],
      ["a@b..co", "pattern"],
      ["a@b.co\n", "pattern"],
      ["<a@b.co>", "pattern"],
      ["a@b.co,c@d.ef", "pattern"],
      [`${"x".repeat(250)}@b.co`, "pattern"],
      ...NOT_TEXT,
    ],
  },
  url: {
    definition: { name: "f", type: "url" },
    accepts: [["https://x.y"], ["http://localhost:8080/a?b#c"], ["HTTPS://X.Y/ä"]],
    refuses: [
      ["", "pattern"],
      ["x.y", "pattern"],
      ["//x.y", "pattern"],
      ["javascript:alert(1)", "pattern"],
      ["data:text/html,x", "pattern"],
      ["ftp://x.y", "pattern"],
      ["https://", "pattern"],
      ["http:// x", "pattern"],
      ...NOT_TEXT,
    ],
  },
  integer: {
    definition: { name: "f", type: "integer" },
    accepts: [[0], [-0, 0], [1], [-1], [Number.MAX_SAFE_INTEGER], [Number.MIN_SAFE_INTEGER], [1.0]],
    refuses: [
      [1.5, "type"],
      [Number.NaN, "type"],
      [Infinity, "type"],
      [2 ** 53, "type"],
      ["1", "type"],
      [true, "type"],
      [[1], "type"],
      [{}, "type"],
    ],
  },
  "integer with bounds": {
    definition: { name: "f", type: "integer", min: -1, max: 1 },
    accepts: [[-1], [0], [1]],
    refuses: [
      [-2, "min"],
      [2, "max"],
    ],
  },
  number: {
    definition: { name: "f", type: "number" },
    accepts: [[0], [-0, 0], [0.1], [-1e308], [5e-324], [2 ** 60], [Number.MAX_VALUE]],
    refuses: [
      [Number.NaN, "type"],
      [Infinity, "type"],
      [-Infinity, "type"],
      ["0.1", "type"],
      [true, "type"],
      [[], "type"],
    ],
  },
  "number with bounds": {
    definition: { name: "f", type: "number", min: 0.5, max: 1.5 },
    accepts: [[0.5], [1.5]],
    refuses: [
      [0.49, "min"],
      [1.51, "max"],
    ],
  },
  boolean: {
    definition: { name: "f", type: "boolean" },
    accepts: [[true], [false]],
    refuses: [
      [0, "type"],
      [1, "type"],
      ["true", "type"],
      ["", "type"],
      [[], "type"],
    ],
  },
  datetime: {
    definition: { name: "f", type: "datetime" },
    accepts: [
      ["2026-11-20T12:00:00.000Z"],
      ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00.000Z"],
      ["2026-11-20T12:00Z", "2026-11-20T12:00:00.000Z"],
      ["2026-11-20", "2026-11-20T00:00:00.000Z"],
      ["2026-11-20T12:00:00.123456789Z", "2026-11-20T12:00:00.123Z"],
      ["2026-11-20T12:00:00.5+05:30", "2026-11-20T06:30:00.500Z"],
      ["2026-11-20T00:00:00+0200", "2026-11-19T22:00:00.000Z"],
      ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
      ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"],
    ],
    refuses: [
      ["", "type"],
      ["2026", "type"],
      ["2026-11-20 12:00:00Z", "type"],
      ["2026-11-20t12:00:00z", "type"],
      ["2026-11-20T12:00:00", "type"],
      ["2026-02-29T00:00:00Z", "type"],
      ["2026-11-20T25:00:00Z", "type"],
      ["2026-11-20T12:60:00Z", "type"],
      ["20 Nov 2026", "type"],
      ["now", "type"],
      ["@now", "type"],
      [1_700_000_000, "type"],
      ["+010000-01-01T00:00:00Z", "type"],
      [["2026-11-20"], "type"],
      ["2026-11-20T12:00:00+99:00", "type"],
    ],
  },
  date: {
    definition: { name: "f", type: "date" },
    accepts: [["2026-11-20"], ["2024-02-29"], ["0001-01-01"], ["9999-12-31"]],
    refuses: [
      ["2026-02-29", "type"],
      ["2026-13-01", "type"],
      ["2026-1-1", "type"],
      ["2026-11-20T00:00:00Z", "type"],
      ["", "type"],
      [20261120, "type"],
      ["20261120", "type"],
    ],
  },
  select: {
    definition: { name: "f", type: "select", options: ["a", "b c"] },
    accepts: [["a"], ["b c"]],
    refuses: [
      ["A", "enum"],
      ["", "enum"],
      ["c", "enum"],
      [5, "type"],
      [["a"], "type"],
      ["__proto__", "enum"],
    ],
  },
  "select, many": {
    definition: { name: "f", type: "select", options: ["a", "b"], many: true },
    accepts: [[[]], [["a"]], [["b", "a"]]],
    refuses: [
      ["a", "type"],
      [["c"], "enum"],
      [["a", "a"], "unique"],
      [[5], "type"],
      [[null], "type"],
      [{}, "type"],
    ],
  },
  "select, many, required": {
    definition: { name: "f", type: "select", options: ["a"], many: true, required: true },
    accepts: [[["a"]]],
    refuses: [[[], "required"]],
  },
  json: {
    definition: { name: "f", type: "json" },
    accepts: [
      [{}],
      [[]],
      ["x"],
      [0],
      [false],
      [{ a: [{ b: null }], "": 1, "a.b": 2, ä: "\u{1f600}" }],
      [JSON.parse('{"__proto__":{"x":1},"constructor":2}')],
      [[[[[[]]]]]],
    ],
    refuses: [
      [{ a: "\u0000" }, "type"],
      [{ "\u0000": 1 }, "type"],
      [[lone], "type"],
      [JSON.parse(`${"[".repeat(65)}${"]".repeat(65)}`), "max"],
      [{ n: Infinity }, "type"],
    ],
  },
  relation: {
    definition: { name: "f", type: "relation", collection: "targets" },
    accepts: [[uuid(1)]],
    refuses: [
      ["", "type"],
      ["x", "type"],
      [uuid(1).toUpperCase().replace("0190", "019A"), "type"],
      [1, "type"],
      [[uuid(1)], "type"],
      [{ id: uuid(1) }, "type"],
    ],
  },
  "relation, many": {
    definition: { name: "f", type: "relation", collection: "targets", many: true },
    accepts: [[[]], [[uuid(2), uuid(1)]]],
    refuses: [
      [uuid(1), "type"],
      [[uuid(1), uuid(1)], "unique"],
      [["x"], "type"],
      [[null], "type"],
    ],
  },
  file: {
    definition: { name: "f", type: "file" },
    accepts: [[uuid(1)]],
    refuses: [
      ["x.png", "type"],
      [5, "type"],
      [[uuid(1)], "type"],
    ],
  },
  "file, many": {
    definition: { name: "f", type: "file", many: true },
    accepts: [[[]], [[uuid(2), uuid(1)]]],
    refuses: [
      [uuid(1), "type"],
      [[uuid(1), uuid(1)], "unique"],
    ],
  },
  geo: {
    definition: { name: "f", type: "geo" },
    accepts: [
      [{ lat: 0, lng: 0 }],
      [{ lat: -90, lng: -180 }],
      [{ lat: 90, lng: 180 }],
      [
        { lng: 2.5, lat: 1.5 },
        { lat: 1.5, lng: 2.5 },
      ],
    ],
    refuses: [
      [{ lat: 90.1, lng: 0 }, "max"],
      [{ lat: 0, lng: -180.1 }, "max"],
      [{ lat: 1 }, "type"],
      [{}, "type"],
      [{ lat: "1", lng: 2 }, "type"],
      [{ lat: 1, lng: 2, x: 3 }, "type"],
      [[1, 2], "type"],
      ["1,2", "type"],
      [{ lat: Number.NaN, lng: 0 }, "type"],
      [{ lat: null, lng: null }, "type"],
    ],
  },
};

describe("field types", () => {
  test("every type has a suite", () => {
    const types = new Set(Object.values(SUITES).map(({ definition }) => definition.type));
    assert.deepEqual([...types].sort(), FIELD_TYPES.toSorted());
  });

  for (const [name, { definition, accepts, refuses }] of Object.entries(SUITES)) {
    describe(name, () => {
      const field = createField(definition, "things");
      const parse = (value: unknown) => {
        const faults: string[] = [];
        const parsed = field.parse(value, (code, message) => {
          faults.push(code);
          assert.ok(message.length > 3);
          return undefined;
        });
        return { parsed, faults };
      };

      for (const [value, canonical = value] of accepts) {
        test(`accepts ${show(value)}`, () => {
          const { parsed, faults } = parse(value);
          assert.deepEqual(faults, []);
          assert.deepEqual(parsed, canonical);
          assert.deepEqual(parse(parsed).parsed, canonical, "what was accepted is accepted again");
          assert.deepEqual(schemaFaults({}, field.jsonSchema(), canonical), [], "its schema says the same");
        });
        test(`stores and loads ${show(value)}`, () => {
          if (field.schema.kind === "many") return assert.deepEqual(field.store(canonical), []);
          const stored = field.store(parse(value).parsed);
          assert.equal(stored.length, field.columns.length);
          const row: Row = Object.fromEntries(
            field.columns.map((column, index) => [column.name, stored[index] ?? null]),
          );
          assert.deepEqual(field.load ? field.load(row) : row[field.name], canonical);
        });
      }
      for (const [value, code] of refuses) {
        test(`refuses ${show(value)}`, () => {
          const { parsed, faults } = parse(value);
          assert.equal(faults[0], code);
          assert.equal(parsed, undefined);
        });
      }
      test("keeps null apart", () => {
        const empty = field.store(null);
        const row: Row = Object.fromEntries(field.columns.map((column, index) => [column.name, empty[index] ?? null]));
        const loaded = field.load ? field.load(row) : row[field.name];
        assert.deepEqual(loaded, field.schema.kind === "many" || field.schema.kind === "list" ? [] : null);
      });
    });
  }
});

test("all values come back through the API as they went in", async () => {
  const entries = Object.values(SUITES).map((suite, index) => ({ ...suite, name: `f${index}` }));
  const fields = entries.map(({ definition, name }) => ({
    ...definition,
    name,
    required: undefined,
    nullable: undefined,
  }));
  const app = await openApp({
    collections: [
      { name: "targets", fields: [], permissions: OPEN },
      { name: "things", fields: JSON.parse(JSON.stringify(fields)), permissions: OPEN },
    ],
  });
  try {
    await succeed(app, "POST", "/api/targets", [{ id: uuid(1) }, { id: uuid(2) }]);
    await insertFiles(app, [uuid(1), uuid(2)]);
    for (const { name, accepts } of entries) {
      for (const [value, canonical = value] of accepts) {
        const made = await succeed(app, "POST", "/api/things", { [name]: value });
        assert.deepEqual(made[name], JSON.parse(JSON.stringify(canonical)), `${name} ${show(value)}`);
        assert.deepEqual(await succeed(app, "GET", `/api/things/${made.id}`), made);
        const changed = await succeed(app, "PATCH", `/api/things/${made.id}`, { [name]: null });
        const again = await succeed(app, "PUT", `/api/things/${made.id}`, { [name]: value });
        assert.deepEqual(again[name], made[name]);
        assert.equal(changed.version, 2);
      }
    }
    assert.deepEqual(await app.sql("PRAGMA foreign_key_check"), []);
  } finally {
    await app.close();
  }
});

describe("defaults", () => {
  const table: readonly (readonly [string, object, unknown])[] = [
    ["a text", { type: "text", default: "it's" }, "it's"],
    ["an empty text", { type: "text", default: "" }, ""],
    ["a number", { type: "number", default: 0 }, 0],
    ["false", { type: "boolean", default: false }, false],
    ["an instant", { type: "datetime", default: "2026-01-01T00:00:00+01:00" }, "2025-12-31T23:00:00.000Z"],
    ["@now", { type: "datetime", default: "@now" }, "2026-11-20T12:00:00.000Z"],
    ["@now, as a day", { type: "date", default: "@now" }, "2026-11-20"],
    ["an option", { type: "select", options: ["a", "b"], default: "b" }, "b"],
    ["options", { type: "select", options: ["a", "b"], many: true, default: ["b"] }, ["b"]],
    ["json", { type: "json", default: { a: [1] } }, { a: [1] }],
    ["a position", { type: "geo", default: { lat: 1, lng: 2 } }, { lat: 1, lng: 2 }],
    ["a field of a guest", { type: "text", default: "@user.id" }, null],
    ["none", { type: "text" }, null],
    ["none, many", { type: "file", many: true }, []],
  ];
  for (const [name, definition, expected] of table) {
    test(name, async () => {
      const app = await openApp({
        collections: [{ name: "things", fields: [{ name: "f", ...definition }], permissions: OPEN }],
        clock: () => Date.UTC(2026, 10, 20, 12),
      });
      try {
        assert.deepEqual((await succeed(app, "POST", "/api/things", {})).f, expected);
        const cleared = await succeed(app, "POST", "/api/things", { f: null });
        assert.deepEqual(cleared.f, Array.isArray(expected) ? [] : null, "null is a value, not a wish for the default");
        assert.deepEqual((await succeed(app, "PUT", `/api/things/${cleared.id}`, {})).f, expected, "PUT resets");
        assert.deepEqual((await succeed(app, "PATCH", `/api/things/${cleared.id}`, {})).f, expected, "PATCH leaves");
      } finally {
        await app.close();
      }
    });
  }
});

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 50);
}
