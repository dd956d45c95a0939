import type { RecordAccess } from "../collections/index.ts";
import type { Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import type { Letter, Outbox } from "../mail/index.ts";
import { type Codes, type Proof, type Purpose, spent, voidCode } from "./codes.ts";
import { endIdentitiesOf } from "./identities.ts";
import { endKeysOf } from "./keys.ts";
import type { AccountRow, Lookup } from "./lookup.ts";
import { endPasskeysOf } from "./passkeys/index.ts";
import { requireText } from "./require.ts";
import { endFactorsOf } from "./second-factor.ts";
import { type News, statementsOf, type Telling, tellAll } from "./telling.ts";

/** What every flow that goes by mail is made of. */
export interface ByMailDeps {
  readonly telling: Telling;
  readonly lookup: Lookup;
  readonly codes: Codes;
  readonly outbox: Outbox;
  /** Records as the system. */
  readonly system: RecordAccess;
}

/** A secret that proved something about an account that there is. */
export interface Proven {
  readonly proof: Proof;
  readonly account: AccountRow;
}

/** The steps that flows by mail have in common. */
export interface ByMail {
  /**
   * Sends something to an address, if it has an account: the account is looked for once the answer is out.
   * @throws BakendError `unavailable` without mails, `not_found`, `validation_failed`
   */
  ask(collection: string, email: unknown, write: (account: AccountRow) => Promise<Letter | null>): void;
  /** @throws BakendError `invalid_credentials` */
  prove(purpose: Purpose, token: unknown, collection: unknown): Promise<Proven>;
  /** Changes the account, uses the secret up with it, and tells of it. @throws BakendError `invalid_credentials` if it was used meanwhile */
  change(
    proven: Proven,
    data: Readonly<Record<string, unknown>>,
    news: readonly News[],
    alongside?: readonly Statement[],
  ): Promise<void>;
  readonly telling: Telling;
}

/** Makes the common steps. */
export function createByMail({ telling, lookup, codes, outbox, system }: ByMailDeps): ByMail {
  return {
    ask(collection, email, write) {
      requireMail(outbox);
      const accounts = lookup.collection(collection);
      const address = requireText(email, "email");
      outbox.post(async () => {
        const account = await lookup.byEmail(accounts, address);
        return account && write(account);
      });
    },
    async prove(purpose, token, collection) {
      const named = collection === undefined ? undefined : String(collection);
      const proof = await codes.find(purpose, requireText(token, "token"), named);
      const account = proof && (await lookup.byId(lookup.collection(proof.collection), proof.user));
      if (!proof || !account) throw voidCode();
      return { proof, account };
    },
    async change({ proof, account: { collection, user } }, data, news, alongside = []) {
      const update = { op: "update", collection, id: user, data } as const;
      await spent(system.batch([update], () => [codes.use(proof), ...alongside, ...statementsOf(news)]));
      tellAll(news);
    },
    telling,
  };
}

/**
 * What ends with the first proof that an address is its owner's: whoever made the account may have been somebody else,
 * and must not keep a way in. Sessions and codes end with the password that is set at the same time.
 */
export function endStrangers({ verified, collection, user }: AccountRow): readonly Statement[] {
  if (verified) return [];
  const owner = { sql: "?", params: [user] };
  return [
    endKeysOf(collection, owner),
    endFactorsOf(collection, owner),
    endIdentitiesOf(collection, owner),
    endPasskeysOf(collection, owner),
  ];
}

/** @throws BakendError `unavailable` if no mails can be sent */
export function requireMail(outbox: Outbox): void {
  if (!outbox.enabled) throw new BakendError("unavailable", "No mails can be sent: give createApp a `mailer`.");
}
