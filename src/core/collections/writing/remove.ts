import { type SqlValue, type Statement, sqliteDialect } from "../../database/index.ts";
import type { Caller } from "../access.ts";
import type { BackLink, Catalog } from "../catalog.ts";
import { type Collection, linkedIds, ROW } from "../collection.ts";
import type { Engine } from "../engine.ts";
import { type Doomed, planAccountRemoval } from "./accounts.ts";
import { announce, announceDerived, type DerivedChange } from "./announce.ts";
import { refuseViews } from "./create.ts";
import { foreseeRemoval } from "./foresee.ts";
import { hookedRemove } from "./hooks.ts";
import { add, type Meaning, pendingKey, type WritePlan } from "./plan.ts";
import { currentStatement, deleteStatement, goneStatement } from "./statements.ts";
import { checkVersion, type ExpectedVersion, readForWrite } from "./update.ts";

const { quote } = sqliteDialect;
/** The ids that a deletion takes along, within its transaction; otherwise empty. */
const DOOMED = quote("_doomed");
/** No collection and no field can be called so: a name holds no colon. */
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
  const linked = catalog.keptLinksTo(collection.name).length > 0;
  const removal = linked ? { removal: engine.newId() } : {};
  const meaning: Meaning = { collection, record: old, action: "delete", onMiss, path, ...removal };
  if (!linked && collection.kind !== "auth") add(plan, [deleteStatement(collection, old, rule)], meaning);
  else {
    // what goes along may be what the rule looks at, or what leads on, so both are asked before anything goes
    add(plan, [currentStatement(collection, old, rule)], meaning);
    planGoing(engine, plan, caller, meaning);
  }
  if (more) await foreseeRemoval(engine, plan, collection, id, caller.now);
  plan.pending.set(pendingKey(collection, id), null);
  announce(engine, plan, caller, meaning, { action: "deleted", collection, record: old });
}

/** Plans that a row goes, with all that follows from it. */
export function planGoing(engine: Engine, plan: WritePlan, caller: Caller, meaning: Meaning): void {
  const { collection, record } = meaning;
  const doomed = doomedRows(engine.catalog(), collection, record.id);
  const quiet: Meaning = { ...meaning, onMiss: "none" };
  add(plan, [doomed.collect], quiet);
  const taken = doomed.cascades.map((back) => back.collection);
  planAccountRemoval(engine, plan, doomed, taken, quiet);
  planConsequences(engine, plan, caller, quiet, doomed);
  // in a circle of cascades the record itself may be gone by now
  add(plan, [goneStatement(collection, record.id), { sql: `DELETE FROM ${DOOMED}`, params: [] }], meaning);
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
    for (const back of catalog.keptLinksTo(target.name)) {
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

function planConsequences(engine: Engine, plan: WritePlan, caller: Caller, meaning: Meaning, doomed: DoomedRows): void {
  const { collection: root, record } = meaning;
  const catalog = engine.catalog();
  if (catalog.keptLinksTo(root.name).length === 0) return;
  const among = (name: string): string => `(${doomed.idsOf(name)})`;
  const run = (sql: string, params: readonly SqlValue[] = []): void => add(plan, [{ sql, params }], meaning);
  const tell = (change: DerivedChange): void => announceDerived(engine, plan, caller, meaning, change);

  // 1. records that only lose a link: tell of them as they are to be, then count the change as a write of theirs
  for (const target of doomed.reach) {
    for (const { collection, field, link } of catalog.keptLinksTo(target.name)) {
      if (link.onDelete !== "setNull") continue;
      const holds =
        field.schema.kind === "many"
          ? `"id" IN (SELECT l."source" FROM ${quote(field.schema.table)} AS l WHERE l."target" IN ${among(target.name)})`
          : `${quote(field.name)} IN ${among(target.name)}`;
      const rest = `${holds} AND "id" NOT IN ${among(collection.name)}`;
      const kept =
        field.schema.kind === "many"
          ? `json(${linkedIds(field.schema.table, ` AND l."target" NOT IN ${among(target.name)}`)})`
          : "NULL";
      tell({
        action: "updated",
        collection,
        sql: `SELECT json_replace(${collection.json}, '$.${field.name}', ${kept}, '$.updatedAt', ?, '$.version', "version" + 1) AS "payload", ${collection.json} AS "previous" FROM ${quote(collection.name)} AS ${ROW} WHERE ${rest}`,
        params: [caller.now],
      });
      const cleared = field.schema.kind === "many" ? "" : `${quote(field.name)} = NULL, `;
      run(`UPDATE ${quote(collection.name)} SET ${cleared}"updatedAt" = ?, "version" = "version" + 1 WHERE ${rest}`, [
        caller.now,
      ]);
      // the links would go with the record; they go now, so that the next change read here is told without them
      if (field.schema.kind === "many")
        run(
          `DELETE FROM ${quote(field.schema.table)} WHERE "target" IN ${among(target.name)} AND "source" NOT IN ${among(collection.name)}`,
        );
    }
  }
  /** Those of a collection that go, but for the record itself; one of another collection may have the same id. */
  const others = (name: string): Statement => {
    const all = `"id" IN ${among(name)}`;
    return name === root.name ? { sql: `${all} AND "id" <> ?`, params: [record.id] } : { sql: all, params: [] };
  };
  // 2. records that go too: tell of them; the database removes most of them by itself
  for (const gone of doomed.reach) {
    if (doomed.cascades.length === 0) break;
    const { sql, params } = others(gone.name);
    tell({
      action: "deleted",
      collection: gone,
      sql: `SELECT ${gone.json} AS "payload", NULL AS "previous" FROM ${quote(gone.name)} AS ${ROW} WHERE ${sql}`,
      params,
    });
  }
  // 3. holders of a to-many relation: no foreign key leads from the lost link to them
  const holders = new Set(doomed.cascades.filter((back) => back.link.many).map((back) => back.collection));
  for (const holder of holders) {
    const { sql, params } = others(holder.name);
    run(`DELETE FROM ${quote(holder.name)} WHERE ${sql}`, params);
  }
}
