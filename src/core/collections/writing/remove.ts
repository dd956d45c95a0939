import { type Row, type Statement, sqliteDialect } from "../../database/index.ts";
import type { Caller } from "../access.ts";
import type { BackLink, Catalog } from "../catalog.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { StoredRecord } from "../record.ts";
import { type Doomed, planAccountRemoval } from "./accounts.ts";
import { refuseViews } from "./create.ts";
import { foreseeRemoval } from "./foresee.ts";
import { hookedRemove } from "./hooks.ts";
import { add, type Change, type Meaning, pendingKey, type WritePlan } from "./plan.ts";
import { currentStatement, deleteStatement, goneStatement } from "./statements.ts";
import { checkVersion, type ExpectedVersion, readForWrite } from "./update.ts";

const { quote } = sqliteDialect;
/** The ids that a deletion takes along, within its transaction; otherwise empty. */
const DOOMED = quote("_doomed");
/** No collection and no field can be called so: a name holds no colon. */
const GONE = "delete:gone";
const REACHED = quote("delete:reached");

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
  await hookedRemove(engine, collection, caller, old, path);
  const meaning: Meaning = { collection, record: old, action: "delete", onMiss, path };
  const linked = catalog.linksTo(collection.name).length > 0;
  if (!linked && collection.kind !== "auth") add(plan, [deleteStatement(collection, old, rule)], meaning);
  else {
    const doomed = doomedRows(catalog, collection, id);
    const quiet: Meaning = { ...meaning, onMiss: "none" };
    // what goes along may be what the rule looks at, or what leads on, so both are asked before anything goes
    add(plan, [currentStatement(collection, old, rule)], meaning);
    add(plan, [doomed.collect], quiet);
    const taken = doomed.cascades.map((back) => back.collection);
    planAccountRemoval(engine, plan, doomed, taken, quiet);
    planConsequences(plan, catalog, caller, quiet, doomed);
    // in a circle of cascades the record itself may be gone by now
    add(plan, [goneStatement(collection, id), { sql: `DELETE FROM ${DOOMED}`, params: [] }], meaning);
  }
  if (more) await foreseeRemoval(engine, plan, collection, id, caller.now);
  plan.pending.set(pendingKey(collection, id), null);
  plan.changes.push({ action: "deleted", collection, record: old });
}

interface DoomedRows extends Doomed {
  /** Notes the rows, as long as everything that leads from one to the next is still there. */
  readonly collect: Statement;
  readonly reach: Set<Collection>;
  readonly cascades: BackLink[];
}

/** The rows that go along with this one, itself included, once they have been collected. */
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
      ? `UNION SELECT '${collection.name}', l."source" FROM ${quote(field.schema.table)} AS l JOIN ${REACHED} AS d ON ${where} AND l."target" = d.id`
      : `UNION SELECT '${collection.name}', x."id" FROM ${quote(collection.name)} AS x JOIN ${REACHED} AS d ON ${where} AND x.${quote(field.name)} = d.id`;
  });
  const sql = `INSERT INTO ${DOOMED} ("collection", "id") WITH RECURSIVE ${REACHED}(c, id) AS (SELECT '${root.name}', ? ${steps.join(" ")}) SELECT c, id FROM ${REACHED}`;
  const idsOf = (name: string): string => `SELECT "id" FROM ${DOOMED} WHERE "collection" = '${name}'`;
  return { collect: { sql, params: [id] }, reach, cascades, idsOf };
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
  const run = (statement: Statement, changes?: (rows: readonly Row[]) => readonly Change[]): void => {
    if (changes) plan.changes.push({ statement: plan.statements.length, changes });
    add(plan, [statement], meaning);
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
          sql: `SELECT ${collection.stored.select}, (SELECT json_group_array("id") FROM ${among(target.name)}) AS ${quote(GONE)} FROM ${quote(collection.name)} AS ${ROW} WHERE ${rest}`,
          params: [],
        },
        (rows) => rows.map((row) => unlinked(collection, field.name, row, caller.now)),
      );
      const cleared = field.schema.kind === "many" ? "" : `${quote(field.name)} = NULL, `;
      run({
        sql: `UPDATE ${quote(collection.name)} SET ${cleared}"updatedAt" = ?, "version" = "version" + 1 WHERE ${rest}`,
        params: [caller.now],
      });
      // the links would go with the record; they go now, so that the next change read here is told without them
      if (field.schema.kind === "many")
        run({
          sql: `DELETE FROM ${quote(field.schema.table)} WHERE "target" IN ${among(target.name)} AND "source" NOT IN ${among(collection.name)}`,
          params: [],
        });
    }
  }
  // 2. records that go too: read them for their events; the database removes most of them by itself
  for (const gone of doomed.reach) {
    if (doomed.cascades.length === 0) break;
    run(
      {
        sql: `SELECT ${gone.stored.select} FROM ${quote(gone.name)} AS ${ROW} WHERE "id" IN ${among(gone.name)} AND "id" <> ?`,
        params: [record.id],
      },
      (rows) => rows.map((row) => ({ action: "deleted", collection: gone, record: gone.stored.decode(row) })),
    );
  }
  // 3. holders of a to-many relation: no foreign key leads from the lost link to them
  const holders = new Set(doomed.cascades.filter((back) => back.link.many).map((back) => back.collection));
  for (const holder of holders) {
    run({
      sql: `DELETE FROM ${quote(holder.name)} WHERE "id" IN ${among(holder.name)} AND "id" <> ?`,
      params: [record.id],
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
