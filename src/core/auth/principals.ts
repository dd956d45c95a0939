import { createLru } from "../../tools/index.ts";
import { type CallerPaths, type Catalog, callerPaths, readAccount } from "../collections/index.ts";
import { type Database, type Result, sqliteDialect } from "../database/index.ts";
import type { ApiKey, Principal } from "../principal.ts";

/** Somebody who is signed in. */
export type User = Extract<Principal, { kind: "user" }>;

/** The account behind a session as it is now, at once where the database can; null if the session or the account has ended. */
export type FindUser = (user: string, session: string) => User | null | Promise<User | null>;

/** The session, or the key, that somebody comes with. */
export interface Through {
  readonly session: string;
  readonly key?: ApiKey;
}

/** The account behind a session or a key that is known to be good, as it is now; null if the account has ended. */
export type FindAccount = (collection: string, user: string, through: Through) => Promise<User | null>;

interface Known {
  readonly made: Catalog;
  readonly beyond: CallerPaths;
  readonly key: string;
  readonly user: User;
}

/** A session that was there when the database had a version. */
interface Seen {
  readonly version: number;
  readonly user: User;
  readonly expiresAt: string;
}

/** What is no field of an account. */
const EXPIRES = "session:expiresAt";

/** Principals that are kept while nothing about them changes. */
const REMEMBERED = 10_000;

/** What finding users needs. */
export interface PrincipalsDeps {
  readonly db: Database;
  catalog(): Catalog;
  timestamp(): string;
}

/**
 * Makes the way from a session to its account. Both are read whenever anything was committed since they last were, so that
 * logout, demotion and deletion count from the next request on, whichever process they happened in.
 */
export function createPrincipals({ db, catalog, timestamp }: PrincipalsDeps): {
  readonly findUser: FindUser;
  readonly findAccount: FindAccount;
} {
  const users = createLru<string, Known>(REMEMBERED);
  const sessions = createLru<string, Seen>(REMEMBERED);

  const findAccount: FindAccount = async (name, id, through) => {
    const current = catalog();
    const collection = current.get(name);
    const found = collection?.kind === "auth" ? await readAccount(db, current, collection, id) : null;
    if (!collection || !found) return null;
    const { key, ...known } = found;
    const slot = through.key?.id ?? through.session;
    const kept = users.get(slot);
    if (kept?.key === key && kept.made === current) return kept.user;
    const user: User = { kind: "user", id, collection: name, ...through, ...known };
    users.set(slot, { made: current, beyond: callerPaths(current, collection), key, user });
    return user;
  };

  const findUser = async (id: string, session: string): Promise<User | null> => {
    const { rows } = await db.read({
      sql: `SELECT "collection" FROM "_sessions" WHERE "id" = ? AND "user" = ? AND "expiresAt" > ?`,
      params: [session, id, timestamp()],
    });
    return rows[0] ? findAccount(String(rows[0].collection), id, { session }) : null;
  };

  return {
    findUser(id, session) {
      const kept = users.get(session);
      if (kept === undefined || kept.made !== catalog()) return findUser(id, session);
      // before anything is read: what is committed meanwhile makes another version
      const version = db.version?.() ?? null;
      const seen = version === null ? undefined : sessions.get(session);
      if (seen?.version === version && seen.user === kept.user && seen.user.id === id)
        return seen.expiresAt > timestamp() ? seen.user : null;
      // one short row says whether all still is as it was
      const answer = ({ rows: [row] }: Result): User | null | Promise<User | null> => {
        if (row === undefined) return null;
        if (kept.beyond.keyOf(row) !== kept.key) return findUser(id, session);
        if (version !== null) sessions.set(session, { version, user: kept.user, expiresAt: String(row[EXPIRES]) });
        return kept.user;
      };
      const { beyond, user } = kept;
      const value = sqliteDialect.placeholder;
      const read = db.read({
        sql: `SELECT r."version", s."expiresAt" AS ${sqliteDialect.quote(EXPIRES)}${beyond.select} FROM "_sessions" AS s JOIN ${sqliteDialect.quote(user.collection)} AS r ON r."id" = s."user" WHERE s."id" = ${value} AND s."user" = ${value} AND s."collection" = ${value} AND s."expiresAt" > ${value}`,
        params: [...beyond.params, session, id, user.collection, timestamp()],
      });
      return read instanceof Promise ? read.then(answer) : answer(read);
    },
    findAccount,
  };
}
