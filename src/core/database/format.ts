import { type Connection, DatabaseError, type Statement } from "./connection.ts";

/** SQLite's `application_id` of a Bakend database: the letters "BAKE". */
export const APPLICATION_ID = 0x42414b45;

/** The number of the format this code writes, kept in `user_version`. It grows when older code could not read it. */
export const FORMAT = 1;

/**
 * Makes sure that the database is ours and of a format this code knows. An empty database is stamped; any other that
 * does not carry our mark is left alone and refused, and so is a newer format. Throws `DatabaseError`, kind `other`.
 */
export async function ensureFormat(connection: Connection, description: string): Promise<void> {
  const application = await read(connection, "PRAGMA application_id");
  const format = await read(connection, "PRAGMA user_version");
  if (application === APPLICATION_ID && format <= FORMAT) return;
  if (application === APPLICATION_ID) {
    throw refusal(
      `${description} has format ${format}, made by a newer Bakend; this one knows formats up to ${FORMAT}. ` +
        "Run the newer Bakend, or restore a backup made before the upgrade.",
    );
  }
  const tables = await read(connection, "SELECT count(*) FROM sqlite_schema");
  if (application !== 0 || format !== 0 || tables !== 0) {
    throw refusal(`${description} is not a Bakend database: another program made it. Choose another path.`);
  }
  await connection.batch([
    pragma(`PRAGMA application_id = ${APPLICATION_ID}`),
    pragma(`PRAGMA user_version = ${FORMAT}`),
  ]);
}

function pragma(sql: string): Statement {
  return { sql, params: [] };
}

async function read(connection: Connection, sql: string): Promise<number> {
  const { rows } = await connection.run(pragma(sql));
  return Number(Object.values(rows[0] ?? {})[0] ?? 0);
}

function refusal(message: string): DatabaseError {
  return new DatabaseError({ kind: "other", message, statement: -1 });
}
