import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, OPEN, openApp, type TestApp } from "../../support/app.ts";
import { succeed, uuid } from "../../support/scenario.ts";
import { createRandom, type Random, seedFromEnvironment } from "../rules/random.ts";

const ROUNDS = 120;
const link = (name: string, collection: string, onDelete: string, more: object = {}) => ({
  name,
  type: "relation",
  collection,
  onDelete,
  ...more,
});
const label = { name: "label", type: "text", unique: true };
const COLLECTIONS = [
  { name: "roots", fields: [label, link("near", "roots", "setNull")], permissions: OPEN },
  {
    name: "leaves",
    fields: [label, link("root", "roots", "cascade"), link("others", "roots", "setNull", { many: true })],
    permissions: OPEN,
  },
  {
    name: "crowds",
    fields: [
      label,
      link("members", "leaves", "cascade", { many: true }),
      link("first", "leaves", "setNull"),
      link("all", "leaves", "setNull", { many: true }),
    ],
    permissions: OPEN,
  },
  { name: "locks", fields: [label, link("holds", "leaves", "restrict")], permissions: OPEN },
];
const NAMES = ["roots", "leaves", "crowds", "locks"] as const;
const PER_COLLECTION = 4;
const idOf = (name: (typeof NAMES)[number], n: number) => uuid(100 * (NAMES.indexOf(name) + 1) + n);

interface Operation {
  readonly op: "create" | "update" | "upsert" | "delete";
  readonly collection: (typeof NAMES)[number];
  readonly id: string;
  readonly data?: object;
}

test("a batch does what its operations would do one by one, and tells the same", async () => {
  const seed = seedFromEnvironment();
  const random = createRandom(seed);
  const [together, apart] = [await openApp({ collections: COLLECTIONS }), await openApp({ collections: COLLECTIONS })];
  try {
    let whole = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = startingRows(random);
      await reset(together, start);
      await reset(apart, start);
      const operations = Array.from({ length: 2 + random.below(6) }, () => randomOperation(random));
      const where = `SEED=${seed} round ${round}: ${JSON.stringify({ start, operations })}`;

      const before = await records(together);
      const answer = await together.call("POST", "/api/batch", { body: { operations } });
      const failure = await oneByOne(apart, operations);
      if (failure) {
        // of several faults, a batch may name another one first
        assert.ok([400, 404, 409].includes(answer.status), `${where}\n${answer.text}\n${failure.text}`);
        assert.doesNotMatch(answer.text, /by many others/, where);
        assert.equal(await records(together), before, where);
        assert.deepEqual(await together.types(), [], where);
        await apart.heard();
        continue;
      }
      whole += 1;
      assert.equal(answer.status, 200, `${where}\n${answer.text}`);
      assert.equal(await records(together), await records(apart), where);
      assert.deepEqual(await told(together), await told(apart), where);
      assert.deepEqual(await together.sql("PRAGMA foreign_key_check"), [], where);
    }
    assert.ok(whole > ROUNDS / 10, `only ${whole} batches went through, SEED=${seed}`);
  } finally {
    await together.close();
    await apart.close();
  }
});

async function oneByOne(app: TestApp, operations: readonly Operation[]): Promise<Answer | null> {
  for (const { op, collection, id, data } of operations) {
    const path = `/api/${collection}/${id}`;
    const insert = op === "create" || (op === "upsert" && (await app.call("GET", path)).status === 404);
    const answer =
      op === "delete"
        ? await app.call("DELETE", path)
        : insert
          ? await app.call("POST", `/api/${collection}`, { body: { ...data, id } })
          : await app.call("PATCH", path, { body: data });
    if (answer.status >= 400) return answer;
  }
  return null;
}

/** All records without what depends on the clock. */
async function records(app: TestApp): Promise<string> {
  const lists = await Promise.all(NAMES.map((name) => succeed(app, "GET", `/api/${name}?sort=id&limit=500`)));
  return JSON.stringify(lists.map(({ items }) => items.map(withoutTimes)));
}

/** Events in order. Which of several rows of one table comes first within one deletion is not promised. */
async function told(app: TestApp): Promise<readonly string[]> {
  const heard = await app.heard();
  return heard.map(({ event, detail }) =>
    JSON.stringify([
      event.type,
      withoutTimes(event.payload as object),
      detail.previous && withoutTimes(detail.previous),
    ]),
  );
}

function withoutTimes(record: object): object {
  const { createdAt: _c, updatedAt: _u, ...rest } = record as Record<string, unknown>;
  return rest;
}

async function reset(app: TestApp, rows: readonly Operation[]): Promise<void> {
  for (const name of [...NAMES].reverse()) await app.sql(`DELETE FROM ${name}`);
  await succeed(app, "POST", "/api/batch", { operations: rows });
  await app.heard();
}

function startingRows(random: Random): readonly Operation[] {
  return NAMES.flatMap((name) =>
    Array.from({ length: PER_COLLECTION }, (_, n): Operation => {
      const data = { ...randomLinks(random, name, name === "roots" ? n : PER_COLLECTION), label: `${name}${n}` };
      return { op: "create", collection: name, id: idOf(name, n), data };
    }),
  );
}

function randomOperation(random: Random): Operation {
  const collection = random.pick(NAMES);
  const op = random.pick(["create", "update", "update", "update", "upsert", "delete", "delete"] as const);
  const id = idOf(collection, random.below(PER_COLLECTION + (op === "create" || op === "upsert" ? 3 : 0)));
  if (op === "delete") return { op, collection, id };
  const named = random.chance(0.3) ? { label: `${collection}${random.below(6)}` } : {};
  return { op, collection, id, data: { ...randomLinks(random, collection, PER_COLLECTION), ...named } };
}

/** Links to rows numbered below `below`. */
function randomLinks(random: Random, name: (typeof NAMES)[number], below: number): object {
  const one = (target: (typeof NAMES)[number]) =>
    below === 0 || random.chance(0.4) ? null : idOf(target, random.below(below));
  const many = (target: (typeof NAMES)[number]) => [
    ...new Set(random.several(3, () => idOf(target, random.below(Math.max(below, 1))))),
  ];
  const links: Record<string, unknown> =
    name === "roots"
      ? { near: one("roots") }
      : name === "leaves"
        ? { root: one("roots"), others: many("roots") }
        : name === "crowds"
          ? { members: random.chance(0.5) ? many("leaves") : [], first: one("leaves"), all: many("leaves") }
          : { holds: random.chance(0.2) ? one("leaves") : null };
  return Object.fromEntries(Object.entries(links).filter(() => below < PER_COLLECTION || random.chance(0.7)));
}
