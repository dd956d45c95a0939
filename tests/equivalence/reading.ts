import type { Random } from "../core/rules/random.ts";
import type { TestApp } from "../support/app.ts";
import type { Doors } from "./doors.ts";
import { allows, closed, opens, passes, single } from "./interpreter.ts";
import {
  expanded,
  type Refusal,
  refusalOfExpand,
  refusalOfField,
  refusalOfFilter,
  refusalOfPath,
  shownRecord,
} from "./permitted.ts";
import { randomExpression, randomPath, type Soil, waysFrom } from "./random-expression.ts";
import { id } from "./random-value.ts";
import { compareByCodePoint } from "./values.ts";
import { type Agree, canonical } from "./verdicts.ts";
import { type Caller, type Collection, collectionOf, type Field, type Row, rowsOf, type World } from "./world.ts";

/** Everything that the doors are opened with. */
export interface Visit {
  readonly random: Random;
  readonly app: TestApp;
  readonly doors: Doors;
  readonly world: World;
  readonly caller: Caller;
  readonly agree: Agree;
  /** A number that no id has yet. */
  newNumber(): number;
}

/** What the caller is told of their own account. */
export async function readSelf({ doors, world, caller, agree }: Visit): Promise<void> {
  const answer = await doors.me();
  agree("me", answer.code, caller.user?.id === undefined ? "unauthenticated" : null);
  const row = rowsOf(world, "users").find((one) => one.id === caller.user?.id);
  if (answer.code === null && row) agree("me tells", leaks(world, "users", caller, row, answer.value.user), []);
}

/** Goes through every way in which records of a collection can be read. */
export async function readAll(visit: Visit, collection: Collection): Promise<void> {
  await viewEach(visit, collection);
  const listable = rowsOf(visit.world, collection.name).filter((row) =>
    allows(visit.world, collection.name, "list", visit.caller, row),
  );
  const plain = await visit.doors.list(collection.name, { count: true });
  const refused = closed(visit.world, collection.name, "list", visit.caller);
  visit.agree("list: open", plain.code, refused);
  if (refused !== null) return;
  for (let n = 0; n < 2; n++) await listFiltered(visit, collection, listable);
  await aggregate(visit, collection, listable);
  await search(visit, collection, listable);
  await expand(visit, collection, listable);
}

async function viewEach({ doors, world, caller, agree }: Visit, { name }: Collection): Promise<void> {
  const refused = closed(world, name, "view", caller) ?? "not_found";
  agree("view nothing", (await doors.view(name, id(999_999))).code, refused);
  for (const row of rowsOf(world, name)) {
    const mayView = allows(world, name, "view", caller, row);
    const found = await doors.view(name, row.id);
    agree(
      "view",
      found.code === null ? found.value : { code: found.code },
      mayView ? shownRecord(world, name, caller, row) : { code: refused },
      row,
    );
  }
}

function soilOf({ random, world, caller }: Visit, collection: Collection): Soil {
  const careless = random.chance(0.1);
  const isClosed = (field: Field): boolean =>
    [...world.collections.values()].some(
      (one) => one.fields.includes(field) && refusalOfField(world, one.name, field, caller) !== "no",
    );
  return { random, world, collection, old: false, isRule: false, accepts: (field) => careless || !isClosed(field) };
}

/** Whether the caller's words were refused as they must, and whether there is an answer to go on with. */
function understood({ agree }: Visit, door: string, refusal: Refusal, code: string | null, about: unknown): boolean {
  if (refusal === "may") agree(`${door}: named`, code === null || code === "bad_request", true, about);
  else agree(`${door}: named`, code, refusal === "must" ? "bad_request" : null, about);
  return code === null;
}

async function listFiltered(visit: Visit, collection: Collection, listable: readonly Row[]): Promise<void> {
  const { random, doors, world, caller, agree } = visit;
  const { name } = collection;
  const soil = soilOf(visit, collection);
  const filter = random.chance(0.85) ? randomExpression(soil) : undefined;
  const keys = random.several(2, () => randomPath(soil, isSortable, true)).filter((key) => key !== undefined);
  const order = keys.map((path) => ({ path, descending: random.chance(0.5) }));
  const sort = order.length === 0 ? undefined : order.map((key) => (key.descending ? "-" : "") + key.path).join(",");
  const query = { ...(filter === undefined ? {} : { filter }), ...(sort === undefined ? {} : { sort }) };
  const refusals = [
    filter === undefined ? "no" : refusalOfFilter(world, collection, filter, caller),
    ...keys.map((key) => refusalOfPath(world, collection, key, caller)),
  ] as const;
  const refusal = refusals.includes("must") ? "must" : refusals.includes("may") ? "may" : "no";

  // 1. the list itself, in order, with everything in it
  const answer = await doors.list(name, { ...query, count: true });
  if (!understood(visit, "list", refusal, answer.code, query) || answer.code !== null) return;
  const expected = listable.filter((row) => filter === undefined || passes(world, name, filter, caller, row));
  const sorted = expected.toSorted(byKeys(visit, name, order));
  const shown = sorted.map((row) => shownRecord(world, name, caller, row));
  agree("list", answer.value.items, shown, query);
  agree("list total", answer.value.total, shown.length, query);
  // 2. a filter only narrows
  const all = new Set(listable.map((row) => row.id));
  agree(
    "filter narrows",
    answer.value.items.filter((item) => !all.has(String(item.id))),
    [],
    query,
  );
  // 3. the same by other ways
  agree(
    "pages",
    await pages(visit, name, query),
    sorted.map((row) => row.id),
    query,
  );
  const fields = [
    "id",
    ...collection.fields.filter((field) => !field.hidden && random.chance(0.5)).map((one) => one.name),
  ];
  const some = await doors.list(name, { ...query, fields });
  const parts = sorted.map((row) => shownRecord(world, name, caller, row, fields));
  agree("list fields", some.code === null ? some.value.items : some, parts, { ...query, fields });
}

const isSortable = (field: Field): boolean => field.type !== "geo" && field.type !== "json" && !field.many;

function byKeys(
  { world, caller }: Visit,
  name: string,
  order: readonly { readonly path: string; readonly descending: boolean }[],
): (a: Row, b: Row) => number {
  const keys = [...(order.length > 0 ? order : [{ path: "createdAt", descending: true }])];
  keys.push({ path: "id", descending: keys.at(-1)?.descending ?? false });
  return (a, b) => {
    for (const { path, descending } of keys) {
      const difference = compareKeys(single(world, name, path, caller, a), single(world, name, path, caller, b));
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  };
}

function compareKeys(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return typeof a === "string" && typeof b === "string" ? compareByCodePoint(a, b) : Number(a) - Number(b);
}

/** The ids of a list, page after page: by number, or by cursor. */
async function pages({ doors, random }: Visit, name: string, query: object): Promise<readonly unknown[]> {
  const limit = 2 + random.below(3);
  const numbered = random.chance(0.3);
  const ids: unknown[] = [];
  let next: string | null = null;
  for (let page = 1; page === 1 || next !== null; page++) {
    const place = numbered ? { page } : next === null ? {} : { cursor: next };
    const answer = await doors.list(name, { ...query, limit, ...place });
    if (answer.code !== null || page > 50) return [answer.code];
    ids.push(...answer.value.items.map((item) => item.id));
    next = numbered && answer.value.items.length === limit ? "more" : numbered ? null : answer.value.next;
  }
  return ids;
}

async function aggregate(visit: Visit, collection: Collection, listable: readonly Row[]): Promise<void> {
  const { random, doors, world, caller, agree } = visit;
  const { name } = collection;
  const soil = soilOf(visit, collection);
  const filter = random.chance(0.7) ? randomExpression(soil) : undefined;
  const group = random.chance(0.7) ? randomPath(soil, isSortable, true) : undefined;
  const figure = randomPath(soil, (field) => field.type === "integer", true);
  const query = {
    aggregate: ["count()", ...(figure === undefined ? [] : [`min(${figure})`, `count(${figure})`])],
    ...(group === undefined ? {} : { group: [group] }),
    ...(filter === undefined ? {} : { filter }),
  };
  const paths = [group, figure].filter((path) => path !== undefined);
  const refusals: readonly Refusal[] = [
    filter === undefined ? "no" : refusalOfFilter(world, collection, filter, caller),
    ...paths.map((path) => refusalOfPath(world, collection, path, caller)),
  ];
  const refusal = refusals.includes("must") ? "must" : refusals.includes("may") ? "may" : "no";
  const answer = await doors.aggregate(name, query);
  if (!understood(visit, "aggregate", refusal, answer.code, query) || answer.code !== null) return;

  const value = (path: string, row: Row): unknown => single(world, name, path, caller, row);
  const groups = new Map<string, Row[]>();
  if (group === undefined) groups.set("{}", []);
  for (const row of listable) {
    if (filter !== undefined && !passes(world, name, filter, caller, row)) continue;
    const key = canonical(group === undefined ? {} : { [group]: value(group, row) });
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const expected = Array.from(groups, ([key, rows]) => {
    const figures = { ...JSON.parse(key), count: rows.length };
    if (figure === undefined) return figures;
    const numbers = rows.map((row) => value(figure, row)).filter((one) => typeof one === "number");
    const label = figure.replaceAll(".", "_");
    const least = numbers.length === 0 ? null : Math.min(...numbers);
    return { ...figures, [`min_${label}`]: least, [`count_${label}`]: numbers.length };
  });
  agree("aggregate", answer.value.groups.map(canonical).toSorted(), expected.map(canonical).toSorted(), query);
}

const WORDS = ["alpha", "beta", "a", "b", "secret", "x"];

async function search(visit: Visit, collection: Collection, listable: readonly Row[]): Promise<void> {
  const { random, doors, world, caller, agree } = visit;
  const { name } = collection;
  const fields = collection.fields.filter((field) => field.searchable);
  if (fields.length === 0) return;
  const refusals = fields.map((field) => refusalOfField(world, name, field, caller));
  const seen = fields.filter((_, index) => refusals[index] === "no");
  const word = random.pick(WORDS);
  const answer = await doors.list(name, { search: word });
  const query = { search: word, of: name, seen: seen.map((field) => field.name) };
  if (answer.code !== null) {
    agree("search: refused", answer.code === "bad_request" && seen.length === 0, true, query);
    return;
  }
  const has = (field: Field, row: Row): boolean => tokens(row[field.name]).some((token) => token.startsWith(word));
  const isFound = (row: Row, among: readonly Field[]): boolean => among.some((field) => has(field, row));
  const found = answer.value.items.map((item) => String(item.id)).toSorted();
  const ids = (among: readonly Field[]): readonly string[] =>
    listable
      .filter((row) => isFound(row, among))
      .map((row) => row.id)
      .toSorted();
  const possible = new Set(ids(fields.filter((_, index) => refusals[index] !== "must")));
  agree(
    "search shows no more than it may",
    found.filter((one) => !possible.has(one)),
    [],
    query,
  );
  if (!refusals.includes("may")) agree("search", found, ids(seen), query);
}

function tokens(value: unknown): readonly string[] {
  const text = typeof value === "string" ? value : "";
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
}

async function expand(visit: Visit, collection: Collection, listable: readonly Row[]): Promise<void> {
  const { random, doors, world, caller, agree } = visit;
  const { name } = collection;
  for (let n = 0; n < 2; n++) {
    const path: string[] = [];
    let from = collection;
    while (path.length === 0 || (path.length < 2 && random.chance(0.6))) {
      const ways = waysFrom(world, from);
      if (ways.length === 0) break;
      const way = random.pick(ways);
      path.push(way.name);
      from = collectionOf(world, way.target);
    }
    if (path.length === 0) return;
    const query = { expand: [path.join(".")] };
    const refusal = refusalOfExpand(world, name, path, caller);
    const answer = await doors.list(name, { ...query, sort: "id" });
    if (refusal === "may") continue;
    if (!understood(visit, "expand", refusal, answer.code, query) || answer.code !== null) continue;
    const ordered = listable.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const whole = (row: Row): unknown => ({
      ...shownRecord(world, name, caller, row),
      expand: expanded(world, name, path, caller, row),
    });
    agree("expand", answer.value.items, ordered.map(whole), query);
    for (const row of rowsOf(world, name)
      .filter((one) => allows(world, name, "view", caller, one))
      .slice(0, 2)) {
      const one = await doors.view(name, row.id, query);
      agree("view expand", one.code === null ? one.value : one, whole(row), query);
    }
  }
}

/** Whether each field of an answer to a write may be seen on the row as written, and is what it holds. */
export function leaks(
  world: World,
  name: string,
  caller: Caller,
  row: Row,
  answer: Readonly<Record<string, unknown>>,
): readonly string[] {
  const { fields } = collectionOf(world, name);
  return Object.keys(answer).filter((key) => {
    const field = fields.find((one) => one.name === key);
    const isOpen = !field || (!field.hidden && opens(world, name, field, "view", caller, row));
    return !isOpen || canonical(answer[key]) !== canonical(row[key]);
  });
}
