import { z } from "zod";
import { createLru, type FillRandom } from "../../tools/index.ts";
import { type Database, type Statement, sqliteDialect } from "../database/index.ts";
import { BakendError, invalidField } from "../errors.ts";
import { fieldProblems } from "../field-problems.ts";
import { isAdmin, type Principal, SCOPE } from "../principal.ts";
import { endOf } from "./of-accounts.ts";
import type { FindAccount } from "./principals.ts";
import { requireUser } from "./require.ts";
import { randomSecret } from "./secret.ts";
import { type Telling, tryNews, type Visit } from "./telling.ts";
import { notGood } from "./tokens.ts";

/** An API key as it is listed: never the key itself, which is told once. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** The role of a key that belongs to no user. */
  readonly role: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
}

/** API keys. Every method but `find` throws `BakendError` `unauthenticated` for a guest, `forbidden` for a key. */
export interface Keys {
  /** One's own; an admin's list holds those of no user too. */
  list(principal: Principal): Promise<readonly KeyInfo[]>;
  /** @throws BakendError `validation_failed`; `forbidden` for a role of its own, unless an admin asks */
  create(principal: Principal, data: unknown, visit: Visit): Promise<KeyInfo & { readonly key: string }>;
  /** @throws BakendError `not_found` */
  revoke(principal: Principal, id: string, visit: Visit): Promise<void>;
  /** Who comes with this key. @throws BakendError `unauthenticated` */
  find(key: string): Promise<Principal>;
}

/** What keys need. */
export interface KeysDeps {
  readonly db: Database;
  readonly telling: Telling;
  readonly random: FillRandom;
  readonly findAccount: FindAccount;
  /** A keyed digest: what is stored of a key is not enough to make it. */
  digest(text: string): string;
  newId(): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Every key begins with it, so that scanners of leaked secrets can tell. */
const PREFIX = "bak_";
const FORM = /^bak_([0-9a-f-]{36})_([\w-]{43})$/;
/** Keys that one user may have. */
const MAX_KEYS = 100;
/** How exactly the last use is known. */
const USED_EVERY_MS = 60_000;
/** Digests of keys in use that are remembered. */
const REMEMBERED = 10_000;

const input = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(z.string().regex(SCOPE, 'must be such as "posts", "posts:read", "*:create" or "admin"'))
    .min(1)
    .max(100),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
  role: z
    .string()
    .regex(/^[a-z][A-Za-z0-9_-]{0,62}$/)
    .optional(),
});

const COLUMNS = `"id", "name", "collection", "user", "role", "scopes", "createdAt", "expiresAt", "lastUsedAt"`;

/** Makes the keys of a database. */
export function createKeys({ db, telling, random, findAccount, digest, newId, now }: KeysDeps): Keys {
  const digests = createLru<string, string>(REMEMBERED);
  const iso = (time: number): string => new Date(time).toISOString();
  const digestOf = (key: string): string => {
    const known = digests.get(key) ?? digest(`key:${key}`);
    digests.set(key, known);
    return known;
  };
  const touch = (id: string, time: number): void => {
    const used: Statement = { sql: `UPDATE "_keys" SET "lastUsedAt" = ? WHERE "id" = ?`, params: [iso(time), id] };
    // nobody waits for it, and nobody misses it
    db.write([used]).catch(() => undefined);
  };

  return {
    async list(principal) {
      const user = requireUser(principal);
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_keys" WHERE ${mine(principal)} ORDER BY "id" DESC`,
        params: [user.collection, user.id],
      });
      return rows.map(toInfo);
    },
    async create(principal, data, visit) {
      const user = requireUser(principal);
      const { name, scopes, role, expiresAt } = read(data);
      const time = now();
      const until = expiresAt ? iso(Date.parse(expiresAt)) : null;
      if (until !== null && until <= iso(time)) throw invalidField("expiresAt", "min", "must lie in the future");
      if (role !== undefined && !isAdmin(principal))
        throw new BakendError("forbidden", "Only an admin makes a key with a role of its own.");
      const id = newId();
      const key = `${PREFIX}${id}_${randomSecret(random)}`;
      const [collection, owner] = role === undefined ? [user.collection, user.id] : [null, null];
      const values = [id, name, collection, owner, role ?? null, JSON.stringify(scopes), iso(time), until];
      const news = telling.by(principal, "key_created", { key: id, user: user.id, collection: user.collection }, visit);
      const added = [
        {
          sql: `INSERT INTO "_keys" (${COLUMNS}, "digest") SELECT ${"?, ".repeat(8)}NULL, ? WHERE (SELECT count(*) FROM "_keys" WHERE "collection" = ? AND "user" = ?) < ${MAX_KEYS}`,
          params: [...values, digestOf(key), user.collection, user.id],
          expect: 1,
        },
      ];
      if (!(await tryNews(db, added, news)))
        throw new BakendError("conflict", `Nobody may have more than ${MAX_KEYS} keys.`);
      const info = { id, name, scopes, role: role ?? null, createdAt: iso(time), expiresAt: until };
      return { ...info, lastUsedAt: null, key };
    },
    async revoke(principal, id, visit) {
      const user = requireUser(principal);
      const news = telling.by(principal, "key_revoked", { key: id, user: user.id, collection: user.collection }, visit);
      const sql = `DELETE FROM "_keys" WHERE ${mine(principal)} AND "id" = ?`;
      if (!(await tryNews(db, [{ sql, params: [user.collection, user.id, id], expect: 1 }], news)))
        throw new BakendError("not_found", "You have no such key.");
    },
    async find(key) {
      const [, id] = FORM.exec(key) ?? [];
      if (id === undefined) throw notGood();
      const time = now();
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_keys" WHERE "id" = ? AND "digest" = ? AND ("expiresAt" IS NULL OR "expiresAt" > ?)`,
        params: [id, digestOf(key), iso(time)],
      });
      const [row] = rows;
      if (!row) throw notGood();
      const { scopes, role, lastUsedAt } = toInfo(row);
      const principal: Principal | null =
        role === null
          ? await findAccount(String(row.collection), String(row.user), { session: "", key: { id, scopes } })
          : { kind: "key", role, key: { id, scopes } };
      if (!principal) throw notGood();
      if (lastUsedAt === null || time - Date.parse(lastUsedAt) >= USED_EVERY_MS) touch(id, time);
      return principal;
    },
  };
}

/** Whether a bearer token is an API key rather than an access token. */
export function isKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** What ends all keys of the accounts whose ids `users` gives, to be committed together with their deletion. */
export const endKeysOf = endOf("_keys");

/** The condition for one's own keys; an admin's are those of no user too. */
function mine(principal: Principal): string {
  const own = `("collection" = ${sqliteDialect.placeholder} AND "user" = ${sqliteDialect.placeholder})`;
  return isAdmin(principal) ? `(${own} OR "user" IS NULL)` : own;
}

function read(data: unknown): z.output<typeof input> {
  const parsed = input.safeParse(data);
  if (parsed.success) return parsed.data;
  const errors = fieldProblems(parsed.error.issues, "body");
  const told = errors.map(({ field, message }) => `${field} ${message}`).join("; ");
  throw new BakendError("validation_failed", `${told}.`, { errors });
}

function toInfo(row: Readonly<Record<string, unknown>>): KeyInfo {
  const text = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    id: String(row.id),
    name: String(row.name),
    scopes: JSON.parse(String(row.scopes)),
    role: text("role"),
    createdAt: String(row.createdAt),
    expiresAt: text("expiresAt"),
    lastUsedAt: text("lastUsedAt"),
  };
}

/** Makes the table where it is missing. */
export const KEY_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_keys" ("id" TEXT NOT NULL PRIMARY KEY, "name" TEXT NOT NULL, "collection" TEXT, "user" TEXT, "role" TEXT, "scopes" TEXT NOT NULL, "createdAt" TEXT NOT NULL, "expiresAt" TEXT, "lastUsedAt" TEXT, "digest" TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    params: [],
  },
  { sql: `CREATE INDEX IF NOT EXISTS "_keys:user" ON "_keys" ("user")`, params: [] },
];
