import { sqliteDialect } from "../../database/index.ts";
import type { BackLink } from "../catalog.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { StoredRecord } from "../record.ts";
import { pendingKey, type WritePlan } from "./plan.ts";

const { quote } = sqliteDialect;

interface Holder {
  readonly collection: Collection;
  readonly record: StoredRecord;
}

/**
 * Notes in `pending` what a planned deletion takes along or unlinks, as its statements will do it, so that later
 * operations of the same request see it. Single deletions need none of this.
 */
export async function foreseeRemoval(
  engine: Engine,
  plan: WritePlan,
  root: Collection,
  id: string,
  now: string,
): Promise<void> {
  const catalog = engine.catalog();
  const gone = new Map<Collection, Set<string>>([[root, new Set([id])]]);
  // 1. what goes along, level by level
  let level: ReadonlyMap<Collection, readonly string[]> = new Map([[root, [id]]]);
  while (level.size > 0) {
    const next = new Map<Collection, string[]>();
    for (const [target, ids] of level) {
      for (const back of catalog.keptLinksTo(target.name)) {
        if (back.link.onDelete !== "cascade") continue;
        const known = gone.get(back.collection) ?? new Set();
        gone.set(back.collection, known);
        for (const { record } of await holders(engine, plan, back, ids)) {
          if (known.has(record.id)) continue;
          known.add(record.id);
          next.set(back.collection, [...(next.get(back.collection) ?? []), record.id]);
        }
      }
    }
    level = next;
  }
  // 2. what only loses a link, once for each relation
  for (const [target, ids] of gone) {
    for (const back of catalog.keptLinksTo(target.name)) {
      if (back.link.onDelete !== "setNull") continue;
      for (const { collection, record } of await holders(engine, plan, back, [...ids])) {
        if (!gone.get(collection)?.has(record.id))
          note(plan, collection, record.id, withoutLinks(back, record, ids, now));
      }
    }
  }
  for (const [collection, ids] of gone) for (const one of ids) note(plan, collection, one, null);
}

function note(plan: WritePlan, collection: Collection, id: string, record: StoredRecord | null): void {
  const key = pendingKey(collection, id);
  if (!plan.pending.has(key)) plan.foreseen.add(key);
  plan.pending.set(key, record);
}

function withoutLinks({ field }: BackLink, record: StoredRecord, gone: ReadonlySet<string>, now: string): StoredRecord {
  const value = record[field.name];
  const rest = Array.isArray(value) ? value.filter((id) => !gone.has(String(id))) : null;
  return { ...record, [field.name]: rest, updatedAt: now, version: record.version + 1 };
}

/** The records whose relation points at one of `ids`, as the plan leaves them so far. */
async function holders(
  engine: Engine,
  plan: WritePlan,
  { collection, field }: BackLink,
  ids: readonly string[],
): Promise<readonly Holder[]> {
  const list = "(SELECT value FROM json_each(?))";
  const holds =
    field.schema.kind === "many"
      ? `${ROW}."id" IN (SELECT "source" FROM ${quote(field.schema.table)} WHERE "target" IN ${list})`
      : `${ROW}.${quote(field.name)} IN ${list}`;
  const { rows } = await engine.db.read({
    sql: `SELECT ${collection.stored.select} FROM ${quote(collection.name)} AS ${ROW} WHERE ${holds}`,
    params: [JSON.stringify(ids)],
  });
  const found = rows
    .map(collection.stored.decode)
    .filter((record) => !plan.pending.has(pendingKey(collection, record.id)));
  for (const [key, record] of plan.pending) {
    if (record === null || key !== pendingKey(collection, record.id)) continue;
    if ([record[field.name]].flat().some((id) => ids.includes(String(id)))) found.push(record);
  }
  return found.map((record) => ({ collection, record }));
}
