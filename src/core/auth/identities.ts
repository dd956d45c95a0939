import { type Database, type Statement, sqliteDialect } from "../database/index.ts";
import type { AccountRow } from "./lookup.ts";
import { endOf } from "./of-accounts.ts";
import { type News, tryNews } from "./telling.ts";
import { isNotLastWayIn } from "./ways-in.ts";

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

/** An identity as its owner sees it. */
export interface IdentityInfo {
  readonly id: string;
  /** The provider's name at the time. */
  readonly provider: string;
  readonly createdAt: string;
}

/** Which accounts the people of providers have. */
export interface Identities {
  /** The account's id; null if there is none in this collection. */
  find(identity: Identity, collection: string): Promise<string | null>;
  /** Leads an identity to an account that is made in the same batch. Refuses the batch if it leads to one already. */
  add(identity: Identity, owner: IdentityOwner, provider: string): Statement;
  /** Leads an identity to an account. Refuses the batch if it leads to one already, or if the account is no longer as it was read. */
  addTo(identity: Identity, account: AccountRow, provider: string): Statement;
  list(owner: IdentityOwner): Promise<readonly IdentityInfo[]>;
  /** False if the owner has none of this id, or no other way to sign in: a password, a passkey, another identity. */
  remove(owner: IdentityOwner, id: string, news: News): Promise<boolean>;
}

/** Makes the identities of a database. */
export function createIdentities(db: Database, newId: () => string, timestamp: () => string): Identities {
  const insert = (
    { issuer, subject }: Identity,
    collection: string,
    provider: string,
    user: string,
    params: readonly (string | number)[],
  ): Statement => ({
    sql: `INSERT INTO "_identities" ("issuer", "subject", "collection", "id", "provider", "createdAt", "user") SELECT ?, ?, ?, ?, ?, ?, a.* FROM (${user}) AS a WHERE true ON CONFLICT DO NOTHING`,
    params: [issuer, subject, collection, newId(), provider, timestamp(), ...params],
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
    add: (identity, { collection, user }, provider) => insert(identity, collection, provider, "SELECT ?", [user]),
    addTo: (identity, { collection, user, email, verified }, provider) =>
      insert(
        identity,
        collection,
        provider,
        `SELECT "id" FROM ${sqliteDialect.quote(collection)} WHERE "id" = ? AND "email" = ? AND "verified" = ?`,
        [user, email, verified ? 1 : 0],
      ),
    async list({ collection, user }) {
      const { rows } = await db.read({
        sql: `SELECT "id", "provider", "createdAt" FROM "_identities" WHERE "collection" = ? AND "user" = ? ORDER BY "id" DESC`,
        params: [collection, user],
      });
      return rows.map(({ id, provider, createdAt }) => ({
        ...{ id: String(id), provider: String(provider), createdAt: String(createdAt) },
      }));
    },
    async remove({ collection, user }, id, news) {
      const spare = isNotLastWayIn({ collection, user, id });
      const sql = `DELETE FROM "_identities" WHERE "id" = ? AND "collection" = ? AND "user" = ? AND ${spare.sql}`;
      return tryNews(db, [{ sql, params: [id, collection, user, ...spare.params], expect: 1 }], news);
    },
  };
}

/** What forgets the identities of the accounts whose ids `users` gives, to be committed together with what makes them void. */
export const endIdentitiesOf = endOf("_identities");

/** Makes the table where it is missing. */
export const IDENTITY_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_identities" ("issuer" TEXT NOT NULL, "subject" TEXT NOT NULL, "collection" TEXT NOT NULL, "user" TEXT NOT NULL, "id" TEXT NOT NULL, "provider" TEXT NOT NULL, "createdAt" TEXT NOT NULL, PRIMARY KEY ("issuer", "subject", "collection")) STRICT, WITHOUT ROWID`,
    params: [],
  },
  { sql: `CREATE INDEX IF NOT EXISTS "_identities:user" ON "_identities" ("user")`, params: [] },
];
