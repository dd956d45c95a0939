import { type Database, sqliteDialect } from "../../database/index.ts";
import type { Collection } from "../collection.ts";
import type { Field } from "../fields/index.ts";
import { type CollectionChange, compareCollections, formerField } from "./changes.ts";
import { type Conversion, convertField, defaultSql } from "./convert.ts";
import { columnSql, dropSql, indexesOf, joinSql, type SchemaObject, searchOf, tableSql, viewSql } from "./physical.ts";

const { quote } = sqliteDialect;

/** One thing that a migration does. */
export interface MigrationStep {
  readonly collection: string;
  /** For a reader: `add field posts.status`. */
  readonly words: string;
  readonly sql: readonly string[];
}

/** All that must be done to get from the collections as they are to those wanted, in one transaction. */
export interface MigrationPlan {
  readonly steps: readonly MigrationStep[];
  /** What data would be lost; a plan with any is applied only on the caller's word. */
  readonly losses: readonly string[];
  /** What makes the plan impossible as it stands, such as two rows with the same value in a field that becomes unique. */
  readonly obstacles: readonly string[];
}

interface Draft {
  readonly db: Database;
  readonly now: string;
  readonly steps: MigrationStep[];
  readonly losses: string[];
  readonly obstacles: string[];
}

/** Plans the way between two sets of collections. Reads the data to see what would be lost or stands in the way. */
export async function planMigration(
  db: Database,
  current: readonly Collection[],
  wanted: readonly Collection[],
  now: string,
): Promise<MigrationPlan> {
  const draft: Draft = { db, now, steps: [], losses: [], obstacles: [] };
  const changes = compareCollections(current, wanted);
  const structural = changes.some((change) => change.kind !== "create" && tablesDiffer(change));
  const views = structural ? current.filter((one) => one.kind === "view") : [];

  // views may read what is about to be rebuilt: they step aside and come back
  for (const view of views) step(draft, view, `set aside view ${view.name}`, dropSql(view));
  for (const change of changes) {
    if (change.kind === "create") createTables(draft, change.to);
    else if (change.kind === "alter") await alterCollection(draft, change.from, change.to);
  }
  for (const change of changes) if (change.kind === "drop") await dropCollection(draft, change.from);
  const changed = new Set(changes.flatMap((change) => ("to" in change ? [change.to.name] : [])));
  for (const view of wanted) {
    if (view.kind !== "view") continue;
    if (changed.has(view.name))
      step(draft, view, `create view ${view.name}`, [`DROP VIEW IF EXISTS ${quote(view.name)}`, viewSql(view)]);
    else if (views.some((one) => one.name === view.name))
      step(draft, view, `restore view ${view.name}`, [viewSql(view)]);
  }
  const { steps, losses, obstacles } = draft;
  return { steps, losses, obstacles };
}

function step(draft: Draft, collection: Collection, words: string, sql: readonly string[]): void {
  draft.steps.push({ collection: collection.name, words, sql });
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
    const rows = await count(draft.db, `SELECT count(*) AS "n" FROM ${quote(from.name)}`);
    if (rows > 0) draft.losses.push(`collection ${from.name} with ${rows} records`);
  }
  step(draft, from, `drop collection ${from.name}`, dropSql(from));
}

async function alterCollection(draft: Draft, from: Collection, to: Collection): Promise<void> {
  if (from.kind !== to.kind) {
    await dropCollection(draft, from);
    createTables(draft, to);
    return;
  }
  const before = draft.steps.length;
  if (to.kind === "base") {
    const searchChanges = !sameObject(searchOf(from), searchOf(to));
    const oldSearch = searchOf(from);
    if (oldSearch && searchChanges) step(draft, to, `drop ${oldSearch.words}`, oldSearch.drop);
    const rebuilt = await alterTable(draft, from, to);
    await alterJoins(draft, from, to);
    await alterIndexes(draft, from, to, rebuilt);
    const search = searchOf(to);
    if (search && searchChanges) step(draft, to, `create ${search.words}`, search.create);
    else if (search && rebuilt)
      step(
        draft,
        to,
        `attach ${search.words}`,
        search.create.filter((sql) => sql.startsWith("CREATE TRIGGER")),
      );
  }
  if (draft.steps.length === before)
    step(draft, to, `change the definition of ${to.name} (its tables stay as they are)`, []);
}

/** Brings the table to its new columns: by ALTER where that is enough, else by a copy. Returns whether it was copied. */
async function alterTable(draft: Draft, from: Collection, to: Collection): Promise<boolean> {
  const added = to.fields.filter((field) => field.columns.length > 0 && !formerField(from, to, field));
  const simple = onlyAdds(from, to) && added.every((field) => field.nullable && defaultSql(field, draft.now) === null);
  if (simple) {
    for (const field of added) {
      step(
        draft,
        to,
        `add field ${to.name}.${field.name}`,
        field.columns.map((column) => `ALTER TABLE ${quote(to.name)} ADD COLUMN ${columnSql(column)}`),
      );
    }
    return false;
  }
  if (from.name === to.name && added.length === 0 && sameColumns(from, to)) return false;

  const expressions = new Map<string, string>(
    ["id", "createdAt", "updatedAt", "version"].map((name) => [name, quote(name)]),
  );
  for (const field of to.fields) {
    const values = await columnValues(draft, from, to, field);
    for (const [index, column] of field.columns.entries()) expressions.set(column.name, values[index] ?? "NULL");
  }
  await reportDropped(draft, from, to);
  const columns = to.columns.map((column) => quote(column.name)).join(", ");
  const values = to.columns.map((column) => expressions.get(column.name) ?? "NULL").join(", ");
  const fresh = `${to.name}:new`;
  step(draft, to, describeRebuild(from, to), [
    tableSql(to, fresh),
    `INSERT INTO ${quote(fresh)} (${columns}) SELECT ${values} FROM ${quote(from.name)}`,
    `DROP TABLE ${quote(from.name)}`,
    `ALTER TABLE ${quote(fresh)} RENAME TO ${quote(to.name)}`,
  ]);
  return true;
}

/** What a field's columns will hold in the rows that are there already. */
async function columnValues(draft: Draft, from: Collection, to: Collection, field: Field): Promise<readonly string[]> {
  if (field.columns.length === 0) return [];
  const former = formerField(from, to, field);
  const fallback = defaultSql(field, draft.now);
  const conversions = former ? convertField(former, field) : null;
  if (former && !conversions)
    await reportLoss(
      draft,
      from,
      former,
      `${to.name}.${field.name} (${former.definition.type} cannot become ${field.definition.type})`,
    );
  for (const { loses } of conversions ?? []) await reportUnfit(draft, from, field, loses);

  const values = (conversions ?? field.columns.map((): Conversion => ({ sql: "NULL", loses: null }))).map(
    ({ sql }) => sql,
  );
  const nullable = field.nullable && field.schema.kind !== "list";
  if (nullable) return former ? values : (fallback ?? values);
  if (fallback) return values.map((sql, index) => `coalesce(${sql}, ${fallback[index] ?? "NULL"})`);
  const empty = await count(draft.db, `SELECT count(*) AS "n" FROM ${quote(from.name)} WHERE ${values[0]} IS NULL`);
  if (empty > 0) {
    draft.obstacles.push(
      `${to.name}.${field.name} must have a value, but ${empty} records have none: give it a default, or make it nullable`,
    );
  }
  return values;
}

async function alterJoins(draft: Draft, from: Collection, to: Collection): Promise<void> {
  for (const field of to.fields) {
    if (field.schema.kind !== "many") continue;
    const former = formerField(from, to, field);
    const kept =
      former?.schema.kind === "many" && former.schema.target === field.schema.target ? former.schema.table : null;
    if (kept === field.schema.table && former?.link?.onDelete === field.link?.onDelete) continue;
    const fresh = quote(`${field.schema.table}:new`);
    const [create = "", index = ""] = joinSql(to.name, field);
    const source = kept
      ? `SELECT "source", "target", "position" FROM ${quote(kept)}`
      : former?.schema.kind === "one" && former.schema.target === field.schema.target
        ? `SELECT "id", ${quote(former.name)}, 0 FROM ${quote(from.name)} WHERE ${quote(former.name)} IS NOT NULL`
        : null;
    // the copy of a former to-one column must come before the table that holds it is rebuilt
    const sql = [
      create.replace(`CREATE TABLE ${quote(field.schema.table)}`, `CREATE TABLE ${fresh}`),
      ...(source ? [`INSERT INTO ${fresh} ("source", "target", "position") ${source}`] : []),
      ...(kept ? [`DROP TABLE ${quote(kept)}`] : []),
      `ALTER TABLE ${fresh} RENAME TO ${quote(field.schema.table)}`,
      index,
    ];
    const place =
      former?.schema.kind === "one" ? draft.steps.findIndex((one) => one.collection === to.name) : draft.steps.length;
    draft.steps.splice(place < 0 ? draft.steps.length : place, 0, {
      collection: to.name,
      words: `${kept ? "rebuild" : "add"} relation ${to.name}.${field.name}`,
      sql,
    });
  }
  for (const field of from.fields) {
    if (field.schema.kind !== "many") continue;
    const table = field.schema.table;
    const successor = to.fields.find((one) => formerField(from, to, one) === field);
    if (
      successor?.schema.kind === "many" &&
      (successor.schema.table === table || successor.schema.target === field.schema.target)
    )
      continue;
    const links = await count(draft.db, `SELECT count(*) AS "n" FROM ${quote(table)}`);
    if (links > 0) draft.losses.push(`relation ${from.name}.${field.name} with ${links} links`);
    step(draft, to, `drop relation ${from.name}.${field.name}`, [`DROP TABLE ${quote(table)}`]);
  }
}

async function alterIndexes(draft: Draft, from: Collection, to: Collection, rebuilt: boolean): Promise<void> {
  const before = new Map(indexesOf(from).map((index) => [index.name, index]));
  const after = new Map(indexesOf(to).map((index) => [index.name, index]));
  for (const [name, index] of before) {
    if (!rebuilt && !sameObject(index, after.get(name) ?? null)) step(draft, to, `drop ${index.words}`, index.drop);
  }
  for (const [name, index] of after) {
    const known = sameObject(before.get(name) ?? null, index);
    if (known && !rebuilt) continue;
    step(draft, to, `${known ? "restore" : "create"} ${index.words}`, index.create);
    if (index.unique && !known) await reportDuplicates(draft, from, to, index);
  }
}

async function reportDuplicates(draft: Draft, from: Collection, to: Collection, index: SchemaObject): Promise<void> {
  const old = index.columns.map((column) => {
    const field = to.fields.find((one) => one.columns.some((spec) => spec.name === column));
    const former = field ? formerField(from, to, field) : undefined;
    return former?.columns[0]?.name ?? (field ? null : column);
  });
  if (!old.every((column) => column !== null)) return;
  const columns = old.map((column) => quote(column ?? ""));
  const duplicates = await count(
    draft.db,
    `SELECT count(*) AS "n" FROM (SELECT 1 FROM ${quote(from.name)} WHERE ${columns.map((column) => `${column} IS NOT NULL`).join(" AND ")} GROUP BY ${columns.join(", ")} HAVING count(*) > 1)`,
  );
  if (duplicates > 0)
    draft.obstacles.push(
      `${to.name} (${index.columns.join(", ")}) cannot become unique: ${duplicates} values occur more than once`,
    );
}

async function reportDropped(draft: Draft, from: Collection, to: Collection): Promise<void> {
  for (const field of from.fields) {
    const goesOn = to.fields.some((one) => formerField(from, to, one) === field);
    if (!goesOn && field.columns.length > 0) await reportLoss(draft, from, field, `${from.name}.${field.name}`);
  }
}

async function reportLoss(draft: Draft, from: Collection, field: Field, what: string): Promise<void> {
  const column = field.columns[0];
  if (!column) return;
  const empty = field.schema.kind === "list" ? ` AND ${quote(column.name)} <> '[]'` : "";
  const rows = await count(
    draft.db,
    `SELECT count(*) AS "n" FROM ${quote(from.name)} WHERE ${quote(column.name)} IS NOT NULL${empty}`,
  );
  if (rows > 0) draft.losses.push(`field ${what} with values in ${rows} records`);
}

async function reportUnfit(draft: Draft, from: Collection, field: Field, condition: string | null): Promise<void> {
  if (condition === null) return;
  const rows = await count(draft.db, `SELECT count(*) AS "n" FROM ${quote(from.name)} WHERE ${condition}`);
  if (rows > 0) draft.losses.push(`${rows} values of ${from.name}.${field.name} that are no ${field.definition.type}`);
}

function describeRebuild(from: Collection, to: Collection): string {
  const parts: string[] = [];
  if (from.name !== to.name) parts.push(`rename collection ${from.name} to ${to.name}`);
  for (const field of to.fields) {
    const former = formerField(from, to, field);
    if (!former) parts.push(`add field ${to.name}.${field.name}`);
    else if (former.name !== field.name) parts.push(`rename field ${from.name}.${former.name} to ${field.name}`);
    else if (JSON.stringify(former.columns) !== JSON.stringify(field.columns))
      parts.push(`change field ${to.name}.${field.name}`);
  }
  for (const field of from.fields) {
    if (!to.fields.some((one) => formerField(from, to, one) === field))
      parts.push(`drop field ${from.name}.${field.name}`);
  }
  return `${parts.join(", ") || `reorder ${to.name}`} (by copying the table)`;
}

function onlyAdds(from: Collection, to: Collection): boolean {
  return (
    from.name === to.name &&
    from.columns.every((column) => to.columns.some((other) => JSON.stringify(other) === JSON.stringify(column)))
  );
}

function sameColumns(from: Collection, to: Collection): boolean {
  return from.columns.length === to.columns.length && onlyAdds(from, to);
}

function tablesDiffer(change: CollectionChange): boolean {
  if (change.kind !== "alter") return true;
  return (
    change.from.name !== change.to.name || change.from.kind !== change.to.kind || !sameColumns(change.from, change.to)
  );
}

function sameObject(left: SchemaObject | null, right: SchemaObject | null): boolean {
  return left === right || (left !== null && right !== null && left.create.join() === right.create.join());
}

async function count(db: Database, sql: string): Promise<number> {
  const { rows } = await db.read({ sql, params: [] });
  return Number(rows[0]?.n ?? 0);
}
