import { type Database, sqliteDialect } from "../database/index.ts";
import { callerPaths } from "./caller-paths.ts";
import type { Catalog } from "./catalog.ts";
import { type Collection, ROW } from "./collection.ts";

/** What is known of an account to those who act for it. */
export interface Account {
  /** The same text exactly while nothing of it changes. */
  readonly key: string;
  readonly role: string;
  /** Its fields without the hidden ones: what nobody may see, no rule may tell of. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What rules reach through its relations, by path; absent where no rule does. */
  readonly related?: Readonly<Record<string, unknown>>;
}

/** Reads an account as it is now; null if there is none. */
export async function readAccount(
  db: Pick<Database, "read">,
  catalog: Catalog,
  collection: Collection,
  id: string,
): Promise<Account | null> {
  const beyond = callerPaths(catalog, collection);
  const { rows } = await db.read({
    sql: `SELECT ${collection.stored.select}${beyond.select} FROM ${sqliteDialect.quote(collection.name)} AS ${ROW} WHERE ${ROW}."id" = ${sqliteDialect.placeholder}`,
    params: [...beyond.params, id],
  });
  const [row] = rows;
  if (!row) return null;
  const record: Record<string, unknown> = { ...collection.stored.decode(row) };
  for (const column of beyond.columns) delete record[column];
  for (const field of collection.fields) if (field.definition.hidden) delete record[field.name];
  const related = beyond.select === "" ? {} : { related: beyond.decode(row) };
  return { key: beyond.keyOf(row), role: String(record.role), record, ...related };
}
