import { type Database, type Statement, sqliteDialect } from "../database/index.ts";
import type { AccountRow } from "./lookup.ts";

/** Somebody as a provider knows them. */
export interface Identity {
  /** Who says so: an issuer's address. */
  readonly issuer: string;
  /** What the issuer calls them; it never changes, and is nobody else's. */
  readonly subject: string;
}

/** An account that identities lead to. */
export interface IdentityOwner {
  readonly collection: string;
  readonly user: string;
}

/** Which accounts the people of providers have. */
export interface Identities {
  /** The account's id; null if there is none in this collection. */
  find(identity: Identity, collection: string): Promise<string | null>;
  /** Leads an identity to an account that is made in the same batch. Refuses the batch if it leads to one already. */
  add(identity: Identity, owner: IdentityOwner): Statement;
  /** Leads an identity to an account. Refuses the batch if it leads to one already, or if the account is no longer as it was read. */
  addTo(identity: Identity, account: AccountRow): Statement;
}

/** Makes the identities of a database. */
export function createIdentities(db: Database, timestamp: () => string): Identities {
  const insert = (
    { issuer, subject }: Identity,
    collection: string,
    user: string,
    params: readonly (string | number)[],
  ): Statement => ({
    sql: `INSERT INTO "_identities" ("issuer", "subject", "collection", "createdAt", "user") SELECT ?, ?, ?, ?, a.* FROM (${user}) AS a WHERE true ON CONFLICT DO NOTHING`,
    params: [issuer, subject, collection, timestamp(), ...params],
    expect: 1,
  });
  return {
    async find({ issuer, subject }, collection) {
      const { rows } = await db.read({
        sql: `SELECT "user" FROM "_identities" WHERE "issuer" = ? AND "subject" = ? AND "collection" = ?`,
        params: [issuer, subject, collection],
      });
      return rows[0] ? String(rows[0].user) : null;
    },
    add: (identity, { collection, user }) => insert(identity, collection, "SELECT ?", [user]),
    addTo: (identity, { collection, user, email, verified }) =>
      insert(
        identity,
        collection,
        `SELECT "id" FROM ${sqliteDialect.quote(collection)} WHERE "id" = ? AND "email" = ? AND "verified" = ?`,
        [user, email, verified ? 1 : 0],
      ),
  };
}

/** What forgets the identities of the accounts whose ids `users` gives, to be committed together with what makes them void. */
export function endIdentitiesOf(collection: string, users: Statement): Statement {
  return {
    sql: `DELETE FROM "_identities" WHERE "collection" = ? AND "user" IN (${users.sql})`,
    params: [collection, ...users.params],
  };
}

/** Makes the table where it is missing. */
export const IDENTITY_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_identities" ("issuer" TEXT NOT NULL, "subject" TEXT NOT NULL, "collection" TEXT NOT NULL, "user" TEXT NOT NULL, "createdAt" TEXT NOT NULL, PRIMARY KEY ("issuer", "subject", "collection")) STRICT, WITHOUT ROWID`,
    params: [],
  },
  { sql: `CREATE INDEX IF NOT EXISTS "_identities:user" ON "_identities" ("user")`, params: [] },
];
