import type { Database, Row, Statement } from "../../database/index.ts";
import { endOf } from "../of-accounts.ts";
import { type News, tryNews } from "../telling.ts";
import { isNotLastWayIn } from "../ways-in.ts";

/** An account that passkeys belong to. */
export interface PasskeyOwner {
  readonly collection: string;
  readonly user: string;
}

/** A passkey as its owner sees it. */
export interface PasskeyInfo {
  readonly id: string;
  readonly name: string;
  /** Whether it may be on other devices of its owner too. */
  readonly synced: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

/** A passkey as it is checked. */
export interface Passkey extends PasskeyInfo, PasskeyOwner {
  /** What the authenticator calls it, in base64url. */
  readonly credential: string;
  /** In COSE, in base64url. */
  readonly publicKey: string;
  /** How often it has signed, as the authenticator counts; 0 if it does not. */
  readonly counter: number;
  readonly transports: readonly string[];
}

/** The passkeys of a database. */
export interface PasskeyStore {
  list(owner: PasskeyOwner): Promise<readonly Passkey[]>;
  find(credential: string): Promise<Passkey | null>;
  /** False if the credential is known already, or the owner has the most that anybody may have. */
  add(passkey: Passkey, news: News): Promise<boolean>;
  /** Notes a use. False if another use was noted since the passkey was read. */
  used(passkey: Passkey, counter: number, at: string): Promise<boolean>;
  /** False if the owner has none of this id, or no other way to sign in. */
  remove(owner: PasskeyOwner, id: string, news: News): Promise<boolean>;
}

/** The most that anybody may have. */
export const MAX_PASSKEYS = 50;

const COLUMNS = `"credential", "id", "collection", "user", "publicKey", "counter", "transports", "name", "synced", "createdAt", "lastUsedAt"`;

/** Makes the passkeys of a database. */
export function createPasskeyStore(db: Database): PasskeyStore {
  const change = (statement: Statement, ...news: readonly News[]): Promise<boolean> =>
    tryNews(db, [{ ...statement, expect: 1 }], ...news);

  return {
    async list({ collection, user }) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_passkeys" WHERE "collection" = ? AND "user" = ? ORDER BY "id" DESC`,
        params: [collection, user],
      });
      return rows.map(toPasskey);
    },
    async find(credential) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_passkeys" WHERE "credential" = ?`,
        params: [credential],
      });
      return rows[0] ? toPasskey(rows[0]) : null;
    },
    add({ credential, id, collection, user, publicKey, counter, transports, name, synced, createdAt }, news) {
      const passkey = {
        sql: `INSERT INTO "_passkeys" (${COLUMNS}) SELECT ${"?, ".repeat(10)}NULL WHERE (SELECT count(*) FROM "_passkeys" WHERE "collection" = ? AND "user" = ?) < ${MAX_PASSKEYS} ON CONFLICT DO NOTHING`,
        params: [
          ...[credential, id, collection, user, publicKey, counter, JSON.stringify(transports)],
          ...[name, synced ? 1 : 0, createdAt, collection, user],
        ],
      };
      return change(passkey, news);
    },
    used({ credential, counter: before, lastUsedAt }, counter, at) {
      return change({
        sql: `UPDATE "_passkeys" SET "counter" = ?, "lastUsedAt" = ? WHERE "credential" = ? AND "counter" = ? AND "lastUsedAt" IS ?`,
        params: [counter, at, credential, before, lastUsedAt],
      });
    },
    remove({ collection, user }, id, news) {
      const spare = isNotLastWayIn({ collection, user, id });
      const sql = `DELETE FROM "_passkeys" WHERE "id" = ? AND "collection" = ? AND "user" = ? AND ${spare.sql}`;
      return change({ sql, params: [id, collection, user, ...spare.params] }, news);
    },
  };
}

/** What ends the passkeys of the accounts whose ids `users` gives, to be committed together with what makes them void. */
export const endPasskeysOf = endOf("_passkeys");

/** Makes the table where it is missing. */
export const PASSKEY_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_passkeys" ("credential" TEXT NOT NULL PRIMARY KEY, "id" TEXT NOT NULL, "collection" TEXT NOT NULL, "user" TEXT NOT NULL, "publicKey" TEXT NOT NULL, "counter" INTEGER NOT NULL, "transports" TEXT NOT NULL, "name" TEXT NOT NULL, "synced" INTEGER NOT NULL, "createdAt" TEXT NOT NULL, "lastUsedAt" TEXT) STRICT, WITHOUT ROWID`,
    params: [],
  },
  { sql: `CREATE INDEX IF NOT EXISTS "_passkeys:user" ON "_passkeys" ("user")`, params: [] },
];

function toPasskey(row: Row): Passkey {
  const text = (name: string): string => String(row[name]);
  return {
    ...{ credential: text("credential"), id: text("id"), collection: text("collection"), user: text("user") },
    ...{ publicKey: text("publicKey"), counter: Number(row.counter), transports: JSON.parse(text("transports")) },
    ...{ name: text("name"), synced: row.synced === 1, createdAt: text("createdAt") },
    lastUsedAt: row.lastUsedAt === null ? null : text("lastUsedAt"),
  };
}
