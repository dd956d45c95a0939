import { BakendError } from "../errors.ts";
import { bypassesRules, type Principal } from "../principal.ts";
import {
  ALWAYS,
  type Bindings,
  type Condition,
  isNever,
  NEVER,
  parseExpression,
  resolve,
  settle,
  type Viewer,
} from "../rules/index.ts";
import type { Catalog } from "./catalog.ts";
import type { Collection } from "./collection.ts";
import type { Action } from "./definition.ts";

/** Everything that decides whether this caller may touch a row, at one moment. */
export interface Caller {
  readonly principal: Principal;
  readonly now: string;
}

const rulesOf = new WeakMap<Catalog, Map<string, Condition>>();

/**
 * The condition that rows of a collection must fulfil for this caller and action: the one source of access for every
 * door. What `@user`, `@now` and `@old` stand for is filled in.
 */
export function accessCondition(
  catalog: Catalog,
  collection: Collection,
  action: Action,
  caller: Caller,
  old?: Readonly<Record<string, unknown>>,
): Condition {
  if (bypassesRules(caller.principal)) return ALWAYS;
  const rule = cached(catalog, `${collection.name} ${action}`, () => {
    const text = permissionText(collection, action);
    return text === null ? NEVER : ruleCondition(catalog, collection, text, action === "update" || action === "delete");
  });
  return bind(rule, caller, old);
}

/** Like `accessCondition`, for the permission of a single field; a field without one is open to whoever sees the record. */
export function fieldCondition(
  catalog: Catalog,
  collection: Collection,
  field: string,
  right: "view" | "write",
  caller: Caller,
  old?: Readonly<Record<string, unknown>>,
): Condition {
  const text = collection.field(field)?.definition.permissions?.[right];
  if (text === undefined || bypassesRules(caller.principal)) return ALWAYS;
  const rule = cached(catalog, `${collection.name}.${field} ${right}`, () =>
    ruleCondition(catalog, collection, text, right === "write"),
  );
  return bind(rule, caller, old);
}

/** What a caller's filter may name, and which related rows exist for it. */
export function viewerOf(catalog: Catalog, caller: Caller): Viewer {
  return {
    sees: (name, fieldName) => {
      const collection = catalog.get(name);
      const field = collection?.field(fieldName);
      if (!collection || !field) return true;
      return !field.definition.hidden && fieldCondition(catalog, collection, fieldName, "view", caller) === ALWAYS;
    },
    guard: (name) => {
      const collection = catalog.get(name);
      if (!collection) return null;
      const condition = accessCondition(catalog, collection, "view", caller);
      return isNever(condition) ? null : condition;
    },
  };
}

/** Fills in what a condition leaves open about the request. */
export function bind(condition: Condition, caller: Caller, old?: Readonly<Record<string, unknown>>): Condition {
  if (condition === ALWAYS || condition === NEVER) return condition;
  return settle(condition, bindingsOf(caller, old));
}

/** What `@user`, `@now` and `@old` stand for. */
export function bindingsOf({ principal, now }: Caller, old?: Readonly<Record<string, unknown>>): Bindings {
  const user = principal.kind === "user" ? { ...principal.record, id: principal.id, role: principal.role } : null;
  return { user, now: new Date(now), ...(old ? { old } : {}) };
}

/**
 * Refuses an action that no row of the collection could permit to this caller.
 * @throws BakendError `unauthenticated` for a guest, `forbidden` for anybody else
 */
export function refuse(caller: Caller, collection: Collection, action: Action): never {
  if (caller.principal.kind === "anonymous") {
    throw new BakendError("unauthenticated", `Sign in to ${action} records of ${collection.name}.`);
  }
  throw new BakendError("forbidden", `You may not ${action} records of ${collection.name}.`);
}

/**
 * Reads a permission (a keyword or an expression) as a condition on rows of the collection.
 * @throws BakendError `bad_request` if it does not fit the collection
 */
export function ruleCondition(catalog: Catalog, collection: Collection, text: string, allowOld: boolean): Condition {
  if (text === "public") return ALWAYS;
  if (text === "admin") return NEVER;
  return resolve(parseExpression(expandKeyword(collection, text)), {
    schema: catalog,
    collection: collection.name,
    allowOld,
  });
}

/** The permission in force for an action, or null where none is given. */
export function permissionText(collection: Collection, action: Action): string | null {
  const { permissions = {} } = collection.definition;
  const own = permissions[action];
  if (own !== undefined) return own;
  return (action === "list" || action === "view" ? permissions.read : undefined) ?? null;
}

/** A permission as an expression; `public` and `admin`, which are none, stay as they are. */
export function expandKeyword(collection: Collection, text: string): string {
  if (text === "authenticated") return "@user.id != null";
  if (text.startsWith("role:"))
    return `@user.role = '${text.slice(5).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (text === "owner") return `${ownerField(collection)} = @user.id`;
  return text;
}

const OWNER_NAMES = ["owner", "author", "user"];

function ownerField(collection: Collection): string {
  const name = collection.definition.owner ?? OWNER_NAMES.find((one) => collection.field(one)?.link?.many === false);
  if (name !== undefined && collection.field(name)?.link) return name;
  throw new BakendError(
    "bad_request",
    `The permission "owner" of ${collection.name} needs to know whose a record is: name the relation in "owner".`,
  );
}

function cached(catalog: Catalog, key: string, make: () => Condition): Condition {
  const rules = rulesOf.get(catalog) ?? new Map<string, Condition>();
  if (rules.size === 0) rulesOf.set(catalog, rules);
  const rule = rules.get(key) ?? make();
  rules.set(key, rule);
  return rule;
}
