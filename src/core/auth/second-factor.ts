import type { FillRandom } from "../../tools/index.ts";
import type { Database, Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { endOf } from "./of-accounts.ts";
import type { Seal } from "./seal.ts";
import { commitNews, type News, tryNews } from "./telling.ts";
import { matchingStep, toBase32 } from "./totp.ts";

/** An account whose second factor it is about. */
export interface FactorOwner {
  readonly collection: string;
  readonly user: string;
}

/** What an authenticator app needs. */
export interface Enrolment {
  /** In base32, to be typed. */
  readonly secret: string;
  /** `otpauth://totp/...`, to be shown as a QR code. */
  readonly uri: string;
}

/** Codes of authenticator apps (TOTP, RFC 6238) as a second factor, with recovery codes. */
export interface SecondFactor {
  /** Whether a login needs it, and how many recovery codes are left. */
  status(owner: FactorOwner): Promise<{ readonly totp: boolean; readonly recoveryCodes: number }>;
  /** Begins, or begins anew; nothing is asked for before `activate`. @throws BakendError `conflict` if it is active already */
  enroll(owner: FactorOwner, account: string): Promise<Enrolment>;
  /** Turns it on and gives the recovery codes, which are told this once. @throws BakendError `invalid_credentials` */
  activate(owner: FactorOwner, code: string, news: News): Promise<readonly string[]>;
  /** Uses up a code of the app, or a recovery code. False if it is not good. */
  use(owner: FactorOwner, code: string): Promise<boolean>;
  remove(owner: FactorOwner, news: News): Promise<void>;
}

/** What second factors need. */
export interface SecondFactorDeps {
  readonly db: Database;
  readonly seal: Seal;
  readonly random: FillRandom;
  /** A keyed digest. */
  digest(text: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What an app shows beside the code. */
const ISSUER = "Bakend";
/** RFC 4226, section 4: at least 128 bits, better 160. */
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
/** 50 random bits each. */
const RECOVERY = /^[a-z2-7]{5}-[a-z2-7]{5}$/;

interface Factor {
  readonly active: boolean;
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly lastStep: number;
  /** Digests of recovery codes, as stored. */
  readonly recovery: string;
}

/** Makes the second factors of a database. */
export function createSecondFactor({ db, seal, random, digest, now }: SecondFactorDeps): SecondFactor {
  const read = async ({ collection, user }: FactorOwner): Promise<Factor | null> => {
    const { rows } = await db.read({
      sql: `SELECT "active", "secret", "lastStep", "recovery" FROM "_factors" WHERE "collection" = ? AND "user" = ?`,
      params: [collection, user],
    });
    const [row] = rows;
    if (!row) return null;
    const secret = await seal.open(String(row.secret));
    return { active: row.active === 1, secret, lastStep: Number(row.lastStep), recovery: String(row.recovery) };
  };

  /** Changes the row only if it still is as `where` says: of two who use the same code at once, one does. */
  const change = async (
    set: string,
    where: string,
    { collection, user }: FactorOwner,
    params: readonly (string | number)[],
    ...news: readonly News[]
  ): Promise<boolean> => {
    const sql = `UPDATE "_factors" SET ${set} WHERE ${where} AND "collection" = ? AND "user" = ?`;
    return tryNews(db, [{ sql, params: [...params, collection, user], expect: 1 }], ...news);
  };

  const digestOf = (owner: FactorOwner, code: string): string =>
    digest(`recovery:${owner.collection}:${owner.user}:${code}`);

  return {
    async status(owner) {
      const factor = await read(owner);
      const active = factor?.active ?? false;
      return { totp: active, recoveryCodes: factor && active ? JSON.parse(factor.recovery).length : 0 };
    },
    async enroll(owner, account) {
      if ((await read(owner))?.active) throw new BakendError("conflict", "There is a second factor already.");
      const bytes = random(new Uint8Array(SECRET_BYTES));
      const fresh: Statement = {
        sql: `INSERT INTO "_factors" ("collection", "user", "active", "secret", "lastStep", "recovery") VALUES (?, ?, 0, ?, 0, '[]') ON CONFLICT ("collection", "user") DO UPDATE SET "secret" = excluded."secret" WHERE "active" = 0`,
        params: [owner.collection, owner.user, await seal.seal(bytes)],
      };
      await db.write([fresh]);
      const secret = toBase32(bytes);
      const label = encodeURIComponent(`${ISSUER}:${account}`);
      return { secret, uri: `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(ISSUER)}` };
    },
    async activate(owner, code, news) {
      const factor = await read(owner);
      if (!factor) throw new BakendError("conflict", "Enroll first.");
      if (factor.active) throw new BakendError("conflict", "There is a second factor already.");
      const step = await matchingStep(factor.secret, code, now(), factor.lastStep);
      if (step === null) throw wrongCode();
      const codes = Array.from({ length: RECOVERY_CODES }, () => recoveryCode(random));
      const digests = codes.map((one) => digestOf(owner, one));
      const set = `"active" = 1, "lastStep" = ?, "recovery" = ?`;
      if (!(await change(set, `"active" = 0`, owner, [step, JSON.stringify(digests)], news))) throw wrongCode();
      return codes;
    },
    async use(owner, code) {
      const factor = await read(owner);
      if (!factor?.active) return false;
      const given = code.trim().toLowerCase();
      if (RECOVERY.test(given)) {
        const used = digestOf(owner, given);
        const all: readonly string[] = JSON.parse(factor.recovery);
        if (!all.includes(used)) return false;
        const rest = JSON.stringify(all.filter((one) => one !== used));
        return change(`"recovery" = ?`, `"recovery" = ?`, owner, [rest, factor.recovery]);
      }
      const step = await matchingStep(factor.secret, given, now(), factor.lastStep);
      return step !== null && change(`"lastStep" = ?`, `"lastStep" < ?`, owner, [step, step]);
    },
    async remove({ collection, user }, news) {
      await commitNews(db, [endFactorsOf(collection, { sql: "?", params: [user] })], news);
    },
  };
}

/** The answer to a code that is not good. */
export function wrongCode(): BakendError {
  return new BakendError("invalid_credentials", "The code is wrong, or was used already.");
}

/** What ends the second factors of the accounts whose ids `users` gives, to be committed together with their deletion. */
export const endFactorsOf = endOf("_factors");

function recoveryCode(random: FillRandom): string {
  const text = toBase32(random(new Uint8Array(7))).toLowerCase();
  return `${text.slice(0, 5)}-${text.slice(5, 10)}`;
}

/** Makes the table where it is missing. */
export const FACTOR_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_factors" ("collection" TEXT NOT NULL, "user" TEXT NOT NULL, "active" INTEGER NOT NULL, "secret" TEXT NOT NULL, "lastStep" INTEGER NOT NULL, "recovery" TEXT NOT NULL, PRIMARY KEY ("collection", "user")) STRICT, WITHOUT ROWID`,
    params: [],
  },
];
