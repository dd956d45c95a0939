import { type Statement, sqliteDialect } from "../../database/index.ts";
import type { Caller } from "../access.ts";
import type { Engine } from "../engine.ts";
import { FILE_TABLE } from "../fields/index.ts";
import { FILE, fileCondition } from "./access.ts";
import { type StoredFile, storedFile } from "./table.ts";

/** A file, if it is there and the caller may do this with it. */
export async function readFile(
  engine: Engine,
  caller: Caller,
  id: string,
  right: "view" | "delete",
): Promise<StoredFile | null> {
  const { rows } = await engine.db.read(fileStatement(engine, caller, id, right));
  return rows[0] ? storedFile(rows[0]) : null;
}

/** Finds the row of a file that the caller may do this with. */
export function fileStatement(engine: Engine, caller: Caller, id: string, right: "view" | "delete"): Statement {
  const { sql, params } = fileCondition(engine.catalog(), caller, right);
  const table = sqliteDialect.quote(FILE_TABLE);
  return { sql: `SELECT * FROM ${table} AS ${FILE} WHERE ${FILE}."id" = ? AND ${sql}`, params: [id, ...params] };
}

/** Finds the rows of those files that the caller may read. */
export function filesStatement(engine: Engine, caller: Caller, ids: readonly string[]): Statement {
  const { sql, params } = fileCondition(engine.catalog(), caller, "view");
  const table = sqliteDialect.quote(FILE_TABLE);
  return {
    sql: `SELECT ${FILE}.* FROM json_each(?) AS j JOIN ${table} AS ${FILE} ON ${FILE}."id" = j."value" WHERE ${sql}`,
    params: [JSON.stringify(ids), ...params],
  };
}
