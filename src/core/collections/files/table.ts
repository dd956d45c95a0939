import type { Statement } from "../../database/index.ts";
import { sqliteDialect } from "../../database/index.ts";
import { createCollection } from "../collection.ts";
import { FILE_TABLE } from "../fields/index.ts";
import type { RecordData } from "../record.ts";

/** Whether everybody may read a file, or only who has a right to. */
export type Visibility = "public" | "protected";

/** What is known of a file beside its bytes, as clients see it. */
export interface StoredFile {
  readonly id: string;
  readonly filename: string;
  readonly mimeType: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, in hexadecimal digits. */
  readonly checksum: string;
  readonly visibility: Visibility;
  /** The account that it belongs to; null for one that nobody owns, or whose owner is gone. */
  readonly ownerId: string | null;
  readonly createdAt: string;
  /** The path that it is served at. */
  readonly url: string;
}

/**
 * The table of files, compiled as if it were a collection, so that what leads to its rows is deleted, told and expanded as
 * relations are. It is in no catalog: none of the doors to records leads here.
 */
export const FILES = createCollection({
  name: FILE_TABLE,
  fields: [
    { name: "filename", type: "text", required: true },
    { name: "mimeType", type: "text", required: true },
    { name: "size", type: "integer", required: true },
    { name: "checksum", type: "text", required: true },
    { name: "visibility", type: "select", options: ["public", "protected"], required: true },
    { name: "ownerCollection", type: "text" },
    { name: "ownerId", type: "text" },
  ],
});

const { quote } = sqliteDialect;

/** Makes the table where it is missing. */
export const FILE_TABLES: readonly Statement[] = [
  `CREATE TABLE IF NOT EXISTS ${quote(FILE_TABLE)} (${FILES.columns.map(columnSql).join(", ")}) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS ${quote(`${FILE_TABLE}:owner`)} ON ${quote(FILE_TABLE)} ("ownerId")`,
].map((sql) => ({ sql, params: [] }));

function columnSql({ name, type, nullable }: (typeof FILES.columns)[number]): string {
  return `${quote(name)} ${type}${nullable ? "" : " NOT NULL"}${name === "id" ? " PRIMARY KEY" : ""}`;
}

/** Whose a file is. */
export interface FileOwner {
  readonly collection: string;
  readonly id: string;
}

/** Adds the row of a file. */
export function insertFile(file: StoredFile, owner: FileOwner | null): Statement {
  const { id, filename, mimeType, size, checksum, visibility, createdAt } = file;
  const values = [id, filename, mimeType, size, checksum, visibility, owner?.collection ?? null, owner?.id ?? null];
  return {
    sql: `INSERT INTO ${quote(FILE_TABLE)} (${FILES.columns.map((column) => quote(column.name)).join(", ")}) VALUES (${FILES.columns.map(() => "?").join(", ")})`,
    params: [...values, createdAt, createdAt, 1],
  };
}

/** What clients see of a row. */
export function storedFile(row: RecordData): StoredFile {
  return {
    id: String(row.id),
    filename: String(row.filename),
    mimeType: String(row.mimeType),
    size: Number(row.size),
    checksum: String(row.checksum),
    visibility: row.visibility === "public" ? "public" : "protected",
    ownerId: typeof row.ownerId === "string" ? row.ownerId : null,
    createdAt: String(row.createdAt),
    url: fileUrl(String(row.id)),
  };
}

/** The path that a file is served at. */
export function fileUrl(id: string): string {
  return `/api/storage/${id}`;
}

/** What leaves the files of accounts that are deleted to nobody: `users` gives the accounts' ids. */
export function disownFiles(collection: string, users: Statement): Statement {
  return {
    sql: `UPDATE ${quote(FILE_TABLE)} SET "ownerId" = NULL, "ownerCollection" = NULL WHERE "ownerCollection" = ? AND "ownerId" IN (${users.sql})`,
    params: [collection, ...users.params],
  };
}
