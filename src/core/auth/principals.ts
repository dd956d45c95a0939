import { createLru } from "../../tools/index.ts";
import type { Catalog, Collection } from "../collections/index.ts";
import { type Database, type Row, sqliteDialect } from "../database/index.ts";
import type { Principal } from "../principal.ts";

/** Somebody who is signed in. */
export type User = Extract<Principal, { kind: "user" }>;

/** The account behind a session as it is now; null if the session or the account has ended. */
export type FindUser = (user: string, session: string) => Promise<User | null>;

/** Principals that are kept while nothing about them changes. */
const REMEMBERED = 10_000;

/** What finding users needs. */
export interface PrincipalsDeps {
  readonly db: Database;
  catalog(): Catalog;
  timestamp(): string;
}

/**
 * Makes the way from a session to its account. Both are read every time, so that logout, demotion and deletion count
 * from the next request on, whichever process they happened in; only the principal made of them is kept.
 */
export function createPrincipals({ db, catalog, timestamp }: PrincipalsDeps): FindUser {
  const known = createLru<string, { readonly made: object; readonly version: number; readonly user: User }>(REMEMBERED);

  return async (id, session) => {
    const { rows: sessions } = await db.read({
      sql: `SELECT "collection" FROM "_sessions" WHERE "id" = ? AND "user" = ? AND "expiresAt" > ?`,
      params: [session, id, timestamp()],
    });
    const collection = catalog().get(String(sessions[0]?.collection));
    if (collection?.kind !== "auth") return null;
    const row = await readAccount(db, collection, id);
    if (!row) return null;
    const version = Number(row.version);
    const kept = known.get(session);
    if (kept?.version === version && kept.made === collection) return kept.user;
    const user = userOf(collection, row, session);
    known.set(session, { made: collection, version, user });
    return user;
  };
}

/** The account with this id as a principal without a session; null if there is none. For explaining rules only. */
export async function principalOfAccount(db: Database, collection: Collection, id: string): Promise<User | null> {
  const row = await readAccount(db, collection, id);
  return row ? userOf(collection, row, "") : null;
}

async function readAccount(db: Database, collection: Collection, id: string): Promise<Row | undefined> {
  const { rows } = await db.read({
    sql: `SELECT ${collection.stored.select} FROM ${sqliteDialect.quote(collection.name)} AS r WHERE r."id" = ?`,
    params: [id],
  });
  return rows[0];
}

function userOf(collection: Collection, row: Row, session: string): User {
  const record: Record<string, unknown> = { ...collection.stored.decode(row) };
  // what nobody may see, no rule may tell of
  for (const field of collection.fields) if (field.definition.hidden) delete record[field.name];
  return { kind: "user", id: String(row.id), role: String(record.role), collection: collection.name, session, record };
}
