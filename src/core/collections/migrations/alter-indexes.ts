import { sqliteDialect } from "../../database/index.ts";
import type { Collection } from "../collection.ts";
import type { ColumnSources } from "./alter-table.ts";
import { count, type Draft, sameObject, step } from "./draft.ts";
import { indexesOf, type SchemaObject, searchOf } from "./physical.ts";

const { quote } = sqliteDialect;

/** Brings the indexes to what is wanted. A copied table has lost its own. */
export async function alterIndexes(
  draft: Draft,
  from: Collection,
  to: Collection,
  copied: ColumnSources | null,
): Promise<void> {
  const before = new Map(indexesOf(from).map((index) => [index.name, index]));
  const after = new Map(indexesOf(to).map((index) => [index.name, index]));
  for (const [name, index] of before) {
    if (!copied && !sameObject(index, after.get(name) ?? null)) step(draft, to, `drop ${index.words}`, index.drop);
  }
  for (const [name, index] of after) {
    const known = sameObject(before.get(name) ?? null, index);
    if (known && !copied) continue;
    step(draft, to, `${known ? "restore" : "create"} ${index.words}`, index.create);
    if (index.unique) await reportDuplicates(draft, from, to, index, copied);
  }
}

/** Brings the full-text index to what is wanted. It is made anew with a copied table, whose values may be others. */
export function alterSearch(draft: Draft, from: Collection, to: Collection, copied: ColumnSources | null): void {
  const [before, after] = [searchOf(from), searchOf(to)];
  if (sameObject(before, after) && !copied) return;
  if (before) step(draft, to, `drop ${before.words}`, before.drop);
  if (after) step(draft, to, `create ${after.words}`, after.create);
}

/** Looks for values that would be there twice, as they will be after the change. */
async function reportDuplicates(
  draft: Draft,
  from: Collection,
  to: Collection,
  index: SchemaObject,
  copied: ColumnSources | null,
): Promise<void> {
  const there = (name: string): boolean => from.columns.some((column) => column.name === name);
  const values = index.columns.map(
    (name) => (copied ? copied.get(name) : there(name) ? quote(name) : undefined) ?? "NULL",
  );
  const filled = values.map((sql) => `(${sql}) IS NOT NULL`).join(" AND ");
  const duplicates = await count(
    draft,
    `SELECT count(*) AS "n" FROM (SELECT 1 FROM ${quote(from.name)} WHERE ${filled} GROUP BY ${values.map((sql) => `(${sql})`).join(", ")} HAVING count(*) > 1)`,
  );
  if (duplicates > 0)
    draft.obstacles.push(
      `${to.name} (${index.columns.join(", ")}) cannot become unique: ${duplicates} values occur more than once`,
    );
}
