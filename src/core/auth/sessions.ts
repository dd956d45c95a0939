import { sameText } from "../../tools/index.ts";
import { type Database, isMissed, type Statement, sqliteDialect } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { endOf } from "./of-accounts.ts";
import { commitNews, type News, tryNews, type Visit } from "./telling.ts";
import { notGood, type Tokens } from "./tokens.ts";

/** A signed-in device. */
export interface Session {
  readonly id: string;
  readonly collection: string;
  readonly user: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** What the client calls itself, cut to 200 characters. */
  readonly device: string;
}

/** Whose session is to begin. */
export interface Account {
  readonly collection: string;
  readonly user: string;
  /** The password hash that the account had when it was checked, if it was; null for none. */
  readonly passwordHash?: string | null;
}

/** A session with the refresh token that is good for it now. */
export interface OpenSession {
  readonly session: Session;
  readonly refreshToken: string;
}

/** The sessions of all accounts. What there is to tell of a change is committed with it, and told then. */
export interface Sessions {
  /** Makes the table where it is missing. */
  open(): Promise<void>;
  /** @throws BakendError `invalid_credentials` if the account is gone, or has another password hash than the one that was checked */
  start(account: Account, device: string, ...news: readonly News[]): Promise<OpenSession>;
  /** Exchanges a refresh token for the next one. @throws BakendError `unauthenticated`; a token used again ends the session */
  refresh(refreshToken: string, visit: Visit): Promise<OpenSession>;
  /** The session of a refresh token, however old. @throws BakendError `unauthenticated` */
  find(refreshToken: string): Promise<Session>;
  list(collection: string, user: string): Promise<readonly Session[]>;
  end(id: string, news: News): Promise<void>;
  /** Ends one session of a user; false if the user has none of that id. */
  endOwn(collection: string, user: string, id: string, news: News): Promise<boolean>;
  /** Ends all sessions of a user but one. */
  endAll(collection: string, user: string, news: News, except?: string): Promise<void>;
}

/** Ends all sessions of the accounts whose ids `users` gives, to be committed together with what makes them void. */
export const endSessionsOf = endOf("_sessions");

/** How long a session lasts without being used. */
const LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;
/** A client may ask twice at once, or lose the answer: for so long the token before the last still gets the last one. */
const GRACE_MS = 10_000;

const COLUMNS = `"id", "collection", "user", "createdAt", "lastUsedAt", "expiresAt", "device", "turn"`;

interface SessionRow {
  readonly session: Session;
  /** How often the refresh token was exchanged. */
  readonly turn: number;
}

/** What sessions need. */
export interface SessionsDeps {
  readonly db: Database;
  readonly tokens: Tokens;
  newId(): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** What there is to tell of a session that is ended because an old refresh token of it was used again. */
  reused(session: Session, visit: Visit): News;
}

/**
 * Makes the sessions of a database. A refresh token is `session.turn.digest`, the digest made with the server's secret:
 * nothing in the database is enough to make one, and the one that is good now can be told again within the grace.
 */
export function createSessions({ db, tokens, newId, now, reused }: SessionsDeps): Sessions {
  const iso = (time: number): string => new Date(time).toISOString();
  const tokenOf = (id: string, turn: number): string => `${id}.${turn}.${tokens.digest(`refresh:${id}:${turn}`)}`;

  const read = async (id: string): Promise<SessionRow | null> => {
    const { rows } = await db.read({
      sql: `SELECT ${COLUMNS} FROM "_sessions" WHERE "id" = ? AND "expiresAt" > ?`,
      params: [id, iso(now())],
    });
    return rows[0] ? toRow(rows[0]) : null;
  };

  const parse = async (refreshToken: string): Promise<{ readonly row: SessionRow; readonly turn: number }> => {
    const [, id = "", turn = ""] = /^([0-9a-f-]{36})\.(\d{1,9})\.[\w-]{43}$/.exec(refreshToken) ?? [];
    if (id === "" || !sameText(refreshToken, tokenOf(id, Number(turn)))) throw notGood();
    const row = await read(id);
    if (!row) throw notGood();
    return { row, turn: Number(turn) };
  };

  const end = async (id: string, news: News): Promise<void> =>
    commitNews(db, [{ sql: `DELETE FROM "_sessions" WHERE "id" = ?`, params: [id] }], news);

  const answer = ({ session, turn }: SessionRow): OpenSession => ({ session, refreshToken: tokenOf(session.id, turn) });

  return {
    async open() {
      await db.alter(TABLE);
    },
    async start({ collection, user, passwordHash }, device, ...news) {
      const time = now();
      const session: Session = {
        id: newId(),
        collection,
        user,
        createdAt: iso(time),
        lastUsedAt: iso(time),
        expiresAt: iso(time + LIFETIME_MS),
        device: device.slice(0, 200).toWellFormed().replaceAll("\u0000", ""),
      };
      const { id, createdAt, lastUsedAt, expiresAt } = session;
      // while the password was being checked, it may have been changed and every session ended: this one must not begin
      const unchanged = passwordHash === undefined ? "" : ` AND "passwordHash" IS ?`;
      const begin = [
        {
          sql: `DELETE FROM "_sessions" WHERE "collection" = ? AND "user" = ? AND "expiresAt" <= ?`,
          params: [collection, user, iso(time)],
        },
        {
          sql: `INSERT INTO "_sessions" (${COLUMNS}) SELECT ?, ?, ?, ?, ?, ?, ?, 0 FROM ${sqliteDialect.quote(collection)} WHERE "id" = ?${unchanged}`,
          params: [
            ...[id, collection, user, createdAt, lastUsedAt, expiresAt, session.device, user],
            ...(passwordHash === undefined ? [] : [passwordHash]),
          ],
          expect: 1,
        },
      ];
      if (!(await tryNews(db, begin, ...news))) throw wrongCredentials();
      return answer({ session, turn: 0 });
    },
    async refresh(refreshToken, visit) {
      const { row, turn } = await parse(refreshToken);
      const time = now();
      if (turn === row.turn) {
        const next = [iso(time), iso(time + LIFETIME_MS)] as const;
        await db
          .write([
            {
              sql: `UPDATE "_sessions" SET "turn" = "turn" + 1, "lastUsedAt" = ?, "expiresAt" = ? WHERE "id" = ? AND "turn" = ?`,
              params: [...next, row.session.id, turn],
              expect: 1,
            },
          ])
          .catch(ignoreLostRace);
        const current = await read(row.session.id);
        if (!current) throw notGood();
        return answer(current);
      }
      const justNow = time - Date.parse(row.session.lastUsedAt) < GRACE_MS;
      if (turn === row.turn - 1 && justNow) return answer(row);
      // an old token is used again: somebody has stolen one of the two
      await end(row.session.id, reused(row.session, visit));
      throw notGood();
    },
    find: async (refreshToken) => (await parse(refreshToken)).row.session,
    async list(collection, user) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_sessions" WHERE "collection" = ? AND "user" = ? AND "expiresAt" > ? ORDER BY "lastUsedAt" DESC`,
        params: [collection, user, iso(now())],
      });
      return rows.map((row) => toRow(row).session);
    },
    end,
    async endOwn(collection, user, id, news) {
      const sql = `DELETE FROM "_sessions" WHERE "id" = ? AND "collection" = ? AND "user" = ?`;
      return tryNews(db, [{ sql, params: [id, collection, user], expect: 1 }], news);
    },
    async endAll(collection, user, news, except = "") {
      const sql = `DELETE FROM "_sessions" WHERE "collection" = ? AND "user" = ? AND "id" <> ?`;
      await commitNews(db, [{ sql, params: [collection, user, except] }], news);
    },
  };
}

const TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_sessions" ("id" TEXT NOT NULL PRIMARY KEY, "collection" TEXT NOT NULL, "user" TEXT NOT NULL, "createdAt" TEXT NOT NULL, "lastUsedAt" TEXT NOT NULL, "expiresAt" TEXT NOT NULL, "device" TEXT NOT NULL, "turn" INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    params: [],
  },
  { sql: `CREATE INDEX IF NOT EXISTS "_sessions:user" ON "_sessions" ("user")`, params: [] },
];

function toRow(row: Readonly<Record<string, unknown>>): SessionRow {
  const text = (name: keyof Session): string => String(row[name]);
  const session: Session = {
    id: text("id"),
    collection: text("collection"),
    user: text("user"),
    createdAt: text("createdAt"),
    lastUsedAt: text("lastUsedAt"),
    expiresAt: text("expiresAt"),
    device: text("device"),
  };
  return { session, turn: Number(row.turn) };
}

/** The answer to a wrong password and to an unknown address alike. */
export function wrongCredentials(): BakendError {
  return new BakendError("invalid_credentials", "The address or the password is wrong.");
}

/** Another request exchanged the same token in between: it gets what that one got. */
function ignoreLostRace(error: unknown): void {
  if (!isMissed(error)) throw error;
}
