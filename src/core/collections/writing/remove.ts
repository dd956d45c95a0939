import { type Row, type SqlValue, type Statement, sqliteDialect } from "../../database/index.ts";
import type { Caller } from "../access.ts";
import type { BackLink, Catalog } from "../catalog.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { StoredRecord } from "../record.ts";
import { type Doomed, planAccountRemoval } from "./accounts.ts";
import { refuseViews } from "./create.ts";
import { foreseeRemoval } from "./foresee.ts";
import { add, type Change, type Meaning, pendingKey, type WritePlan } from "./plan.ts";
import { currentStatement, deleteStatement, goneStatement } from "./statements.ts";
import { checkVersion, type ExpectedVersion, readForWrite } from "./update.ts";

const { quote } = sqliteDialect;
/** No collection and no field can be called so: a name holds no colon. */
const DOOMED = quote("delete:doomed");
const GONE = "delete:gone";

/** How a deletion is to be made. */
export interface RemoveOptions {
  readonly version?: ExpectedVersion;
  readonly path?: string;
  /** Whether more operations of the same request follow, which must see what it takes along. */
  readonly more?: boolean;
}

/**
 * Plans the deletion of a record and of what goes with it: records whose relation to it cascades are deleted, those
 * whose relation is set to null are changed, and each of them is announced like any other change.
 * @throws BakendError `not_found`, `precondition_failed`, `forbidden`, `unauthenticated`
 */
export async function planRemove(
  engine: Engine,
  plan: WritePlan,
  collection: Collection,
  caller: Caller,
  id: string,
  { version, path = "", more = false }: RemoveOptions = {},
): Promise<void> {
  refuseViews(collection);
  const catalog = engine.catalog();
  const { old, rule, onMiss } = await readForWrite(engine, plan, collection, caller, id, "delete");
  checkVersion(old, version);
  const meaning: Meaning = { collection, record: old, action: "delete", onMiss, path };
  const doomed = doomedRows(catalog, collection, id);
  const taken = doomed.cascades.map((back) => back.collection);
  // what goes along may be what the rule looks at, so it is asked before anything goes
  const linked = catalog.linksTo(collection.name).length > 0;
  if (linked) add(plan, [currentStatement(collection, old, rule)], meaning);
  planAccountRemoval(engine, plan, doomed, taken, { ...meaning, onMiss: "none" });
  planConsequences(plan, catalog, caller, meaning, doomed);
  // in a circle of cascades the record itself may be gone by now
  add(plan, [linked ? goneStatement(collection, id) : deleteStatement(collection, old, rule)], meaning);
  if (more) await foreseeRemoval(engine, plan, collection, id, caller.now);
  plan.pending.set(pendingKey(collection, id), null);
  plan.changes.push({ action: "deleted", collection, record: old });
}

interface DoomedRows extends Doomed {
  readonly params: SqlValue[];
  readonly reach: Set<Collection>;
  readonly cascades: BackLink[];
}

/** The rows that the database will remove along with this one, as a common table expression over (c, id). */
function doomedRows(catalog: Catalog, root: Collection, id: string): DoomedRows {
  const reach = new Set([root]);
  const cascades: BackLink[] = [];
  for (const target of reach) {
    for (const back of catalog.linksTo(target.name)) {
      if (back.link.onDelete !== "cascade") continue;
      cascades.push(back);
      reach.add(back.collection);
    }
  }
  const steps = cascades.map(({ collection, field, link }) => {
    const where = `d.c = '${link.target}'`;
    return field.schema.kind === "many"
      ? `UNION SELECT '${collection.name}', l."source" FROM ${quote(field.schema.table)} AS l JOIN ${DOOMED} AS d ON ${where} AND l."target" = d.id`
      : `UNION SELECT '${collection.name}', x."id" FROM ${quote(collection.name)} AS x JOIN ${DOOMED} AS d ON ${where} AND x.${quote(field.name)} = d.id`;
  });
  const sql = `WITH RECURSIVE ${DOOMED}(c, id) AS (SELECT '${root.name}', ? ${steps.join(" ")})`;
  const idsOf = (name: string): string => `SELECT id FROM ${DOOMED} WHERE c = '${name}'`;
  return { sql, params: [id], reach, cascades, idsOf };
}

function planConsequences(
  plan: WritePlan,
  catalog: Catalog,
  caller: Caller,
  meaning: Meaning,
  doomed: DoomedRows,
): void {
  const { collection: root, record } = meaning;
  if (catalog.linksTo(root.name).length === 0) return;
  const among = (name: string): string => `(${doomed.idsOf(name)})`;
  const quiet: Meaning = { ...meaning, onMiss: "none" };
  const run = (statement: Statement, changes?: (rows: readonly Row[]) => readonly Change[]): void => {
    if (changes) plan.changes.push({ statement: plan.statements.length, changes });
    add(plan, [statement], quiet);
  };

  // 1. records that only lose a link: read them as they were, then count the change as a write of theirs
  for (const target of doomed.reach) {
    for (const { collection, field, link } of catalog.linksTo(target.name)) {
      if (link.onDelete !== "setNull") continue;
      const holds =
        field.schema.kind === "many"
          ? `"id" IN (SELECT l."source" FROM ${quote(field.schema.table)} AS l WHERE l."target" IN ${among(target.name)})`
          : `${quote(field.name)} IN ${among(target.name)}`;
      const rest = `${holds} AND "id" NOT IN ${among(collection.name)}`;
      run(
        {
          sql: `${doomed.sql} SELECT ${collection.stored.select}, (SELECT json_group_array(id) FROM ${DOOMED} WHERE c = '${target.name}') AS ${quote(GONE)} FROM ${quote(collection.name)} AS ${ROW} WHERE ${rest}`,
          params: doomed.params,
        },
        (rows) => rows.map((row) => unlinked(collection, field.name, row, caller.now)),
      );
      const cleared = field.schema.kind === "many" ? "" : `${quote(field.name)} = NULL, `;
      run({
        sql: `${doomed.sql} UPDATE ${quote(collection.name)} SET ${cleared}"updatedAt" = ?, "version" = "version" + 1 WHERE ${rest}`,
        params: [...doomed.params, caller.now],
      });
      // the links would go with the record; they go now, so that the next change read here is told without them
      if (field.schema.kind === "many")
        run({
          sql: `${doomed.sql} DELETE FROM ${quote(field.schema.table)} WHERE "target" IN ${among(target.name)} AND "source" NOT IN ${among(collection.name)}`,
          params: doomed.params,
        });
    }
  }
  // 2. records that go too: read them for their events; the database removes most of them by itself
  for (const gone of doomed.reach) {
    if (doomed.cascades.length === 0) break;
    run(
      {
        sql: `${doomed.sql} SELECT ${gone.stored.select} FROM ${quote(gone.name)} AS ${ROW} WHERE "id" IN ${among(gone.name)} AND "id" <> ?`,
        params: [...doomed.params, record.id],
      },
      (rows) => rows.map((row) => ({ action: "deleted", collection: gone, record: gone.stored.decode(row) })),
    );
  }
  // 3. holders of a to-many relation: no foreign key leads from the lost link to them; the farthest go first
  const holders = new Set(doomed.cascades.filter((back) => back.link.many).map((back) => back.collection));
  for (const holder of [...holders].reverse()) {
    run({
      sql: `${doomed.sql} DELETE FROM ${quote(holder.name)} WHERE "id" IN ${among(holder.name)} AND "id" <> ?`,
      params: [...doomed.params, record.id],
    });
  }
}

function unlinked(collection: Collection, field: string, row: Row, now: string): Change {
  const { [GONE]: gone, ...columns } = row;
  const previous = collection.stored.decode(columns);
  const value = previous[field];
  const lost = new Set<unknown>(JSON.parse(String(gone)));
  const rest = Array.isArray(value) ? value.filter((id) => !lost.has(id)) : null;
  const record: StoredRecord = { ...previous, [field]: rest, updatedAt: now, version: previous.version + 1 };
  return { action: "updated", collection, record, previous };
}
