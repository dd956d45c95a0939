import type { Random } from "../core/rules/random.ts";
import { randomRule } from "./random-expression.ts";
import { type FieldDefinition, INSTANTS, id, NOW, OPTIONS, randomValue } from "./random-value.ts";
import { knownOfRole } from "./roles.ts";
import {
  type Action,
  type Caller,
  type Collection,
  collectionOf,
  type Field,
  type Role,
  type Row,
  rowsOf,
  type World,
} from "./world.ts";

/** A collection, and how it is defined. */
export type Definition = Collection & { readonly kind: "base" | "auth"; readonly fields: readonly FieldDefinition[] };

const KINDS: readonly FieldDefinition[] = [
  { name: "title", type: "text" },
  { name: "note", type: "text" },
  { name: "body", type: "richtext" },
  { name: "size", type: "integer" },
  { name: "score", type: "number" },
  { name: "active", type: "boolean" },
  { name: "at", type: "datetime" },
  { name: "day", type: "date" },
  { name: "state", type: "select", options: OPTIONS },
  { name: "tags", type: "select", options: OPTIONS, many: true },
  { name: "mail", type: "email" },
  { name: "link", type: "url" },
  { name: "data", type: "json" },
  { name: "picture", type: "file" },
  { name: "papers", type: "file", many: true },
  { name: "place", type: "geo" },
];

/** What accounts have beside their own fields. */
const ACCOUNT: readonly FieldDefinition[] = [
  { name: "email", type: "email" },
  { name: "verified", type: "boolean" },
  { name: "role", type: "text" },
  { name: "passwordHash", type: "text", hidden: true },
];
const OWN_OF_USERS = ["title", "size", "active", "at", "day", "tags", "data", "place"];

/** True of fields that a definition states. */
export const isDeclared = ({ name }: Field): boolean => !ACCOUNT.some((field) => field.name === name);

/** Collections without rules, then the same with rules, which may speak of all of them. */
export function randomWorld(random: Random): World {
  const names = ["users", "cards", "decks", "piles"].slice(0, 2 + random.below(3));
  const bare = names.map((name): Definition => {
    const isUsers = name === "users";
    const values = KINDS.filter((field) => (isUsers ? OWN_OF_USERS.includes(field.name) : random.chance(0.6)));
    const links = random
      .several(isUsers ? 2 : 3, () => random.pick(names))
      .map((target, index) => {
        const many = random.chance(0.4);
        return relation(random, `${many ? "many" : "one"}${index}`, target, many);
      });
    const owner = !isUsers && random.chance(0.7) ? [relation(random, "owner", "users", false)] : [];
    const fields = [...(isUsers ? ACCOUNT : []), ...owner, ...values, ...links];
    return {
      name,
      kind: isUsers ? "auth" : "base",
      permissions: {},
      fields: fields.map((field) => marked(random, field)),
    };
  });
  const collections = new Map<string, Collection>(bare.map((one) => [one.name, one]));
  // ids first, so that relations may point anywhere
  const ids = new Map(bare.map(({ name }, index) => [name, randomIds(random, name, index)]));
  const world: World = { collections, roles: [], rows: ids };
  const rows = new Map(bare.map(({ name }) => [name, randomRows(random, world, name)]));
  const whole: World = { collections, roles: [], rows };
  const roles = randomRoles(random, whole, bare);
  for (const one of bare) collections.set(one.name, withRules(random, whole, one));
  return { ...whole, roles };
}

/** Each may include those before it, and grants some actions, and what rules ask for by name. */
function randomRoles(random: Random, world: World, collections: readonly Definition[]): readonly Role[] {
  const names = ROLES.filter(() => random.chance(0.7));
  return names.map((name, index) => {
    const granted = collections.flatMap((one): readonly (readonly [string, true | string])[] =>
      [...ACTIONS, "publish"].flatMap((what) =>
        random.chance(0.15)
          ? [[`${one.name}.${what}`, random.chance(0.3) ? true : randomGrant(random, world, one)] as const]
          : [],
      ),
    );
    const anywhere = random.chance(0.3) ? [["desk.open", true] as const] : [];
    return {
      name,
      includes: names.slice(0, index).filter(() => random.chance(0.4)),
      permissions: Object.fromEntries([...granted, ...anywhere]),
    };
  });
}

const ROLES = ["user", "helper", "editor", "chief"];
const ACTIONS: readonly Action[] = ["list", "view", "create", "update", "delete"];

/** A rule that is no other permission. */
function randomGrant(random: Random, world: World, one: Definition): string {
  const rule = randomRule(random, world, one, false);
  return rule.startsWith("permission:") ? ("owner" in one ? "owner" : "authenticated") : rule;
}

function relation(random: Random, name: string, target: string, many: boolean): FieldDefinition {
  const onDelete = random.pick(
    target === "users" ? ["setNull", "cascade"] : ["setNull", "setNull", "cascade", "restrict"],
  );
  return { name, type: "relation", collection: target, target, onDelete, ...(many ? { many } : {}) };
}

function marked(random: Random, field: FieldDefinition): FieldDefinition {
  if (!isDeclared(field)) return field;
  const searchable = ["text", "richtext", "email", "url"].includes(field.type) && random.chance(0.6);
  return { ...field, ...(random.chance(0.1) ? { hidden: true } : {}), ...(searchable ? { searchable } : {}) };
}

function withRules(random: Random, world: World, one: Definition): Definition {
  const rule = (old: boolean): string => randomRule(random, world, one, old);
  const fields = one.fields.map((field) => {
    if (!isDeclared(field) || random.chance(0.7)) return field;
    const view = random.chance(0.7) ? { view: rule(false) } : {};
    return { ...field, permissions: { ...view, ...(random.chance(0.5) ? { write: rule(true) } : {}) } };
  });
  const view = rule(false);
  const list = random.chance(0.5) ? view : rule(false);
  const actions = { list, view, create: rule(false), update: rule(true), delete: rule(true) };
  const permissions = Object.fromEntries(Object.entries(actions).filter(() => !random.chance(0.04)));
  return { ...one, fields, permissions };
}

function randomIds(random: Random, name: string, index: number): readonly Row[] {
  return Array.from({ length: name === "users" ? 5 : 2 + random.below(6) }, (_, n) => ({ id: id(index * 1000 + n) }));
}

function randomRows(random: Random, world: World, name: string): readonly Row[] {
  const collection = collectionOf(world, name);
  return rowsOf(world, name).map((bare, n): Row => {
    const row: Record<string, unknown> = { ...bare, createdAt: random.pick(INSTANTS) };
    for (const field of collection.fields) if (isDeclared(field)) row[field.name] = randomValue(random, world, field);
    if (name === "users") {
      row.email = `${n}@users.io`;
      row.role = n < 2 ? "admin" : random.pick(["user", "user", ...ROLES]);
    }
    return { ...row, id: bare.id };
  });
}

/** A guest, a user or an admin, in person or by a key, or a program with a key of its own. */
export function randomCaller(random: Random, world: World): Caller {
  const users = rowsOf(world, "users");
  const names = [...world.collections.keys(), "*", "*"];
  const scope = (): string => {
    const what = random.pick(["", "", "", ":read", ":write", ":list", ":view", ":create", ":update", ":delete"]);
    return `${random.pick(names)}${what}`;
  };
  const scopes = [scope(), ...random.several(2, scope)];
  if (random.chance(0.1)) {
    const role = random.chance(0.1) ? "admin" : random.pick(ROLES);
    return { user: knownOfRole(world, role), scopes, now: NOW, world };
  }
  const user = random.chance(0.2) ? null : (users[random.chance(0.1) ? 0 : 2 + random.below(3)] ?? null);
  const caller = callerAs(world, user?.id);
  return user !== null && random.chance(0.3) ? { ...caller, scopes } : caller;
}

/** A user as rules know them now, or a guest: what is hidden of an account, no rule may tell of. */
export function callerAs(world: World, userId: string | undefined): Caller {
  const row = rowsOf(world, "users").find((one) => one.id === userId);
  if (!row) return { user: null, scopes: null, now: NOW, world };
  const hidden = collectionOf(world, "users").fields.filter((field) => field.hidden);
  const known = Object.entries(row).filter(([key]) => !hidden.some(({ name }) => name === key));
  const user = { ...Object.fromEntries(known), id: row.id, ...knownOfRole(world, String(row.role)) };
  return { user, scopes: null, now: NOW, world };
}
