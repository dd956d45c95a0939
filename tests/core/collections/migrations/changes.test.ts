import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertHolds, uuid } from "../../../support/scenario.ts";
import { checkWhole, collection, type Field, fill, wholeState, withApp, withFile } from "./changed-app.ts";

type Row = readonly [string, Readonly<Record<string, unknown>>];

interface Case {
  readonly name: string;
  readonly from: readonly unknown[];
  readonly rows: readonly Row[];
  readonly to: readonly unknown[];
  /** What would be lost, by name; nothing unless said. */
  readonly loses?: readonly RegExp[];
  /** Why it cannot be done at all. */
  readonly impossible?: RegExp;
  /** Afterwards: path and what it answers. */
  readonly after?: Readonly<Record<string, unknown>>;
}

const name: Field = { name: "name", type: "text" };
const a = (...fields: readonly Field[]) => collection("a", [name, ...fields]);
const b = (...fields: readonly Field[]) => collection("b", [name, ...fields]);
const link = (field: string, target: string, more: object = {}): Field => ({
  name: field,
  type: "relation",
  collection: target,
  ...more,
});
const rows = (...values: readonly object[]): readonly Row[] =>
  values.map((one, n) => ["a", { id: uuid(n + 1), name: `n${n + 1}`, ...one }]);
const one = `/api/a/${uuid(1)}`;
const two = `/api/a/${uuid(2)}`;
const isNull = (value: unknown) => value === null;

const CASES: readonly Case[] = [
  // fields that come
  {
    name: "a nullable field",
    from: [a()],
    rows: rows({}),
    to: [a({ name: "f", type: "integer" })],
    after: { [one]: { name: "n1", f: isNull } },
  },
  {
    name: "a relation called target beside links called index, which name their indexes alike",
    from: [a(), b()],
    rows: rows({}),
    to: [a(link("index", "b", { many: true }), link("target", "b")), b()],
    after: { [one]: { index: [], target: isNull } },
  },
  {
    name: "a nullable field with a default",
    from: [a()],
    rows: rows({}),
    to: [a({ name: "f", type: "integer", default: 7 })],
    after: { [one]: { f: 7, version: 1 } },
  },
  {
    name: "a required field with a default",
    from: [a()],
    rows: rows({}),
    to: [a({ name: "f", type: "text", required: true, default: "it's" })],
    after: { [one]: { f: "it's" } },
  },
  {
    name: "a required field without a default",
    from: [a()],
    rows: rows({}),
    to: [a({ name: "f", type: "text", required: true })],
    impossible: /a\.f.*1 records/,
  },
  {
    name: "a required field without a default, no rows",
    from: [a()],
    rows: [],
    to: [a({ name: "f", type: "text", required: true })],
  },
  {
    name: "a date of today",
    from: [a()],
    rows: rows({}),
    to: [a({ name: "f", type: "date", required: true, default: "@now" })],
    after: { [one]: { f: /^\d{4}-\d\d-\d\d$/ } },
  },
  {
    name: "an instant",
    from: [a()],
    rows: rows({}),
    to: [a({ name: "f", type: "datetime", required: true, default: "@now" })],
    after: { [one]: { f: /^\d{4}-.*Z$/ } },
  },
  {
    name: "a boolean, a position, json, options and files",
    from: [a()],
    rows: rows({}),
    to: [
      a(
        { name: "f", type: "boolean", default: true },
        { name: "g", type: "geo", required: true, default: { lat: 1, lng: 2 } },
        { name: "h", type: "json", default: { x: [1] } },
        { name: "i", type: "select", options: ["p", "q"], many: true, default: ["q"] },
        { name: "j", type: "file", many: true },
        { name: "k", type: "geo" },
      ),
    ],
    after: { [one]: { f: true, g: { lat: 1, lng: 2 }, h: { x: [1] }, i: ["q"], j: [], k: isNull } },
  },
  {
    name: "a relation, to one and to many",
    from: [a(), b()],
    rows: rows({}),
    to: [a(link("one", "b"), link("more", "b", { many: true }), link("self", "a")), b()],
    after: { [one]: { one: isNull, more: [], self: isNull } },
  },
  {
    name: "a required relation with rows",
    from: [a(), b()],
    rows: rows({}),
    to: [a(link("one", "b", { required: true })), b()],
    impossible: /a\.one/,
  },
  {
    name: "a unique field",
    from: [a()],
    rows: rows({}, {}),
    to: [a({ name: "f", type: "text", unique: true })],
    after: { [two]: { f: isNull } },
  },
  {
    name: "a unique field with one default for all",
    from: [a()],
    rows: rows({}, {}),
    to: [a({ name: "f", type: "text", unique: true, default: "same" })],
    impossible: /unique/,
  },
  {
    name: "a unique field with a default, one row",
    from: [a()],
    rows: rows({}),
    to: [a({ name: "f", type: "text", unique: true, default: "same" })],
    after: { [one]: { f: "same" } },
  },

  // fields that go or are renamed
  {
    name: "a field that goes",
    from: [a({ name: "f", type: "integer" })],
    rows: rows({ f: 1 }, { f: null }),
    to: [a()],
    loses: [/a\.f.*1 records/],
    after: { [one]: { name: "n1" } },
  },
  {
    name: "a field that goes and was empty",
    from: [a({ name: "f", type: "integer" })],
    rows: rows({}),
    to: [a()],
    after: { [one]: { name: "n1" } },
  },
  {
    name: "a list that goes and was empty",
    from: [a({ name: "f", type: "select", options: ["p"], many: true })],
    rows: rows({}),
    to: [a()],
  },
  {
    name: "a relation to many that goes",
    from: [a(link("f", "b", { many: true })), b()],
    rows: [["b", { id: uuid(9) }], ...rows({ f: [uuid(9)] })],
    to: [a(), b()],
    loses: [/a\.f.*1 links/],
  },
  {
    name: "a relation to one that goes",
    from: [a(link("f", "b")), b()],
    rows: [["b", { id: uuid(9) }], ...rows({ f: uuid(9) })],
    to: [a(), b()],
    loses: [/a\.f/],
  },
  {
    name: "a renamed field",
    from: [a({ name: "f", type: "integer" })],
    rows: rows({ f: 5 }),
    to: [a({ name: "g", type: "integer", renamedFrom: "f" })],
    after: { [one]: { g: 5 }, "/api/a?filter=g%3D5": { items: [{}] } },
  },
  {
    name: "a renamed searchable field",
    from: [a({ name: "f", type: "text", searchable: true })],
    rows: rows({ f: "needle" }),
    to: [a({ name: "g", type: "text", searchable: true, renamedFrom: "f" })],
    after: { "/api/a?search=needle": { items: [{ g: "needle" }] } },
  },
  {
    name: "a renamed unique field",
    from: [a({ name: "f", type: "text", unique: true })],
    rows: rows({ f: "x" }, { f: "y" }),
    to: [a({ name: "g", type: "text", unique: true, renamedFrom: "f" })],
    after: { [one]: { g: "x" } },
  },
  {
    name: "a renamed position",
    from: [a({ name: "f", type: "geo" })],
    rows: rows({ f: { lat: 3, lng: 4 } }),
    to: [a({ name: "g", type: "geo", renamedFrom: "f" })],
    after: { [one]: { g: { lat: 3, lng: 4 } } },
  },
  {
    name: "a renamed relation to many",
    from: [a(link("f", "b", { many: true })), b()],
    rows: [
      ["b", [{ id: uuid(8) }, { id: uuid(9) }] as unknown as object],
      ...rows({ f: [uuid(9), uuid(8)] }),
    ] as readonly Row[],
    to: [a(link("g", "b", { many: true, renamedFrom: "f" })), b()],
    after: { [one]: { g: [uuid(9), uuid(8)] } },
  },
  {
    name: "one field goes, another comes: no rename is guessed",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ f: "x" }),
    to: [a({ name: "g", type: "text" })],
    loses: [/a\.f/],
    after: { [one]: { g: isNull } },
  },
  {
    name: "renamed and another type at once",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ f: "12" }),
    to: [a({ name: "g", type: "integer", renamedFrom: "f" })],
    after: { [one]: { g: 12 } },
  },

  // types
  ...(
    [
      ["integer", 5, "number", 5],
      ["integer", 5, "text", "5"],
      ["number", 1.5, "text", "1.5"],
      ["boolean", true, "text", "true"],
      ["boolean", false, "integer", 0],
      ["integer", 5, "json", 5],
      ["number", 0.1, "json", 0.1],
      ["text", 'it\'s "x"', "json", 'it\'s "x"'],
      ["boolean", true, "json", true],
      ["text", "42", "integer", 42],
      ["text", "-1.5e3", "number", -1500],
      ["number", 3, "integer", 3],
      ["text", "true", "boolean", true],
      ["integer", 1, "boolean", true],
      ["text", "2026-01-02", "date", "2026-01-02"],
      ["text", "2026-01-02T03:04:05+01:00", "datetime", "2026-01-02T02:04:05.000Z"],
      ["date", "2026-01-02", "datetime", "2026-01-02T00:00:00.000Z"],
      ["datetime", "2026-01-02T00:00:00Z", "date", "2026-01-02"],
      ["datetime", "2026-01-02T00:00:00Z", "text", "2026-01-02T00:00:00.000Z"],
      ["text", "hello", "richtext", "hello"],
      ["text", "a@b.co", "email", "a@b.co"],
      ["text", "not an address", "email", "not an address"], // bounds are for what is written from now on
      ["text", "no option", "url", "no option"],
    ] as const
  ).map(
    ([type, before, other, now]): Case => ({
      name: `${type} to ${other}: ${before}`,
      from: [a({ name: "f", type })],
      rows: rows({ f: before }, {}),
      to: [a({ name: "f", type: other })],
      after: { [one]: { f: now }, [two]: { f: isNull } },
    }),
  ),
  ...(
    [
      ["number", 1.5, "integer"],
      ["text", "abc", "integer"],
      ["text", "", "integer"],
      ["text", "9007199254740993", "integer"],
      ["text", "1.5", "integer"],
      ["text", "null", "number"],
      ["text", "yes", "boolean"],
      ["integer", 2, "boolean"],
      ["text", "soon", "datetime"],
      ["text", "12", "datetime"],
      ["text", "now", "datetime"],
      ["text", "now", "date"],
      ["text", "2026-02-30", "date"],
      ["datetime", "2026-01-02T03:04:05Z", "date"],
      ["geo", { lat: 1, lng: 2 }, "text"],
      ["json", { x: 1 }, "text"],
    ] as const
  ).map(
    ([type, before, other]): Case => ({
      name: `${type} to ${other}: ${JSON.stringify(before)} does not fit`,
      from: [a({ name: "f", type })],
      rows: rows({ f: before }, {}),
      to: [a({ name: "f", type: other })],
      loses: [/f/],
      after: { [one]: { f: isNull }, [two]: { f: isNull } },
    }),
  ),
  {
    name: "text to select: a value that is no option",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ f: "p" }, { f: "z" }),
    to: [a({ name: "f", type: "select", options: ["p", "q"] })],
    after: { [one]: { f: "p" }, [two]: { f: "z" } },
  },
  {
    name: "select to text",
    from: [a({ name: "f", type: "select", options: ["p"] })],
    rows: rows({ f: "p" }),
    to: [a({ name: "f", type: "text" })],
    after: { [one]: { f: "p" } },
  },
  {
    name: "one option to many",
    from: [a({ name: "f", type: "select", options: ["p"] })],
    rows: rows({ f: "p" }, {}),
    to: [a({ name: "f", type: "select", options: ["p"], many: true })],
    after: { [one]: { f: ["p"] }, [two]: { f: [] } },
  },
  {
    name: "many options to one",
    from: [a({ name: "f", type: "select", options: ["p", "q"], many: true })],
    rows: rows({ f: ["q"] }, {}),
    to: [a({ name: "f", type: "select", options: ["p", "q"] })],
    after: { [one]: { f: "q" }, [two]: { f: isNull } },
  },
  {
    name: "many options to one, where there are two",
    from: [a({ name: "f", type: "select", options: ["p", "q"], many: true })],
    rows: rows({ f: ["q", "p"] }),
    to: [a({ name: "f", type: "select", options: ["p", "q"] })],
    loses: [/f/],
    after: { [one]: { f: "q" } },
  },

  // nullable and required
  {
    name: "what may be null must have a value: a default fills in",
    from: [a({ name: "f", type: "integer" })],
    rows: rows({ f: 1 }, {}),
    to: [a({ name: "f", type: "integer", required: true, default: 9 })],
    after: { [one]: { f: 1 }, [two]: { f: 9 } },
  },
  {
    name: "what may be null must have a value: none there",
    from: [a({ name: "f", type: "integer" })],
    rows: rows({ f: 1 }, {}),
    to: [a({ name: "f", type: "integer", required: true })],
    impossible: /a\.f.*1 records/,
  },
  {
    name: "what may be null must have a value: all have one",
    from: [a({ name: "f", type: "integer" })],
    rows: rows({ f: 1 }),
    to: [a({ name: "f", type: "integer", required: true })],
    after: { [one]: { f: 1 } },
  },
  {
    name: "a value that does not fit a required field",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ f: "x" }),
    to: [a({ name: "f", type: "integer", required: true })],
    impossible: /a\.f/,
  },
  {
    name: "required no longer",
    from: [a({ name: "f", type: "integer", required: true })],
    rows: rows({ f: 1 }),
    to: [a({ name: "f", type: "integer" })],
    after: { [one]: { f: 1 } },
  },
  {
    name: "a default that fills in can be found",
    from: [a({ name: "f", type: "text", searchable: true })],
    rows: rows({}),
    to: [a({ name: "f", type: "text", searchable: true, required: true, default: "filler" })],
    after: { "/api/a?search=filler": { items: [{ f: "filler" }] } },
  },

  // unique and indexes
  {
    name: "unique, with two alike",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ f: "x" }, { f: "x" }),
    to: [a({ name: "f", type: "text", unique: true })],
    impossible: /f.*unique.*1 values/,
  },
  {
    name: "unique, all different or null",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ f: "x" }, { f: "y" }, {}, {}),
    to: [a({ name: "f", type: "text", unique: true })],
  },
  {
    name: "unique no longer",
    from: [a({ name: "f", type: "text", unique: true })],
    rows: rows({ f: "x" }),
    to: [a({ name: "f", type: "text" })],
  },
  {
    name: "unique over two fields, with two alike",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ name: "n", f: "x" }, { name: "n", f: "x" }),
    to: [{ ...a({ name: "f", type: "text" }), indexes: [{ fields: ["name", "f"], unique: true }] }],
    impossible: /name, f/,
  },
  {
    name: "alike only after the change of type",
    from: [a({ name: "f", type: "text" })],
    rows: rows({ f: "1" }, { f: "1.0" }),
    to: [a({ name: "f", type: "number", unique: true })],
    impossible: /unique/,
  },
  {
    name: "an index, and one with system fields",
    from: [a()],
    rows: rows({}),
    to: [{ ...a(), indexes: [{ fields: ["name"] }, { fields: ["name", "createdAt"] }, { fields: ["createdAt"] }] }],
  },
  {
    name: "indexes that go",
    from: [{ ...a(), indexes: [{ fields: ["name"] }, { fields: ["createdAt"], unique: true }] }],
    rows: rows({}),
    to: [a()],
  },

  // search
  {
    name: "search comes",
    from: [a()],
    rows: rows({ name: "hay needle" }),
    to: [collection("a", [{ ...name, searchable: true }])],
    after: { "/api/a?search=needle": { items: [{ id: uuid(1) }] } },
  },
  { name: "search goes", from: [collection("a", [{ ...name, searchable: true }])], rows: rows({}), to: [a()] },
  {
    name: "search over another field too, with a rebuild of the table",
    from: [
      collection("a", [
        { ...name, searchable: true },
        { name: "f", type: "integer" },
      ]),
    ],
    rows: rows({ f: 77 }),
    to: [
      collection("a", [
        { ...name, searchable: true },
        { name: "f", type: "text", searchable: true },
      ]),
    ],
    after: { "/api/a?search=77": { items: [{}] }, "/api/a?search=n1": { items: [{}] } },
  },
  {
    name: "search stays when the table is rebuilt",
    from: [
      collection("a", [
        { ...name, searchable: true },
        { name: "f", type: "integer" },
      ]),
    ],
    rows: rows({ f: 1 }),
    to: [
      collection("a", [
        { ...name, searchable: true },
        { name: "f", type: "text" },
      ]),
    ],
    after: { "/api/a?search=n1": { items: [{}] } },
  },
  {
    name: "fields called rank and rowid can be searched",
    from: [],
    rows: [],
    to: [
      collection("a", [
        { name: "rank", type: "text", searchable: true },
        { name: "rowid", type: "text", searchable: true },
      ]),
    ],
  },

  // relations
  {
    name: "one to many",
    from: [a(link("f", "b")), b()],
    rows: [["b", { id: uuid(9) }], ...rows({ f: uuid(9) }, {})],
    to: [a(link("f", "b", { many: true })), b()],
    after: { [one]: { f: [uuid(9)] }, [two]: { f: [] } },
  },
  {
    name: "many to one",
    from: [a(link("f", "b", { many: true })), b()],
    rows: [["b", { id: uuid(9) }], ...rows({ f: [uuid(9)] }, {})],
    to: [a(link("f", "b")), b()],
    after: { [one]: { f: uuid(9) }, [two]: { f: isNull } },
  },
  {
    name: "many to one, where there are two",
    from: [a(link("f", "b", { many: true })), b()],
    rows: [["b", { id: uuid(8) }], ["b", { id: uuid(9) }], ...rows({ f: [uuid(9), uuid(8)] })],
    to: [a(link("f", "b")), b()],
    loses: [/f/],
    after: { [one]: { f: uuid(9) } },
  },
  {
    name: "a relation to another collection",
    from: [a(link("f", "b")), b(), collection("c", [name])],
    rows: [["b", { id: uuid(9) }], ...rows({ f: uuid(9) })],
    to: [a(link("f", "c")), b(), collection("c", [name])],
    loses: [/f/],
    after: { [one]: { f: isNull } },
  },
  {
    name: "a relation to many, to another collection",
    from: [a(link("f", "b", { many: true })), b(), collection("c", [name])],
    rows: [["b", { id: uuid(9) }], ...rows({ f: [uuid(9)] })],
    to: [a(link("f", "c", { many: true })), b(), collection("c", [name])],
    loses: [/f/],
    after: { [one]: { f: [] } },
  },
  {
    name: "onDelete, to one",
    from: [a(link("f", "b", { onDelete: "cascade" })), b()],
    rows: [["b", { id: uuid(9) }], ...rows({ f: uuid(9) })],
    to: [a(link("f", "b", { onDelete: "restrict" })), b()],
    after: { [one]: { f: uuid(9) } },
  },
  {
    name: "onDelete, to many",
    from: [a(link("f", "b", { onDelete: "setNull", many: true })), b()],
    rows: [["b", { id: uuid(9) }], ...rows({ f: [uuid(9)] })],
    to: [a(link("f", "b", { onDelete: "restrict", many: true })), b()],
    after: { [one]: { f: [uuid(9)] } },
  },
  {
    name: "a table that others point at is rebuilt",
    from: [
      a({ name: "f", type: "integer" }),
      b(link("up", "a", { onDelete: "cascade" }), link("ups", "a", { many: true, onDelete: "cascade" })),
    ],
    rows: [...rows({ f: 1 }), ["b", { id: uuid(9), up: uuid(1), ups: [uuid(1)] }]],
    to: [
      a({ name: "f", type: "text" }),
      b(link("up", "a", { onDelete: "cascade" }), link("ups", "a", { many: true, onDelete: "cascade" })),
    ],
    after: { [`/api/b/${uuid(9)}`]: { up: uuid(1), ups: [uuid(1)] } },
  },
  {
    name: "a tree is rebuilt",
    from: [a(link("up", "a", { onDelete: "cascade" }), { name: "f", type: "integer" })],
    rows: rows({ f: 1 }, { up: uuid(1) }),
    to: [a(link("up", "a", { onDelete: "cascade" }), { name: "f", type: "text" })],
    after: { [two]: { up: uuid(1) } },
  },

  // collections
  { name: "a collection comes", from: [a()], rows: rows({}), to: [a(), b()], after: { "/api/b": { items: [] } } },
  {
    name: "a collection is renamed",
    from: [
      collection("old", [{ ...name, searchable: true, unique: true }], {
        indexes: [{ fields: ["name", "createdAt"] }],
      }),
    ],
    rows: [["old", { id: uuid(1), name: "needle" }]],
    to: [
      collection("a", [{ ...name, searchable: true, unique: true }], {
        renamedFrom: "old",
        indexes: [{ fields: ["name", "createdAt"] }],
      }),
    ],
    after: { [one]: { name: "needle" }, "/api/a?search=needle": { items: [{}] } },
  },
  {
    name: "a collection that others point at is renamed",
    from: [
      collection("old", [name]),
      b(link("up", "old", { onDelete: "cascade" }), link("ups", "old", { many: true })),
    ],
    rows: [
      ["old", { id: uuid(1), name: "kept" }],
      ["b", { id: uuid(9), up: uuid(1), ups: [uuid(1)] }],
    ],
    to: [
      collection("a", [name], { renamedFrom: "old" }),
      b(link("up", "a", { onDelete: "cascade" }), link("ups", "a", { many: true })),
    ],
    after: { [one]: { name: "kept" }, [`/api/b/${uuid(9)}`]: { up: uuid(1), ups: [uuid(1)] } },
  },
  {
    name: "a collection that points at itself is renamed",
    from: [collection("old", [name, link("up", "old"), link("ups", "old", { many: true })])],
    rows: [
      ["old", { id: uuid(1), name: "kept" }],
      ["old", { id: uuid(2), up: uuid(1), ups: [uuid(1)] }],
    ],
    to: [collection("a", [name, link("up", "a"), link("ups", "a", { many: true })], { renamedFrom: "old" })],
    after: { [two]: { up: uuid(1), ups: [uuid(1)] } },
  },
  {
    name: "a view reads what is rebuilt",
    from: [
      a({ name: "f", type: "integer" }),
      {
        name: "v",
        kind: "view",
        query: "SELECT id, name AS f FROM a",
        fields: [{ name: "f", type: "text" }],
        permissions: { read: "public" },
      },
    ],
    rows: rows({ f: 1 }),
    to: [
      a({ name: "f", type: "text" }),
      {
        name: "v",
        kind: "view",
        query: "SELECT id, name AS f FROM a",
        fields: [{ name: "f", type: "text" }],
        permissions: { read: "public" },
      },
    ],
    after: { "/api/v": { items: [{ f: "n1" }] } },
  },
  {
    name: "a view changes",
    from: [
      a(),
      {
        name: "v",
        kind: "view",
        query: "SELECT id, name AS f FROM a",
        fields: [{ name: "f", type: "text" }],
        permissions: { read: "public" },
      },
    ],
    rows: rows({}),
    to: [
      a(),
      {
        name: "v",
        kind: "view",
        query: "SELECT id, upper(name) AS g FROM a",
        fields: [{ name: "g", type: "text" }],
        permissions: { read: "public" },
      },
    ],
    after: { "/api/v": { items: [{ g: "N1" }] } },
  },
  {
    name: "only words and rules change",
    from: [a()],
    rows: rows({}),
    to: [{ ...a(), description: "Words." }],
    after: { [one]: { name: "n1" } },
  },
];

describe("changes of definitions over real rows", () => {
  for (const one of CASES) test(one.name, () => withFile((path) => play(path, one)));
});

async function play(path: string, { from, rows: seed, to, loses = [], impossible, after = {} }: Case): Promise<void> {
  await withApp(path, from, (app) => fill(app, seed));

  // 1. a start with the new definitions applies what is safe, and otherwise goes on as it was
  const blocked = impossible !== undefined || loses.length > 0;
  await withApp(path, blocked ? [] : to, async (app) => {
    const { schema } = app.app.collections;
    if (!blocked) return checkWhole(app);
    const before = await wholeState(app);
    const status = await schema.status(to);
    assert.equal(status.safe, false);
    await assert.rejects(schema.apply(to), (error: { code: string; message: string }) => {
      assert.equal(error.code, "conflict", error.message);
      for (const pattern of impossible ? [impossible] : loses) assert.match(error.message, pattern);
      return true;
    });
    if (impossible) await assert.rejects(schema.apply(to, { allowDataLoss: true }), { code: "conflict" });
    assert.equal(await wholeState(app), before, "a refused change left something behind");
    await checkWhole(app);
    if (!impossible) {
      const { losses } = await schema.apply(to, { allowDataLoss: true });
      for (const pattern of loses)
        assert.ok(
          losses.some((text) => pattern.test(text)),
          losses.join("; "),
        );
      await checkWhole(app);
    }
  });
  if (impossible) return;

  // 2. it stays so: the next start finds nothing to do, and the data is where it should be
  await withApp(path, to, async (app) => {
    assert.deepEqual(app.app.schemaStatus.plan.steps, []);
    assert.deepEqual(app.app.schemaStatus.drift, []);
    for (const [request, expected] of Object.entries(after))
      assertHolds((await app.call("GET", request)).body, expected, request);
    await checkWhole(app);
    await checkSchemaMatches(app, path, to);
  });
}

/** The tables are what a fresh database with the same definitions would have. */
async function checkSchemaMatches(
  app: Parameters<typeof wholeState>[0],
  path: string,
  to: readonly unknown[],
): Promise<void> {
  const read = async (one: typeof app) => {
    const objects = await one.sql(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    return objects.map((row) => [row.type, row.name, normal(String(row.sql))]);
  };
  const fresh = await withApp(`${path}.fresh`, to, read);
  assert.deepEqual(await read(app), fresh);
}

/** Columns that were added later stand last; SQLite quotes a renamed table's name. */
function normal(sql: string): string {
  const columns = /^(CREATE TABLE "[^"]+") \((.*)\)( STRICT.*)$/s.exec(sql);
  if (!columns) return sql;
  return `${columns[1]} (${(columns[2] ?? "").split(", ").sort().join(", ")})${columns[3]}`;
}
