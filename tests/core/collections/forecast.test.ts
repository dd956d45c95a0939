import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Collection } from "../../../src/core/collections/collection.ts";
import { definitionSchema } from "../../../src/core/collections/definition.ts";
import type { RecordData } from "../../../src/core/collections/record.ts";
import type { Former } from "../../../src/core/collections/watching/former.ts";
import type { Watch } from "../../../src/core/collections/watching/index.ts";
import { seenBy } from "../../../src/core/collections/watching/seen.ts";
import type { Principal } from "../../../src/core/principal.ts";
import { openApp } from "../../support/app.ts";

const PROJECTS = definitionSchema.parse({
  name: "projects",
  fields: [{ name: "title", type: "text" }],
  permissions: { read: "public" },
});
const TASKS = definitionSchema.parse({
  name: "tasks",
  fields: [
    { name: "project", type: "relation", collection: "projects", onDelete: "cascade" },
    { name: "size", type: "number" },
    { name: "others", type: "relation", collection: "tasks", many: true },
  ],
  permissions: { read: "project.title = 'a' && length(others) = 1 && size != 2" },
});

const ANYBODY: Principal = { kind: "anonymous" };
const stamps = { createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z", version: 1 };
const MANY = 250;
const projects: readonly RecordData[] = ["a", "b"].map((title) => ({ id: title, title, ...stamps }));
/** Of two projects; every fifth has no other, and every third is of a size that the rule is against. */
const tasks: readonly RecordData[] = Array.from({ length: MANY }, (_, n) => ({
  ...{ id: `t${n}`, ...stamps, project: n % 2 === 0 ? "a" : "b", size: n % 3 },
  others: n % 5 === 0 ? [] : ["t1"],
}));
const expected = tasks.map((_, n) => n % 2 === 0 && n % 5 !== 0 && n % 3 !== 2);

const byId = (records: readonly RecordData[]): ReadonlyMap<string, RecordData> =>
  new Map(records.map((one) => [String(one.id), one]));

interface Judged {
  /** Of how many records each statement was. */
  readonly sizes: readonly number[];
  readonly sees: readonly (boolean | null | undefined)[];
}

/** Judges states of tasks, one after the other, as the events of one deletion come. */
async function judged(
  states: readonly RecordData[],
  { watch = (one: Watch) => one, cost = (_: number): number => 0 } = {},
): Promise<Judged> {
  const world = await openApp({ collections: [PROJECTS, TASKS] });
  try {
    const { schema, watch: open } = world.app.collections;
    const sizes: number[] = [];
    let time = 0;
    const engine: Parameters<typeof seenBy>[0] = {
      catalog: schema.catalog,
      defer: (task) => task(),
      stopwatch: () => time,
      db: {
        async read({ sql, params }) {
          const rows = await world.sql(sql, params);
          sizes.push(rows.length);
          time += cost(rows.length);
          return { rows, changes: 0 };
        },
      },
    };
    const collection = schema.catalog().get("tasks") as Collection;
    const one = watch(open(ANYBODY, { collection: "tasks" }));
    const former: Former = new Map([
      ["projects", byId(projects)],
      ["tasks", byId(tasks)],
    ]);
    const sees: (boolean | null | undefined)[] = [];
    for (const state of states) sees.push(...(await seenBy(engine, collection, state, [one], former)));
    return { sizes, sees };
  } finally {
    await world.close();
  }
}

describe("the records of one deletion", () => {
  test("are judged together, more and more of them", async () => {
    const { sizes, sees } = await judged(tasks);
    assert.deepEqual(sees, expected);
    assert.deepEqual(sizes, [1, 2, 4, 8, 16, 32, 64, 100, 23]);
  });

  test("are judged in smaller numbers where that takes long", async () => {
    const { sizes, sees } = await judged(tasks, { cost: (rows) => rows });
    assert.deepEqual(sees, expected);
    assert.ok(Math.max(...sizes) <= 8, sizes.join());
    assert.ok(sizes.length < MANY / 3, sizes.join());
  });

  test("are judged together where even one takes long", async () => {
    const { sizes } = await judged(tasks, { cost: (rows) => 20 + rows / 100 });
    assert.deepEqual(sizes, [1, 2, 4, 8, 16, 32, 64, 100, 23]);
  });

  test("are each judged when it is their turn, if a condition is made anew for each", async () => {
    const { sizes, sees } = await judged(tasks, {
      watch: (one) => ({ ...one, condition: () => ({ all: [one.condition()] }) }),
    });
    assert.deepEqual(sees, expected);
    assert.deepEqual(
      sizes,
      tasks.map(() => 1),
    );
  });

  test("are judged by themselves in a state in between", async () => {
    const between = tasks.map((one) => ({ ...one, version: 2, size: 2 }));
    const states = tasks.flatMap((one, n) => [one, between[n] ?? one]);
    const { sizes, sees } = await judged(states);
    assert.deepEqual(
      sees,
      expected.flatMap((one) => [one, false]),
    );
    assert.equal(sizes.length, MANY + 9);
  });
});
