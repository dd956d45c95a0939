import type { FillRandom } from "../../tools/index.ts";
import { type Database, isMissed, type Row, type Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { endOf } from "./of-accounts.ts";
import { randomSecret } from "./secret.ts";
import { commitNews, type News, tryNews } from "./telling.ts";

/**
 * What a secret is good for: sent by mail; on the way to a provider and back (`oauth`, or `link` for whoever is signed in),
 * and from there on (`login`);
 * or a challenge to be signed with a passkey.
 */
export type Purpose =
  | "verify"
  | "reset"
  | "email"
  | "otp"
  | "invite"
  | "oauth"
  | "link"
  | "login"
  | "passkeyRegister"
  | "passkeyLogin";

/** Whose secret it is. */
export interface CodeOwner {
  readonly collection: string;
  /** The account's id; `strangerOf` an address without an account. */
  readonly user: string;
}

/** A secret that was shown to be known. It is good until `use` is committed. */
export interface Proof extends CodeOwner {
  readonly purpose: Purpose;
  readonly digest: string;
  /** What was kept with it. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is known of a secret that is not used yet. */
export interface Kept {
  readonly collection: string;
  readonly expiresAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Secrets that are good once. Of each only a keyed digest is kept; of one purpose an owner has one, and a newer one takes
 * its place. They end with their time, with the account, and when its password or address changes.
 */
export interface Codes {
  /** Makes a token of 256 bits. */
  issue(
    purpose: Purpose,
    owner: CodeOwner,
    data?: Readonly<Record<string, unknown>>,
    ...news: readonly News[]
  ): Promise<string>;
  /** Makes six digits, which `guess` takes. */
  issueDigits(purpose: Purpose, owner: CodeOwner): Promise<string>;
  /** What a token proves; null if it is not good, or belongs to another collection than the one that is named. */
  find(purpose: Purpose, token: string, collection?: string): Promise<Proof | null>;
  /** What six digits prove. Every guess counts, and after five there are no more, right ones included. */
  guess(purpose: Purpose, owner: CodeOwner, digits: string): Promise<Proof | null>;
  /** What was kept with the secrets that are still good, the one that lasts longest first. */
  list(purpose: Purpose): Promise<readonly Kept[]>;
  /** Ends an owner's secret. Resolves to false if there was none. */
  revoke(purpose: Purpose, owner: CodeOwner, news: News): Promise<boolean>;
  /** Uses a secret up, or refuses the batch: to be committed with what it allows. */
  use(proof: Proof): Statement;
}

/** What codes need. */
export interface CodesDeps {
  readonly db: Database;
  readonly random: FillRandom;
  /** A keyed digest. */
  digest(text: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long each is good, in milliseconds and in words. */
export const LIFETIMES: Readonly<Record<Purpose, { readonly ms: number; readonly words: string }>> = {
  verify: { ms: 24 * HOUR, words: "24 hours" },
  reset: { ms: HOUR, words: "1 hour" },
  email: { ms: HOUR, words: "1 hour" },
  otp: { ms: 10 * MINUTE, words: "10 minutes" },
  invite: { ms: 7 * 24 * HOUR, words: "7 days" },
  oauth: { ms: 10 * MINUTE, words: "10 minutes" },
  link: { ms: 10 * MINUTE, words: "10 minutes" },
  login: { ms: MINUTE, words: "1 minute" },
  passkeyRegister: { ms: 5 * MINUTE, words: "5 minutes" },
  passkeyLogin: { ms: 5 * MINUTE, words: "5 minutes" },
};

/** Of a million codes five may be tried. */
const MAX_TRIES = 5;
const DIGITS = /^\d{6}$/;
const COLUMNS = `"purpose", "collection", "user", "digest", "data"`;

/** Makes the codes of a database. */
export function createCodes({ db, random, digest, now }: CodesDeps): Codes {
  const iso = (time: number): string => new Date(time).toISOString();

  const store = async (
    purpose: Purpose,
    { collection, user }: CodeOwner,
    digested: string,
    data: Readonly<Record<string, unknown>>,
    news: readonly News[],
  ): Promise<void> => {
    const time = now();
    const kept = [
      { sql: `DELETE FROM "_codes" WHERE "expiresAt" <= ?`, params: [iso(time)] },
      {
        sql: `INSERT INTO "_codes" (${COLUMNS}, "expiresAt", "tries") VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT ("purpose", "collection", "user") DO UPDATE SET "digest" = excluded."digest", "data" = excluded."data", "expiresAt" = excluded."expiresAt", "tries" = 0`,
        params: [purpose, collection, user, digested, JSON.stringify(data), iso(time + LIFETIMES[purpose].ms)],
      },
    ];
    await commitNews(db, kept, ...news);
  };
  const digestOfToken = (purpose: Purpose, token: string): string => digest(`code:${purpose}:${token}`);
  const digestOfDigits = (purpose: Purpose, { collection, user }: CodeOwner, digits: string): string =>
    digest(`digits:${purpose}:${collection}:${user}:${digits}`);

  return {
    async issue(purpose, owner, data = {}, ...news) {
      const token = randomSecret(random);
      await store(purpose, owner, digestOfToken(purpose, token), data, news);
      return token;
    },
    async issueDigits(purpose, owner) {
      const digits = sixDigits(random);
      await store(purpose, owner, digestOfDigits(purpose, owner, digits), {}, []);
      return digits;
    },
    async find(purpose, token, collection) {
      const { rows } = await db.read({
        sql: `SELECT ${COLUMNS} FROM "_codes" WHERE "digest" = ? AND "purpose" = ? AND "expiresAt" > ?`,
        params: [digestOfToken(purpose, token), purpose, iso(now())],
      });
      const proof = rows[0] ? toProof(purpose, rows[0]) : null;
      return proof && (collection === undefined || collection === proof.collection) ? proof : null;
    },
    async guess(purpose, owner, digits) {
      const given = digestOfDigits(purpose, owner, digits);
      const [result] = await db.write([
        {
          sql: `UPDATE "_codes" SET "tries" = "tries" + 1 WHERE "purpose" = ? AND "collection" = ? AND "user" = ? AND "expiresAt" > ? AND "tries" < ${MAX_TRIES} RETURNING ${COLUMNS}`,
          params: [purpose, owner.collection, owner.user, iso(now())],
        },
      ]);
      const row = result?.rows[0];
      return row && row.digest === given && DIGITS.test(digits) ? toProof(purpose, row) : null;
    },
    async list(purpose) {
      const { rows } = await db.read({
        sql: `SELECT "collection", "expiresAt", "data" FROM "_codes" WHERE "purpose" = ? AND "expiresAt" > ? ORDER BY "expiresAt" DESC, "user"`,
        params: [purpose, iso(now())],
      });
      return rows.map(({ collection, expiresAt, data }) => ({
        ...{ collection: String(collection), expiresAt: String(expiresAt), data: JSON.parse(String(data)) },
      }));
    },
    async revoke(purpose, { collection, user }, news) {
      const sql = `DELETE FROM "_codes" WHERE "purpose" = ? AND "collection" = ? AND "user" = ? AND "expiresAt" > ?`;
      return tryNews(db, [{ sql, params: [purpose, collection, user, iso(now())], expect: 1 }], news);
    },
    use: ({ purpose, collection, user, digest: digested }) => ({
      sql: `DELETE FROM "_codes" WHERE "purpose" = ? AND "collection" = ? AND "user" = ? AND "digest" = ?`,
      params: [purpose, collection, user, digested],
      expect: 1,
    }),
  };
}

/** Who an address without an account is: nobody's id, and never long. */
export function strangerOf(address: string): string {
  return `?${address.toLowerCase().slice(0, 254)}`;
}

/** Waits for what uses a secret up; of two at once, one gets the answer to a secret that is not good. */
export async function spent<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw isMissed(error) ? voidCode() : error;
  });
}

/** The answer to every secret that is not good: it does not say why. */
export function voidCode(): BakendError {
  return new BakendError("invalid_credentials", "The link or code is not good, or no longer; ask for a new one.");
}

/** What ends the codes of the accounts whose ids `users` gives, to be committed together with what makes them void. */
export const endCodesOf = endOf("_codes");

/** Makes the table where it is missing. */
export const CODE_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_codes" ("purpose" TEXT NOT NULL, "collection" TEXT NOT NULL, "user" TEXT NOT NULL, "digest" TEXT NOT NULL, "expiresAt" TEXT NOT NULL, "tries" INTEGER NOT NULL, "data" TEXT NOT NULL, PRIMARY KEY ("purpose", "collection", "user")) STRICT, WITHOUT ROWID`,
    params: [],
  },
  { sql: `CREATE INDEX IF NOT EXISTS "_codes:digest" ON "_codes" ("digest")`, params: [] },
  { sql: `CREATE INDEX IF NOT EXISTS "_codes:expiresAt" ON "_codes" ("expiresAt")`, params: [] },
  { sql: `CREATE INDEX IF NOT EXISTS "_codes:user" ON "_codes" ("user")`, params: [] },
];

function toProof(purpose: Purpose, row: Row): Proof {
  const { collection, user, digest, data } = row;
  return {
    ...{ purpose, collection: String(collection), user: String(user), digest: String(digest) },
    data: JSON.parse(String(data)),
  };
}

/** Six digits, each code as likely as any other. */
function sixDigits(random: FillRandom): string {
  for (;;) {
    const [number = 0] = new Uint32Array(random(new Uint8Array(4)).buffer);
    // the last, incomplete million would make some codes likelier
    if (number < 4_294_000_000) return String(number % 1_000_000).padStart(6, "0");
  }
}
