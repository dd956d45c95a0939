import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Heard, OPEN, openApp, type TestApp } from "../../support/app.ts";
import { assertHolds, succeed, uuid } from "../../support/scenario.ts";

type Field = Readonly<Record<string, unknown>>;
const text = { name: "name", type: "text" };
const link = (name: string, collection: string, onDelete: string, more: Field = {}): Field => ({
  name,
  type: "relation",
  collection,
  onDelete,
  ...more,
});
const collection = (name: string, ...fields: readonly Field[]) => ({
  name,
  fields: [text, ...fields],
  permissions: OPEN,
});

interface Case {
  readonly name: string;
  readonly collections: readonly unknown[];
  /** `collection/number` and its fields, in order; what is named again is changed. */
  readonly records: readonly (readonly [string, Field?])[];
  readonly remove: string;
  readonly status: number;
  /** Type and record number of each event, sorted; the removed record's own comes last. */
  readonly events?: readonly string[];
  /** What is left: fields by `collection/number`. */
  readonly left: Readonly<Record<string, Field>>;
  readonly errors?: readonly string[];
}

const many = { many: true };
const CASES: readonly Case[] = [
  {
    name: "cascade, to one",
    collections: [collection("a"), collection("b", link("up", "a", "cascade"))],
    records: [["a/1"], ["a/2"], ["b/3", { up: uuid(1) }], ["b/4", { up: uuid(1) }], ["b/5", { up: uuid(2) }], ["b/6"]],
    remove: "a/1",
    status: 204,
    events: ["b.deleted 3", "b.deleted 4", "a.deleted 1"],
    left: { "a/2": {}, "b/5": { up: uuid(2), version: 1 }, "b/6": { up: null, version: 1 } },
  },
  {
    name: "cascade to a record that has the same id",
    collections: [collection("a"), collection("b", link("up", "a", "cascade"))],
    records: [["a/1"], ["b/1", { up: uuid(1) }]],
    remove: "a/1",
    status: 204,
    events: ["b.deleted 1", "a.deleted 1"],
    left: {},
  },
  {
    name: "cascade, to many, to a record that has the same id",
    collections: [collection("a"), collection("b", link("ups", "a", "cascade", { many: true }))],
    records: [["a/1"], ["b/1", { ups: [uuid(1)] }]],
    remove: "a/1",
    status: 204,
    events: ["b.deleted 1", "a.deleted 1"],
    left: {},
  },
  {
    name: "restrict, to one",
    collections: [collection("a"), collection("b", link("up", "a", "restrict"))],
    records: [["a/1"], ["b/3", { up: uuid(1) }]],
    remove: "a/1",
    status: 409,
    errors: ["is in use by b.up"],
    left: { "a/1": {}, "b/3": { up: uuid(1) } },
  },
  {
    name: "restrict, to one, not in use",
    collections: [collection("a"), collection("b", link("up", "a", "restrict"))],
    records: [["a/1"], ["a/2"], ["b/3", { up: uuid(1) }]],
    remove: "a/2",
    status: 204,
    events: ["a.deleted 2"],
    left: { "a/1": {}, "b/3": { up: uuid(1) } },
  },
  {
    name: "setNull, to one",
    collections: [collection("a"), collection("b", link("up", "a", "setNull"))],
    records: [["a/1"], ["b/3", { up: uuid(1), name: "kept" }], ["b/4"]],
    remove: "a/1",
    status: 204,
    events: ["b.updated 3", "a.deleted 1"],
    left: { "b/3": { up: null, name: "kept", version: 2 }, "b/4": { version: 1 } },
  },
  {
    name: "cascade, to many: a holder goes with any of its targets",
    collections: [collection("a"), collection("b", link("ups", "a", "cascade", many))],
    records: [["a/1"], ["a/2"], ["b/3", { ups: [uuid(1), uuid(2)] }], ["b/4", { ups: [uuid(2)] }]],
    remove: "a/1",
    status: 204,
    events: ["b.deleted 3", "a.deleted 1"],
    left: { "a/2": {}, "b/4": { ups: [uuid(2)] } },
  },
  {
    name: "restrict, to many",
    collections: [collection("a"), collection("b", link("ups", "a", "restrict", many))],
    records: [["a/1"], ["a/2"], ["b/3", { ups: [uuid(1), uuid(2)] }]],
    remove: "a/1",
    status: 409,
    errors: ["is in use by b.ups"],
    left: { "a/1": {}, "a/2": {}, "b/3": { ups: [uuid(1), uuid(2)] } },
  },
  {
    name: "setNull, to many: the link goes, the order of the others stays",
    collections: [collection("a"), collection("b", link("ups", "a", "setNull", many))],
    records: [["a/1"], ["a/2"], ["a/3"], ["b/4", { ups: [uuid(3), uuid(1), uuid(2)] }], ["b/5", { ups: [uuid(2)] }]],
    remove: "a/1",
    status: 204,
    events: ["b.updated 4", "a.deleted 1"],
    left: {
      "a/2": {},
      "a/3": {},
      "b/4": { ups: [uuid(3), uuid(2)], version: 2 },
      "b/5": { ups: [uuid(2)], version: 1 },
    },
  },
  {
    name: "two relations to the same record, one to many: two changes, and the last one tells what is left",
    collections: [
      collection("a"),
      collection(
        "b",
        link("first", "a", "setNull"),
        link("ups", "a", "setNull", many),
        link("more", "a", "setNull", many),
      ),
    ],
    records: [["a/1"], ["a/2"], ["b/3", { first: uuid(1), ups: [uuid(1), uuid(2)], more: [uuid(2), uuid(1)] }]],
    remove: "a/1",
    status: 204,
    events: ["b.updated 3", "b.updated 3", "b.updated 3", "a.deleted 1"],
    left: { "a/2": {}, "b/3": { first: null, ups: [uuid(2)], more: [uuid(2)], version: 4 } },
  },
  {
    name: "a chain: cascade, cascade, setNull",
    collections: [
      collection("a"),
      collection("b", link("up", "a", "cascade")),
      collection("c", link("up", "b", "cascade")),
      collection("d", link("up", "c", "setNull")),
    ],
    records: [
      ["a/1"],
      ["b/2", { up: uuid(1) }],
      ["c/3", { up: uuid(2) }],
      ["c/4", { up: uuid(2) }],
      ["d/5", { up: uuid(4) }],
    ],
    remove: "a/1",
    status: 204,
    events: ["b.deleted 2", "c.deleted 3", "c.deleted 4", "d.updated 5", "a.deleted 1"],
    left: { "d/5": { up: null, version: 2 } },
  },
  {
    name: "a chain through to-many cascades",
    collections: [
      collection("a"),
      collection("b", link("ups", "a", "cascade", many)),
      collection("c", link("ups", "b", "cascade", many)),
      collection("d", link("up", "c", "cascade")),
    ],
    records: [["a/1"], ["b/2", { ups: [uuid(1)] }], ["c/3", { ups: [uuid(2)] }], ["d/4", { up: uuid(3) }], ["d/5"]],
    remove: "a/1",
    status: 204,
    events: ["b.deleted 2", "c.deleted 3", "d.deleted 4", "a.deleted 1"],
    left: { "d/5": {} },
  },
  {
    name: "a circle through a to-many cascade: the record itself goes with what it takes along",
    collections: [
      collection("a", link("up", "b", "cascade")),
      collection("b", link("ups", "a", "cascade", many), link("next", "b", "cascade")),
    ],
    records: [["a/1"], ["b/2", { ups: [uuid(1)] }], ["b/3", { next: uuid(2) }], ["a/1", { up: uuid(3) }], ["a/4"]],
    remove: "a/1",
    status: 204,
    events: ["b.deleted 2", "b.deleted 3", "a.deleted 1"],
    left: { "a/4": {} },
  },
  {
    name: "a chain to and fro between two to-many cascades: nobody who is announced as gone stays",
    collections: [collection("a", link("bs", "b", "cascade", many)), collection("b", link("as", "a", "cascade", many))],
    records: [
      ["a/1"],
      ["b/2", { as: [uuid(1)] }],
      ["a/3", { bs: [uuid(2)] }],
      ["b/4", { as: [uuid(3)] }],
      ["a/5", { bs: [uuid(4)] }],
      ["b/6", { as: [uuid(5)] }],
      ["a/7"],
      ["b/8", { as: [uuid(7)] }],
    ],
    remove: "a/1",
    status: 204,
    events: ["a.deleted 3", "a.deleted 5", "b.deleted 2", "b.deleted 4", "b.deleted 6", "a.deleted 1"],
    left: { "a/7": {}, "b/8": { as: [uuid(7)] } },
  },
  {
    name: "a chain that ends at a restrict: nothing happens at all",
    collections: [
      collection("a"),
      collection("b", link("up", "a", "cascade")),
      collection("c", link("up", "b", "restrict")),
      collection("d", link("up", "a", "setNull")),
    ],
    records: [["a/1"], ["b/2", { up: uuid(1) }], ["c/3", { up: uuid(2) }], ["d/4", { up: uuid(1) }]],
    remove: "a/1",
    status: 409,
    left: { "a/1": {}, "b/2": { up: uuid(1) }, "c/3": { up: uuid(2) }, "d/4": { up: uuid(1), version: 1 } },
  },
  {
    name: "a tree of its own kind, cascading",
    collections: [collection("a", link("up", "a", "cascade"))],
    records: [["a/1"], ["a/2", { up: uuid(1) }], ["a/3", { up: uuid(2) }], ["a/4", { up: uuid(3) }], ["a/5"]],
    remove: "a/1",
    status: 204,
    events: ["a.deleted 2", "a.deleted 3", "a.deleted 4", "a.deleted 1"],
    left: { "a/5": {} },
  },
  {
    name: "a tree of its own kind, set to null",
    collections: [collection("a", link("up", "a", "setNull"))],
    records: [["a/1"], ["a/2", { up: uuid(1) }], ["a/3", { up: uuid(2) }]],
    remove: "a/1",
    status: 204,
    events: ["a.updated 2", "a.deleted 1"],
    left: { "a/2": { up: null, version: 2 }, "a/3": { up: uuid(2), version: 1 } },
  },
  {
    name: "a tree of its own kind, restricted",
    collections: [collection("a", link("up", "a", "restrict"))],
    records: [["a/1"], ["a/2", { up: uuid(1) }]],
    remove: "a/1",
    status: 409,
    errors: ["is in use by a.up"],
    left: { "a/1": {}, "a/2": { up: uuid(1) } },
  },
  {
    name: "friends of its own kind, to many",
    collections: [collection("a", link("friends", "a", "setNull", many))],
    records: [["a/1"], ["a/2", { friends: [uuid(1)] }], ["a/3", { friends: [uuid(2), uuid(1)] }]],
    remove: "a/1",
    status: 204,
    events: ["a.updated 2", "a.updated 3", "a.deleted 1"],
    left: { "a/2": { friends: [], version: 2 }, "a/3": { friends: [uuid(2)], version: 2 } },
  },
  {
    name: "names that the engine might use itself",
    collections: [
      collection("doomed", { name: "gone", type: "text" }),
      collection("l", { name: "gone", type: "text" }, link("source", "doomed", "setNull", many)),
      collection("r", { name: "c", type: "text" }, link("target", "doomed", "cascade")),
      collection("x", { name: "doomed", type: "text" }, link("id2", "r", "cascade", many)),
    ],
    records: [
      ["doomed/1", { gone: "g1" }],
      ["l/2", { gone: "g2", source: [uuid(1)] }],
      ["r/3", { c: "c", target: uuid(1) }],
      ["x/4", { doomed: "d", id2: [uuid(3)] }],
    ],
    remove: "doomed/1",
    status: 204,
    events: ["l.updated 2", "r.deleted 3", "x.deleted 4", "doomed.deleted 1"],
    left: { "l/2": { gone: "g2", source: [], version: 2 } },
  },
];

describe("what a deletion takes along", () => {
  for (const one of CASES) test(one.name, () => play(one));
});

async function play({ collections, records, remove, status, events = [], left, errors }: Case): Promise<void> {
  const app = await openApp({ collections });
  try {
    for (const [where, data = {}] of records) {
      const [name, number] = where.split("/");
      const operation = { op: "upsert", collection: name, id: uuid(Number(number)), data };
      await succeed(app, "POST", "/api/batch", { operations: [operation] });
    }
    await app.heard();
    const before = await app.dump();

    const answer = await app.call("DELETE", path(remove));
    assert.equal(answer.status, status, answer.text);
    const heard = await app.heard();
    const said = heard.map(({ event }) => `${event.type} ${Number((event.payload as { id: string }).id.slice(-12))}`);
    assert.deepEqual(said.slice(0, -1).sort(), events.slice(0, -1).sort());
    assert.equal(said.at(-1), events.at(-1));

    if (status !== 204) assert.equal(await app.dump(), before);
    if (errors)
      assertHolds(
        answer.body.errors,
        errors.map((message) => ({ field: "id", code: "restrict", message })),
      );
    await checkLeft(app, left, heard);
    assert.deepEqual(await app.sql("PRAGMA foreign_key_check"), []);
  } finally {
    await app.close();
  }
}

async function checkLeft(app: TestApp, left: Case["left"], heard: readonly Heard[]): Promise<void> {
  const found: string[] = [];
  for (const { name } of app.app.collections.schema.catalog().collections) {
    for (const record of (await app.call("GET", `/api/${name}`)).body.items) {
      const where = `${name}/${Number(record.id.slice(-12))}`;
      found.push(where);
      assertHolds(record, left[where] ?? {}, where);
      const last = heard.filter(({ event }) => (event.payload as { id: string }).id === record.id).at(-1);
      if (last) assert.deepEqual(last.event.payload, record, `the last event about ${where} is not what is left`);
    }
  }
  assert.deepEqual(found.sort(), Object.keys(left).sort());
}

function path(where: string): string {
  const [name, number] = where.split("/");
  return `/api/${name}/${uuid(Number(number))}`;
}

describe("a deletion that takes along what its rule looks at", () => {
  for (const [onDelete, more] of [
    ["setNull", {}],
    ["setNull", many],
    ["cascade", {}],
    ["cascade", many],
  ] as const) {
    const relation = link("up", "a", onDelete, more);
    const value = "many" in more ? [uuid(1)] : uuid(1);
    for (const [rule, status] of [
      ["b_via_up.name = 'key'", 204],
      ["b_via_up.name = 'none'", 404],
      ["!(b_via_up.name = 'key')", 404],
    ] as const)
      test(`${onDelete}${"many" in more ? ", to many" : ""}: ${rule}`, async () => {
        const a = { ...collection("a"), permissions: { ...OPEN, delete: rule } };
        const app = await openApp({ collections: [a, collection("b", relation)] });
        try {
          await succeed(app, "POST", "/api/a", { id: uuid(1) });
          await succeed(app, "POST", "/api/b", { id: uuid(2), name: "key", up: value });
          const answer = await app.call("DELETE", `/api/a/${uuid(1)}`);
          assert.equal(answer.status, status, answer.text);
          assert.equal((await app.sql("SELECT 1 FROM a")).length, status === 204 ? 0 : 1);
        } finally {
          await app.close();
        }
      });
  }
});

test("a view that shows a relation holds up no deletion", async () => {
  const shown = { name: "up", type: "relation", collection: "a" };
  const app = await openApp({
    collections: [
      collection("a"),
      collection("b", link("up", "a", "setNull")),
      { name: "v", kind: "view", query: `SELECT "id", "up" FROM b`, fields: [shown], permissions: { read: "public" } },
    ],
  });
  try {
    await succeed(app, "POST", "/api/a", { id: uuid(1) });
    await succeed(app, "POST", "/api/b", { id: uuid(2), up: uuid(1) });
    assert.equal((await succeed(app, "GET", `/api/v/${uuid(2)}`)).up, uuid(1));
    await succeed(app, "DELETE", `/api/a/${uuid(1)}`);
    assert.equal((await succeed(app, "GET", `/api/v/${uuid(2)}`)).up, null);
  } finally {
    await app.close();
  }
});
