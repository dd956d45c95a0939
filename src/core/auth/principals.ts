import { createLru } from "../../tools/index.ts";
import { type Catalog, callerPaths } from "../collections/index.ts";
import { type Database, sqliteDialect } from "../database/index.ts";
import type { ApiKey, Principal } from "../principal.ts";

/** Somebody who is signed in. */
export type User = Extract<Principal, { kind: "user" }>;

/** The account behind a session as it is now; null if the session or the account has ended. */
export type FindUser = (user: string, session: string) => Promise<User | null>;

/** The account that an API key belongs to, as it is now; null if it has ended. */
export type FindAccount = (collection: string, user: string, key: ApiKey) => Promise<User | null>;

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
export function createPrincipals({ db, catalog, timestamp }: PrincipalsDeps): {
  readonly findUser: FindUser;
  readonly findAccount: FindAccount;
} {
  const known = createLru<string, { readonly made: object; readonly key: string; readonly user: User }>(REMEMBERED);

  /** `through` is the session, or the key, that the request came with. */
  const account = async (
    name: string,
    id: string,
    through: { session: string; key?: ApiKey },
  ): Promise<User | null> => {
    const current = catalog();
    const collection = current.get(name);
    if (collection?.kind !== "auth") return null;
    const beyond = callerPaths(current, collection);
    const { rows } = await db.read({
      sql: `SELECT ${collection.stored.select}${beyond.select} FROM ${sqliteDialect.quote(collection.name)} AS r WHERE r."id" = ?`,
      params: [...beyond.params, id],
    });
    const [row] = rows;
    if (!row) return null;
    const slot = through.key?.id ?? through.session;
    const key = beyond.keyOf(row);
    const kept = known.get(slot);
    if (kept?.key === key && kept.made === current) return kept.user;
    const record: Record<string, unknown> = { ...collection.stored.decode(row) };
    for (const column of beyond.columns) delete record[column];
    // what nobody may see, no rule may tell of
    for (const field of collection.fields) if (field.definition.hidden) delete record[field.name];
    const user: User = {
      kind: "user",
      id,
      role: String(record.role),
      collection: collection.name,
      ...through,
      record,
      ...(beyond.select === "" ? {} : { related: beyond.decode(row) }),
    };
    known.set(slot, { made: current, key, user });
    return user;
  };

  return {
    async findUser(id, session) {
      const { rows } = await db.read({
        sql: `SELECT "collection" FROM "_sessions" WHERE "id" = ? AND "user" = ? AND "expiresAt" > ?`,
        params: [session, id, timestamp()],
      });
      return rows[0] ? account(String(rows[0].collection), id, { session }) : null;
    },
    findAccount: (collection, id, key) => account(collection, id, { session: "", key }),
  };
}
