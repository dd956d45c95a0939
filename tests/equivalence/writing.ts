import type { Operation } from "../../src/core/collections/index.ts";
import { withoutRow } from "./deletion.ts";
import type { Doors, Outcome } from "./doors.ts";
import { allows, closed, closedBy, opens } from "./interpreter.ts";
import { callerAs, isDeclared } from "./random-case.ts";
import { id, NOW, randomValue } from "./random-value.ts";
import { leaks, type Visit } from "./reading.ts";
import { readWorld, withRow } from "./stored.ts";
import { type Collection, collectionOf, type Field, type Row, rowsOf, type World } from "./world.ts";

type Body = Readonly<Record<string, unknown>>;

/** A write as it should be decided: what it leaves, or how it is refused. */
type Foretold =
  | { readonly world: World; readonly row: Row | null; readonly refused: null }
  | { readonly refused: string };

/** Tries every kind of write on a collection. The visit that is returned has the world, and the caller, as they are then. */
export async function writeAll(visit: Visit, { name }: Collection): Promise<Visit> {
  let now = visit;
  const row = (): Row | undefined => {
    const rows = rowsOf(now.world, name).filter(({ role }) => role !== "admin");
    return rows.length === 0 ? undefined : visit.random.pick(rows);
  };
  const writes = [update, create, update, create, batch, update, remove];
  for (const write of writes) {
    if (isGone(now)) break;
    const collection = collectionOf(now.world, name);
    const world = await write(now, collection, row());
    // whoever changes their own record is somebody else from then on
    const caller = callerAs(world, now.caller.user?.id);
    const { scopes } = now.caller;
    now = { ...now, world, caller: caller.user === null ? now.caller : { ...caller, scopes } };
  }
  return now;
}

/** Whether a deletion has taken the caller along: then no door opens any more. */
export function isGone({ world, caller: { user } }: Visit): boolean {
  return user?.id !== undefined && !rowsOf(world, "users").some((row) => row.id === user.id);
}

function foretellUpdate(
  { caller }: Visit,
  world: World,
  { name, fields }: Collection,
  rowId: string,
  body: Body,
  reset: Body = {},
): Foretold {
  const refused = closed(world, name, "update", caller);
  if (refused !== null) return { refused };
  const old = rowsOf(world, name).find((row) => row.id === rowId);
  if (!old || !allows(world, name, "update", caller, old, old)) return { refused: "not_found" };
  const row: Row = { ...old, ...reset, ...body, updatedAt: NOW, version: Number(old.version) + 1 };
  const after = withRow(world, name, row.id, row);
  const named = fields.filter((field) => field.name in body);
  const mayWrite = (on: Row, at: World): boolean =>
    named.every((field) => opens(at, name, field, "write", caller, on, old));
  for (const { permissions } of named) {
    const shut = closedBy(world, name, permissions?.write ?? "public", caller, true);
    if (shut !== null) return { refused: shut };
  }
  const holds = allows(after, name, "update", caller, row, old) && mayWrite(old, world) && mayWrite(row, after);
  return holds ? { world: after, row, refused: null } : { refused: "forbidden" };
}

const empty = (fields: Collection["fields"]): Body =>
  Object.fromEntries(fields.map((field) => [field.name, field.many ? [] : null]));

function foretellCreate({ caller }: Visit, world: World, { name, fields }: Collection, body: Body): Foretold {
  const refused = closed(world, name, "create", caller);
  if (refused !== null) return { refused };
  const account = name === "users" ? { role: "user", verified: false } : {};
  const system = { createdAt: NOW, updatedAt: NOW, version: 1 };
  const row: Row = { id: id(999_998), ...empty(fields), ...account, ...body, ...system };
  const after = withRow(world, name, row.id, row);
  const holds =
    allows(after, name, "create", caller, row) &&
    fields.every((field) => !(field.name in body) || opens(after, name, field, "write", caller, row));
  return holds ? { world: after, row, refused: null } : { refused: "forbidden" };
}

function randomBody({ random }: Visit, world: World, { fields }: Collection): Body {
  const chosen = fields.filter((field) => isDeclared(field) && random.chance(0.35));
  return Object.fromEntries(chosen.map((field) => [field.name, randomValue(random, world, field)]));
}

async function update(visit: Visit, collection: Collection, row: Row | undefined): Promise<World> {
  const { random, doors, world, agree, app, caller } = visit;
  if (!row) return world;
  const { id: rowId } = row;
  const { name, fields } = collection;
  const replaces = random.chance(0.3);
  const body = {
    ...randomBody(visit, world, collection),
    ...(replaces && name === "users" ? { email: row.email } : {}),
  };
  // a replacement resets what it does not name, unless the field is hidden or has permissions of its own
  const reset = replaces ? empty(fields.filter((one) => isDeclared(one) && !one.hidden && !hasPermissions(one))) : {};
  const about = { [replaces ? "replace" : "update"]: name, id: rowId, body };
  const foretold = foretellUpdate(visit, world, collection, rowId, body, reset);
  const before = foretold.refused === null ? "" : await app.dump();
  const answer = await (replaces ? doors.replace(name, rowId, body) : doors.update(name, rowId, body));
  agree("update", answer.code, foretold.refused, about);
  if (foretold.refused !== null) {
    const missing = await doors.update(name, id(999_999), body);
    agree("update nothing", missing.code, closed(world, name, "update", caller) ?? "not_found", about);
    return unchanged(visit, "update", before, about);
  }
  if (answer.code === null && foretold.row)
    agree("update tells", leaks(foretold.world, name, caller, foretold.row, answer.value), [], about);
  return settled(visit, "update", foretold.world, about);
}

const hasPermissions = ({ permissions }: Field): boolean =>
  permissions?.view !== undefined || permissions?.write !== undefined;

async function create(visit: Visit, collection: Collection): Promise<World> {
  const { random, doors, world, agree, app, caller } = visit;
  const { name } = collection;
  const isAccount = name === "users";
  // the app chooses the id of an account, and a rule could ask what is in it
  if (isAccount && asksOfId(world, collection)) return world;
  const number = visit.newNumber();
  const own = isAccount ? { email: `${number}@users.io` } : { id: id(number) };
  const body = { ...randomBody(visit, world, collection), ...own };
  const about = { create: name, body };
  const foretold = foretellCreate(visit, world, collection, body);
  const before = foretold.refused === null ? "" : await app.dump();
  const answer = random.chance(0.3) ? await several(doors, name, body) : await doors.create(name, body);
  agree("create", answer.code, foretold.refused, about);
  if (foretold.refused !== null) return unchanged(visit, "create", before, about);
  if (answer.code !== null || !foretold.row) return world;
  // only the id of an account is chosen by the app
  const row: Row = { ...foretold.row, id: String(answer.value.id) };
  const after = withRow(world, name, row.id, row);
  agree("create tells", leaks(after, name, caller, row, answer.value), [], about);
  return settled(visit, "create", after, about);
}

/** The first of one record, sent as a list. */
async function several(doors: Doors, name: string, body: Body): Promise<Outcome<Body>> {
  const answer = await doors.createMany(name, [body]);
  return answer.code === null ? { value: answer.value[0] ?? {}, code: null } : answer;
}

/** Whether anything that decides on creations asks what is in an id: a rule of the collection or of a field, or a role's grant. */
function asksOfId({ roles }: World, { name, fields, permissions }: Collection): boolean {
  const grants = roles.map((role) => role.permissions[`${name}.create`]).filter((grant) => grant !== true);
  const rules = [permissions.create, ...fields.map((field) => field.permissions?.write), ...grants];
  return rules.some((rule) => rule !== undefined && /\bid\b/.test(rule) && /[~<>]/.test(rule));
}

async function remove(visit: Visit, { name }: Collection, row: Row | undefined): Promise<World> {
  const { doors, world, agree, app, caller } = visit;
  if (!row) return world;
  const about = { delete: name, id: row.id };
  const refused = closed(world, name, "delete", caller) ?? "not_found";
  agree("delete nothing", (await doors.remove(name, id(999_999))).code, refused, about);
  const before = await app.dump();
  const answer = await doors.remove(name, row.id);
  if (!allows(world, name, "delete", caller, row, row)) {
    agree("delete", answer.code, refused, about);
    return unchanged(visit, "delete", before, about);
  }
  const after = withoutRow(world, row.id);
  if (after.kept === "yes" || (after.kept === "perhaps" && answer.code !== null)) {
    agree("delete", answer.code, "conflict", about);
    return unchanged(visit, "delete", before, about);
  }
  agree("delete", answer.code, null, { ...about, answer });
  return settled(visit, "delete", after.world, about);
}

async function batch(visit: Visit, collection: Collection): Promise<World> {
  const { doors, random, world, agree, app } = visit;
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
      const fresh = id(visit.newNumber());
      operations.push({ op: random.pick(["create", "upsert"]), collection: target.name, id: fresh, data });
      foretold = foretellCreate(visit, current, target, { ...data, id: fresh });
      continue;
    }
    const row = random.pick(rows);
    operations.push({ op: random.pick(["update", "upsert"]), collection: target.name, id: row.id, data });
    foretold = foretellUpdate(visit, current, target, row.id, data);
    // what an earlier operation of the same batch opens is not yet open when the row is read
    const isKnown = rowsOf(world, target.name).some((one) => one.id === row.id);
    if (isKnown && foretellUpdate(visit, world, target, row.id, data).refused !== null) conservative = true;
  }
  if (operations.length === 0) return world;
  const before = await app.dump();
  const answer = await doors.batch(operations);
  if (foretold.refused === null && !(conservative && answer.code !== null)) {
    agree("batch", answer.code, null, operations);
    return settled(visit, "batch", foretold.world, operations);
  }
  const refusals = ["unauthenticated", "forbidden", "not_found"];
  agree("batch", refusals.includes(answer.code ?? ""), true, { operations, answer, foretold: foretold.refused });
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
