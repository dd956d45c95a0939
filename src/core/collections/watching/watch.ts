import { BakendError } from "../../errors.ts";
import { bypassesRules, type Principal } from "../../principal.ts";
import { and, type Condition, countComparisons, reachOf } from "../../rules/index.ts";
import { accessCondition, type Caller, fieldCondition, isClosed, refuse } from "../access.ts";
import { type Catalog, requireCollection } from "../catalog.ts";
import type { Collection } from "../collection.ts";
import type { Action } from "../definition.ts";
import type { Engine } from "../engine.ts";
import { filterCondition } from "../reading/index.ts";
import { permissionText } from "../rule-text.ts";

/**
 * What somebody wants to hear of: a collection's records as far as a filter lets them through, or a single record; or what
 * else they want to do with a single record for as long as they may.
 */
export interface WatchTarget {
  readonly collection: string;
  readonly record?: string;
  readonly filter?: string;
  /** Unless it is to hear of changes. */
  readonly action?: "join" | "send";
}

/** Somebody's view of changes to come. It is good for as long as neither the principal nor the definitions change. */
export interface Watch {
  readonly principal: Principal;
  readonly collection: Collection;
  readonly record: string | undefined;
  /** The place of the stream where it ended when something that decides was defined otherwise, the last time; 0 for never. */
  readonly since: number;
  /** Watches with the same key see the same, whoever has them. */
  readonly key: string;
  /** Whether what is seen may depend on what `@user` leads to: another deletion may change it. */
  readonly personal: boolean;
  /** What a record must fulfil to be seen: the rule, and the filter. */
  condition(): Condition;
  /** All that decides what is seen, and of which fields, at a moment: the same text where the same is. */
  viewAt(now: string): string;
  /** The collections of other records that decide, too. */
  reach(): ReadonlySet<string>;
  /** The comparisons of its filter, with those that stand before the records that it leads through. */
  readonly comparisons: number;
  /** Whether it may come out otherwise without any event that tells of it: by the clock, or because a view does. */
  readonly passing: boolean;
}

/**
 * Makes a watch. A whole collection is watched under the rule to list it, one record under the rule to view it, a room under
 * those for rooms.
 * @throws BakendError `not_found`, `bad_request` for a filter, `forbidden` or `unauthenticated` if no record could be seen
 */
export function openWatch(
  engine: Engine,
  principal: Principal,
  { collection: name, record, filter, action: other }: WatchTarget,
): Watch {
  const catalog = engine.catalog();
  const collection = requireCollection(catalog, name);
  if (collection.kind === "view")
    throw new BakendError("bad_request", `${name} is a view: nothing is told of its rows, and they are no rooms.`);
  const action = other ?? (record === undefined ? "list" : "view");
  const conditionAt = (now: string): Condition => {
    const caller = { principal, now };
    return and(
      accessCondition(catalog, collection, action, caller),
      filterCondition(catalog, collection, caller, filter),
    );
  };
  const now = engine.timestamp();
  if (isClosed(catalog, collection, action, { principal, now })) refuse({ principal, now }, collection, action);
  const fixed = conditionAt(now);
  const timed = maySpeakOfNow(catalog, filter);
  const condition = timed ? () => conditionAt(engine.timestamp()) : () => fixed;
  const shapes = other === undefined && collection.hasGuardedFields && !bypassesRules(principal);
  const own = timed || shapes ? idOf(principal) : "";
  const reached = [...reachOf(fixed)].map((one) => catalog.get(one)?.since ?? 0);
  const since = Math.max(collection.since, ...reached);
  return {
    principal,
    collection,
    record,
    since,
    personal: maySpeakOfCaller(catalog, collection, filter),
    key: `${name}/${record ?? ""} ${JSON.stringify(fixed)} ${own}`,
    condition,
    viewAt(now) {
      const guards = shapes ? guardsOf(catalog, collection, { principal, now }) : [];
      return JSON.stringify([since, bypassesRules(principal), conditionAt(now), guards]);
    },
    reach: () => reachOf(condition()),
    comparisons:
      filter === undefined ? 0 : countComparisons(filterCondition(catalog, collection, { principal, now }, filter)),
    get passing() {
      return timed || [...reachOf(fixed)].some((one) => catalog.get(one)?.kind === "view");
    },
  };
}

/** What decides which fields of a record are seen. */
function guardsOf(catalog: Catalog, collection: Collection, caller: Caller): readonly Condition[] {
  return collection.fields.map(({ name }) => fieldCondition(catalog, collection, name, "view", caller));
}

/** The actions that a watch may be about, or that a path of its condition may lead through. */
const WATCHED: readonly Action[] = ["list", "view", "join", "send"];

/** Whether the clock may decide what is seen: in the filter, or in a rule that may be asked beside it. */
function maySpeakOfNow({ collections, roles }: Catalog, filter: string | undefined): boolean {
  const rules = collections.flatMap((one) => WATCHED.map((action) => permissionText(one, action)));
  const grants = roles.all.flatMap(({ permissions }) => Object.values(permissions));
  return [filter, ...rules, ...grants].some((text) => typeof text === "string" && text.includes("@now"));
}

/** What a caller is beside who they are: fields of the account, and what they lead to. */
const OF_CALLER = /@user\.(?!(?:id|role|email)\b)/;

/** Whether the caller's account may decide what is seen. A filter may lead through other records, whose rules hold there. */
function maySpeakOfCaller(
  { collections, roles }: Catalog,
  collection: Collection,
  filter: string | undefined,
): boolean {
  const texts = (filter === undefined ? [collection] : collections).map(({ definition }) => JSON.stringify(definition));
  const grants = roles.all.map(({ permissions }) => JSON.stringify(permissions));
  return [filter ?? "", ...texts, ...grants].some((text) => OF_CALLER.test(text));
}

/** Who somebody is, for watches that nobody else may share. */
function idOf(principal: Principal): string {
  switch (principal.kind) {
    case "user":
      return `user ${principal.id} ${principal.key?.id ?? ""}`;
    case "key":
      return `key ${principal.key.id}`;
    default:
      return principal.kind;
  }
}
