import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sqliteDialect } from "../../../src/core/database/dialect.ts";
import { BakendError } from "../../../src/core/errors.ts";
import {
  type Bindings,
  type Condition,
  compile,
  matches,
  parseExpression,
  type RowData,
  resolve,
  type SchemaCollection,
  settle,
  type Viewer,
} from "../../../src/core/rules/index.ts";
import { createRandom, type Random, seedFromEnvironment } from "./random.ts";
import { randomExpression, randomUser } from "./random-expression.ts";
import { createWorld, type World } from "./random-world.ts";

const SEED = seedFromEnvironment();
const CASES = Number(process.env.CASES ?? 1500);
const PER_WORLD = 60;

describe("SQL and memory agree", () => {
  test(`on ${CASES} random expressions (SEED=${SEED})`, { timeout: 600_000 }, async () => {
    const counts = { understood: 0, someRows: 0, notAllRows: 0 };
    for (let first = 0; first < CASES; first += PER_WORLD) {
      const random = createRandom(SEED + first);
      const world = await createWorld(random);
      for (let n = first; n < Math.min(first + PER_WORLD, CASES); n++) checkOne(random, world, counts);
      world.database.close();
    }
    console.log(`SEED=${SEED} CASES=${CASES}`, JSON.stringify(counts));
    // The generator must not degrade into cases that say nothing.
    assert.ok(counts.understood > CASES * 0.6, "most expressions resolve");
    assert.ok(counts.someRows > counts.understood * 0.25, "many expressions select something");
    assert.ok(counts.notAllRows > counts.understood * 0.25, "many expressions leave something out");
  });
});

function checkOne(
  random: Random,
  world: World,
  counts: { understood: number; someRows: number; notAllRows: number },
): void {
  const collection = random.pick(world.collections);
  const text = randomExpression(random, world, collection);
  const rows = world.rows.get(collection.name) ?? [];
  const old = rows.length > 0 && random.chance(0.8) ? random.pick(rows) : null;
  const bindings: Bindings = { user: randomUser(random, world.values), now: new Date("2024-01-01T12:30:00Z"), old };
  const viewer = random.chance(0.3) ? randomViewer(random, world, bindings) : undefined;
  const condition = understand(text, world, collection, bindings, viewer);
  if (condition === undefined) return;
  counts.understood++;
  for (const tree of [condition, { not: condition }]) {
    const expected = rows.filter((row) => matches(tree, row, world.source)).map((row) => row.id);
    const { sql, params } = compile(tree, { dialect: sqliteDialect, table: "r" });
    const describeCase = () => `SEED=${SEED}\n${text}\n${JSON.stringify(tree)}\n${sql}\n${JSON.stringify(params)}`;
    let found: unknown[];
    try {
      const selected = world.database.all(
        `SELECT "id" FROM "${collection.table}" AS "r" WHERE ${sql} ORDER BY rowid`,
        params,
      );
      found = selected.map((row) => row.id);
    } catch (error) {
      throw new Error(`${error}\n${describeCase()}`);
    }
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      const bad = rows.filter((row) => found.includes(row.id) !== expected.includes(row.id));
      assert.fail(`${describeCase()}\nSQL ${found}, memory ${expected}\n${JSON.stringify(bad.slice(0, 2))}`);
    }
    if (tree !== condition) continue;
    if (found.length > 0) counts.someRows++;
    if (found.length < rows.length) counts.notAllRows++;
  }
}

function understand(
  text: string,
  world: World,
  collection: SchemaCollection,
  bindings: Bindings,
  viewer: Viewer | undefined,
): Condition | undefined {
  try {
    const options = { schema: world.schema, collection: collection.name, allowOld: true, viewer };
    return settle(resolve(parseExpression(text), options), bindings);
  } catch (error) {
    assert.ok(error instanceof BakendError && error.code === "bad_request", `${text}\n${error}`);
    return undefined;
  }
}

/** A viewer who may see only some rows of each collection, by rules that are random themselves. */
function randomViewer(random: Random, world: World, bindings: { user: RowData | null; now: Date }): Viewer {
  const guards = new Map<string, Condition | null>();
  for (const collection of world.collections) {
    const rule = randomExpression(random, world, collection, 2);
    guards.set(collection.name, understand(rule, world, collection, bindings, undefined) ?? { all: [] });
  }
  return { sees: () => true, guard: (name) => guards.get(name) ?? null };
}
