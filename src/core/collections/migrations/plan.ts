import { type Database, sqliteDialect } from "../../database/index.ts";
import type { Collection } from "../collection.ts";
import type { RuleWarning } from "../unindexed.ts";
import { adminsOnlyIn } from "../writing/index.ts";
import { alterIndexes, alterSearch } from "./alter-indexes.ts";
import { alterJoins } from "./alter-joins.ts";
import { alterTable, needsCopy } from "./alter-table.ts";
import { type CollectionChange, compareCollections } from "./changes.ts";
import { count, type Draft, type MigrationStep, step } from "./draft.ts";
import { dropSql, indexesOf, joinSql, searchOf, tableSql, viewSql } from "./physical.ts";

export type { MigrationStep } from "./draft.ts";

const { quote } = sqliteDialect;

/** All that must be done to get from the collections as they are to those wanted, in one transaction. */
export interface MigrationPlan {
  readonly steps: readonly MigrationStep[];
  /** What data would be lost; a plan with any is applied only on the caller's word. */
  readonly losses: readonly string[];
  /** What makes the plan impossible as it stands, such as two rows with the same value in a field that becomes unique. */
  readonly obstacles: readonly string[];
  /** What works, and could be better: rules that read whole tables. */
  readonly warnings: readonly RuleWarning[];
}

/** Plans the way between two sets of collections. Reads the data to see what would be lost or stands in the way. */
export async function planMigration(
  db: Database,
  current: readonly Collection[],
  wanted: readonly Collection[],
  now: string,
): Promise<Omit<MigrationPlan, "warnings">> {
  const changes = compareCollections(current, wanted);
  const renames = new Map(
    changes.flatMap((change) => (change.kind === "alter" ? [[change.from.name, change.to.name] as const] : [])),
  );
  const draft: Draft = { db, now, renames, steps: [], losses: [], obstacles: [] };
  const structural = changes.some((change) => touchesTables(change, renames, now));
  const views = structural ? current.filter((one) => one.kind === "view") : [];

  // views may read what is about to be rebuilt: they step aside and come back
  for (const view of views) step(draft, view, `set aside view ${view.name}`, dropSql(view));
  for (const change of changes) {
    if (change.kind === "create") createTables(draft, change.to);
    else if (change.kind === "alter") await alterCollection(draft, change.from, change.to);
  }
  for (const change of changes) if (change.kind === "drop") await dropCollection(draft, change.from);
  await keepAnAdmin(draft, current, changes);
  const changed = new Set(changes.flatMap((change) => ("to" in change ? [change.to.name] : [])));
  for (const view of wanted) {
    if (view.kind !== "view") continue;
    if (changed.has(view.name))
      step(draft, view, `create view ${view.name}`, [`DROP VIEW IF EXISTS ${quote(view.name)}`, ...viewSql(view)]);
    else if (views.some((one) => one.name === view.name)) step(draft, view, `restore view ${view.name}`, viewSql(view));
  }
  const { steps, losses, obstacles } = draft;
  return { steps, losses, obstacles };
}

function createTables(draft: Draft, to: Collection): void {
  if (to.kind === "view") return;
  step(draft, to, `create collection ${to.name}`, [
    tableSql(to),
    ...to.fields.flatMap((field) => joinSql(to.name, field)),
  ]);
  for (const index of indexesOf(to)) step(draft, to, `create ${index.words}`, index.create);
  const search = searchOf(to);
  if (search) step(draft, to, `create ${search.words}`, search.create);
}

async function dropCollection(draft: Draft, from: Collection): Promise<void> {
  if (from.kind !== "view") {
    const rows = await count(draft, `SELECT count(*) AS "n" FROM ${quote(from.name)}`);
    if (rows > 0) draft.losses.push(`collection ${from.name} with ${rows} records`);
  }
  step(draft, from, `drop collection ${from.name}`, dropSql(from));
}

/** The accounts of an admin who would be the last one do not go with their collection, whatever may be lost. */
async function keepAnAdmin(
  { db, obstacles }: Draft,
  current: readonly Collection[],
  changes: readonly CollectionChange[],
): Promise<void> {
  const going = changes.flatMap((change) =>
    change.kind === "drop" || (change.kind === "alter" && change.from.kind !== change.to.kind) ? [change.from] : [],
  );
  if (!going.some(({ kind }) => kind === "auth")) return;
  const staying = current.filter((one) => !going.includes(one));
  const { rows } = await db.read(adminsOnlyIn(going, staying));
  if (rows.length > 0) obstacles.push("no admin would be left: make one in another collection first");
}

async function alterCollection(draft: Draft, from: Collection, to: Collection): Promise<void> {
  if (from.kind !== to.kind) {
    await dropCollection(draft, from);
    createTables(draft, to);
    return;
  }
  const before = draft.steps.length;
  if (to.kind !== "view") {
    const copied = await alterTable(draft, from, to);
    await alterJoins(draft, from, to);
    await alterIndexes(draft, from, to, copied);
    alterSearch(draft, from, to, copied);
  }
  if (draft.steps.length === before)
    step(draft, to, `change the definition of ${to.name} (its tables stay as they are)`, []);
}

function touchesTables(change: CollectionChange, renames: ReadonlyMap<string, string>, now: string): boolean {
  if (change.kind !== "alter") return change.kind === "drop";
  const { from, to } = change;
  if (from.kind !== to.kind) return true;
  return to.kind !== "view" && (needsCopy(from, to, renames, now) || from.columns.length !== to.columns.length);
}
