import type { Database, Statement } from "../../database/index.ts";
import { EVENT_TABLES, NEWEST_PLACE } from "../../events/index.ts";
import type { CollectionDefinition } from "../definition.ts";
import type { MigrationPlan } from "./plan.ts";

/** A collection as the database remembers it. */
export interface StoredDefinition {
  readonly name: string;
  /** The definition in force; null for one that is declared, and was dropped in the database. */
  readonly definition: CollectionDefinition | null;
  /** What files or code said when it was last applied from them; null for collections made through the API. */
  readonly declared: CollectionDefinition | null;
}

/** One migration that was applied. */
export interface MigrationRecord {
  readonly id: number;
  readonly appliedAt: string;
  readonly steps: readonly { readonly words: string; readonly sql: readonly string[] }[];
}

/** Makes the engine's own tables where they are missing. Returns true if this database has never been used before. */
export async function createStore(db: Database): Promise<boolean> {
  const { rows } = await db.read({
    sql: `SELECT "name" FROM sqlite_schema WHERE "name" IN ('_collections', '_doomed', '_shapes')`,
    params: [],
  });
  if (rows.length === 3) return false;
  await db.alter([
    ...EVENT_TABLES,
    {
      sql: `CREATE TABLE IF NOT EXISTS "_collections" ("name" TEXT NOT NULL PRIMARY KEY, "definition" TEXT NOT NULL, "declared" TEXT, "updatedAt" TEXT NOT NULL) STRICT, WITHOUT ROWID`,
      params: [],
    },
    {
      sql: `CREATE TABLE IF NOT EXISTS "_migrations" ("id" INTEGER PRIMARY KEY, "appliedAt" TEXT NOT NULL, "steps" TEXT NOT NULL) STRICT`,
      params: [],
    },
    {
      sql: `CREATE TABLE IF NOT EXISTS "_doomed" ("collection" TEXT NOT NULL, "id" TEXT NOT NULL, PRIMARY KEY ("collection", "id")) STRICT, WITHOUT ROWID`,
      params: [],
    },
    {
      sql: `CREATE TABLE IF NOT EXISTS "_shapes" ("collection" TEXT NOT NULL PRIMARY KEY, "since" INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
      params: [],
    },
    // of what an older version has changed, nothing is known
    { sql: `INSERT OR IGNORE INTO "_shapes" SELECT "name", ${NEWEST_PLACE} FROM "_collections"`, params: [] },
  ]);
  return rows.every(({ name }) => name !== "_collections");
}

/** The definitions that the database remembers. */
export async function readDefinitions(db: Database): Promise<readonly StoredDefinition[]> {
  const { rows } = await db.read({
    sql: `SELECT "name", "definition", "declared" FROM "_collections" ORDER BY "name"`,
    params: [],
  });
  return rows.map((row) => ({
    name: String(row.name),
    definition: JSON.parse(String(row.definition)),
    declared: row.declared === null ? null : JSON.parse(String(row.declared)),
  }));
}

/**
 * Up to which place of the log events tell of records under other definitions than the present one, by collection: they may
 * hold what it hides, or tell of another collection that was called so.
 */
export async function readShapes(db: Database): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.read({ sql: `SELECT "collection", "since" FROM "_shapes"`, params: [] });
  return new Map(rows.map(({ collection, since }) => [String(collection), Number(since)]));
}

/** Whether events that were told under one definition could be told under the other: the same is seen, by the same rules. */
export function isAlike(one: StoredDefinition | undefined, other: StoredDefinition): boolean {
  return one !== undefined && seenIn(one) === seenIn(other);
}

function seenIn({ definition }: StoredDefinition): string {
  if (definition === null) return "";
  const { indexes: _indexes, description: _description, permissions = {}, ...rest } = definition;
  const { read, list, view } = permissions;
  return JSON.stringify([rest, read, list, view]);
}

/** The migrations applied so far, the newest first. */
export async function readHistory(db: Database): Promise<readonly MigrationRecord[]> {
  const { rows } = await db.read({
    sql: `SELECT "id", "appliedAt", "steps" FROM "_migrations" ORDER BY "id" DESC`,
    params: [],
  });
  return rows.map((row) => ({
    id: Number(row.id),
    appliedAt: String(row.appliedAt),
    steps: JSON.parse(String(row.steps)),
  }));
}

/** Refuses the batch that it begins if the database no longer remembers exactly these definitions. */
function unchangedStatement(definitions: readonly StoredDefinition[]): Statement {
  const lines = definitions.map(({ name, definition }) => `${name}\n${JSON.stringify(definition)}`);
  const sorted = [...lines].sort((a, b) => (a < b ? -1 : 1));
  return {
    sql: `SELECT 1 WHERE (SELECT group_concat("name" || char(10) || "definition", char(10) ORDER BY "name") FROM "_collections") IS ?`,
    params: [sorted.length === 0 ? null : sorted.join("\n")],
    expect: 1,
  };
}

/** The statements of a migration away from `before`: its steps, the new definitions, and its line in the history. */
export function migrationStatements(
  plan: MigrationPlan,
  before: readonly StoredDefinition[],
  definitions: readonly StoredDefinition[],
  now: string,
): readonly Statement[] {
  const steps = plan.steps.map(({ words, sql }) => ({ words, sql }));
  const others = definitions.filter(
    (one) =>
      !isAlike(
        before.find(({ name }) => name === one.name),
        one,
      ),
  );
  return [
    unchangedStatement(before),
    ...plan.steps.flatMap((one) => one.sql.map((sql): Statement => ({ sql, params: [] }))),
    { sql: `DELETE FROM "_collections"`, params: [] },
    ...definitions.map(
      ({ name, definition, declared }): Statement => ({
        sql: `INSERT INTO "_collections" ("name", "definition", "declared", "updatedAt") VALUES (?, ?, ?, ?)`,
        params: [name, JSON.stringify(definition), declared && JSON.stringify(declared), now],
      }),
    ),
    ...others.map(
      ({ name }): Statement => ({
        sql: `INSERT OR REPLACE INTO "_shapes" ("collection", "since") VALUES (?, ${NEWEST_PLACE})`,
        params: [name],
      }),
    ),
    ...(steps.length === 0
      ? []
      : [
          {
            sql: `INSERT INTO "_migrations" ("appliedAt", "steps") VALUES (?, ?)`,
            params: [now, JSON.stringify(steps)],
          },
        ]),
  ];
}
