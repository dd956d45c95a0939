import type { Database, Statement } from "../../database/index.ts";
import type { Role } from "./roles.ts";

/** Makes the table of roles where it is missing. */
export const ROLE_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_roles" ("name" TEXT NOT NULL PRIMARY KEY, "definition" TEXT NOT NULL, "updatedAt" TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    params: [],
  },
];

/** The roles that the database remembers. */
export async function readRoles(db: Database): Promise<readonly Role[]> {
  const { rows } = await db.read({ sql: `SELECT "name", "definition" FROM "_roles" ORDER BY "name"`, params: [] });
  return rows.map((row) => ({ name: String(row.name), ...JSON.parse(String(row.definition)) }));
}

/** What remembers a role, new or changed. */
export function keepRole({ name, includes, permissions }: Role, now: string): Statement {
  return {
    sql: `INSERT INTO "_roles" ("name", "definition", "updatedAt") VALUES (?, ?, ?) ON CONFLICT ("name") DO UPDATE SET "definition" = excluded."definition", "updatedAt" = excluded."updatedAt"`,
    params: [name, JSON.stringify({ includes, permissions }), now],
  };
}

/** What forgets a role. */
export function dropRole(name: string): Statement {
  return { sql: `DELETE FROM "_roles" WHERE "name" = ?`, params: [name] };
}
