import { BakendError } from "../errors.ts";
import type { RuleSchema } from "../rules/index.ts";
import type { Collection } from "./collection.ts";
import type { Field, Link } from "./fields/index.ts";
import type { Roles } from "./roles/index.ts";

/** A relation field of some collection that points at the one asked about. */
export interface BackLink {
  readonly collection: Collection;
  readonly field: Field;
  readonly link: Link;
}

/** All collections and roles at one moment. A change of definitions makes a new catalog; none is ever altered. */
export interface Catalog extends RuleSchema {
  readonly collections: readonly Collection[];
  readonly roles: Roles;
  get(name: string): Collection | undefined;
  /** The relations that point at a collection. */
  linksTo(name: string): readonly BackLink[];
  /** Those of them that are stored, and have to follow when a row goes: views hold nothing of their own. */
  keptLinksTo(name: string): readonly BackLink[];
}

/** Makes the catalog of these collections and roles. */
export function createCatalog(collections: readonly Collection[], roles: Roles): Catalog {
  const byName = new Map(collections.map((one) => [one.name, one]));
  const links = new Map<string, BackLink[]>();
  for (const collection of collections) {
    for (const field of collection.fields) {
      if (!field.link) continue;
      const known = links.get(field.link.target) ?? [];
      known.push({ collection, field, link: field.link });
      links.set(field.link.target, known);
    }
  }
  const kept = new Map(
    Array.from(links, ([name, all]) => [name, all.filter(({ collection }) => collection.kind !== "view")]),
  );
  return {
    collections,
    roles,
    get: (name) => byName.get(name),
    collection: (name) => byName.get(name)?.schema,
    linksTo: (name) => links.get(name) ?? [],
    keptLinksTo: (name) => kept.get(name) ?? [],
  };
}

/** @throws BakendError `not_found` */
export function requireCollection(catalog: Catalog, name: string): Collection {
  const collection = catalog.get(name);
  if (!collection) throw new BakendError("not_found", `There is no collection ${name.slice(0, 64).toWellFormed()}.`);
  return collection;
}
