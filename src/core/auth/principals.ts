import { createLru } from "../../tools/index.ts";
import type { Catalog, Collections } from "../collections/index.ts";
import { type Database, sqliteDialect } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { type Principal, systemPrincipal } from "../principal.ts";

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
    const { rows } = await db.read({
      sql: `SELECT ${collection.stored.select} FROM ${sqliteDialect.quote(collection.name)} AS r WHERE r."id" = ?`,
      params: [id],
    });
    const [row] = rows;
    if (!row) return null;
    const version = Number(row.version);
    const kept = known.get(session);
    if (kept?.version === version && kept.made === collection) return kept.user;
    const record: Record<string, unknown> = { ...collection.stored.decode(row) };
    // what nobody may see, no rule may tell of
    for (const field of collection.fields) if (field.definition.hidden) delete record[field.name];
    const user: User = {
      kind: "user",
      id,
      role: String(record.role),
      collection: collection.name,
      session,
      record,
    };
    known.set(session, { made: collection, version, user });
    return user;
  };
}

/** An account as a principal without a session, for explaining rules; null if there is none. */
export async function principalOfAccount(collections: Collections, name: string, id: string): Promise<User | null> {
  if (collections.schema.catalog().get(name)?.kind !== "auth") return null;
  const accounts = collections.as(systemPrincipal("explain")).records(name);
  const record = await accounts.get(id).catch((error: unknown) => {
    if (error instanceof BakendError && error.code === "not_found") return null;
    throw error;
  });
  return record && { kind: "user", id, role: String(record.role), collection: name, session: "", record };
}
