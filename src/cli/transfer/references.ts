import type { Catalog, Collection, RecordAccess } from "../../core/collections/index.ts";
import { UsageError } from "../command.ts";
import { type KeyMap, loadKeyMap } from "./key-map.ts";

/** `--key country=code`: the file names records of another collection by `code`, not by id. */
export interface KeyRule {
  /** The relation. */
  readonly field: string;
  readonly many: boolean;
  readonly target: Collection;
  /** The field of the target whose value stands in the file. */
  readonly by: string;
  /** It points to records of the collection that is imported: they may come later in the same file. */
  readonly self: boolean;
}

/** Reads `--key` options. Throws `UsageError`. */
export function parseKeyRules(texts: readonly string[], collection: Collection, catalog: Catalog): readonly KeyRule[] {
  return texts.map((text) => {
    const [, field = "", by = ""] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
    if (field === "") throw new UsageError(`--key ${text}: it is written --key RELATION=FIELD, as in country=code`);
    const link = collection.field(field)?.link;
    const target = link && catalog.get(link.target);
    if (!link || !target) throw new UsageError(`--key ${text}: ${collection.name} has no relation "${field}"`);
    if (target.field(by) === undefined) throw new UsageError(`--key ${text}: ${target.name} has no field "${by}"`);
    return { field, many: link.many, target, by, self: target.name === collection.name };
  });
}

/** Puts ids in the place of keys. */
export type Resolve = (data: Record<string, unknown>) => { readonly fault?: string };

/** Loads what the rules need, once, and resolves the relations that they name. Null stays null. */
export async function createResolver(rules: readonly KeyRule[], access: RecordAccess): Promise<Resolve> {
  const maps = new Map<string, KeyMap>();
  for (const { target, by } of rules) {
    const name = `${target.name}.${by}`;
    if (!maps.has(name)) maps.set(name, await loadKeyMap(access.records(target.name), target, by));
  }
  return (data) => {
    for (const rule of rules) {
      const value = data[rule.field];
      if (value === undefined || value === null) continue;
      const map = maps.get(`${rule.target.name}.${rule.by}`);
      const keys = Array.isArray(value) ? value : [value];
      const ids: string[] = [];
      for (const key of keys) {
        const id = map?.get(key);
        if (typeof id !== "string") return { fault: `${rule.field}: ${missing(rule, key, id)}` };
        ids.push(id);
      }
      data[rule.field] = rule.many ? ids : ids[0];
    }
    return {};
  };
}

function missing({ target, by }: KeyRule, key: unknown, found: string | null | undefined): string {
  const where = `${by} = ${JSON.stringify(key)?.slice(0, 80)}`;
  return found === null
    ? `several records of ${target.name} have ${where}`
    : `there is no record of ${target.name} with ${where}`;
}
