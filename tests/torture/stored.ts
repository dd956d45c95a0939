import { Database } from "bun:sqlite";
import type { Row } from "./ledger.ts";

/** What a database file holds, read past the server. */
export interface Stored {
  readonly rows: ReadonlyMap<string, Row>;
  /** What SQLite itself, and counting, finds wrong with the file. */
  readonly faults: readonly string[];
}

/** Reads every row and checks the file. A server may have it open. */
export function readStored(path: string, batchSize: number): Stored {
  const db = new Database(path);
  try {
    db.run("PRAGMA busy_timeout = 10000");
    return { rows: readRows(db), faults: [...checkFile(db), ...checkSides(db, batchSize)] };
  } finally {
    db.close();
  }
}

function readRows(db: Database): Map<string, Row> {
  const tags = `(SELECT json_group_array("target" ORDER BY "position") FROM "items:tags" WHERE "source" = r."id")`;
  const items = db.query(
    `SELECT 'items' AS collection, id, code, version, title, n, team, batch, ${tags} AS tags FROM items r`,
  );
  const teams = db.query(
    `SELECT 'teams' AS collection, id, code, version, title, n, NULL AS team, NULL AS batch, '[]' AS tags FROM teams`,
  );
  const found = [...items.all(), ...teams.all()] as (Omit<Row, "tags"> & { tags: string })[];
  return new Map(found.map((row) => [row.code, { ...row, tags: JSON.parse(row.tags) }]));
}

function checkFile(db: Database): string[] {
  const integrity = db.query("PRAGMA integrity_check").values().flat().map(String);
  const keys = db.query("PRAGMA foreign_key_check").values();
  return [
    ...integrity.filter((line) => line !== "ok").map((line) => `integrity_check: ${line}`),
    ...keys.slice(0, 5).map((row) => `foreign_key_check: ${row.join(" ")}`),
  ];
}

/** What belongs to rows and stands in other tables, and arrays of which a part is missing. */
function checkSides(db: Database, batchSize: number): string[] {
  const faults: string[] = [];
  const expectNone = (name: string, sql: string): void => {
    const rows = db.query(sql).values();
    if (rows.length > 0) faults.push(`${name}: ${rows.length}, first ${rows[0]?.join(" ")}`);
  };
  expectNone(
    "arrays written in part",
    `SELECT batch, count(*) FROM items WHERE batch IS NOT NULL GROUP BY batch HAVING count(*) <> ${batchSize}`,
  );
  expectNone("links without their item", `SELECT source FROM "items:tags" WHERE source NOT IN (SELECT id FROM items)`);
  for (const name of ["items", "teams"]) {
    expectNone(`${name} not indexed`, `SELECT id FROM ${name} EXCEPT SELECT id FROM "${name}:search_rows"`);
    expectNone(`indexed and not among ${name}`, `SELECT id FROM "${name}:search_rows" EXCEPT SELECT id FROM ${name}`);
    try {
      db.run(`INSERT INTO "${name}:search"("${name}:search") VALUES ('integrity-check')`);
    } catch (error) {
      faults.push(`full-text index of ${name}: ${error}`);
    }
  }
  expectNone("idempotency keys kept twice", "SELECT key FROM _idempotency GROUP BY key HAVING count(*) > 1");
  return faults;
}
