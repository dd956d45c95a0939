import { getOrAdd } from "../../../tools/index.ts";
import { sqliteDialect } from "../../database/index.ts";
import { linksOf } from "../../rules/index.ts";
import type { Engine } from "../engine.ts";
import type { RecordData } from "../record.ts";
import type { Former } from "./former.ts";
import type { Watch } from "./watch.ts";

/**
 * The keys of watches whose conditions on a deleted record lead to records that are gone, too, and not by the same deletion:
 * these were there as long as it was, and went before it was judged. What came of them nobody can say any more.
 */
export async function leadNowhere(
  { db }: { readonly db: Pick<Engine["db"], "read"> },
  record: RecordData,
  watches: readonly Watch[],
  former: Former,
): Promise<ReadonlySet<string>> {
  /** The keys, by collection and id. */
  const leading = new Map<string, Map<string, Set<string>>>();
  for (const watch of watches) {
    if (watch.record !== undefined && watch.record !== record.id) continue;
    for (const [field, collection] of linksOf(watch.condition())) {
      for (const id of [record[field]].flat()) {
        if (typeof id !== "string" || former?.get(collection)?.has(id)) continue;
        const ids = getOrAdd(leading, collection, () => new Map<string, Set<string>>());
        getOrAdd(ids, id, () => new Set<string>()).add(watch.key);
      }
    }
  }
  const nowhere = new Set<string>();
  for (const [collection, ids] of leading) {
    const { rows } = await db.read({
      sql: `SELECT "id" FROM ${sqliteDialect.quote(collection)} WHERE "id" IN (SELECT "value" FROM json_each(?))`,
      params: [JSON.stringify([...ids.keys()])],
    });
    const there = new Set(rows.map(({ id }) => id));
    for (const [id, keys] of ids) if (!there.has(id)) for (const key of keys) nowhere.add(key);
  }
  return nowhere;
}
