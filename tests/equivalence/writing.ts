import type { Operation, RecordData } from "../../src/core/collections/index.ts";
import { allows, type Collection, opens, type Row, rowsOf, type World } from "./interpreter.ts";
import { id, isDeclared, NOW, randomValue } from "./random-case.ts";
import { leaks, type Visit } from "./reading.ts";
import { readWorld, withRow } from "./stored.ts";
import { attempt, CLOSED, type Outcome } from "./verdicts.ts";

type Body = Readonly<Record<string, unknown>>;

/** A write as it should be decided: what it leaves, or how it is refused. */
type Foretold =
  | { readonly world: World; readonly row: Row | null; readonly refused: null }
  /** `unseen`: as if there were no such record; `rule`: the row as written breaks the rule. */
  | { readonly refused: "unseen" | "rule" };

let fresh = 500_000;

/** Tries every kind of write on a collection, and returns the world as they leave it. */
export async function writeAll(visit: Visit, collection: Collection): Promise<World> {
  let { world } = visit;
  const rows = rowsOf(world, collection.name).filter((row) => row.role !== "admin");
  for (let n = 0; n < 3 && rows.length > 0; n++)
    world = await update({ ...visit, world }, collection, visit.random.pick(rows));
  for (let n = 0; n < 2; n++) world = await create({ ...visit, world }, collection);
  world = await batch({ ...visit, world }, collection);
  const [doomed] = rowsOf(world, collection.name).filter((row) => row.role !== "admin");
  return doomed ? remove({ ...visit, world }, collection, doomed) : world;
}

function foretellUpdate(
  { caller }: Visit,
  world: World,
  { name, fields }: Collection,
  rowId: string,
  body: Body,
): Foretold {
  const old = rowsOf(world, name).find((row) => row.id === rowId);
  if (!old || !allows(world, name, "update", caller, old, old)) return { refused: "unseen" };
  const row: Row = { ...old, ...body, updatedAt: NOW, version: Number(old.version) + 1 };
  const after = withRow(world, name, row.id, row);
  const named = fields.filter((field) => field.name in body);
  const mayWrite = (on: Row, at: World): boolean =>
    named.every((field) => opens(at, name, field, "write", caller, on, old));
  const holds = allows(after, name, "update", caller, row, old) && mayWrite(old, world) && mayWrite(row, after);
  return holds ? { world: after, row, refused: null } : { refused: "rule" };
}

function foretellCreate({ caller }: Visit, world: World, { name, fields }: Collection, body: Body): Foretold {
  const plain = fields.map((field) => [field.name, field.many ? [] : null] as const);
  const account = name === "users" ? { role: "user", verified: false } : {};
  const system = { createdAt: NOW, updatedAt: NOW, version: 1 };
  const row: Row = { id: id(999_998), ...Object.fromEntries(plain), ...account, ...body, ...system };
  const after = withRow(world, name, row.id, row);
  const holds =
    allows(after, name, "create", caller, row) &&
    fields.every((field) => !(field.name in body) || opens(after, name, field, "write", caller, row));
  return holds ? { world: after, row, refused: null } : { refused: "rule" };
}

function randomBody({ random }: Visit, world: World, { fields }: Collection): Body {
  const chosen = fields.filter((field) => isDeclared(field) && random.chance(0.35));
  return Object.fromEntries(chosen.map((field) => [field.name, randomValue(random, world, field)]));
}

async function update(visit: Visit, collection: Collection, { id: rowId }: Row): Promise<World> {
  const { access, world, agree, app, caller } = visit;
  const records = access.records(collection.name);
  const body = randomBody(visit, world, collection);
  const about = { update: collection.name, id: rowId, body };
  const foretold = foretellUpdate(visit, world, collection, rowId, body);
  const before = await app.dump();
  const answer = await attempt(() => records.update(rowId, body));
  if (foretold.refused === null) {
    agree("update", answer.code, null, about);
    if (answer.code === null && foretold.row)
      agree("update tells", leaks(foretold.world, collection.name, caller, foretold.row, answer.value), [], about);
    return settled(visit, "update", foretold.world, about);
  }
  const missing = await attempt(() => records.update(id(999_999), body));
  // what hides a row answers as for a row that is not there
  if (foretold.refused === "unseen") agree("update", answer.code, missing.code, about);
  else agree("update", CLOSED.includes(answer.code ?? ""), true, { ...about, answer });
  return unchanged(visit, "update", before, about);
}

async function create(visit: Visit, collection: Collection): Promise<World> {
  const { access, world, agree, app, caller } = visit;
  const isAccount = collection.name === "users";
  fresh += 1;
  const own = isAccount ? { email: `${fresh}@users.io` } : { id: id(fresh) };
  const body = { ...randomBody(visit, world, collection), ...own };
  const about = { create: collection.name, body };
  const foretold = foretellCreate(visit, world, collection, body);
  const before = await app.dump();
  // the app chooses the id of an account, and a rule could ask what is in it
  if (isAccount && asksOfId(collection)) return world;
  const answer = await attempt(() => access.records(collection.name).create(body));
  if (foretold.refused !== null) {
    agree("create", CLOSED.includes(answer.code ?? ""), true, { ...about, answer });
    return unchanged(visit, "create", before, about);
  }
  agree("create", answer.code, null, about);
  if (answer.code !== null || !foretold.row) return world;
  // only the id of an account is chosen by the app
  const row: Row = { ...foretold.row, id: String(answer.value.id) };
  const after = withRow(world, collection.name, row.id, row);
  agree("create tells", leaks(after, collection.name, caller, row, answer.value), [], about);
  return settled(visit, "create", after, about);
}

function asksOfId({ fields, permissions }: Collection): boolean {
  const rules = [permissions.create, ...fields.map((field) => field.permissions?.write)];
  return rules.some((rule) => rule !== undefined && /\bid\b/.test(rule) && /[~<>]/.test(rule));
}

async function remove(visit: Visit, { name }: Collection, row: Row): Promise<World> {
  const { access, world, agree, app, caller } = visit;
  const records = access.records(name);
  const about = { delete: name, id: row.id };
  const before = await app.dump();
  const answer = await attempt(() => records.delete(row.id));
  if (!allows(world, name, "delete", caller, row, row)) {
    const missing = await attempt(() => records.delete(id(999_999)));
    agree("delete", answer.code, missing.code, about);
    return unchanged(visit, "delete", before, about);
  }
  const isKept = answer.code === "conflict" && (isRestricted(visit) || answer.detail.includes("last admin"));
  if (isKept) return unchanged(visit, "delete", before, about);
  agree("delete", answer.code, null, { ...about, answer });
  const after = await readWorld(app, world);
  agree(
    "deleted",
    rowsOf(after, name).some((one) => one.id === row.id),
    false,
    about,
  );
  return after;
}

/** Whether something may stand in the way of a deletion that the rules allow. */
function isRestricted({ world }: Visit): boolean {
  return [...world.collections.values()].some(({ fields }) =>
    fields.some((field) => "onDelete" in field && field.onDelete === "restrict"),
  );
}

async function batch(visit: Visit, collection: Collection): Promise<World> {
  const { access, random, world, agree, app, caller } = visit;
  const operations: Operation[] = [];
  const open = [collection, ...world.collections.values()].filter((one) => one.name !== "users");
  let foretold: Foretold = { world, row: null, refused: null };
  let conservative = false;
  for (let n = 2 + random.below(2); n > 0 && foretold.refused === null && open.length > 0; n--) {
    const target = random.pick(open);
    const current: World = foretold.world;
    const rows = rowsOf(current, target.name);
    const data = randomBody(visit, current, target);
    if (rows.length === 0 || random.chance(0.4)) {
      fresh += 1;
      operations.push({ op: random.pick(["create", "upsert"]), collection: target.name, id: id(fresh), data });
      foretold = foretellCreate(visit, current, target, { ...data, id: id(fresh) });
      continue;
    }
    const row = random.pick(rows);
    const known = rowsOf(world, target.name).find((one) => one.id === row.id);
    operations.push({ op: random.pick(["update", "upsert"]), collection: target.name, id: row.id, data });
    foretold = foretellUpdate(visit, current, target, row.id, data);
    // what an earlier operation of the same batch opens is not yet open when the row is read
    if (known && !allows(world, target.name, "update", caller, known, known)) conservative = true;
  }
  if (operations.length === 0) return world;
  const before = await app.dump();
  const answer: Outcome<readonly (RecordData | null)[]> = await attempt(() => access.batch(operations));
  if (foretold.refused === null && !(conservative && answer.code !== null)) {
    agree("batch", answer.code, null, operations);
    return settled(visit, "batch", foretold.world, operations);
  }
  agree("batch", answer.code !== null, true, operations);
  return unchanged(visit, "batch", before, operations);
}

/** A write that went through left exactly what it should. */
async function settled({ app, agree }: Visit, door: string, expected: World, about: unknown): Promise<World> {
  const stored = await readWorld(app, expected);
  for (const name of expected.collections.keys()) {
    const byId = (rows: readonly Row[]): readonly Row[] => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    agree(`${door} leaves`, byId(rowsOf(stored, name)), byId(rowsOf(expected, name)), about);
  }
  return stored;
}

/** A refused write left no trace. */
async function unchanged({ app, agree, world }: Visit, door: string, before: string, about: unknown): Promise<World> {
  agree(`${door} refused leaves all`, (await app.dump()) === before, true, about);
  return world;
}
