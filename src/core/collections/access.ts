import { getOrAdd } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";
import { bypassesRules, isInScope, type Principal } from "../principal.ts";
import {
  ALWAYS,
  type Bindings,
  type Condition,
  dependsOnNow,
  isNever,
  NEVER,
  or,
  settle,
  type Viewer,
} from "../rules/index.ts";
import type { Catalog } from "./catalog.ts";
import type { Collection } from "./collection.ts";
import type { Action } from "./definition.ts";
import type { Grant } from "./roles/index.ts";
import { GRANT, permissionsFor, permissionText, ruleCondition } from "./rule-text.ts";

/** Everything that decides whether this caller may touch a row, at one moment. */
export interface Caller {
  readonly principal: Principal;
  readonly now: string;
}

/**
 * What `@old` stands for: the row before the write, or `unread` for a condition that is only asked whether any row
 * could fulfil it. Without it, as on a create, whatever speaks of `@old` denies.
 */
export type Old = Readonly<Record<string, unknown>> | "unread";

/** Rules with what they leave open about the request, of each catalog by collection, then by text. */
const rulesOf = new WeakMap<Catalog, Map<Collection, Map<string, Condition>>>();

/**
 * The condition that rows of a collection must fulfil for this caller and action: the one source of access for every
 * door. What `@user`, `@now` and `@old` stand for is filled in.
 */
export function accessCondition(
  catalog: Catalog,
  collection: Collection,
  action: Action,
  caller: Caller,
  old?: Old,
): Condition {
  if (!isInScope(caller.principal, collection.name, action)) return NEVER;
  if (bypassesRules(caller.principal)) return ALWAYS;
  const text = permissionText(collection, action);
  const own = text === null ? NEVER : permitted(catalog, collection, text, isOnRow(action), caller, old);
  const more = granted(catalog, collection, `${collection.name}.${action}`, caller);
  return more === NEVER ? own : or(own, more);
}

/** Like `accessCondition`, for the permission of a single field; a field without one is open to whoever sees the record. */
export function fieldCondition(
  catalog: Catalog,
  collection: Collection,
  field: string,
  right: "view" | "write",
  caller: Caller,
  old?: Old,
): Condition {
  const text = collection.field(field)?.definition.permissions?.[right];
  if (text === undefined || bypassesRules(caller.principal)) return ALWAYS;
  return permitted(catalog, collection, text, right === "write", caller, old);
}

/** Where a permission's text permits something to this caller. */
export function permitted(
  catalog: Catalog,
  collection: Collection,
  text: string,
  allowOld: boolean,
  caller: Caller,
  old?: Old,
): Condition {
  if (text.startsWith(GRANT)) return granted(catalog, collection, text.slice(GRANT.length), caller);
  const rule = cached(catalog, collection, text, () => ruleCondition(catalog, collection, text, allowOld));
  return old ? bind(catalog, rule, caller, old) : boundOnce(catalog, rule, caller);
}

/** Where the caller's role, or one that it includes, grants something. */
function granted(catalog: Catalog, collection: Collection, permission: string, caller: Caller): Condition {
  const { principal } = caller;
  if (!("role" in principal) || catalog.roles.all.length === 0) return NEVER;
  const conditions = catalog.roles.grantsOf(principal.role, permission).map(({ when }) => {
    if (when === true) return ALWAYS;
    const rule = cached(catalog, collection, when, () => ruleCondition(catalog, collection, when, false));
    return boundOnce(catalog, rule, caller);
  });
  return or(...conditions);
}

/** What the caller's role grants of an action: beside the rule, and in the place of one that is a permission. */
export function grantsFor(
  { roles }: Catalog,
  collection: Collection,
  action: Action,
  { principal }: Caller,
): readonly Grant[] {
  if (!("role" in principal)) return [];
  const { role } = principal;
  return permissionsFor(collection, action).flatMap((permission) => roles.grantsOf(role, permission));
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
export function bind(catalog: Catalog, condition: Condition, caller: Caller, old?: Old): Condition {
  if (condition === ALWAYS || condition === NEVER) return condition;
  return settle(condition, bindingsOf(catalog, caller, old));
}

/** What `@user`, `@now` and `@old` stand for. */
export function bindingsOf(catalog: Catalog, caller: Caller, old?: Old): Bindings {
  const { principal, now } = caller;
  return {
    user: userOf(catalog, caller),
    now: new Date(now),
    ...(principal.kind === "user" && principal.related ? { related: principal.related } : {}),
    ...(old ? { old } : {}),
  };
}

/** What became of rules for a principal; the same object stands for somebody only as long as nothing about them changes. */
const boundOf = new WeakMap<Principal, Map<Condition, Condition>>();

/** Like `bind`, for a rule of the catalog: bound once for each principal, unless it depends on the moment. */
function boundOnce(catalog: Catalog, rule: Condition, caller: Caller): Condition {
  if (rule === ALWAYS || rule === NEVER) return rule;
  const known = boundOf.get(caller.principal) ?? new Map<Condition, Condition>();
  if (known.size === 0) boundOf.set(caller.principal, known);
  const kept = known.get(rule);
  if (kept !== undefined) return kept;
  const bound = bind(catalog, rule, caller);
  if (!dependsOnNow(rule)) known.set(rule, bound);
  return bound;
}

/** What `@user` stands for: the fields of the caller's record, and what follows from the role. */
function userOf({ roles }: Catalog, { principal }: Caller): Readonly<Record<string, unknown>> | null {
  if (!("role" in principal)) return null;
  const { role } = principal;
  const ofRole = { role, roles: roles.namesOf(role), permissions: roles.permissionsOf(role) };
  return principal.kind === "user" ? { ...principal.record, id: principal.id, ...ofRole } : ofRole;
}

/**
 * Whether an action is closed to this caller whatever the row. It depends on the caller, the clock and the rule alone,
 * so to be told of it is to learn nothing of any row.
 */
export function isClosed(catalog: Catalog, collection: Collection, action: Action, caller: Caller): boolean {
  return isNever(accessCondition(catalog, collection, action, caller, isOnRow(action) ? "unread" : undefined));
}

/**
 * Refuses an action that no row of the collection could permit to this caller.
 * @throws BakendError `unauthenticated` for a guest, `forbidden` for anybody else
 */
export function refuse(caller: Caller, collection: Collection, action: Action): never {
  const what = `${ROOMS[action] ?? `${action} records`} of ${collection.name}`;
  if (caller.principal.kind === "anonymous") throw new BakendError("unauthenticated", `Sign in to ${what}.`);
  throw new BakendError("forbidden", `You may not ${what}.`);
}

/** What the actions about rooms are called. */
const ROOMS: Partial<Record<Action, string>> = { join: "join rooms", send: "send into rooms" };

/** Whether there is a row before the action, which `@old` could mean. */
function isOnRow(action: Action): boolean {
  return action === "update" || action === "delete";
}

function cached(catalog: Catalog, collection: Collection, key: string, make: () => Condition): Condition {
  const ofCatalog = rulesOf.get(catalog) ?? new Map<Collection, Map<string, Condition>>();
  if (ofCatalog.size === 0) rulesOf.set(catalog, ofCatalog);
  return getOrAdd(getOrAdd(ofCatalog, collection, newRules), key, make);
}

function newRules(): Map<string, Condition> {
  return new Map();
}
