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
  const { application, format, tables } = await readMarks(connection);
  if (application === APPLICATION_ID && format <= FORMAT) return;
  if (application === APPLICATION_ID) {
    throw refusal(
      `${description} has format ${format}, made by a newer Bakend; this one knows formats up to ${FORMAT}. ` +
        "Run the newer Bakend, or restore a backup made before the upgrade.",
    );
  }
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

/** In one statement: another process may be stamping the same new file at this moment. */
async function readMarks(
  connection: Connection,
): Promise<{ readonly application: number; readonly format: number; readonly tables: number }> {
  const { rows } = await connection.run({
    sql:
      "SELECT (SELECT application_id FROM pragma_application_id) AS application, " +
      "(SELECT user_version FROM pragma_user_version) AS format, (SELECT count(*) FROM sqlite_schema) AS tables",
    params: [],
  });
  const read = (name: string): number => Number(rows[0]?.[name] ?? 0);
  return { application: read("application"), format: read("format"), tables: read("tables") };
}

function refusal(message: string): DatabaseError {
  return new DatabaseError({ kind: "other", message, statement: -1 });
}
