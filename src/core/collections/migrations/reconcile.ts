import type { CollectionDefinition } from "../definition.ts";
import { sameDefinition, withoutRenames } from "./changes.ts";
import type { StoredDefinition } from "./store.ts";

/** What the collections should become, and where files and database disagree. */
export interface Reconciliation {
  readonly wanted: readonly StoredDefinition[];
  /** In words: what changed in the database alone, or on both sides, or is declared no more. */
  readonly drift: readonly string[];
  /** True if some difference needs a person's word, so that nothing may be applied by itself. */
  readonly conflict: boolean;
}

/**
 * Brings together what files or code declare and what the database remembers. A change on one side wins; a change on
 * both sides is a conflict. To drop a collection is a change. Collections that nobody declares (any more) stay.
 * `force` lets the declarations win everywhere, and drops what they no longer name.
 */
export function reconcile(
  stored: readonly StoredDefinition[],
  declared: readonly CollectionDefinition[],
  force: boolean,
): Reconciliation {
  const drift: string[] = [];
  let conflict = false;
  const wanted: StoredDefinition[] = [];
  const renamed = new Set(declared.flatMap((one) => one.renamedFrom ?? []));

  for (const definition of declared) {
    const known = stored.find((one) => one.name === definition.name);
    const fresh: StoredDefinition = { name: definition.name, definition, declared: withoutRenames(definition) };
    if (!known || force || (known.definition && sameDefinition(known.definition, definition))) {
      wanted.push(fresh);
      continue;
    }
    const fileChanged = known.declared === null || !sameDefinition(known.declared, definition);
    const databaseChanged =
      known.declared === null || known.definition === null || !sameDefinition(known.declared, known.definition);
    if (databaseChanged && fileChanged) {
      conflict = true;
      drift.push(`${definition.name} was changed both in its file and in the database`);
    } else if (databaseChanged) {
      const what = known.definition === null ? "dropped" : "changed";
      drift.push(`${definition.name} was ${what} in the database; its file still says otherwise`);
    }
    wanted.push(databaseChanged ? known : fresh);
  }
  for (const known of stored) {
    if (known.definition === null || renamed.has(known.name)) continue;
    if (declared.some((one) => one.name === known.name)) continue;
    if (known.declared !== null && force) continue;
    if (known.declared !== null) drift.push(`${known.name} is declared no more, but still in the database`);
    wanted.push(known);
  }
  return { wanted, drift, conflict };
}
