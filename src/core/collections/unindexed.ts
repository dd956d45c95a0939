import { wantedIndexes } from "../rules/index.ts";
import type { Catalog } from "./catalog.ts";
import type { Collection } from "./collection.ts";
import type { Action } from "./definition.ts";
import { permissionsFor, permissionText, ruleCondition } from "./rule-text.ts";

/** A rule for which all rows must be read, and what would change that. */
export interface RuleWarning {
  readonly collection: string;
  readonly action: Action;
  /** What the rule compares, as it names it. */
  readonly field: string;
  /** The index to add, and where. */
  readonly index: { readonly collection: string; readonly fields: readonly string[] };
  /** All of it, for a reader. */
  readonly words: string;
}

/**
 * The list rules, and what roles grant beside them, that read whole tables though an index would do. All other actions
 * find their row by its id.
 */
export function unindexedRules(catalog: Catalog): readonly RuleWarning[] {
  const warnings = catalog.collections
    .filter(({ kind }) => kind !== "view")
    .flatMap((collection) =>
      listRules(catalog, collection).flatMap(({ text, of }) => warningsOf(catalog, collection, text, of)),
    );
  return [...new Map(warnings.map((one) => [one.words, one])).values()];
}

const ACTION: Action = "list";

/** The texts of a collection's rule, and whose they are. */
function listRules(
  catalog: Catalog,
  collection: Collection,
): readonly { readonly text: string; readonly of: string }[] {
  const own = permissionText(collection, ACTION);
  const names = permissionsFor(collection, ACTION);
  const grants = catalog.roles.all.flatMap(({ name: role, permissions }) =>
    Object.entries(permissions).flatMap(([name, when]) =>
      when !== true && names.includes(name) ? [{ text: when, of: ` (granted to ${role})` }] : [],
    ),
  );
  return own === null ? grants : [{ text: own, of: "" }, ...grants];
}

function warningsOf(catalog: Catalog, own: Collection, text: string, of: string): readonly RuleWarning[] {
  return wantedIndexes(ruleCondition(catalog, own, text, false)).flatMap(({ collection: other, field, path }) => {
    const collection = other ?? own.name;
    if (catalog.get(collection)?.kind === "view") return [];
    const index = { collection, fields: [field] };
    const words = `${own.name}: the rule for ${ACTION}${of} compares ${path}, and no index finds it: add { "fields": ["${field}"] } to the indexes of ${collection}`;
    return [{ collection: own.name, action: ACTION, field: path, index, words }];
  });
}
