import { type Expression, type OperandNode, parseExpression } from "../../src/core/rules/index.ts";
import { grantsOf, inScope } from "./roles.ts";
import { follow, kilometres, lower, measure, member, OPERATORS, presentValues } from "./values.ts";
import {
  type Action,
  type Caller,
  type Collection,
  collectionOf,
  type Field,
  fieldOf,
  isAdmin,
  type Row,
  split,
  stepOf,
  take,
  type World,
} from "./world.ts";

// What an expression means, as naively as it can be said: row by row, value by value, without SQL. Only the parser is
// shared with the engine.

/** A row before the judge: `asked` says that the caller wrote the expression, so related rows must be viewable. */
interface Scene {
  readonly world: World;
  readonly collection: Collection;
  readonly row: Row;
  readonly caller: Caller;
  readonly old?: Row | undefined;
  readonly asked: boolean;
}

/** Undefined stands for unknown. */
export type Truth = boolean | undefined;

/** Whether the permission in force lets this caller do this to a row. Unknown denies. */
export function allows(world: World, name: string, action: Action, caller: Caller, row: Row, old?: Row): boolean {
  const collection = collectionOf(world, name);
  const scene = { world, collection, row, caller, old };
  if (!inScope(caller, name, action)) return false;
  return (
    isAdmin(caller) || grants(collection.permissions[action] ?? "admin", scene) || granted(`${name}.${action}`, scene)
  );
}

/** The same for a single field. */
export function opens(
  world: World,
  name: string,
  field: Field,
  right: "view" | "write",
  caller: Caller,
  row: Row,
  old?: Row,
): boolean {
  const rule = field.permissions?.[right];
  const scene = { world, collection: collectionOf(world, name), row, caller, old };
  return rule === undefined || isAdmin(caller) || grants(rule, scene);
}

function grants(rule: string, scene: Omit<Scene, "asked">): boolean {
  const { user } = scene.caller;
  if (rule.startsWith(PERMISSION)) return granted(rule.slice(PERMISSION.length), scene);
  if (rule === "owner") return user?.id !== undefined && scene.row.owner === user.id;
  return keyword(rule, user) ?? judge(parse(rule), { ...scene, asked: false }) === true;
}

const PERMISSION = "permission:";

/** Whether the caller's role grants something on a row. */
function granted(permission: string, { old: _, ...scene }: Omit<Scene, "asked">): boolean {
  return grantsOf(scene.world, scene.caller, permission).some((when) => when === true || grants(when, scene));
}

/** Whether a keyword grants; undefined for what is none. */
function keyword(rule: string, user: Caller["user"]): boolean | undefined {
  if (rule === "public") return true;
  if (rule === "admin") return false;
  if (rule === "authenticated" || rule === "owner") return user?.id !== undefined;
  return rule.startsWith("role:") ? [user?.roles].flat().includes(rule.slice(5)) : undefined;
}

/** How an action is refused that the rule opens on no row, whatever it holds; null if it could open one. */
export function closed(world: World, name: string, action: Action, caller: Caller): string | null {
  const rule = collectionOf(world, name).permissions[action] ?? "admin";
  const isOpen =
    isAdmin(caller) ||
    possible(world, name, rule, caller, action !== "create") ||
    possible(world, name, `${PERMISSION}${name}.${action}`, caller, false);
  return isOpen && inScope(caller, name, action) ? null : refusalOf(caller);
}

const refusalOf = ({ user }: Caller): string => (user === null ? "unauthenticated" : "forbidden");

/** The same for any permission. `old` says that there is a row before the write, though nobody has looked at it. */
export function closedBy(world: World, name: string, rule: string, caller: Caller, old: boolean): string | null {
  return isAdmin(caller) || possible(world, name, rule, caller, old) ? null : refusalOf(caller);
}

/** Whether a permission could open some row to the caller. */
function possible(world: World, name: string, rule: string, caller: Caller, old: boolean): boolean {
  if (rule.startsWith(PERMISSION))
    return grantsOf(world, caller, rule.slice(PERMISSION.length)).some(
      (when) => when === true || possible(world, name, when, caller, false),
    );
  const nothing = { id: "" };
  const collection = collectionOf(world, name);
  const scene = { world: { ...world, rows: new Map() }, collection, row: nothing, caller, asked: false };
  return keyword(rule, caller.user) ?? canBe(true, parse(rule), old ? { ...scene, old: nothing } : scene);
}

/** Whether there could be a row for which this is so. A comparison that looks at the row can be either, unless unknown. */
function canBe(wanted: boolean, node: Expression, scene: Scene): boolean {
  if (node.kind === "not") return canBe(!wanted, node.part, scene);
  if (node.kind === "comparison") {
    const truth = compare(node, scene);
    return truth !== undefined && (truth === wanted || looksAtRow(node.left) || looksAtRow(node.right));
  }
  const parts = node.parts.map((part) => canBe(wanted, part, scene));
  return (node.kind === "all") === wanted ? !parts.includes(false) : parts.includes(true);
}

function looksAtRow(node: OperandNode): boolean {
  return node.kind === "call" ? node.args.some(looksAtRow) : node.kind === "path" || node.kind === "old";
}

const parsed = new Map<string, Expression>();

function parse(text: string): Expression {
  const known = parsed.get(text) ?? parseExpression(text);
  if (parsed.size > 1000) parsed.clear();
  parsed.set(text, known);
  return known;
}

/** Whether a caller's own filter lets a row through. */
export function passes(world: World, name: string, filter: string, caller: Caller, row: Row): boolean {
  const collection = collectionOf(world, name);
  return judge(parse(filter), { world, collection, row, caller, asked: true }) === true;
}

/** The value of a path with one value, as it is sorted and grouped by. */
export function single(world: World, name: string, path: string, caller: Caller, row: Row): unknown {
  return walk(path, { world, collection: collectionOf(world, name), row, caller, asked: true }).values[0] ?? null;
}

function judge(node: Expression, scene: Scene): Truth {
  if (node.kind === "not") return negated(judge(node.part, scene));
  if (node.kind === "comparison") return compare(node, scene);
  const truths = node.parts.map((part) => judge(part, scene));
  const decisive = node.kind === "any";
  if (truths.includes(decisive)) return decisive;
  return truths.includes(undefined) ? undefined : !decisive;
}

const negated = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

interface Side {
  readonly values: readonly unknown[];
  /** A field's type; `any` where only the value tells. */
  readonly type: string;
  readonly every?: boolean;
  /** It comes from the caller (or from a row before the write that is not there): without a value it is unknown. */
  readonly ofUser?: boolean;
}

function compare({ left, op, right }: Extract<Expression, { kind: "comparison" }>, scene: Scene): Truth {
  // 1. only here may one ask for absence itself
  for (const [one, other] of [[left, right] as const, [right, left] as const]) {
    if (one.kind !== "user" || other.kind !== "literal" || other.value !== null || !(op === "=" || op === "!="))
      continue;
    return (ofUser(one.text, scene.caller).length === 0) === (op === "=");
  }
  // 2. both sides, where what the caller has must fit the other side
  const [a, b] = [side(left, scene), side(right, scene)];
  const [x, y] = [fitting(a, b), fitting(b, a)];
  if ((a.ofUser && x.length === 0) || (b.ofUser && y.length === 0)) return undefined;
  // 3. any against any, unless `every` is said
  const holds = (one: unknown, other: unknown): boolean => OPERATORS[op](one, other);
  if (a.every)
    return x.every((one) => (b.every ? y.every((other) => holds(one, other)) : y.some((other) => holds(one, other))));
  if (b.every) return y.every((other) => x.some((one) => holds(one, other)));
  return x.some((one) => y.some((other) => holds(one, other)));
}

/** Values as they are compared with the other side: dates as instants, unless they meet json. */
function fitting(own: Side, other: Side): readonly unknown[] {
  const temporal = isTemporal(other.type) ? own.type !== "json" : isTemporal(own.type) && other.type !== "json";
  const kept = own.ofUser ? own.values.filter((value) => fits(value, other)) : own.values;
  return temporal ? kept.map((value) => (typeof value === "string" ? new Date(value) : value)) : kept;
}

function fits(value: unknown, other: Side): boolean {
  if (typeof value === "object") return false;
  if (isTemporal(other.type)) return typeof value === "string" && ISO_DATE.test(value);
  if (other.type === "json" || other.type === "any") return true;
  return typeof value === other.type;
}

/** As far as this test's data goes: `Date.parse` takes a bare "5" for a date too. */
const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T|$)/;

const isTemporal = (type: string): boolean => type === "date" || type === "datetime";

function side(node: OperandNode, scene: Scene): Side {
  switch (node.kind) {
    case "literal":
      return { values: [node.value], type: node.value === null ? "any" : typeof node.value };
    case "list": {
      const types = new Set(node.values.flatMap(({ value }) => (value === null ? [] : [typeof value])));
      const [type = "any"] = types;
      return { values: node.values.map(({ value }) => value), type: types.size > 1 ? "any" : type };
    }
    case "now":
      return { values: [scene.caller.now], type: "datetime" };
    case "user":
      return { values: ofUser(node.text, scene.caller), type: "any", ofUser: true };
    case "old":
      return old(node.text, scene);
    case "path":
      return walk(node.text, scene);
    case "call":
      return call(node, scene);
  }
}

/** What the caller's record holds, or what its relations lead to. */
function ofUser(text: string, caller: Caller): readonly unknown[] {
  const { user, world } = caller;
  const users = collectionOf(world, "users");
  const [first = "", ...rest] = text.split(".");
  if (user === null || rest.length === 0 || !stepOf(world, users, first)) return presentValues(follow(user, text));
  return presentValues(walk(text, { world, collection: users, row: { id: "", ...user }, caller, asked: false }).values);
}

/** Where there is no row before the write, as on a create, it is as unknown as a caller without that field. */
function old(text: string, { old: row, collection }: Scene): Side {
  if (!row) return { values: [], type: "any", ofUser: true };
  const [name = ""] = text.split(".");
  const value = follow(row, text.replace(/\.id$/, ""));
  return { values: Array.isArray(value) ? value : [value ?? null], type: typeOf(fieldOf(collection, name), text) };
}

function typeOf(field: Field | undefined, text: string): string {
  if (!field || isTemporal(field.type) || field.type === "json") return field?.type ?? "any";
  if (field.type === "geo") return /\.(lat|lng)$/.test(text) ? "number" : "geo";
  return { integer: "number", number: "number", boolean: "boolean" }[field.type] ?? "string";
}

function walk(text: string, scene: Scene): Side & { readonly many: boolean; readonly documents: readonly unknown[] } {
  const { world, caller, asked } = scene;
  const { steps, field, keys } = split(world, scene.collection, text, asked);
  let rows: readonly (Row | null)[] = [scene.row];
  for (const step of steps) {
    const isThere = (row: Row): boolean => !asked || allows(world, step.target, "view", caller, row);
    rows = rows.flatMap((from) => {
      const reached = take(world, step, from).filter((row) => row === null || isThere(row));
      return reached.length === 0 && !step.back && !step.field.many ? [null] : reached;
    });
  }
  const documents = rows.map((row) => keys.reduce(member, row?.[field.name]));
  const several = field.many === true;
  const values = documents.flatMap((value) => {
    if (several || (field.type === "json" && Array.isArray(value))) return Array.isArray(value) ? value : [];
    return [value ?? null];
  });
  const many = several || steps.some((step) => step.back || step.field.many);
  return { values, type: typeOf(field, text), many, documents };
}

function call({ name, args }: Extract<OperandNode, { kind: "call" }>, scene: Scene): Side {
  const [first] = args;
  if (!first) throw new Error(`${name} of nothing`);
  if (name === "every" && first.kind === "path") return { ...walk(first.text, scene), every: true };
  if (name === "lower") {
    const inner = side(first, scene);
    const values = inner.values.map((value) => (typeof value === "string" ? lower(value) : value));
    return { values, type: inner.type === "any" ? "string" : inner.type, ofUser: inner.ofUser === true };
  }
  if (name === "length")
    return {
      values: length(first, scene),
      type: "number",
      ofUser: first.kind === "user" || (first.kind === "old" && !scene.old),
    };
  const degrees = args.slice(1).map((node) => side(node, scene));
  const [lat, lng] = degrees.map(({ values }) => values[0]);
  if (degrees.some(({ ofUser, values }) => ofUser && typeof values[0] !== "number"))
    return { values: [], type: "number", ofUser: true };
  const isPlace = first.kind === "path" && typeof lat === "number" && typeof lng === "number";
  const places = first.kind === "path" ? walk(first.text, scene).documents : [];
  return { values: places.map((place) => (isPlace ? kilometres(place, lat, lng) : null)), type: "number" };
}

function length(node: OperandNode, scene: Scene): readonly unknown[] {
  if (node.kind === "user" || node.kind === "old") {
    const value = follow(node.kind === "user" ? scene.caller.user : scene.old, node.text);
    if (node.kind === "old") return scene.old ? [measure(value)] : [];
    const present = presentValues(value);
    if (present.length === 0) return [];
    return [Array.isArray(value) ? present.length : measure(value)].filter((one) => one !== null);
  }
  if (node.kind !== "path") throw new Error("length() of a path");
  const { many, values, documents } = walk(node.text, scene);
  return [many ? values.length : measure(documents[0])];
}
