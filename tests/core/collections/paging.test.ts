import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPEN, openApp, type TestApp } from "../../support/app.ts";
import { succeed } from "../../support/scenario.ts";
import { createRandom, type Random, seedFromEnvironment } from "../rules/random.ts";

const WALKS = 30;
const ROWS = 60;

interface Item {
  readonly id: string;
  readonly [field: string]: unknown;
}

const COLLECTIONS = [
  { name: "groups", fields: [{ name: "name", type: "text" }], permissions: OPEN },
  {
    name: "items",
    fields: [
      { name: "text", type: "text" },
      { name: "count", type: "integer" },
      { name: "size", type: "number" },
      { name: "flag", type: "boolean" },
      { name: "when", type: "datetime" },
      { name: "place", type: "geo" },
      { name: "group", type: "relation", collection: "groups" },
      { name: "fixed", type: "integer", default: 1, nullable: false },
      { name: "stays", type: "boolean" },
    ],
    permissions: OPEN,
  },
];

type Value = string | number | boolean | null;
type KeyOf = (item: Item, groups: ReadonlyMap<string, string | null>) => Value;

/** Sort keys, and what they mean, said a second time and independently. */
const KEYS: Readonly<Record<string, KeyOf>> = {
  text: (item) => item.text as Value,
  count: (item) => item.count as Value,
  size: (item) => item.size as Value,
  flag: (item) => item.flag as Value,
  when: (item) => item.when as Value,
  fixed: (item) => item.fixed as Value,
  version: (item) => item.version as Value,
  "group.name": (item, groups) => groups.get(String(item.group)) ?? null,
  "length(text)": (item) => (typeof item.text === "string" ? [...item.text].length : null),
  "distance(place, 10, 20)": (item) => distance(item.place as Place | null, 10, 20),
};

describe("walking through a list", () => {
  const seed = seedFromEnvironment();
  const random = createRandom(seed);

  test(`${WALKS} walks while rows come and go, SEED=${seed}`, { timeout: 60_000 }, async () => {
    const app = await openApp({ collections: COLLECTIONS });
    try {
      const groups = await makeGroups(app);
      for (let walk = 0; walk < WALKS; walk += 1) {
        if (walk % 8 === 0) await refill(app, random, [...groups.keys()]);
        await checkWalk(app, random, groups, seed);
      }
    } finally {
      await app.close();
    }
  });
});

/** Pages during which rows come and go. */
const MOVING_PAGES = 200;

async function checkWalk(
  app: TestApp,
  random: Random,
  groups: ReadonlyMap<string, string | null>,
  seed: number,
): Promise<void> {
  const names = Object.keys(KEYS);
  const keys = Array.from({ length: 1 + random.below(3) }, () => ({
    name: random.pick(names),
    down: random.chance(0.5),
  }));
  const sort = keys.map(({ name, down }) => `${down ? "-" : ""}${name}`).join(",");
  const filter = random.pick([
    "stays = true",
    "stays = true && fixed > 0",
    "stays = true && (flag = true || flag != true)",
  ]);
  const limit = 1 + random.below(9);
  const fields = random.chance(0.3) ? "&fields=id,text" : "";
  const query = `sort=${encodeURIComponent(sort)}&filter=${encodeURIComponent(filter)}&limit=${limit}${fields}`;
  const where = `SEED=${seed} ${query}`;

  const still = await all(app, "stays = true");
  const expected = still.toSorted((a, b) => compareBy(keys, groups, a, b)).map(({ id }) => id);

  // on still data: cursor walk, page walk and count agree, and the order is what it should be
  const walked = await cursorWalk(app, query, async () => {});
  assert.deepEqual(walked, expected, where);
  assert.deepEqual(await pageWalk(app, query), expected, where);
  assert.equal((await get(app, `${query}&count=true`)).total, expected.length, where);

  // while others come and go: each row that is there throughout is seen once, in order
  const changed = new Set<string | null>();
  let pages = 0;
  const moving = await cursorWalk(
    app,
    query.replace(encodeURIComponent("stays = true"), encodeURIComponent("stays != null")),
    async () => {
      // rows that keep coming ahead of a slow walk would let it go on for ever
      pages += 1;
      if (pages > MOVING_PAGES) return;
      changed.add(await comeAndGo(app, random, [...groups.keys()]));
    },
  );
  const unchanged = moving.filter((id) => !changed.has(id));
  assert.equal(new Set(unchanged).size, unchanged.length, `twice: ${where}`);
  const known = new Set(expected);
  assert.deepEqual(
    moving.filter((id) => known.has(id)),
    expected,
    `while rows came and went: ${where}`,
  );
}

async function cursorWalk(app: TestApp, query: string, between: () => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const page: { items: Item[]; next: string | null } = await get(app, `${query}${next && `&cursor=${next}`}`);
    ids.push(...page.items.map(({ id }) => id));
    next = page.next;
    assert.ok(ids.length < 2000, `the walk does not end: ${query}`);
    await between();
  }
  return ids;
}

async function pageWalk(app: TestApp, query: string): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 1; ; page += 1) {
    const { items, next } = await get(app, `${query}&page=${page}`);
    ids.push(...items.map(({ id }: Item) => id));
    if (next === null) return ids;
  }
}

async function get(app: TestApp, query: string) {
  return succeed(app, "GET", `/api/items?${query}`);
}

async function all(app: TestApp, filter: string): Promise<readonly Item[]> {
  return (await get(app, `sort=id&limit=500&filter=${encodeURIComponent(filter)}`)).items;
}

async function makeGroups(app: TestApp): Promise<Map<string, string | null>> {
  const made = await succeed(app, "POST", "/api/groups", [{ name: "a" }, { name: "b" }, { name: null }, { name: "a" }]);
  return new Map(made.map(({ id, name }: { id: string; name: string | null }) => [id, name]));
}

async function refill(app: TestApp, random: Random, groups: readonly string[]): Promise<void> {
  await app.sql("DELETE FROM items");
  await succeed(
    app,
    "POST",
    "/api/items",
    Array.from({ length: ROWS }, () => ({ ...randomItem(random, groups), stays: true })),
  );
  const items = await all(app, "stays = true");
  for (const { id } of items.slice(0, 10)) await succeed(app, "PATCH", `/api/items/${id}`, {});
}

/** Returns the id of a row that was changed, if one was. */
async function comeAndGo(app: TestApp, random: Random, groups: readonly string[]): Promise<string | null> {
  await succeed(
    app,
    "POST",
    "/api/items",
    Array.from({ length: 2 }, () => ({ ...randomItem(random, groups), stays: false })),
  );
  const passing = await all(app, "stays = false");
  for (const { id } of passing.length > 3 ? passing.slice(0, 2) : []) await succeed(app, "DELETE", `/api/items/${id}`);
  const other = passing.at(-1);
  if (!other || random.chance(0.7)) return null;
  await succeed(app, "PATCH", `/api/items/${other.id}`, { fixed: 2 });
  return other.id;
}

/** Few different values and many nulls, so that most rows are equal in most keys. */
function randomItem(random: Random, groups: readonly string[]): Record<string, unknown> {
  const maybe = <T>(values: readonly T[]): T | null => (random.chance(0.3) ? null : random.pick(values));
  return {
    text: maybe(["", "a", "B", "b", "\u00e9", "\uffee", "\u{1f600}", "'\"\\"]),
    count: maybe([-1, 0, 1, 9007199254740991]),
    size: maybe([-0.5, 0.1, 0.30000000000000004, 1e300, 5e-324]),
    flag: maybe([true, false]),
    when: maybe(["1969-12-31T23:59:59.999Z", "2026-01-01T00:00:00.000Z"]),
    place: maybe([
      { lat: 10, lng: 20 },
      { lat: 10, lng: 20.5 },
      { lat: -33.3, lng: 151.2 },
      { lat: 90, lng: 0 },
    ]),
    group: maybe(groups),
    fixed: random.pick([1, 2]),
  };
}

function compareBy(
  keys: readonly { name: string; down: boolean }[],
  groups: ReadonlyMap<string, string | null>,
  a: Item,
  b: Item,
): number {
  for (const { name, down } of keys) {
    const read = KEYS[name];
    if (!read) throw new Error(name);
    const order = compare(read(a, groups), read(b, groups));
    if (order !== 0) return down ? -order : order;
  }
  return compare(a.id, b.id) * (keys.at(-1)?.down ? -1 : 1);
}

function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === "string" && typeof b === "string") return compareCodePoints([...a], [...b]);
  return Number(a) - Number(b);
}

function compareCodePoints(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const order = (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

interface Place {
  readonly lat: number;
  readonly lng: number;
}

/** Kilometres, by the spherical law of cosines; rounded, since only the order of far-apart places matters here. */
function distance(place: Place | null, lat: number, lng: number): number | null {
  if (place === null) return null;
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const angle =
    Math.sin(radians(place.lat)) * Math.sin(radians(lat)) +
    Math.cos(radians(place.lat)) * Math.cos(radians(lat)) * Math.cos(radians(place.lng - lng));
  return Math.round(6371 * Math.acos(Math.min(1, angle)));
}
