import { getOrAdd } from "../../tools/index.ts";
import type { Subscription } from "./client.ts";

/** Subscriptions that are decided on together. */
export interface Group<W> {
  /** That of the member who came last: the freshest of those that are equal. */
  watch: W;
  readonly members: Set<Subscription<W>>;
}

/** All subscriptions to records, by collection, those with equal watches together. */
export interface Groups<W> {
  add(subscription: Subscription<W>, watch: W): void;
  remove(subscription: Subscription<W>): void;
  of(collection: string): readonly Group<W>[];
}

const NONE: readonly never[] = [];

/** Some subscriptions in groups, those with equal watches together. */
export function groupsOf<W>(
  some: readonly Subscription<W>[],
  placeOf: (watch: W) => { readonly key: string },
): readonly Group<W>[] {
  const groups = new Map<string, Group<W>>();
  for (const one of some) {
    const { watch } = one;
    if (watch === null) continue;
    getOrAdd(groups, placeOf(watch).key, () => ({ watch, members: new Set<Subscription<W>>() })).members.add(one);
  }
  return [...groups.values()];
}

/** Makes groups; `placeOf` says which collection a watch is of, and which watches are equal. */
export function createGroups<W>(
  placeOf: (watch: W) => { readonly collection: string; readonly key: string },
): Groups<W> {
  const collections = new Map<string, Map<string, Group<W>>>();
  /** The groups of a collection as a list, made anew only after a change. */
  const lists = new Map<string, readonly Group<W>[]>();
  return {
    add(subscription, watch) {
      const { collection, key } = placeOf(watch);
      const groups = getOrAdd(collections, collection, () => new Map<string, Group<W>>());
      const group = getOrAdd(groups, key, () => ({ watch, members: new Set<Subscription<W>>() }));
      group.members.add(subscription);
      group.watch = watch;
      subscription.watch = watch;
      lists.delete(collection);
    },
    remove(subscription) {
      const { watch } = subscription;
      if (watch === null) return;
      const { collection, key } = placeOf(watch);
      const groups = collections.get(collection);
      const group = groups?.get(key);
      group?.members.delete(subscription);
      subscription.watch = null;
      if (group?.members.size === 0) groups?.delete(key);
      if (groups?.size === 0) collections.delete(collection);
      lists.delete(collection);
    },
    of(collection) {
      const groups = collections.get(collection);
      return groups ? getOrAdd(lists, collection, () => [...groups.values()]) : NONE;
    },
  };
}
