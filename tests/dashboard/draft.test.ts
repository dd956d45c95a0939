import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldDefinition, RecordData } from "../../dashboard/src/lib/api/types.ts";
import { changes, creation, draftOf, type Entry } from "../../dashboard/src/lib/records/draft.ts";

const RECORD = { id: "01a1ffba-8a47-7000-95fb-ec018c68c328", version: 1 };

interface Case {
  readonly field: { readonly type: string; readonly many?: boolean; readonly [option: string]: unknown };
  /** What the record has. */
  readonly value: unknown;
  /** What its input shows. */
  readonly shown: Entry;
  /** What is typed, and what is sent for it; a text after `fault` is what is said of it. */
  readonly typed: readonly (readonly [Entry, unknown] | readonly [Entry, "fault", RegExp])[];
}

const instant = new Date(2026, 0, 2, 3, 4).toISOString();

const CASES: readonly Case[] = [
  {
    field: { type: "text" },
    value: "a",
    shown: "a",
    typed: [
      ["", ""],
      [" b ", " b "],
      [null, null],
    ],
  },
  {
    field: { type: "integer" },
    value: 3,
    shown: "3",
    typed: [
      ["4", 4],
      ["", null],
      ["x", "fault", /number/],
    ],
  },
  { field: { type: "number" }, value: -0.5, shown: "-0.5", typed: [["1e3", 1000]] },
  {
    field: { type: "boolean" },
    value: null,
    shown: null,
    typed: [
      [true, true],
      [false, false],
    ],
  },
  {
    field: { type: "datetime" },
    value: instant,
    shown: "2026-01-02T03:04",
    typed: [
      ["", null],
      ["2026-01-02T03:05", new Date(2026, 0, 2, 3, 5).toISOString()],
    ],
  },
  {
    field: { type: "date" },
    value: "2026-01-02",
    shown: "2026-01-02",
    typed: [
      ["2026-01-03", "2026-01-03"],
      ["", null],
    ],
  },
  {
    field: { type: "email" },
    value: null,
    shown: null,
    typed: [
      [" a@b.de ", "a@b.de"],
      ["", null],
    ],
  },
  {
    field: { type: "select", options: ["a", "b"] },
    value: "a",
    shown: "a",
    typed: [
      ["b", "b"],
      [null, null],
    ],
  },
  {
    field: { type: "select", options: ["a", "b"], many: true },
    value: ["a"],
    shown: ["a"],
    typed: [
      [[], []],
      [
        ["a", "b"],
        ["a", "b"],
      ],
    ],
  },
  {
    field: { type: "json" },
    value: { a: [1] },
    shown: '{\n  "a": [\n    1\n  ]\n}',
    typed: [
      ["[1", "fault", /JSON/],
      ["[1]", [1]],
      ["", null],
    ],
  },
  { field: { type: "relation", collection: "users" }, value: RECORD.id, shown: RECORD.id, typed: [[null, null]] },
  { field: { type: "file" }, value: null, shown: [], typed: [[["f"], "f"]] },
  {
    field: { type: "file", many: true },
    value: ["f"],
    shown: ["f"],
    typed: [
      [
        ["f", "g"],
        ["f", "g"],
      ],
      [[], []],
    ],
  },
  {
    field: { type: "geo" },
    value: { lat: 1, lng: 2 },
    shown: { lat: "1", lng: "2" },
    typed: [
      [
        { lat: "1.5", lng: "2" },
        { lat: 1.5, lng: 2 },
      ],
      [{ lat: "", lng: "" }, null],
      [{ lat: "1", lng: "" }, "fault", /both/],
    ],
  },
];

for (const { field, value, shown, typed } of CASES) {
  const name = `${field.type}${field.many === true ? ", many" : ""}`;
  const fields: FieldDefinition[] = [{ ...field, name: "it" }];
  const before = draftOf(fields, { ...RECORD, it: value } as RecordData);

  test(`${name}: shown, and not sent when nothing was changed`, () => {
    assert.deepEqual(before, { it: shown });
    assert.deepEqual(changes(fields, before, structuredClone(before)), { data: {}, faults: {} });
  });

  for (const [entry, sent, said] of typed) {
    test(`${name}: ${JSON.stringify(entry)} typed`, () => {
      const { data, faults } = changes(fields, before, { it: entry });
      if (said === undefined) assert.deepEqual({ data, faults }, { data: { it: sent }, faults: {} });
      else assert.match(faults.it ?? "", said);
    });
  }
}

test("a new record says what is given, and leaves to the server what it knows better", () => {
  const fields: FieldDefinition[] = [
    { name: "title", type: "text", required: true },
    { name: "note", type: "text" },
    { name: "open", type: "boolean", required: true },
    { name: "status", type: "select", options: ["draft", "done"], default: "draft" },
    { name: "owner", type: "relation", collection: "users", default: "@user.id" },
    { name: "tags", type: "select", options: ["a"], many: true },
    { name: "password", type: "password", hidden: true },
  ];
  const draft = draftOf(fields, null);
  assert.deepEqual(creation(fields, draft).data, { open: false, status: "draft" });
  const typed = { ...draft, title: "One", status: null, password: "secret word " };
  assert.deepEqual(creation(fields, typed).data, { title: "One", open: false, status: null, password: "secret word " });
});

test("what cannot be changed is not sent, and what is never told stays unless it is typed", () => {
  const fields: FieldDefinition[] = [
    { name: "code", type: "text", immutable: true },
    { name: "secret", type: "text", hidden: true },
    { name: "password", type: "password", hidden: true },
  ];
  const before = draftOf(fields, { ...RECORD, code: "c" });
  assert.deepEqual(changes(fields, before, { ...before, code: "d", password: "" }).data, {});
  assert.deepEqual(changes(fields, before, { ...before, secret: "s" }).data, { secret: "s" });
});
