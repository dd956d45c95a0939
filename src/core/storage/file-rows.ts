import { FILE_TABLE, type StoredFile, storedFile } from "../collections/index.ts";
import { type Database, type SqlValue, sqliteDialect } from "../database/index.ts";

/** Which files are listed. */
export interface FileQuery {
  /** Only those of this account. */
  readonly owner?: string;
  readonly limit: number;
  /** The id of the last one of the page before. */
  readonly after?: string;
}

/** How much there is. */
export interface FileUsage {
  readonly files: number;
  readonly bytes: number;
}

/** The rows of files, as a whole: who may see them is decided elsewhere. */
export interface FileRows {
  /** The newest first. */
  list(query: FileQuery): Promise<readonly StoredFile[]>;
  usage(owner?: string): Promise<FileUsage>;
  /** Those of some ids that are no file's. */
  unknown(ids: readonly string[]): Promise<readonly string[]>;
}

const TABLE = sqliteDialect.quote(FILE_TABLE);

/** Reads the rows of a database. */
export function createFileRows(db: Database): FileRows {
  return {
    async list({ owner, limit, after }) {
      const conditions: (readonly [sql: string, value: SqlValue])[] = [];
      if (owner !== undefined) conditions.push([`"ownerId" = ?`, owner]);
      if (after !== undefined) conditions.push([`"id" < ?`, after]);
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(([sql]) => sql).join(" AND ")} `;
      const { rows } = await db.read({
        sql: `SELECT * FROM ${TABLE} ${where}ORDER BY "id" DESC LIMIT ?`,
        params: [...conditions.map(([, value]) => value), limit],
      });
      return rows.map(storedFile);
    },
    async usage(owner) {
      const { rows } = await db.readSlow({
        sql: `SELECT count(*) AS "files", coalesce(sum("size"), 0) AS "bytes" FROM ${TABLE}${owner === undefined ? "" : ` WHERE "ownerId" = ?`}`,
        params: owner === undefined ? [] : [owner],
      });
      return { files: Number(rows[0]?.files ?? 0), bytes: Number(rows[0]?.bytes ?? 0) };
    },
    async unknown(ids) {
      const { rows } = await db.readSlow({
        sql: `SELECT "value" FROM json_each(?) WHERE "value" NOT IN (SELECT "id" FROM ${TABLE})`,
        params: [JSON.stringify(ids)],
      });
      return rows.map(({ value }) => String(value));
    },
  };
}
