import type { Database } from "./database.ts";

/** Adds a column to a table that an older version has made without it. */
export async function addColumn(db: Database, table: string, column: string, definition: string): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const { rows } = await db.read({
      sql: `SELECT 1 FROM pragma_table_info(?) WHERE "name" = ?`,
      params: [table, column],
    });
    return rows.length > 0;
  };
  if (await isThere()) return;
  const statement = { sql: `ALTER TABLE "${table}" ADD COLUMN "${column}" ${definition}`, params: [] };
  await db.alter([statement]).catch(async (error: unknown) => {
    // another process may have been quicker
    if (!(await isThere())) throw error;
  });
}
