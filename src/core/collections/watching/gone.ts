import { getOrAdd } from "../../../tools/index.ts";
import { sqliteDialect } from "../../database/index.ts";
import { type Condition, linksOf } from "../../rules/index.ts";
import type { Engine } from "../engine.ts";
import type { RecordData } from "../record.ts";
import type { Former } from "./former.ts";

/**
 * Which conditions on a deleted record lead to records that are gone, too, and not by the same deletion: these were there as
 * long as it was, and went before it was judged. What came of them nobody can say any more.
 */
export async function leadNowhere(
  { db }: { readonly db: Pick<Engine["db"], "read"> },
  record: RecordData,
  conditions: readonly Condition[],
  former: Former,
): Promise<ReadonlySet<Condition>> {
  /** By collection and id. */
  const leading = new Map<string, Map<string, Set<Condition>>>();
  for (const condition of conditions) {
    for (const [field, collection] of linksOf(condition)) {
      for (const id of [record[field]].flat()) {
        if (typeof id !== "string" || former?.get(collection)?.has(id)) continue;
        const ids = getOrAdd(leading, collection, () => new Map<string, Set<Condition>>());
        getOrAdd(ids, id, () => new Set<Condition>()).add(condition);
      }
    }
  }
  const nowhere = new Set<Condition>();
  for (const [collection, ids] of leading) {
    const { rows } = await db.read({
      sql: `SELECT "id" FROM ${sqliteDialect.quote(collection)} WHERE "id" IN (SELECT "value" FROM json_each(?))`,
      params: [JSON.stringify([...ids.keys()])],
    });
    const there = new Set(rows.map(({ id }) => id));
    for (const [id, some] of ids) if (!there.has(id)) for (const condition of some) nowhere.add(condition);
  }
  return nowhere;
}
